//! [`squared_error`].

use super::{Pair, check_states, residuals};
use crate::{Data, FitError};
use costate_ad::Real;
use nalgebra::DVector;

/// The sum of `weight * ((model - observed) / noise)^2` over all observations.
///
/// `states` has one vector for each time of `data`, with one component for each observable.
///
/// # Errors
/// If the shapes differ, or a model value is not finite.
pub fn squared_error<R: Real>(states: &[DVector<R>], data: &Data) -> Result<R, FitError> {
    check_states(states, data)?;
    let mut total = R::zero();
    for column in 0..data.names().len() {
        total += residuals(states, data, column, Pair::residual)?.squares();
    }
    Ok(total)
}
