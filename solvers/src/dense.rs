//! [`Dense`]: the interpolants of all steps.

use costate_ad::Real;
use nalgebra::DVector;

/// The interpolant of every step, as polynomials in the fraction of the step: method-independent, and smaller than
/// the stages.
#[derive(Clone, Debug)]
pub(crate) struct Dense<R> {
    /// The vectors `q_1 .. q_d` of every step, one after the other.
    coefficients: Vec<R>,
    /// Where the coefficients of each step end.
    ends: Vec<usize>,
}

impl<R: Real> Dense<R> {
    pub(crate) fn new() -> Self {
        Dense { coefficients: Vec::new(), ends: Vec::new() }
    }

    pub(crate) fn map<T>(&self, convert: impl FnMut(R) -> T) -> Dense<T> {
        Dense { coefficients: self.coefficients.iter().copied().map(convert).collect(), ends: self.ends.clone() }
    }

    pub(crate) fn len(&self) -> usize {
        self.coefficients.len()
    }

    pub(crate) fn numbers(&self) -> impl Iterator<Item = R> + '_ {
        self.coefficients.iter().copied()
    }

    /// Adds a step, whose coefficients `write` appends.
    pub(crate) fn push<E>(&mut self, write: impl FnOnce(&mut Vec<R>) -> Result<(), E>) -> Result<(), E> {
        write(&mut self.coefficients)?;
        self.ends.push(self.coefficients.len());
        Ok(())
    }

    /// Adds an interval without length, which separates the states before and behind an event.
    pub(crate) fn push_nothing(&mut self) {
        self.ends.push(self.coefficients.len());
    }

    /// The state at the fraction `theta` of step `step`, which starts at `y`.
    pub(crate) fn at(&self, step: usize, y: &[R], theta: f64) -> DVector<R> {
        let start = if step == 0 { 0 } else { self.ends[step - 1] };
        let mut state = DVector::from_column_slice(y);
        let mut power = 1.0;
        for q in self.coefficients[start..self.ends[step]].chunks_exact(y.len()) {
            power *= theta;
            for (value, &coefficient) in state.iter_mut().zip(q) {
                *value += coefficient * power;
            }
        }
        state
    }
}
