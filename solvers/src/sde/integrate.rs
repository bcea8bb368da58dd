//! [`Walk`]: the loop through time along a path.

use super::controller::StochasticController;
use super::crossing::Crossings;
use super::first_step::first_step;
use super::state::SdeState;
use crate::control::{Control, FixedStep, Tolerance};
use crate::event::Schedule;
use crate::span::Span;
use crate::{
    ErrorScale, Occurrence, Sde, SdeProblem, SolveError, Statistics, StochasticError, StochasticMethod, StochasticStep,
    StochasticSteps, Trigger,
};
use costate_ad::Real;

/// How the next step size comes about.
#[derive(Clone)]
enum Pace {
    Fixed { h: f64, intervals: usize },
    Adaptive(Box<Adaptive>),
}

/// What error control needs.
#[derive(Clone)]
struct Adaptive {
    tolerance: Tolerance,
    scale: ErrorScale,
    controller: StochasticController,
}

/// A checked problem on its way: what does not change from step to step, and scratch.
pub(crate) struct Walk<'a, S, R: Real, M: StochasticMethod> {
    pub(super) problem: &'a SdeProblem<S, R>,
    pub(super) p: &'a [R],
    span: Span,
    pace: Pace,
    pub(super) steps: StochasticSteps<'a, S, R, M>,
    pub(super) schedule: Schedule,
    pub(super) triggers: Vec<Trigger>,
    pub(super) crossings: Crossings,
    pub(super) occurrences: Vec<Occurrence<R>>,
    pub(crate) statistics: Statistics,
}

impl<'a, S: Sde, R: Real, M: StochasticMethod> Walk<'a, S, R, M> {
    pub(crate) fn new(
        problem: &'a SdeProblem<S, R>,
        span: Span,
        method: &M,
        control: Control,
    ) -> Result<Self, SolveError> {
        control.check(span)?;
        let pace = match control {
            Control::Fixed(FixedStep(h)) => Pace::Fixed { h, intervals: span.intervals(h) as usize },
            Control::Mesh(mesh) => {
                let value = mesh.times().first().copied().unwrap_or(span.end);
                let remedy = "a stochastic problem takes a FixedStep or a Tolerance";
                return Err(SolveError::BadStep { name: "a Mesh", value, remedy });
            }
            Control::Adaptive(tolerance) => {
                let Some(order) = method.error_order() else {
                    return Err(SolveError::NotAdaptive { method: method.name() });
                };
                let scale = ErrorScale::new::<R>(&tolerance, problem.initial_state().len())?;
                let controller = StochasticController::new(order, &tolerance);
                Pace::Adaptive(Box::new(Adaptive { tolerance, scale, controller }))
            }
        };
        let (p, steps) = (problem.parameters().as_slice(), StochasticSteps::new(problem, method)?);
        if let Pace::Fixed { h, .. } = pace {
            steps.check_resolution(span.start, h)?;
        }
        let triggers = problem.system().triggers();
        let schedule = Schedule::new(problem.without_noise().stops(), &triggers, span)?;
        let crossings = Crossings::new(&triggers);
        if let Some(event) = crossings.first().filter(|_| R::ORDER > 0) {
            return Err(StochasticError::NoCrossingDerivative { event }.into());
        }
        let (occurrences, statistics) = (Vec::new(), Statistics::default());
        Ok(Walk { problem, p, span, pace, steps, schedule, triggers, crossings, occurrences, statistics })
    }

    /// The state at the start of the span, with a first step size.
    pub(crate) fn start(&self) -> SdeState<R> {
        let y = self.problem.initial_state();
        let h = match &self.pace {
            Pace::Fixed { h, .. } => *h,
            Pace::Adaptive(adaptive) => {
                let Adaptive { tolerance, scale, .. } = &**adaptive;
                let at = (self.span.start, y.as_slice(), self.p);
                let guess = || first_step(self.problem.system(), at, scale, self.span.length());
                tolerance.initial_step.unwrap_or_else(guess).max(tolerance.min_step).min(tolerance.max_step)
            }
        };
        SdeState {
            index: 0,
            mesh: 0,
            t: self.span.start,
            y: y.clone(),
            carried: self.steps.first_carried(self.span.start, y.as_slice(), self.p),
            p: None,
            stop: 0,
            ended_by: None,
            h: self.span.direction() * h,
            log_error: 0.0,
            rejected: Vec::new(),
        }
    }

    /// Takes one step, at most up to `stop`, shows it to the observer, and moves the state to its end, which it returns.
    #[inline]
    pub(crate) fn advance(
        &mut self,
        state: &mut SdeState<R>,
        stop: f64,
        observer: &mut impl FnMut(&StochasticStep<'_, R>),
    ) -> Result<f64, SolveError> {
        let mesh = state.mesh;
        let mut t_next = match self.pace {
            Pace::Fixed { h, intervals } => self.fixed(state, stop, h, intervals)?,
            Pace::Adaptive(_) => self.adaptive(state, stop)?,
        };
        if !self.crossings.is_idle() {
            let found = self.first_crossing(state, t_next)?;
            if found != t_next {
                // The end of the whole step is known by now, and remains a point of the mesh.
                state.mesh = mesh;
                if matches!(self.pace, Pace::Adaptive(_)) && t_next != stop && state.rejected.last() != Some(&t_next) {
                    state.rejected.push(t_next);
                }
                t_next = found;
            }
        }
        let (index, t, y, carried) = (state.index, state.t, state.y.as_slice(), state.carried.as_slice());
        let (y_next, carried_next) = (self.steps.next(), self.steps.next_carried());
        observer(&StochasticStep { index, t, t_next, y, y_next, carried, carried_next });
        self.statistics.accepted += 1;
        state.index += 1;
        state.t = t_next;
        state.y.as_mut_slice().copy_from_slice(self.steps.next());
        state.carried.copy_from_slice(self.steps.next_carried());
        Ok(t_next)
    }

    /// Tries a step; the result is that of [`StochasticStepper::attempt`].
    #[inline]
    pub(super) fn attempt(&mut self, state: &SdeState<R>, t_next: f64) -> Result<f64, SolveError> {
        self.statistics.evaluations += self.steps.evaluations();
        let scale = if let Pace::Adaptive(adaptive) = &self.pace { Some(&adaptive.scale) } else { None };
        let p = state.p.as_deref().unwrap_or(self.p);
        self.steps.attempt([state.t, t_next], state.y.as_slice(), &state.carried, p, scale)
    }

    #[inline]
    fn fixed(&mut self, state: &mut SdeState<R>, stop: f64, h: f64, intervals: usize) -> Result<f64, SolveError> {
        let mesh = self.span.point(state.mesh + 1, h, intervals);
        let before_mesh = (mesh - stop) * self.span.direction() > 1e-9 * h;
        let on_stop = before_mesh || (mesh - stop).abs() <= 1e-9 * h;
        let t_next = if on_stop { stop } else { mesh };
        if self.attempt(state, t_next)? == 0.0 {
            state.mesh += usize::from(!before_mesh);
            return Ok(t_next);
        }
        let h = t_next - state.t;
        Err(self
            .non_finite(state, h)
            .unwrap_or(StochasticError::ImplicitStep { t: state.t, h, step: state.index }.into()))
    }

    fn adaptive(&mut self, state: &mut SdeState<R>, stop: f64) -> Result<f64, SolveError> {
        let Pace::Adaptive(adaptive) = &self.pace else { return Ok(stop) };
        let Adaptive { tolerance, controller, .. } = &**adaptive;
        let (controller, max_step, smallest, limit) =
            (*controller, tolerance.max_step, tolerance.min_step, tolerance.max_steps);
        let (mut trouble, mut growth) = (None, f64::INFINITY);
        loop {
            let t_next = self.next_time(state, stop, max_step);
            let h = t_next - state.t;
            self.check_step(state, h, t_next == stop, (smallest, limit), &mut trouble)?;
            let squared_error = self.attempt(state, t_next)?;
            let log_error = (0.5 * squared_error.ln()).max(StochasticController::SMALLEST);
            if squared_error <= 1.0 {
                let factor = controller.accept(log_error, state.log_error).min(growth);
                // A step shortened for a stop says nothing against the size that was planned.
                let kept = factor >= 1.0 && (h * factor).abs() < state.h.abs();
                state.h = if kept { state.h } else { h * factor };
                state.log_error = log_error;
                if state.rejected.last() == Some(&t_next) {
                    state.rejected.pop();
                }
                return Ok(t_next);
            }
            self.statistics.rejected += 1;
            trouble = if squared_error.is_finite() { None } else { self.non_finite(state, h) };
            if t_next != stop && state.rejected.last() != Some(&t_next) {
                state.rejected.push(t_next);
            }
            state.h = h * controller.reject(0.5 * squared_error.ln());
            growth = 1.0;
        }
    }

    /// The end of the step to try: not beyond the stop, nor beyond the end of a rejected step.
    ///
    /// Where a step was rejected, the path is known up to its end, and the choice of smaller steps depends on it. Only a
    /// mesh that contains that end keeps the increments on it free of bias (Foster and Jelincic, On the convergence of adaptive
    /// approximations for stochastic differential equations, arXiv 2311.14201, section 2).
    fn next_time(&self, state: &SdeState<R>, stop: f64, max_step: f64) -> f64 {
        let target = state.rejected.last().copied().unwrap_or(stop);
        let direction = self.span.direction();
        let target = if (stop - target) * direction < 0.0 { stop } else { target };
        let h = state.h.abs().min(max_step);
        let rest = (target - state.t).abs();
        if rest <= 1.01 * h && rest <= max_step {
            return target;
        }
        // Two equal steps rather than a long and a tiny one.
        let h = if rest < 1.9 * h { 0.5 * rest } else { h };
        let nearby = |h: f64| self.steps.path.nearby(state.t + direction * h, direction * h);
        let t = Some(nearby(h)).filter(|t| (t - state.t).abs() <= max_step).unwrap_or_else(|| nearby(0.875 * h));
        if (target - t) * direction <= 0.0 { target } else { t }
    }

    /// Refuses a step that is one too many, or too small. What made earlier tries of this step fail explains it.
    fn check_step(
        &self,
        state: &SdeState<R>,
        h: f64,
        on_stop: bool,
        (min_step, limit): (f64, usize),
        trouble: &mut Option<SolveError>,
    ) -> Result<(), SolveError> {
        let (t, step) = (state.t, state.index);
        let smallest = min_step.max(16.0 * f64::EPSILON * t.abs()).max(f64::MIN_POSITIVE);
        let resolution = self.steps.path.resolution();
        if state.h.abs() < smallest.max(8.0 * resolution) && !on_stop {
            let cause = if state.h.abs() < smallest {
                SolveError::StepTooSmall { t, h: smallest, step, state: values(state) }
            } else {
                StochasticError::NoiseTooCoarse { t, h, resolution }.into()
            };
            return Err(trouble.take().unwrap_or(cause));
        }
        if self.statistics.accepted + self.statistics.rejected >= limit {
            return Err(SolveError::StepLimit { limit, t, end: self.span.end, h, state: values(state) });
        }
        Ok(())
    }

    /// Where the step just tried met a number that is not finite.
    #[cold]
    fn non_finite(&self, state: &SdeState<R>, h: f64) -> Option<SolveError> {
        SolveError::non_finite("the state", self.steps.next(), [state.t + h, h], state.index, state.y.as_slice())
    }
}

/// The values of the state, for messages.
fn values<R: Real>(state: &SdeState<R>) -> Vec<f64> {
    state.y.iter().map(|value| value.value()).collect()
}
