//! [`hessian`] and [`hvp`]: second derivatives, by reverse mode over dual numbers.

use crate::gradient::{CHUNK, chunks};
use crate::recorded::{Recorded, own};
use crate::{Dual, Var};
use nalgebra::{DMatrix, DVector};
use std::convert::Infallible;

/// The value, the gradient and the Hessian of `f` at `x`: for every [`CHUNK`] inputs one run, and for each input one sweep.
///
/// The Hessian is that of the program as it ran; it is symmetric to rounding and is not symmetrised, so that its asymmetry
/// can be looked at.
///
/// ```
/// use costate_ad::hessian;
/// use nalgebra::{dmatrix, dvector};
///
/// let (value, slope, curvature) = hessian(|x| x[0].powi(3) + x[0] * x[1], &dvector![2.0, 5.0]);
/// assert_eq!((value, slope), (18.0, dvector![17.0, 2.0]));
/// assert_eq!(curvature, dmatrix![12.0, 1.0; 1.0, 0.0]);
/// ```
///
/// # Panics
/// As [`gradient`](crate::gradient).
pub fn hessian(
    mut f: impl FnMut(&DVector<Dual<Var, CHUNK>>) -> Dual<Var, CHUNK>,
    x: &DVector<f64>,
) -> (f64, DVector<f64>, DMatrix<f64>) {
    let Ok(result) = try_hessian_chunked(|x| Ok::<_, Infallible>(f(x)), x);
    result
}

/// [`hessian`] for a closure that can fail; its error is passed on.
///
/// # Errors
/// Whatever `f` returns.
///
/// # Panics
/// As [`gradient`](crate::gradient).
pub fn try_hessian<E>(
    f: impl FnMut(&DVector<Dual<Var, CHUNK>>) -> Result<Dual<Var, CHUNK>, E>,
    x: &DVector<f64>,
) -> Result<(f64, DVector<f64>, DMatrix<f64>), E> {
    try_hessian_chunked(f, x)
}

/// [`try_hessian`] with `N` inputs in one run: for few inputs, lanes that would stay empty are not carried along.
///
/// ```
/// use costate_ad::try_hessian_chunked;
/// use nalgebra::{dmatrix, dvector};
///
/// let outcome = try_hessian_chunked::<1, ()>(|x| Ok(x[0].powi(3)), &dvector![2.0]);
/// assert_eq!(outcome, Ok((8.0, dvector![12.0], dmatrix![12.0])));
/// ```
///
/// # Errors
/// Whatever `f` returns.
///
/// # Panics
/// As [`gradient`](crate::gradient).
pub fn try_hessian_chunked<const N: usize, E>(
    mut f: impl FnMut(&DVector<Dual<Var, N>>) -> Result<Dual<Var, N>, E>,
    x: &DVector<f64>,
) -> Result<(f64, DVector<f64>, DMatrix<f64>), E> {
    let n = x.len();
    let (mut value, mut slope, mut curvature) = (0.0, DVector::zeros(n), DMatrix::zeros(n, n));
    for (columns, lanes) in chunks::<N, f64>(x) {
        let run = Recorded::run(x.as_slice().iter().copied(), |x| f(&lanes.zip_map(x, carried)).map(owned))?;
        value = run.output.value.value();
        for (lane, column) in columns.enumerate() {
            let derivative = run.output.derivatives[lane];
            slope[column] = derivative.value();
            curvature.set_column(column, &run.sweep(&[(derivative, 1.0)]));
        }
    }
    Ok((value, slope, curvature))
}

/// The value and the gradient of `f` at `x`, and the Hessian times `v`: one run and two sweeps, whatever the length of `x`.
///
/// ```
/// use costate_ad::hvp;
/// use nalgebra::dvector;
///
/// let (value, slope, product) = hvp(|x| x[0].powi(3) + x[0] * x[1], &dvector![2.0, 5.0], &dvector![1.0, 10.0]);
/// assert_eq!((value, slope, product), (18.0, dvector![17.0, 2.0], dvector![22.0, 1.0]));
/// ```
///
/// # Panics
/// If `v` is not as long as `x`, or as [`gradient`](crate::gradient).
pub fn hvp(
    f: impl FnOnce(&DVector<Dual<Var>>) -> Dual<Var>,
    x: &DVector<f64>,
    v: &DVector<f64>,
) -> (f64, DVector<f64>, DVector<f64>) {
    let Ok(result) = try_hvp(|x| Ok::<_, Infallible>(f(x)), x, v);
    result
}

/// [`hvp`] for a closure that can fail; its error is passed on.
///
/// # Errors
/// Whatever `f` returns.
///
/// # Panics
/// As [`hvp`].
pub fn try_hvp<E>(
    f: impl FnOnce(&DVector<Dual<Var>>) -> Result<Dual<Var>, E>,
    x: &DVector<f64>,
    v: &DVector<f64>,
) -> Result<(f64, DVector<f64>, DVector<f64>), E> {
    assert_eq!(x.len(), v.len(), "hvp: x has {} elements and the direction {}", x.len(), v.len());
    let lanes = x.zip_map(v, |value, slope| Dual { value, derivatives: [slope] });
    let run = Recorded::run(x.as_slice().iter().copied(), |x| f(&lanes.zip_map(x, carried)).map(owned))?;
    let [product] = run.output.derivatives;
    let value = run.output.value;
    Ok((value.value(), run.sweep(&[(value, 1.0)]), run.sweep(&[(product, 1.0)])))
}

/// A dual number whose value is an input of the tape, with the plain derivatives of `lanes`.
pub(crate) fn carried<const N: usize>(lanes: Dual<f64, N>, value: Var) -> Dual<Var, N> {
    Dual { value, derivatives: lanes.derivatives.map(Var::constant) }
}

pub(crate) fn owned<const N: usize>(output: Dual<Var, N>) -> Dual<Var, N> {
    Dual { value: own(output.value), derivatives: output.derivatives.map(own) }
}
