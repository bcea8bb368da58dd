//! Functions that can be run on every scalar: to trace a pattern, and to evaluate derivatives.

use crate::Real;

/// A function of several numbers with several results, written once for every scalar.
///
/// A closure runs on one scalar only, while a sparse Jacobian needs two runs of a different kind: one that finds the
/// pattern and others that find the numbers. The fields of `self` are the constants of the function.
///
/// ```
/// use costate_ad::{Real, VectorFunction, sparse_jacobian};
/// use nalgebra::dvector;
///
/// /// Second differences, with zeros beyond the ends.
/// struct Diffusion(f64);
///
/// impl VectorFunction for Diffusion {
///     fn eval<R: Real>(&self, x: &[R], y: &mut [R]) {
///         for i in 0..x.len() {
///             let left = if i > 0 { x[i - 1] } else { R::zero() };
///             let right = x.get(i + 1).copied().unwrap_or(R::zero());
///             y[i] = self.0 * (left - 2.0 * x[i] + right);
///         }
///     }
/// }
///
/// let (y, jacobian) = sparse_jacobian(&Diffusion(10.0), &dvector![1.0, 2.0, 4.0]);
/// assert_eq!(y, dvector![0.0, 10.0, -60.0]);
/// assert_eq!(jacobian.nnz(), 7);
/// assert_eq!(jacobian.get_entry(0, 1).unwrap().into_value(), 10.0);
/// ```
pub trait VectorFunction {
    /// Writes the result of `x` into `y`, every element of it.
    fn eval<R: Real>(&self, x: &[R], y: &mut [R]);

    /// How many elements `y` has for so many elements of `x`: as many, unless the function says otherwise.
    fn outputs(&self, inputs: usize) -> usize {
        inputs
    }
}

/// A function of several numbers with one result, written once for every scalar: what [`sparse_hessian`] takes.
///
/// [`sparse_hessian`]: crate::sparse_hessian
pub trait ScalarFunction {
    /// The result of `x`.
    fn eval<R: Real>(&self, x: &[R]) -> R;
}
