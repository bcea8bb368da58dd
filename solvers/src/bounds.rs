//! [`Bounds`]: where the components of a state may lie.

use crate::{ErrorScale, Problem, SolveError};
use costate_ad::Real;
use std::borrow::Borrow;
use std::sync::Arc;

/// Lower and upper bounds, infinite where there is none; an empty side bounds nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Bounds {
    lower: Arc<[f64]>,
    upper: Arc<[f64]>,
}

/// The squared error that stands for a state which is too far outside: about half the step is tried next.
const BEYOND: f64 = 1e3;

impl<S, R: Real> Problem<S, R> {
    /// Keeps every component of the state at or above its bound: `0.0` for what cannot be negative, `f64::NEG_INFINITY` for what is
    /// free. Off unless asked for.
    ///
    /// A step that ends beyond a bound by more than the tolerance is rejected, and a shorter one tried. What lies beyond it by less is
    /// put onto it, as is a state that is saved inside a step, and every state on given steps, where nothing else can be done (the
    /// constraints of Hindmarsh et al., SUNDIALS, ACM Trans. Math. Softw. 31 (2005) 363-396, section 2.1). That moves a value by less
    /// than it is known to, and no derivative: those stay what the step made them, so every gradient strategy agrees as without
    /// bounds. What the interpolant of `SaveAt::dense` says between the steps is not bounded.
    ///
    /// ```
    /// use costate_solvers::{Problem, Rosenbrock23, SaveAt, Tolerance, ode};
    /// use nalgebra::dvector;
    ///
    /// let robertson = ode!(|_t, [a, b, c], [slow, back, fast]| [
    ///     back * b * c - slow * a,
    ///     slow * a - back * b * c - fast * b * b,
    ///     fast * b * b,
    /// ]);
    /// let problem = Problem::ode(robertson, [1.0, 0.0, 0.0], &dvector![0.04, 1e4, 3e7], 0.0..1e11).with_lower_bounds([0.0; 3]);
    /// let solution = problem.solve(Rosenbrock23, Tolerance::new(1e-2, 1e-4), SaveAt::steps())?;
    /// assert!(solution.states().iter().all(|y| y.min() >= 0.0));
    /// # Ok::<(), costate_solvers::SolveError>(())
    /// ```
    ///
    /// # Errors
    /// Solving gives [`SolveError::BoundCount`] for another number of bounds than states, and [`SolveError::BadBounds`] for bounds that
    /// cross, or an initial state beyond them.
    pub fn with_lower_bounds(mut self, bounds: impl IntoIterator<Item: Borrow<f64>>) -> Self {
        self.bounds.get_or_insert_default().lower = bounds.into_iter().map(|bound| *bound.borrow()).collect();
        self
    }

    /// Keeps every component of the state at or below its bound, as [`with_lower_bounds`](Self::with_lower_bounds) does above:
    /// `f64::INFINITY` for what is free.
    pub fn with_upper_bounds(mut self, bounds: impl IntoIterator<Item: Borrow<f64>>) -> Self {
        self.bounds.get_or_insert_default().upper = bounds.into_iter().map(|bound| *bound.borrow()).collect();
        self
    }

    /// Whether something bounds the state.
    pub fn has_bounds(&self) -> bool {
        self.bounds.is_some()
    }

    /// Refuses bounds that do not fit the problem.
    pub(crate) fn check_bounds(&self) -> Result<(), SolveError> {
        let Some(bounds) = &self.bounds else { return Ok(()) };
        let states = self.initial_state.len();
        for found in [bounds.lower.len(), bounds.upper.len()] {
            if found != 0 && found != states {
                return Err(SolveError::BoundCount { expected: states, found });
            }
        }
        for (component, y) in self.initial_state.iter().enumerate() {
            let (lower, upper, value) = (bounds.lower(component), bounds.upper(component), y.value());
            if !(lower <= value && value <= upper) {
                return Err(SolveError::BadBounds { component, value, lower, upper });
            }
        }
        Ok(())
    }
}

impl Bounds {
    fn lower(&self, component: usize) -> f64 {
        self.lower.get(component).copied().unwrap_or(f64::NEG_INFINITY)
    }

    fn upper(&self, component: usize) -> f64 {
        self.upper.get(component).copied().unwrap_or(f64::INFINITY)
    }

    /// How far a value has to be moved to lie within the bounds.
    fn correction(&self, component: usize, value: f64) -> f64 {
        (self.lower(component) - value).max(0.0) + (self.upper(component) - value).min(0.0)
    }

    /// The squared error of a step from `y` to `next` as it was, or a larger one where the state lies beyond its bounds by more than
    /// the tolerance.
    pub(crate) fn judge<R: Real>(&self, squared_error: f64, y: &[R], next: &[R], scale: &ErrorScale) -> f64 {
        let correction = |c: usize| R::from(self.correction(c, next[c].value()));
        if scale.squared_norm(y, next, |c, read| read(correction(c))) > 1.0 { BEYOND } else { squared_error }
    }

    /// Puts values that lie beyond their bounds onto them, and leaves derivatives as they are.
    pub(crate) fn hold<R: Real>(&self, y: &mut [R]) {
        for (c, y) in y.iter_mut().enumerate() {
            let value = y.value();
            if value < self.lower(c) {
                *y = *y - value + self.lower(c);
            } else if value > self.upper(c) {
                *y = *y - value + self.upper(c);
            }
        }
    }
}
