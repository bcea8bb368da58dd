//! Minimisers of a function with a gradient: one file for each.
//!
//! To add one: a file that implements [`Optimiser`], or [`Resumable`] if its run can be stopped and gone on with; a line here; a row
//! in the table of `tests/optimise.rs`.

mod adam;
mod lbfgs;
mod levenberg_marquardt;
mod line_search;
mod nelder_mead;
mod optimum;
mod residuals;
mod resumable;

pub use adam::{Adam, AdamState, Schedule};
pub use lbfgs::{Lbfgs, LbfgsState};
pub use levenberg_marquardt::{LeastSquares, LevenbergMarquardt, LinearisedResiduals};
pub use nelder_mead::NelderMead;
pub use optimum::{Iteration, Optimum, Stop};
pub use residuals::{JacobianMode, Residuals, linearise};
pub use resumable::Resumable;

use crate::{Cause, FitError};
use nalgebra::DVector;
use std::ops::ControlFlow;

/// How often something was evaluated, and how often that failed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub evaluations: usize,
    pub failures: usize,
}

/// A value and its gradient.
pub type Evaluation = (f64, DVector<f64>);

/// What is minimised: value and gradient at a point, or why there is none.
///
/// A failure, and likewise a value or gradient that is not finite, counts as plus infinity: a search backs away.
pub type Objective<'a> = dyn FnMut(&DVector<f64>) -> Result<Evaluation, Cause> + 'a;

/// Called after each iteration; [`ControlFlow::Break`] stops the search.
pub type Progress<'a> = dyn FnMut(&Iteration) -> ControlFlow<()> + 'a;

/// Progress that says nothing and never stops.
pub fn quiet(_: &Iteration) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// A way to minimise.
pub trait Optimiser {
    /// Its name, as tables print it.
    fn name(&self) -> &'static str;

    /// Searches from `start` for a point of smallest value.
    ///
    /// # Errors
    /// [`FitError::Start`] if the objective fails at `start`, [`FitError::Option`] for options that make no sense. Any
    /// later trouble is a [`Stop`] of an [`Optimum`] that holds the best point found.
    fn minimise(
        &self,
        objective: &mut Objective<'_>,
        start: &DVector<f64>,
        progress: &mut Progress<'_>,
    ) -> Result<Optimum, FitError>;
}
