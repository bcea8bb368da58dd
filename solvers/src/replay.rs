//! [`Replay`]: single steps of a solve, taken again on any scalar.

use crate::integrate::Integration;
use crate::interior::Interior;
use crate::pacing::{Accepted, Steps};
use crate::{Control, Method, Problem, SolveError, State, Stepper, VectorField};
use costate_ad::Real;

/// Takes steps of a solve again, one at a time: for who differentiates a step.
///
/// A step starts from a [`State`] that an [`Observer`](crate::Observer) was shown, perhaps [mapped](State::map) to another
/// scalar, and has the size that was accepted then: its values are those of the solve, bit for bit.
pub struct Replay<'a, S, R, M: Method>
where
    R: Real,
{
    problem: &'a Problem<S, R>,
    integration: Integration<'a, S, R, M::Stepper<R>>,
}

impl<S: VectorField<R>, R: Real> Problem<S, R> {
    /// Prepares to take steps of this problem again, by the method and control of the solve.
    ///
    /// # Errors
    /// As [`solve`](Self::solve), for what is found before the first step.
    pub fn replay<M: Method>(
        &self,
        method: &M,
        control: impl Into<Control>,
    ) -> Result<Replay<'_, S, R, M>, SolveError> {
        let span = self.check()?;
        Ok(Replay { problem: self, integration: self.integration(method, control.into(), span)? })
    }
}

impl<S: VectorField<R>, R: Real, M: Method> Replay<'_, S, R, M> {
    /// The state with which the solve starts, before the events that may happen there.
    ///
    /// # Errors
    /// As [`Problem::solve`], for what is found before the first step.
    pub fn start(&mut self) -> Result<State<R>, SolveError> {
        self.integration.start(self.problem.initial_state().clone())
    }

    /// Takes the step of signed size `h` from `state`.
    pub fn step(&mut self, state: &State<R>, h: f64) {
        let Integration { field, p, steps, stepper, .. } = &mut self.integration;
        let scale = match steps {
            Steps::Fixed { .. } | Steps::Given(_) => None,
            Steps::Adaptive(adaptive) => Some(adaptive.scale()),
        };
        stepper.attempt(*field, state.p.as_deref().unwrap_or(p), state, h, scale);
    }

    /// The state behind the fraction `theta` that was kept of the step just taken, which was of size `h` from `state`: before the
    /// events that may happen there.
    ///
    /// # Errors
    /// As [`inside`](Self::inside).
    pub fn end(&mut self, state: &State<R>, h: f64, theta: f64) -> Result<State<R>, SolveError> {
        if theta != 1.0 {
            self.within(state, h, 1.0, |interior| interior.complete())?;
        }
        let mut end = state.clone();
        self.integration.commit(&mut end, &Accepted { h, theta, ..Accepted::from(state) });
        Ok(end)
    }

    /// The state at the fraction `theta` of the step just taken, which was of size `h` from `state`.
    ///
    /// # Errors
    /// [`SolveError::NonFinite`], if an extra stage of the interpolant is not finite.
    pub fn inside(&mut self, state: &State<R>, h: f64, theta: f64) -> Result<Vec<R>, SolveError> {
        if theta == 1.0 {
            return Ok(self.integration.stepper.next().to_vec());
        }
        let mut y = state.y.as_slice().to_vec();
        self.within(state, h, 1.0, |interior| interior.interpolate(theta, &mut y))?;
        Ok(y)
    }

    /// The interpolant of the fraction `theta` that was kept of the step just taken: the numbers that
    /// [`Solution::map`](crate::Solution::map) gives for it.
    ///
    /// # Errors
    /// As [`inside`](Self::inside).
    pub fn interpolant(&mut self, state: &State<R>, h: f64, theta: f64) -> Result<Vec<R>, SolveError> {
        let mut coefficients = Vec::new();
        self.within(state, h, theta, |interior| interior.interpolant(&mut coefficients))?;
        Ok(coefficients)
    }

    fn within(
        &mut self,
        state: &State<R>,
        h: f64,
        theta: f64,
        look: impl FnOnce(&mut Interior<'_, S, R, M::Stepper<R>>) -> Result<(), SolveError>,
    ) -> Result<(), SolveError> {
        let Integration { field, p, bounds, stepper, statistics, .. } = &mut self.integration;
        let p = state.p.as_deref().unwrap_or(p);
        let mut step = Accepted { h, theta, ..Accepted::from(state) };
        let evaluations = &mut statistics.evaluations;
        look(&mut Interior { field: *field, p, bounds: *bounds, state, step: &mut step, stepper, evaluations })
    }
}
