//! [`Integration`]: the one loop through time.

use crate::control::{Control, FixedStep, Tolerance};
use crate::controller::{Controller, Memory};
use crate::interior::{Interior, non_finite};
use crate::span::Span;
use crate::{AcceptedStep, ErrorScale, Method, Observer, SolveError, State, Statistics, Stepper, VectorField};
use costate_ad::Real;
use nalgebra::DVector;

/// How the next step size comes about.
#[derive(Clone, Copy)]
enum Pace {
    Fixed { h: f64, intervals: usize },
    Adaptive { tolerance: Tolerance, scale: ErrorScale, controller: Controller },
}

/// A checked problem on its way: the parts that do not change from step to step, and scratch.
pub(crate) struct Integration<'a, F: ?Sized, R, T> {
    field: &'a F,
    p: &'a [R],
    span: Span,
    pace: Pace,
    pub(crate) stepper: T,
    pub(crate) statistics: Statistics,
}

/// An accepted step that is not committed yet: the stepper holds its stages, the state is still its start.
pub(crate) struct Accepted {
    pub(crate) h: f64,
    pub(crate) t_next: f64,
    next_h: f64,
    memory: Memory,
}

impl<'a, F: VectorField<R> + ?Sized, R: Real, T: Stepper<R>> Integration<'a, F, R, T> {
    pub(crate) fn new<M: Method<Stepper<R> = T>>(
        field: &'a F,
        p: &'a [R],
        span: Span,
        states: usize,
        method: &M,
        control: Control,
    ) -> Result<Self, SolveError> {
        control.check(span)?;
        method.check(states)?;
        let pace = match control {
            Control::Fixed(FixedStep(h)) => Pace::Fixed { h, intervals: span.intervals(h) as usize },
            Control::Adaptive(tolerance) => {
                let Some(order) = method.embedded_order() else {
                    return Err(SolveError::NotAdaptive { method: method.name() });
                };
                let scale = ErrorScale { rtol: tolerance.rtol, atol: tolerance.atol };
                Pace::Adaptive { tolerance, scale, controller: Controller::new(order) }
            }
        };
        let stepper = method.stepper::<R>(states);
        Ok(Integration { field, p, span, pace, stepper, statistics: Statistics::default() })
    }

    /// The state at the start of the span, with its slope and a first step size.
    pub(crate) fn start(&mut self, y: DVector<R>) -> Result<State<R>, SolveError> {
        let mut slope = DVector::from_element(y.len(), R::zero());
        self.field.eval(R::from(self.span.start), y.as_slice(), self.p, slope.as_mut_slice());
        self.statistics.evaluations += 1;
        if let Some(component) = slope.iter().position(|value| !value.value().is_finite()) {
            let value = slope[component].value();
            let (what, t) = ("the slope dy", self.span.start);
            return Err(SolveError::NonFinite { what, component, value, t, h: 0.0, step: 0 });
        }
        let mut state = State { index: 0, t: self.span.start, y, slope, h: 0.0, memory: Memory::new() };
        state.h = self.span.direction()
            * match self.pace {
                Pace::Fixed { h, .. } => h,
                Pace::Adaptive { tolerance, scale, controller } => {
                    let first = tolerance.initial_step;
                    first.unwrap_or_else(|| self.first_step(&state, scale, controller)).max(tolerance.min_step)
                }
            };
        Ok(state)
    }

    /// A first step size from the sizes of the state, its slope and its second derivative (Hairer, Norsett & Wanner,
    /// Solving Ordinary Differential Equations I, section II.4, "Starting step size").
    fn first_step(&mut self, state: &State<R>, scale: ErrorScale, controller: Controller) -> f64 {
        let n = state.y.len();
        let size = |vector: &dyn Fn(usize) -> f64| {
            let total: f64 = (0..n).map(|c| scale.squared(vector(c), state.y[c], state.y[c])).sum();
            (total / n as f64).sqrt()
        };
        let value = size(&|c| state.y[c].value());
        let slope = size(&|c| state.slope[c].value());
        let guess = if value < 1e-5 || slope < 1e-5 { 1e-6 } else { 0.01 * value / slope };
        let guess = guess.min(self.span.length());
        let h = self.span.direction() * guess;
        let trial = DVector::from_fn(n, |c, _| R::from(state.y[c].value() + h * state.slope[c].value()));
        let mut trial_slope = trial.clone();
        self.field.eval(R::from(state.t + h), trial.as_slice(), self.p, trial_slope.as_mut_slice());
        self.statistics.evaluations += 1;
        let second = size(&|c| (trial_slope[c].value() - state.slope[c].value()) / guess);
        let largest = slope.max(second);
        if !second.is_finite() {
            guess
        } else if largest <= 1e-15 {
            (1e-3 * guess).max(1e-6).min(self.span.length())
        } else {
            (100.0 * guess).min(controller.first(0.01 / largest))
        }
    }

    pub(crate) fn finished(&self, state: &State<R>) -> bool {
        state.t == self.span.end
    }

    /// Takes one step and shows it to the observer, then to `inspect`, and moves the state to its end.
    #[inline(always)]
    pub(crate) fn advance<O: Observer<R>>(
        &mut self,
        state: &mut State<R>,
        observer: &mut O,
        inspect: impl FnOnce(&mut Interior<'_, F, R, T>, &mut O) -> Result<(), SolveError>,
    ) -> Result<(), SolveError> {
        let step = match self.pace {
            Pace::Fixed { h, intervals } => self.fixed(state, h, intervals)?,
            Pace::Adaptive { tolerance, scale, controller } => self.adaptive(state, tolerance, scale, controller)?,
        };
        observer.accepted(&AcceptedStep {
            index: state.index,
            t: state.t,
            h: step.h,
            y: state.y.as_slice(),
            y_next: self.stepper.next(),
            stages: self.stepper.stages(),
            n: state.y.len(),
            state,
        });
        let (field, p, evaluations) = (self.field, self.p, &mut self.statistics.evaluations);
        let stepper = &mut self.stepper;
        inspect(&mut Interior { field, p, state, step: &step, stepper, evaluations }, observer)?;
        self.commit(state, step);
        Ok(())
    }

    fn fixed(&mut self, state: &State<R>, h: f64, intervals: usize) -> Result<Accepted, SolveError> {
        let t_next = self.span.point(state.index + 1, h, intervals);
        let h = if t_next == self.span.end { t_next - state.t } else { state.h };
        let result = self.stepper.attempt(self.field, self.p, state, h, None);
        self.statistics.evaluations += self.stepper.evaluations();
        if result == 0.0 {
            return Ok(Accepted { h, t_next, next_h: state.h, memory: state.memory });
        }
        Err(non_finite(&self.stepper, state, h).unwrap_or(SolveError::StepTooSmall {
            t: state.t,
            h,
            step: state.index,
        }))
    }

    #[inline]
    fn adaptive(
        &mut self,
        state: &mut State<R>,
        tolerance: Tolerance,
        scale: ErrorScale,
        controller: Controller,
    ) -> Result<Accepted, SolveError> {
        let mut trouble = None;
        loop {
            let (h, t_next) = self.next_step(state, tolerance.max_step);
            self.check_step(state, h, t_next, &tolerance, &mut trouble)?;
            let squared_error = self.stepper.attempt(self.field, self.p, state, h, Some(scale));
            self.statistics.evaluations += self.stepper.evaluations();
            if squared_error <= 1.0 {
                let (factor, memory) = controller.accept(squared_error, state.memory);
                return Ok(Accepted { h, t_next, next_h: h * factor, memory });
            }
            self.statistics.rejected += 1;
            trouble = if squared_error.is_finite() { None } else { non_finite(&self.stepper, state, h) };
            state.h = h * controller.reject(squared_error);
            state.memory = state.memory.after_rejection();
        }
    }

    /// The size and the end of the step to try: stretched by up to a hundredth, or shortened, to meet the span's end.
    #[inline(always)]
    fn next_step(&self, state: &State<R>, max_step: f64) -> (f64, f64) {
        let h = state.h.clamp(-max_step, max_step);
        let rest = self.span.end - state.t;
        if 1.01 * h.abs() >= rest.abs() && rest.abs() <= max_step { (rest, self.span.end) } else { (h, state.t + h) }
    }

    /// Refuses a step that is one too many, or too small. What made earlier tries of this step fail explains it.
    #[inline(always)]
    fn check_step(
        &self,
        state: &State<R>,
        h: f64,
        t_next: f64,
        tolerance: &Tolerance,
        trouble: &mut Option<SolveError>,
    ) -> Result<(), SolveError> {
        let rounding = 16.0 * f64::EPSILON * state.t.abs();
        let smallest = tolerance.min_step.max(rounding).max(f64::MIN_POSITIVE);
        if h.abs() < smallest && t_next != self.span.end {
            let too_small = SolveError::StepTooSmall { t: state.t, h: smallest, step: state.index };
            return Err(trouble.take().unwrap_or(too_small));
        }
        if self.statistics.accepted + self.statistics.rejected >= tolerance.max_steps {
            let end = self.span.end;
            return Err(SolveError::StepLimit { limit: tolerance.max_steps, t: state.t, end, h });
        }
        Ok(())
    }

    #[inline]
    fn commit(&mut self, state: &mut State<R>, step: Accepted) {
        self.statistics.accepted += 1;
        state.index += 1;
        state.t = step.t_next;
        state.h = step.next_h;
        state.memory = step.memory;
        state.y.as_mut_slice().copy_from_slice(self.stepper.next());
        state.slope.as_mut_slice().copy_from_slice(self.stepper.next_slope());
    }
}
