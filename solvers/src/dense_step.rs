//! [`DenseStep`]: a step with its interpolant, for who walks along a solution step by step.

use crate::{Control, InitialState, Method, Problem, SolveError, State, Statistics, VectorField};
use costate_ad::Real;
use nalgebra::DVector;
use std::ops::Range;

/// What is kept of an accepted step, as a polynomial in the fraction `theta` of it:
/// `y(t + theta (t_next - t)) = y + sum of q_j theta^j`.
#[derive(Clone, Copy, Debug)]
pub struct DenseStep<'a, R> {
    /// Its index, from 0.
    pub index: usize,
    /// Where it starts.
    pub t: f64,
    /// Where it ends: at an event, if one cut it short.
    pub t_next: f64,
    /// The state at its start, length `n`.
    pub y: &'a [R],
    /// The vectors `q_1 .. q_d`, one after the other, each of length `n`.
    pub coefficients: &'a [R],
}

impl<S: VectorField<R>, R: Real> Problem<S, R> {
    /// A problem for a right-hand side on this one scalar, for who writes a [`VectorField`] by hand.
    pub fn field(system: S, y0: impl InitialState<R>, p: &DVector<R>, span: Range<f64>) -> Self {
        Problem::new(system, y0, p, span)
    }

    /// [`advance`](Self::advance), showing every step with its interpolant.
    ///
    /// # Errors
    /// As [`solve`](Self::solve).
    pub fn advance_dense<M: Method>(
        &self,
        method: M,
        control: impl Into<Control>,
        state: &mut State<R>,
        steps: usize,
        mut show: impl FnMut(DenseStep<'_, R>),
    ) -> Result<Statistics, SolveError> {
        let span = self.check()?;
        let mut integration = self.integration(&method, control.into(), span)?;
        let (expected, found) = (self.initial_state.len(), state.y.len());
        if expected != found {
            return Err(SolveError::WrongStateCount { expected, found });
        }
        let mut coefficients = Vec::new();
        for _ in 0..steps {
            if integration.finished(state) {
                break;
            }
            integration.advance(state, &mut (), |interior, _| {
                coefficients.clear();
                interior.interpolant(&mut coefficients)?;
                let (state, t_next) = (interior.state, interior.step.t_next);
                let (index, t, y) = (state.index, state.t, state.y.as_slice());
                show(DenseStep { index, t, t_next, y, coefficients: &coefficients });
                Ok(())
            })?;
        }
        Ok(integration.statistics)
    }
}
