//! [`poisson`].

use super::summed;
use crate::{Data, FitError};
use costate_ad::Real;
use nalgebra::DVector;

/// The negative logarithm of the likelihood of counts with a Poisson distribution, whose mean is the model:
/// `sum of model - observed ln model + ln(observed!)`.
///
/// `states` has one vector for each time of `data`, with one component for each observable.
///
/// # Errors
/// If the shapes differ, a model value is not positive, or an observation is not a whole number.
pub fn poisson<R: Real>(states: &[DVector<R>], data: &Data) -> Result<R, FitError> {
    summed(states, data, |_, pair| {
        let (mean, count) = pair.count()?;
        Ok(mean - mean.ln() * count + Real::ln_gamma(count + 1.0))
    })
}
