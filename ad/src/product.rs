//! [`jvp`] and [`vjp`]: a Jacobian times a vector from either side, without the Jacobian.

use crate::level::Level;
use crate::recorded::{Recorded, own};
use crate::{Dual, Real, Var};
use nalgebra::DVector;
use std::convert::Infallible;

/// The values of `f` at `x` and the Jacobian times `v`: how the outputs move when the inputs move along `v`.
///
/// One run on dual numbers; generic in the scalar, so it nests.
///
/// ```
/// use costate_ad::jvp;
/// use nalgebra::dvector;
///
/// let (value, tangent) = jvp(|x| dvector![x[0] * x[1], x[0].sin()], &dvector![0.0, 2.0], &dvector![1.0, 5.0]);
/// assert_eq!((value, tangent), (dvector![0.0, 0.0], dvector![2.0, 1.0]));
/// ```
///
/// # Panics
/// If `v` is not as long as `x`, or as [`derivative`](crate::derivative).
pub fn jvp<R: Real>(
    mut f: impl FnMut(&DVector<Dual<R>>) -> DVector<Dual<R>>,
    x: &DVector<R>,
    v: &DVector<R>,
) -> (DVector<R>, DVector<R>) {
    let Ok(result) = try_jvp(|x| Ok::<_, Infallible>(f(x)), x, v);
    result
}

/// [`jvp`] for a closure that can fail; its error is passed on.
///
/// # Errors
/// Whatever `f` returns.
///
/// # Panics
/// As [`jvp`].
pub fn try_jvp<R: Real, E>(
    mut f: impl FnMut(&DVector<Dual<R>>) -> Result<DVector<Dual<R>>, E>,
    x: &DVector<R>,
    v: &DVector<R>,
) -> Result<(DVector<R>, DVector<R>), E> {
    assert_eq!(x.len(), v.len(), "jvp: x has {} elements and the direction {}", x.len(), v.len());
    let level = Level::enter();
    let output = f(&x.zip_map(v, |value, slope| Dual { value, derivatives: [slope] }))?;
    level.refuse_outer(|input, look| f(&x.map(input)).into_iter().for_each(|y| y.iter().for_each(|&y| look(y))));
    Ok((output.map(|y| y.value), output.map(|y| y.derivatives[0])))
}

/// The values of `f` at `x` and the transposed Jacobian times `w`: what the cotangent `w` of the outputs becomes at the
/// inputs.
///
/// One run on the tape and one sweep back.
///
/// ```
/// use costate_ad::vjp;
/// use nalgebra::dvector;
///
/// let (value, cotangent) = vjp(|x| dvector![x[0] * x[1], x[0].sin()], &dvector![0.0, 2.0], &dvector![1.0, 10.0]);
/// assert_eq!((value, cotangent), (dvector![0.0, 0.0], dvector![12.0, 0.0]));
/// ```
///
/// # Panics
/// If `w` has not an element for each output, or as [`gradient`](crate::gradient).
pub fn vjp(
    f: impl FnOnce(&DVector<Var>) -> DVector<Var>,
    x: &DVector<f64>,
    w: &DVector<f64>,
) -> (DVector<f64>, DVector<f64>) {
    let Ok(result) = try_vjp(|x| Ok::<_, Infallible>(f(x)), x, w);
    result
}

/// [`vjp`] for a closure that can fail; its error is passed on.
///
/// # Errors
/// Whatever `f` returns.
///
/// # Panics
/// As [`vjp`].
pub fn try_vjp<E>(
    f: impl FnOnce(&DVector<Var>) -> Result<DVector<Var>, E>,
    x: &DVector<f64>,
    w: &DVector<f64>,
) -> Result<(DVector<f64>, DVector<f64>), E> {
    let run = Recorded::run(x.as_slice().iter().copied(), |x| f(x).map(|y| y.map(own)))?;
    let y = &run.output;
    assert_eq!(y.len(), w.len(), "vjp: the closure has {} outputs and the cotangent {} elements", y.len(), w.len());
    let seeds: Vec<(Var, f64)> = y.iter().copied().zip(w.iter().copied()).collect();
    Ok((y.map(|y| y.value()), run.sweep(&seeds)))
}
