//! [`gaussian`].

use super::{Pair, check_sigma, check_states, residuals};
use crate::{Data, FitError};
use costate_ad::Real;
use nalgebra::DVector;

/// The negative logarithm of the likelihood under additive Gaussian noise,
/// `sum of ln sigma_k + ln(2 pi) / 2 + (observed - model)^2 / (2 sigma_k^2)` over observables k and their observations.
///
/// `states` has one vector for each time of `data`, with one component for each observable; `sigma` has one standard
/// deviation for each observable, in the unit of the observable. Constant terms are kept.
///
/// # Errors
/// If the shapes differ, a model value is not finite, or a sigma is not positive.
pub fn gaussian<R: Real>(states: &[DVector<R>], data: &Data, sigma: &[R]) -> Result<R, FitError> {
    check_states(states, data)?;
    check_sigma(sigma, data)?;
    let mut total = R::zero();
    for (column, &sigma) in sigma.iter().enumerate() {
        total += residuals(states, data, column, Pair::residual)?.negative_log_density(sigma);
    }
    Ok(total)
}
