//! [`SensitivityError`]: why a strategy refuses, or why its reverse sweep failed.

use costate_solvers::{Refusal, SolveError};
use std::cell::RefCell;

/// Why a strategy cannot give a gradient. Inside a [`SolveError`] it is the reason of [`SolveError::Refused`].
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SensitivityError {
    /// The state that was computed backward is not the one that was computed forward.
    #[error(
        "{strategy} solves backward, and at t = {t} component {component} of the state comes out as {found} rather than {stored} \
         ({drift:.1e} times the tolerance): the solution forgets its past there; keep it, with GaussAdjoint or DiscreteAdjoint, \
         or tighten the tolerance"
    )]
    Drift {
        /// The strategy's name.
        strategy: &'static str,
        /// Where.
        t: f64,
        /// The component that is off most.
        component: usize,
        /// What the forward run had.
        stored: f64,
        /// What came out of the backward run.
        found: f64,
        /// Their distance in units of `atol + rtol |y|`.
        drift: f64,
    },
    /// The mass matrix and the Jacobian do not determine the algebraic part of the adjoint.
    #[error(
        "the algebraic equations at t = {t} do not determine the algebraic variables (the problem is not of index 1 there): \
         reduce its index, or differentiate the computed steps with Direct"
    )]
    NotIndexOne {
        /// Where.
        t: f64,
    },
    /// The method cannot do what the strategy needs.
    #[error("{strategy} cannot use {method}: {remedy}")]
    MethodRefused {
        /// The strategy's name.
        strategy: &'static str,
        /// The method's name.
        method: &'static str,
        /// What to use instead.
        remedy: &'static str,
    },
    /// The problem, or what is to be saved of it, is more than the strategy serves.
    #[error("{strategy} does not serve {what}: use DiscreteAdjoint")]
    NotServed {
        /// The strategy's name.
        strategy: &'static str,
        /// What it does not serve.
        what: &'static str,
    },
    /// An option of the strategy makes no sense.
    #[error("{option} is {value}: {remedy}")]
    BadOption {
        /// The option, as the caller spelled it.
        option: &'static str,
        /// Its value.
        value: f64,
        /// What would be valid.
        remedy: &'static str,
    },
}

impl From<SensitivityError> for SolveError {
    fn from(error: SensitivityError) -> SolveError {
        SolveError::Refused(Refusal::new(error))
    }
}

thread_local! {
    static FAILURE: RefCell<Option<SolveError>> = const { RefCell::new(None) };
}

/// Why the last reverse sweep on this thread that failed did so, once: asking forgets it.
///
/// A reverse sweep has nobody to return an error to. One that solves an equation on its way ([`GaussAdjoint`](crate::GaussAdjoint)
/// and its kin) and cannot, makes every derivative NaN, so that nothing wrong passes for a gradient, and leaves the reason here.
pub fn sweep_failure() -> Option<SolveError> {
    FAILURE.take()
}

/// Adds the cotangents that a sweep found to those of the inputs at `positions`; NaN, if it failed.
pub(crate) fn deliver(found: Result<Vec<f64>, SolveError>, positions: &[usize], input: &mut [f64]) {
    let found = found.map_err(|error| FAILURE.set(Some(error))).ok();
    for (input, &position) in input.iter_mut().zip(positions) {
        *input += found.as_ref().map_or(f64::NAN, |found| found[position]);
    }
}
