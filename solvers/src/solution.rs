//! [`Solution`]: the states that a solve kept.

use crate::dense::Dense;
use crate::{SolveError, Statistics};
use costate_ad::Real;
use nalgebra::DVector;

/// The saved states of a solve, and their times. There is always at least one.
#[derive(Clone, Debug)]
pub struct Solution<R> {
    times: Vec<f64>,
    states: Vec<DVector<R>>,
    dense: Option<Dense<R>>,
    statistics: Statistics,
}

impl<R: Real> Solution<R> {
    pub(crate) fn new(
        times: Vec<f64>,
        states: Vec<DVector<R>>,
        dense: Option<Dense<R>>,
        statistics: Statistics,
    ) -> Self {
        Solution { times, states, dense, statistics }
    }

    /// The same solution on another scalar: `convert` is given every number, first those of the saved states, in order,
    /// then those of the dense output, if there is one.
    pub fn map<T: Real>(&self, mut convert: impl FnMut(R) -> T) -> Solution<T> {
        Solution {
            times: self.times.clone(),
            states: self.states.iter().map(|state| state.map(&mut convert)).collect(),
            dense: self.dense.as_ref().map(|dense| dense.map(&mut convert)),
            statistics: self.statistics,
        }
    }

    /// How many numbers there are: those of the saved states and those of the dense output.
    #[allow(clippy::len_without_is_empty)] // There is always a saved state.
    pub fn len(&self) -> usize {
        self.states.iter().map(|state| state.len()).sum::<usize>() + self.dense.as_ref().map_or(0, Dense::len)
    }

    /// Every number, in the order of [`map`](Self::map).
    pub fn numbers(&self) -> impl Iterator<Item = R> + '_ {
        let states = self.states.iter().flat_map(|state| state.iter().copied());
        states.chain(self.dense.iter().flat_map(Dense::numbers))
    }

    /// The times of the saved states, along the span.
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// The saved states, one for each of [`times`](Self::times).
    pub fn states(&self) -> &[DVector<R>] {
        &self.states
    }

    /// The last saved state: at the end of the span, unless [`SaveAt::times`](crate::SaveAt::times) stopped earlier.
    pub fn last(&self) -> &DVector<R> {
        &self.states[self.states.len() - 1]
    }

    /// The state at any time of the span, by the method's interpolant. Needs
    /// [`SaveAt::dense`](crate::SaveAt::dense).
    ///
    /// # Errors
    /// [`SolveError::NoDenseOutput`], or [`SolveError::OutsideSpan`].
    pub fn at(&self, t: f64) -> Result<DVector<R>, SolveError> {
        let Some(dense) = &self.dense else {
            return Err(SolveError::NoDenseOutput { t });
        };
        let (start, end) = (self.times[0], self.times[self.times.len() - 1]);
        let direction = (end - start).signum();
        if !((t - start) * direction >= 0.0 && (end - t) * direction >= 0.0) {
            return Err(SolveError::OutsideSpan { t, start, end });
        }
        let after = self.times.partition_point(|&knot| (t - knot) * direction >= 0.0);
        let knot = after - 1;
        if self.times[knot] == t {
            return Ok(self.states[knot].clone());
        }
        let theta = (t - self.times[knot]) / (self.times[after] - self.times[knot]);
        Ok(dense.at(knot, &self.states[knot], theta))
    }

    /// What the solve cost.
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }
}
