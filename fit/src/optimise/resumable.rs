//! [`Resumable`]: an optimiser whose run is data.

use super::{Objective, Optimiser, Optimum, Progress, Stop};
use crate::FitError;
use nalgebra::DVector;

/// An optimiser that keeps all it knows in a state: a run can be stopped, [saved](crate::Saved), loaded and gone on with, bit for
/// bit as if it had never stopped. As an [`Optimiser`] it runs from a fresh state to its end.
///
/// ```
/// use costate_fit::{Adam, Resumable, quiet};
/// use nalgebra::{DVector, dvector};
/// let mut bowl = |x: &DVector<f64>| Ok((x.norm_squared(), 2.0 * x));
/// let adam = Adam { iterations: 100, ..Adam::default() };
/// let mut state = adam.begin(&dvector![3.0, -4.0]);
/// adam.run(&mut state, 40, &mut bowl, &mut quiet)?;
/// assert_eq!(state.history().len(), 41); // the start is number 0
/// adam.run(&mut state, usize::MAX, &mut bowl, &mut quiet)?;
/// assert_eq!(state.history().len(), 101);
/// # Ok::<(), costate_fit::FitError>(())
/// ```
pub trait Resumable {
    /// Where a run is.
    type State;

    /// The optimiser's name, as tables print it.
    const NAME: &'static str;

    /// The beginning of a run from `start`.
    fn begin(&self, start: &DVector<f64>) -> Self::State;

    /// Runs until iteration `until`, or to its end; calling it again goes on from `state`.
    ///
    /// # Errors
    /// As [`Optimiser::minimise`], and [`FitError::Shape`] if the gradient has another size than the state.
    fn run(
        &self,
        state: &mut Self::State,
        until: usize,
        objective: &mut Objective<'_>,
        progress: &mut Progress<'_>,
    ) -> Result<Stop, FitError>;

    /// What a state amounts to that a run has ended with.
    ///
    /// # Panics
    /// If no run has begun with it.
    fn optimum(&self, state: Self::State, stop: Stop) -> Optimum;
}

impl<T: Resumable> Optimiser for T {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn minimise(
        &self,
        objective: &mut Objective<'_>,
        start: &DVector<f64>,
        progress: &mut Progress<'_>,
    ) -> Result<Optimum, FitError> {
        let mut state = self.begin(start);
        let stop = self.run(&mut state, usize::MAX, objective, progress)?;
        Ok(self.optimum(state, stop))
    }
}
