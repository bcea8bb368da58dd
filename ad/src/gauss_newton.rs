//! [`gauss_newton_product`]: the curvature of a sum of squares that first derivatives alone give.

use crate::hessian::{carried, owned};
use crate::recorded::Recorded;
use crate::{Dual, Var};
use nalgebra::DVector;
use std::convert::Infallible;

/// What one run of the residuals `r` gives at a point, along a direction.
#[derive(Clone, Debug, PartialEq)]
pub struct GaussNewton {
    /// The residuals, one for each that the closure returned.
    pub residuals: DVector<f64>,
    /// Their derivative in the direction: `J v`, as many.
    pub along: DVector<f64>,
    /// The gradient of `|r|^2 / 2`: `J^T r`, as long as the point.
    pub gradient: DVector<f64>,
    /// The Gauss-Newton matrix times the direction: `J^T (J v)`, as long as the point.
    pub product: DVector<f64>,
}

/// The residuals `r(x)`, their derivative along `v`, the gradient of `|r|^2 / 2`, and `J^T J v`: one run with one direction, and two
/// sweeps, whatever the lengths. `J^T J` is the Hessian of `|r|^2 / 2` without the residuals' own curvature (Nocedal & Wright,
/// Numerical Optimization, section 10.3), and the Fisher information where each residual is divided by the standard deviation of
/// its noise: what conjugate gradients need for a fit or an uncertainty with many parameters. For few,
/// [`jacobian`](crate::jacobian) gives all of `J` in one forward run for every eight of them.
///
/// ```
/// use costate_ad::gauss_newton_product;
/// use nalgebra::dvector;
///
/// // J = [2, 0; 5, 3] at (1, 5 / 3): r = (2 x - 1, 3 x y).
/// let found = gauss_newton_product(|x| vec![2.0 * x[0] - 1.0, 3.0 * x[0] * x[1]], &dvector![1.0, 5.0 / 3.0], &dvector![1.0, 0.0]);
/// assert_eq!(found.along, dvector![2.0, 5.0]);
/// assert_eq!(found.product, dvector![29.0, 15.0]);
/// ```
///
/// # Panics
/// If `v` is not as long as `x`, or as [`gradient`](crate::gradient()).
pub fn gauss_newton_product(
    residuals: impl FnOnce(&DVector<Dual<Var>>) -> Vec<Dual<Var>>,
    x: &DVector<f64>,
    v: &DVector<f64>,
) -> GaussNewton {
    let Ok(result) = try_gauss_newton_product(|x| Ok::<_, Infallible>(residuals(x)), x, v);
    result
}

/// [`gauss_newton_product`] for a closure that can fail; its error is passed on.
///
/// # Errors
/// Whatever `residuals` returns.
///
/// # Panics
/// As [`gauss_newton_product`].
pub fn try_gauss_newton_product<E>(
    residuals: impl FnOnce(&DVector<Dual<Var>>) -> Result<Vec<Dual<Var>>, E>,
    x: &DVector<f64>,
    v: &DVector<f64>,
) -> Result<GaussNewton, E> {
    assert_eq!(x.len(), v.len(), "gauss_newton_product: x has {} elements and the direction {}", x.len(), v.len());
    let lanes = x.zip_map(v, |value, slope| Dual { value, derivatives: [slope] });
    let run = Recorded::run(x.as_slice().iter().copied(), |x| {
        let residuals = residuals(&lanes.zip_map(x, carried))?;
        Ok(residuals.into_iter().map(owned).collect::<Vec<_>>())
    })?;
    let plain = |number: fn(&Dual<Var>) -> Var| run.output.iter().map(move |output| number(output).value());
    let values = DVector::from_iterator(run.output.len(), plain(|output| output.value));
    let along = DVector::from_iterator(run.output.len(), plain(|output| output.derivatives[0]));
    let transposed = |weights: &DVector<f64>| {
        let seeds: Vec<(Var, f64)> =
            run.output.iter().map(|output| output.value).zip(weights.iter().copied()).collect();
        run.sweep(&seeds)
    };
    Ok(GaussNewton { gradient: transposed(&values), product: transposed(&along), residuals: values, along })
}
