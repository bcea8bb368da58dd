//! [`Steps`]: how far the next step goes, of one size or under error control.

use crate::controller::{Memory, Pace};
use crate::integrate::Integration;
use crate::interior::non_finite;
use crate::span::Span;
use crate::{ErrorScale, ImplicitError, Mesh, Method, SolveError, State, Stepper, Tolerance, VectorField};
use costate_ad::Real;
use costate_linalg::LinalgError;
use nalgebra::DVector;

/// How the next step size comes about.
pub(crate) enum Steps {
    Fixed { h: f64, intervals: usize },
    Given(Mesh),
    Adaptive(Box<Adaptive>),
}

/// A vector, component by component, through a linear map from the scalar to plain numbers.
type Components<'a, R> = dyn Fn(usize, &dyn Fn(R) -> f64) -> f64 + 'a;

/// Step sizes by error control.
pub(crate) struct Adaptive {
    tolerance: Tolerance,
    scale: ErrorScale,
    pace: Pace,
    /// The smallest step at time zero.
    smallest: f64,
}

/// A step that was tried: its size, and the square of its error in units of the tolerance.
#[derive(Clone, Copy)]
struct Tried {
    h: f64,
    squared_error: f64,
}

impl Tried {
    /// An error that is not a number is none that meets the tolerance.
    #[inline(always)]
    fn accepts(self) -> bool {
        self.squared_error <= 1.0
    }
}

/// An accepted step that is not committed yet: the stepper holds its stages, the state is still its start.
#[derive(Clone, Copy)]
pub(crate) struct Accepted {
    /// Where it starts.
    pub(crate) start: f64,
    /// Its size, as it was computed.
    pub(crate) h: f64,
    /// How much of it is kept: 1 unless an event cuts it short.
    pub(crate) theta: f64,
    /// Where what is kept ends.
    pub(crate) t_next: f64,
    /// Whether that is a stop known in advance.
    pub(crate) stops: bool,
    /// Whether an event happens there.
    pub(crate) event: bool,
    pub(crate) next_h: f64,
    pub(crate) memory: Memory,
    pub(crate) knot: usize,
}

impl Accepted {
    /// A step from this state, of which nothing else is known yet.
    #[inline(always)]
    pub(crate) fn from<R>(state: &State<R>) -> Accepted {
        let (start, next_h, memory, knot) = (state.t, state.h, state.memory, state.knot);
        Accepted { start, h: 0.0, theta: 1.0, t_next: start, stops: false, event: false, next_h, memory, knot }
    }

    /// Keeps only the fraction `theta` of the step.
    pub(crate) fn cut(&mut self, knot: usize, theta: f64) {
        (self.theta, self.t_next, self.stops, self.knot) = (theta, self.start + theta * self.h, false, knot);
    }
}

/// Where a step may end at most.
#[derive(Clone, Copy)]
struct Limit {
    /// How far the step may go.
    rest: f64,
    /// The time that is then reached.
    t: f64,
    stops: bool,
}

impl Adaptive {
    pub(crate) fn new<R: Real, M: Method>(tolerance: Tolerance, method: &M, states: usize) -> Result<Self, SolveError> {
        let Some(order) = method.embedded_order() else {
            return Err(SolveError::NotAdaptive { method: method.name() });
        };
        let scale = ErrorScale::new::<R>(&tolerance, states)?;
        let pace = Pace::new(tolerance.controller, order, tolerance.safety, tolerance.factors);
        let smallest = tolerance.min_step.max(f64::MIN_POSITIVE);
        Ok(Adaptive { tolerance, scale, pace, smallest })
    }

    /// The pace for an error of this order; without one, that of the method.
    #[inline(always)]
    fn pace(&self, order: Option<usize>) -> Pace {
        let Tolerance { controller, safety, factors, .. } = self.tolerance;
        order.map_or(self.pace, |order| Pace::new(controller, order, safety, factors))
    }

    /// The factor on the step size after an accepted step, whose error is of this order.
    #[inline(always)]
    fn accept(&self, order: Option<usize>, squared_error: f64, h: f64, memory: &mut Memory) -> f64 {
        match order {
            None => self.pace.accept(squared_error, h, memory),
            Some(_) => self.pace(order).accept(squared_error, h, memory),
        }
    }

    pub(crate) fn scale(&self) -> &ErrorScale {
        &self.scale
    }

    /// The size of the first step: the user's, or one from the sizes of the state, its slope and its second derivative
    /// (Hairer, Norsett & Wanner, Solving Ordinary Differential Equations I, section II.4, "Starting step size").
    pub(crate) fn first_step<F: VectorField<R> + ?Sized, R: Real>(
        &self,
        field: &F,
        p: &[R],
        state: &State<R>,
        span: Span,
        evaluations: &mut usize,
    ) -> f64 {
        let first = self.tolerance.initial_step.unwrap_or_else(|| {
            *evaluations += 1;
            self.estimated_step(field, p, state, span)
        });
        first.max(self.tolerance.min_step)
    }

    fn estimated_step<F: VectorField<R> + ?Sized, R: Real>(
        &self,
        field: &F,
        p: &[R],
        state: &State<R>,
        span: Span,
    ) -> f64 {
        let y = state.y.as_slice();
        let size = |vector: &Components<'_, R>| self.scale.squared_norm(y, y, vector).sqrt();
        let value = size(&|c, read| read(y[c]));
        let slope = size(&|c, read| read(state.slope[c]));
        let guess = if value < 1e-5 || slope < 1e-5 { 1e-6 } else { 0.01 * value / slope };
        let guess = guess.min(span.length());
        let h = span.direction() * guess;
        // On a tape a trial leaves no trace.
        let trial = DVector::from_fn(y.len(), |c, _| match R::TANGENTS {
            Some(_) => y[c] + state.slope[c] * h,
            None => R::from(y[c].value() + state.slope[c].value() * h),
        });
        let mut trial_slope = trial.clone();
        field.eval(R::from(state.t + h), trial.as_slice(), p, trial_slope.as_mut_slice());
        let second = size(&|c, read| (read(trial_slope[c]) - read(state.slope[c])) / guess);
        let largest = slope.max(second);
        if !second.is_finite() {
            guess
        } else if largest <= 1e-15 {
            (1e-3 * guess).max(1e-6).min(span.length())
        } else {
            (100.0 * guess).min(self.pace.first(0.01 / largest))
        }
    }

    /// The size and the end of the step to try: stretched by up to a hundredth, or shortened, to meet the limit. The last
    /// item says whether it does.
    #[inline(always)]
    fn next_step<R>(&self, state: &State<R>, limit: Limit) -> (f64, f64, bool) {
        let max_step = self.tolerance.max_step;
        let h = state.h.clamp(-max_step, max_step);
        if 1.01 * h.abs() >= limit.rest.abs() && limit.rest.abs() <= max_step {
            (limit.rest, limit.t, true)
        } else {
            (h, state.t + h, false)
        }
    }

    /// Refuses a step that is one too many, or too small.
    #[inline(always)]
    fn check<R: Real>(&self, state: &State<R>, h: f64, meets: bool, tried: usize, end: f64) -> Result<(), SolveError> {
        let smallest = self.smallest.max(16.0 * f64::EPSILON * state.t.abs());
        if h.abs() < smallest && !meets {
            return Err(state.too_small(smallest));
        }
        if tried >= self.tolerance.max_steps {
            return Err(state.step_limit(self.tolerance.max_steps, end, h));
        }
        Ok(())
    }
}

impl<F: VectorField<R> + ?Sized, R: Real, T: Stepper<R>> Integration<'_, F, R, T> {
    /// The end of the span, or the next stop. A step towards a stop ends a hair before it, so that a right-hand side which
    /// jumps there is seen from one side only.
    #[inline(always)]
    fn limit(&self, state: &State<R>, stop: Option<f64>) -> Limit {
        match stop {
            None => Limit { rest: self.span.end - state.t, t: self.span.end, stops: false },
            Some(t) => {
                let hair = 4.0 * f64::EPSILON * t.abs().max(state.t.abs()) * self.span.direction();
                let rest = t - state.t - hair;
                let rest = if rest * self.span.direction() > 0.0 { rest } else { t - state.t };
                Limit { rest, t, stops: true }
            }
        }
    }

    /// Tries the step of size `h`, and returns the square of its error in units of the tolerance.
    #[inline(always)]
    fn attempt(&mut self, state: &State<R>, h: f64) -> f64 {
        let scale = match &self.steps {
            Steps::Fixed { .. } | Steps::Given(_) => None,
            Steps::Adaptive(adaptive) => Some(&adaptive.scale),
        };
        let p = state.p.as_deref().unwrap_or(self.p);
        let squared_error = self.stepper.attempt(self.field, p, state, h, scale);
        self.statistics.evaluations += self.stepper.evaluations();
        self.statistics.implicit += self.stepper.work();
        match (self.bounds, scale) {
            (Some(bounds), Some(scale)) if squared_error <= 1.0 => {
                bounds.judge(squared_error, state.y.as_slice(), self.stepper.next(), scale)
            }
            _ => squared_error,
        }
    }

    #[inline(never)]
    pub(crate) fn fixed(
        &mut self,
        state: &State<R>,
        stop: Option<f64>,
        accepted: &mut Accepted,
    ) -> Result<(), SolveError> {
        let (knot, is_whole) = match &self.steps {
            &Steps::Fixed { h, intervals } => {
                let starts_at_knot = self.span.point(state.knot, h, intervals) == state.t;
                (self.span.point(state.knot + 1, h, intervals), starts_at_knot)
            }
            Steps::Given(mesh) => (mesh.times().get(state.knot).copied().unwrap_or(self.span.end), false),
            Steps::Adaptive(_) => unreachable!("asked for without error control only"),
        };
        let limit = self.limit(state, stop);
        let meets = (limit.t - knot) * self.span.direction() <= 0.0;
        let full = !meets && is_whole;
        let step = if meets {
            limit.rest
        } else if full {
            state.h
        } else {
            knot - state.t
        };
        if self.attempt(state, step) != 0.0 {
            return Err(self.failure(state, step).unwrap_or_else(|| state.too_small(step)));
        }
        accepted.h = step;
        accepted.t_next = if meets { limit.t } else { knot };
        accepted.stops = meets && limit.stops;
        accepted.knot += usize::from(accepted.t_next == knot);
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn adaptive(
        &mut self,
        state: &mut State<R>,
        stop: Option<f64>,
        accepted: &mut Accepted,
    ) -> Result<(), SolveError> {
        let limit = self.limit(state, stop);
        let tried = self.try_step(state, limit, accepted)?;
        if tried.accepts() { Ok(()) } else { self.retry(state, limit, tried, accepted) }
    }

    /// Tries a step of the size that the state asks for, and notes it if it is accepted.
    #[inline(always)]
    fn try_step(&mut self, state: &State<R>, limit: Limit, accepted: &mut Accepted) -> Result<Tried, SolveError> {
        let adaptive = self.adaptive_steps();
        let (h, t_next, meets) = adaptive.next_step(state, limit);
        adaptive.check(state, h, meets, self.statistics.accepted + self.statistics.rejected, self.span.end)?;
        let squared_error = self.attempt(state, h);
        let tried = Tried { h, squared_error };
        if tried.accepts() {
            (accepted.h, accepted.t_next, accepted.stops) = (h, t_next, meets && limit.stops);
            // A step that was shortened to meet a stop says little about the steps behind it.
            if !(accepted.stops && h.abs() < state.h.abs()) {
                let order = self.stepper.error_order();
                accepted.next_h = h * self.adaptive_steps().accept(order, squared_error, h, &mut accepted.memory);
            }
        }
        Ok(tried)
    }

    /// Tries smaller steps after one that was rejected, until one is accepted. What made the last one fail explains it, if
    /// none can be smaller. A function of its own: inlined it would take registers from the steps that need no second try.
    #[inline(never)]
    fn retry(
        &mut self,
        state: &mut State<R>,
        limit: Limit,
        mut tried: Tried,
        accepted: &mut Accepted,
    ) -> Result<(), SolveError> {
        while !tried.accepts() {
            self.statistics.rejected += 1;
            state.h = tried.h * self.adaptive_steps().pace(self.stepper.error_order()).reject(tried.squared_error);
            state.memory.rejected();
            accepted.memory.rejected();
            accepted.next_h = state.h;
            // The next try starts as it would from a clone of this state.
            state.jacobian = None;
            let trouble = if tried.squared_error.is_finite() { None } else { self.failure(state, tried.h) };
            // No smaller step mends it.
            if let Some(SolveError::Implicit(ImplicitError::WrongJacobian { .. })) = trouble {
                return trouble.map_or(Ok(()), Err);
            }
            tried = self.try_step(state, limit, accepted).map_err(|error| match error {
                SolveError::StepTooSmall { .. } => trouble.unwrap_or(error),
                _ => error,
            })?;
        }
        Ok(())
    }

    fn adaptive_steps(&self) -> &Adaptive {
        match &self.steps {
            Steps::Adaptive(adaptive) => adaptive,
            Steps::Fixed { .. } | Steps::Given(_) => unreachable!("asked for under error control only"),
        }
    }

    /// Why the step just tried has numbers that are not finite.
    #[cold]
    fn failure(&self, state: &State<R>, h: f64) -> Option<SolveError> {
        self.linear_algebra(state, h).or_else(|| non_finite(self.field, &self.stepper, state, h))
    }

    /// What is wrong with the linear algebra of the step just tried.
    #[cold]
    fn linear_algebra(&self, state: &State<R>, h: f64) -> Option<SolveError> {
        let (source, t, step) = (self.stepper.trouble()?.clone(), state.t, state.index);
        let error = match source {
            LinalgError::WrongPattern { .. }
            | LinalgError::OutsidePattern { .. }
            | LinalgError::WrongJacobian { .. } => ImplicitError::WrongJacobian { t, source },
            _ => ImplicitError::NoFactors { t, h, step, source },
        };
        Some(error.into())
    }
}
