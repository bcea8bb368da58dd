//! [`gradient`] by the tape and [`gradient_forward`] by dual numbers: the derivative of a number with respect to many.

use crate::level::Level;
use crate::recorded::{Recorded, own};
use crate::{Dual, Real, Var};
use nalgebra::DVector;
use std::convert::Infallible;

/// The value and the gradient of `f` at `x`, by reverse mode: one run and one sweep back, whatever the length of `x`.
///
/// `f` is any program: loops, branches, recursion, mutated arrays, nalgebra's own algorithms.
///
/// ```
/// use costate_ad::gradient;
/// use nalgebra::dvector;
///
/// let (value, slope) = gradient(|x| x.norm_squared() + x[0] * x[1].sin(), &dvector![1.0, 0.5]);
/// assert_eq!(value, 1.25 + 0.5_f64.sin());
/// assert_eq!(slope, dvector![2.0 + 0.5_f64.sin(), 1.0 + 0.5_f64.cos()]);
/// ```
///
/// # Panics
/// If `f` mixes in a [`Var`] of another gradient or another thread.
pub fn gradient(f: impl FnOnce(&DVector<Var>) -> Var, x: &DVector<f64>) -> (f64, DVector<f64>) {
    match try_gradient(|x| Ok::<_, Infallible>(f(x)), x) {
        Ok(result) => result,
        Err(never) => match never {},
    }
}

/// [`gradient`] for a closure that can fail, as a differential equation solver can; its error is passed on.
///
/// ```
/// use costate_ad::try_gradient;
/// use nalgebra::dvector;
///
/// let outcome = try_gradient(
///     |x| if x[0] > 0.0 { Ok(x[0].ln()) } else { Err(format!("ln of {}", x[0])) },
///     &dvector![-1.0],
/// );
/// assert_eq!(outcome, Err("ln of -1".to_string()));
/// ```
///
/// # Errors
/// Whatever `f` returns.
///
/// # Panics
/// As [`gradient`].
pub fn try_gradient<E>(
    f: impl FnOnce(&DVector<Var>) -> Result<Var, E>,
    x: &DVector<f64>,
) -> Result<(f64, DVector<f64>), E> {
    let run = Recorded::run(x.as_slice().iter().copied(), |x| f(x).map(own))?;
    Ok((run.output.value(), run.sweep(&[(run.output, 1.0)])))
}

/// Directions that [`gradient_forward`] carries through one run.
pub const CHUNK: usize = 8;

/// The value and the gradient of `f` at `x`, by forward mode: one run for every [`CHUNK`] inputs.
///
/// For few inputs this is the fastest gradient, and it is generic in the scalar, so it nests inside anything. `f` is called
/// at least once, also for an empty `x`.
///
/// ```
/// use costate_ad::{Dual, gradient_forward};
/// use nalgebra::dvector;
///
/// let (value, slope) = gradient_forward(|x| x[0] * x[1], &dvector![3.0, 2.0]);
/// assert_eq!((value, slope), (6.0, dvector![2.0, 3.0]));
/// ```
///
/// # Panics
/// As [`derivative`](crate::derivative).
pub fn gradient_forward<R: Real>(
    f: impl FnMut(&DVector<Dual<R, CHUNK>>) -> Dual<R, CHUNK>,
    x: &DVector<R>,
) -> (R, DVector<R>) {
    gradient_chunked(f, x)
}

/// [`gradient_forward`] with `N` inputs in one run: for few inputs, lanes that would stay empty are not carried along.
///
/// ```
/// use costate_ad::gradient_chunked;
/// use nalgebra::dvector;
///
/// let (value, slope) = gradient_chunked::<2, _>(|x| x[0] * x[1], &dvector![3.0, 2.0]);
/// assert_eq!((value, slope), (6.0, dvector![2.0, 3.0]));
/// ```
///
/// # Panics
/// As [`derivative`](crate::derivative).
pub fn gradient_chunked<const N: usize, R: Real>(
    mut f: impl FnMut(&DVector<Dual<R, N>>) -> Dual<R, N>,
    x: &DVector<R>,
) -> (R, DVector<R>) {
    let level = Level::enter();
    let mut slope = DVector::zeros(x.len());
    let mut value = None;
    for (places, inputs) in chunks::<N, R>(x) {
        let output = f(&inputs);
        for (lane, place) in places.enumerate() {
            slope[place] = output.derivatives[lane];
        }
        value = Some(output.value);
    }
    level.refuse_outer(|input, look| look(f(&x.map(input))));
    (value.expect("the closure ran at least once"), slope)
}

/// The inputs of the runs that cover `x` with `N` lanes: each with the places that its lanes stand for. At least one, also
/// for an empty `x`.
pub(crate) fn chunks<const N: usize, R: Real>(
    x: &DVector<R>,
) -> impl Iterator<Item = (std::ops::Range<usize>, DVector<Dual<R, N>>)> {
    const { assert!(N > 0, "a chunk has at least one lane") };
    (0..x.len().max(1)).step_by(N).map(move |start| {
        let places = start..(start + N).min(x.len());
        let mut inputs = x.map(Dual::constant);
        for i in places.clone() {
            inputs[i] = Dual::variable(x[i], i - start);
        }
        (places, inputs)
    })
}
