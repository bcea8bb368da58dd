//! [`correct`]: the one way in which implicit functions get their derivatives.

use costate_ad::{LinearMap, Real};
use std::rc::Rc;

/// Gives the solution `x0` of `residual(x) = 0`, found on plain numbers, the derivatives that follow from the residual.
///
/// `inverse` is the inverse of the Jacobian of the residual at `x0`, times -1 (it carries a residual to the correction),
/// on plain numbers. Each pass is one Newton correction in the arithmetic of `R` with the derivative parts alone, and makes
/// the derivatives right to one more order; `R::ORDER` passes make all of them right (the implicit function theorem). The
/// values stay `x0` bit for bit, so a program takes the same branches on every scalar. `x0` must be as exact as can be had:
/// its error is an error of the derivatives.
///
/// ```
/// use costate_ad::{LinearMap, Real, derivative};
/// use costate_linalg::correct;
/// use std::rc::Rc;
///
/// /// Division by a plain number, which is its own transpose.
/// struct Divide(f64);
/// impl LinearMap for Divide {
///     fn rows(&self) -> usize { 1 }
///     fn columns(&self) -> usize { 1 }
///     fn apply(&self, x: &[f64], y: &mut [f64]) { y[0] = x[0] / self.0 }
///     fn apply_transposed(&self, y: &[f64], x: &mut [f64]) { x[0] = y[0] / self.0 }
/// }
///
/// // The square root, as the solution of a - x^2 = 0.
/// fn root<R: Real>(a: R) -> R {
///     let x0 = a.value().sqrt();
///     let inverse: Rc<dyn LinearMap> = Rc::new(Divide(2.0 * x0));
///     correct(&[x0], &inverse, |x| vec![a - x[0] * x[0]])[0]
/// }
/// assert_eq!(derivative(root, 4.0), (2.0, 0.25));
/// assert_eq!(derivative(|a| derivative(root, a).1, 4.0), (0.25, -1.0 / 32.0));
/// ```
///
/// # Panics
/// If the residual has not `inverse.columns()` elements, or `x0` not `inverse.rows()`.
pub fn correct<R: Real>(x0: &[f64], inverse: &Rc<dyn LinearMap>, mut residual: impl FnMut(&[R]) -> Vec<R>) -> Vec<R> {
    assert_eq!(x0.len(), inverse.rows(), "correct: the map gives {} elements, x0 has {}", inverse.rows(), x0.len());
    let mut x: Vec<R> = x0.iter().map(|&x| R::from(x)).collect();
    for _ in 0..R::ORDER {
        let mut derivatives = residual(&x);
        derivatives.iter_mut().for_each(|r| *r = infinitesimal(*r));
        for (x, step) in x.iter_mut().zip(R::linear_map(inverse, &derivatives)) {
            *x += step;
        }
    }
    x
}

/// The number without its plain part: value 0, the same derivatives.
#[inline]
pub(crate) fn infinitesimal<R: Real>(x: R) -> R {
    x - x.value()
}

/// The number with another plain part and the same derivatives.
#[inline]
pub(crate) fn with_value<R: Real>(x: R, value: f64) -> R {
    infinitesimal(x) + value
}
