//! [`hook`] and [`stop_gradient`]: how to look at a derivative on its way, change it, or end it.

use crate::{Real, Var, custom};

/// The same number, whose cotangent passes through `f` in the reverse sweep: to log it, clip it, or scale it.
///
/// `f` runs once in each sweep in which the cotangent is not zero, when everything that used the hooked number has
/// contributed. On a constant there is no cotangent, and `f` is dropped.
///
/// ```
/// use costate_ad::{gradient, hook};
/// use nalgebra::dvector;
///
/// let clipped = |c: f64| c.clamp(-1.0, 1.0);
/// let (value, slope) = gradient(|x| hook(x[0], clipped).powi(3), &dvector![2.0]);
/// assert_eq!((value, slope), (8.0, dvector![1.0]));
/// ```
///
/// # Panics
/// If `x` belongs to another tape.
pub fn hook(x: Var, f: impl Fn(f64) -> f64 + 'static) -> Var {
    custom(&[x], &[x.value()], move |output, input| input[0] += f(output[0]))[0]
}

/// [`hook`] for many numbers together, as clipping by a norm needs: `f` changes their cotangents in place.
///
/// ```
/// use costate_ad::{gradient, hook_all};
/// use nalgebra::{DVector, dvector};
///
/// let unit = |c: &mut [f64]| {
///     let norm = c.iter().map(|c| c * c).sum::<f64>().sqrt();
///     c.iter_mut().for_each(|c| *c /= norm);
/// };
/// let (_, slope) = gradient(|x| DVector::from_vec(hook_all(x.as_slice(), unit)).norm_squared(), &dvector![3.0, 4.0]);
/// assert_eq!(slope, dvector![0.6, 0.8]);
/// ```
///
/// # Panics
/// If an element belongs to another tape.
pub fn hook_all(x: &[Var], f: impl Fn(&mut [f64]) + 'static) -> Vec<Var> {
    let values: Vec<f64> = x.iter().map(Var::value).collect();
    custom(x, &values, move |output, input| {
        let mut cotangents = output.to_vec();
        f(&mut cotangents);
        input.iter_mut().zip(cotangents).for_each(|(input, cotangent)| *input += cotangent);
    })
}

/// The number as a constant: no derivative of any order passes, in any mode.
///
/// ```
/// use costate_ad::{derivative, stop_gradient};
///
/// assert_eq!(derivative(|x| x * stop_gradient(x), 3.0), (9.0, 3.0));
/// ```
#[inline]
pub fn stop_gradient<R: Real>(x: R) -> R {
    R::from(x.value())
}
