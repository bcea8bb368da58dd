//! [`log_normal`].

use super::{Pair, check_sigma, check_states, residuals};
use crate::{Data, FitError};
use costate_ad::Real;
use nalgebra::DVector;

/// The negative logarithm of the likelihood under multiplicative log-normal noise, `sum of ln sigma_k + ln observed
/// + ln(2 pi) / 2 + (ln observed - ln model)^2 / (2 sigma_k^2)` over observables k and their observations.
///
/// `states` has one vector for each time of `data`, with one component for each observable; `sigma` has one scale for
/// each observable, without unit: 0.2 is about 20 % of noise. The model value is the median of the observation. This
/// is a density of the observation itself: the constants, `ln observed` among them, are kept.
///
/// # Errors
/// If the shapes differ, a model value or an observation is not positive, or a sigma is not positive. An objective
/// that passes the error on makes an optimiser back away from such parameters.
pub fn log_normal<R: Real>(states: &[DVector<R>], data: &Data, sigma: &[R]) -> Result<R, FitError> {
    check_states(states, data)?;
    check_sigma(sigma, data)?;
    let mut total = R::zero();
    for (column, &sigma) in sigma.iter().enumerate() {
        total += residuals(states, data, column, log_residual)?.negative_log_density(sigma);
        let cells = (0..data.len()).flat_map(|row| data.cell(row, column));
        total += cells.map(|seen| seen.weight * seen.value.ln()).sum::<f64>();
    }
    Ok(total)
}

fn log_residual<R: Real>(pair: &Pair<'_, R>) -> Result<R, FitError> {
    let value = pair.model.value();
    if !(value > 0.0 && value.is_finite()) {
        return Err(pair.outside_domain("positive and finite"));
    }
    if pair.observed.value <= 0.0 {
        return Err(pair.not_observable("a log-normal observation must be positive"));
    }
    Ok(pair.model.ln() - pair.observed.value.ln())
}
