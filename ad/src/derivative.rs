//! [`derivative`]: how fast a function of one number changes.

use crate::{Dual, Real};

/// The value and the derivative of `f` at `x`, by forward mode.
///
/// It is generic in the scalar, so it nests: inside a model that runs on `Dual` or [`Var`](crate::Var), `derivative` gives the
/// derivative as a number that carries derivatives itself. A captured outer number enters the inner closure by
/// [`Dual::constant`], which is what keeps the two derivatives apart.
///
/// ```
/// use costate_ad::{Dual, derivative};
///
/// let (value, slope) = derivative(|x| x * x * x, 2.0);
/// assert_eq!((value, slope), (8.0, 12.0));
///
/// // d/dx [ x d/dy (x y) at y = 1 ] = d/dx x^2 = 8 at x = 4
/// let (_, slope) = derivative(|x| x * derivative(|y| Dual::constant(x) * y, Dual::from(1.0)).1, 4.0);
/// assert_eq!(slope, 8.0);
/// ```
pub fn derivative<R: Real>(f: impl FnOnce(Dual<R>) -> Dual<R>, x: R) -> (R, R) {
    let y = f(Dual::variable(x, 0));
    (y.value, y.derivatives[0])
}
