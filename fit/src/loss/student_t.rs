//! [`student_t`].

use super::{check_sigma, summed};
use crate::{Data, FitError};
use costate_ad::Real;
use nalgebra::DVector;
use std::f64::consts::PI;

/// The negative logarithm of the likelihood under additive noise with Student's t-distribution, which takes outliers for
/// what they are: `scale_k` times a variable with `freedom_k` degrees of freedom for observable k.
///
/// `states` has one vector for each time of `data`, with one component for each observable; `scale`, in the unit of the
/// observable, and `freedom` have one positive number for each. With 4 degrees of freedom an outlier of five scales
/// pulls no more than an observation at two; with many the noise is Gaussian.
///
/// # Errors
/// If the shapes differ, a model value is not finite, or a scale or freedom is not positive.
pub fn student_t<R: Real>(states: &[DVector<R>], data: &Data, scale: &[R], freedom: &[R]) -> Result<R, FitError> {
    check_sigma(scale, data)?;
    check_sigma(freedom, data)?;
    summed(states, data, |column, pair| {
        let (scale, freedom) = (scale[column] * pair.observed.noise, freedom[column]);
        let relative = pair.residual()? / scale;
        let (half, next) = (freedom * 0.5, (freedom + 1.0) * 0.5);
        let normaliser = scale.ln() + 0.5 * (freedom * PI).ln() + half.ln_gamma() - next.ln_gamma();
        Ok(normaliser + next * (relative * relative / freedom).ln_1p())
    })
}
