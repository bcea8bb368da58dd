//! [`negative_binomial`].

use super::{check_sigma, summed};
use crate::{Data, FitError};
use costate_ad::Real;
use nalgebra::DVector;

/// The negative logarithm of the likelihood of counts with a negative-binomial distribution: its mean is the model, its
/// variance `model + model^2 / size_k` for observable k. As the size grows it becomes the Poisson distribution.
///
/// `states` has one vector for each time of `data`, with one component for each observable; `size` has one positive
/// number for each observable (called phi in Stan's `neg_binomial_2`, and size in R).
///
/// # Errors
/// If the shapes differ, a model value or a size is not positive, or an observation is not a whole number.
pub fn negative_binomial<R: Real>(states: &[DVector<R>], data: &Data, size: &[R]) -> Result<R, FitError> {
    check_sigma(size, data)?;
    summed(states, data, |column, pair| {
        let ((mean, count), size) = (pair.count()?, size[column]);
        let both = (mean + size).ln();
        let combinations = (size + count).ln_gamma() - size.ln_gamma() - Real::ln_gamma(count + 1.0);
        Ok(-combinations - size * (size.ln() - both) - (mean.ln() - both) * count)
    })
}
