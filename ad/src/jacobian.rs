//! [`jacobian`]: the derivative of many numbers with respect to many.

use crate::gradient::{CHUNK, chunks};
use crate::level::Level;
use crate::recorded::{Recorded, own};
use crate::{Dual, Real, Var};
use nalgebra::{DMatrix, DVector};
use std::convert::Infallible;

/// The values of `f` at `x` and their Jacobian, by forward mode: one run for every [`CHUNK`] inputs.
///
/// The Jacobian has a row for each output and a column for each input. A closure runs on one kind of number, so its
/// signature says the mode: `jacobian` runs on dual numbers, which is the faster way unless the outputs are many times
/// fewer than the inputs (about a tenth); then use [`jacobian_reverse`]. It is generic in the scalar, so it nests. `f` is
/// called at least once, also for an empty `x`.
///
/// ```
/// use costate_ad::jacobian;
/// use nalgebra::{dmatrix, dvector};
///
/// let polar = dvector![2.0, 0.0];
/// let (point, slopes) = jacobian(|p| dvector![p[0] * p[1].cos(), p[0] * p[1].sin()], &polar);
/// assert_eq!(point, dvector![2.0, 0.0]);
/// assert_eq!(slopes, dmatrix![1.0, 0.0; 0.0, 2.0]);
/// ```
///
/// # Panics
/// If `f` returns different numbers of outputs from run to run, or as [`derivative`](crate::derivative).
pub fn jacobian<R: Real>(
    mut f: impl FnMut(&DVector<Dual<R, CHUNK>>) -> DVector<Dual<R, CHUNK>>,
    x: &DVector<R>,
) -> (DVector<R>, DMatrix<R>) {
    let Ok(result) = try_jacobian_chunked(|x| Ok::<_, Infallible>(f(x)), x);
    result
}

/// [`jacobian`] for a closure that can fail; its error is passed on.
///
/// # Errors
/// Whatever `f` returns.
///
/// # Panics
/// As [`jacobian`].
pub fn try_jacobian<R: Real, E>(
    f: impl FnMut(&DVector<Dual<R, CHUNK>>) -> Result<DVector<Dual<R, CHUNK>>, E>,
    x: &DVector<R>,
) -> Result<(DVector<R>, DMatrix<R>), E> {
    try_jacobian_chunked(f, x)
}

/// [`try_jacobian`] with `N` inputs in one run: for few inputs, lanes that would stay empty are not carried along.
///
/// ```
/// use costate_ad::try_jacobian_chunked;
/// use nalgebra::{dmatrix, dvector};
///
/// let outcome = try_jacobian_chunked::<2, _, ()>(|x| Ok(dvector![x[0] * x[1], x[0]]), &dvector![3.0, 2.0]);
/// assert_eq!(outcome, Ok((dvector![6.0, 3.0], dmatrix![2.0, 3.0; 1.0, 0.0])));
/// ```
///
/// # Errors
/// Whatever `f` returns.
///
/// # Panics
/// As [`jacobian`].
pub fn try_jacobian_chunked<const N: usize, R: Real, E>(
    mut f: impl FnMut(&DVector<Dual<R, N>>) -> Result<DVector<Dual<R, N>>, E>,
    x: &DVector<R>,
) -> Result<(DVector<R>, DMatrix<R>), E> {
    let level = Level::enter();
    let mut result: Option<(DVector<R>, DMatrix<R>)> = None;
    for (columns, inputs) in chunks::<N, R>(x) {
        let output = f(&inputs)?;
        let (values, slopes) =
            result.get_or_insert_with(|| (output.map(|y| y.value), DMatrix::zeros(output.len(), x.len())));
        assert_eq!(
            values.len(),
            output.len(),
            "jacobian: the closure returned {} outputs, now {}",
            values.len(),
            output.len()
        );
        for (lane, column) in columns.enumerate() {
            slopes.set_column(column, &output.map(|y| y.derivatives[lane]));
        }
    }
    level.refuse_outer(|input, look| f(&x.map(input)).into_iter().for_each(|y| y.iter().for_each(|&y| look(y))));
    Ok(result.expect("the closure ran at least once"))
}

/// The values of `f` at `x` and their Jacobian, by reverse mode: one run, and one sweep back for each output.
///
/// For functions with far fewer outputs than inputs. Shapes are those of [`jacobian`].
///
/// ```
/// use costate_ad::jacobian_reverse;
/// use nalgebra::{DVector, dvector};
///
/// let x = DVector::from_fn(1000, |i, _| i as f64);
/// let (values, slopes) = jacobian_reverse(|x| dvector![x.sum(), x.norm_squared()], &x);
/// assert_eq!(slopes.shape(), (2, 1000));
/// assert_eq!(slopes[(1, 7)], 14.0);
/// ```
///
/// # Panics
/// As [`gradient`](crate::gradient).
pub fn jacobian_reverse(
    f: impl FnOnce(&DVector<Var>) -> DVector<Var>,
    x: &DVector<f64>,
) -> (DVector<f64>, DMatrix<f64>) {
    let Ok(result) = try_jacobian_reverse(|x| Ok::<_, Infallible>(f(x)), x);
    result
}

/// [`jacobian_reverse`] for a closure that can fail; its error is passed on.
///
/// # Errors
/// Whatever `f` returns.
///
/// # Panics
/// As [`gradient`](crate::gradient).
pub fn try_jacobian_reverse<E>(
    f: impl FnOnce(&DVector<Var>) -> Result<DVector<Var>, E>,
    x: &DVector<f64>,
) -> Result<(DVector<f64>, DMatrix<f64>), E> {
    let run = Recorded::run(x.as_slice().iter().copied(), |x| f(x).map(|y| y.map(own)))?;
    let mut slopes = DMatrix::zeros(run.output.len(), x.len());
    for (i, &output) in run.output.iter().enumerate() {
        slopes.set_row(i, &run.sweep(&[(output, 1.0)]).transpose());
    }
    Ok((run.output.map(|y| y.value()), slopes))
}
