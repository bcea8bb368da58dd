//! [`derivative`]: how fast a function of one number changes.

use crate::level::Level;
use crate::{Dual, Real};

/// The value and the derivative of `f` at `x`, by forward mode.
///
/// It is generic in the scalar, so it nests: inside a model that runs on `Dual` or [`Var`](crate::Var), `derivative` gives the
/// derivative as a number that carries derivatives itself. A captured outer number enters the inner closure by
/// [`Dual::constant`], which is what keeps the two derivatives apart.
///
/// Differentiate inside at a number of the outer scalar (`Dual::from(1.0)`, not `1.0`): then the inner closure runs on another
/// type than the outer one, and the compiler insists on that constant. At a plain `1.0` both run on `Dual<f64>`, and an outer
/// number that is captured would pass for an inner one. That is found out: a closure inside another derivative of the same type
/// runs two more times, without derivatives in its input, and if any come out, `derivative` panics rather than return a number
/// that is wrong. The other forward drivers do the same.
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
///
/// # Panics
/// If `f` uses a number of a derivative around it that runs on the same type.
pub fn derivative<R: Real>(mut f: impl FnMut(Dual<R>) -> Dual<R>, x: R) -> (R, R) {
    let level = Level::enter();
    let y = f(Dual::variable(x, 0));
    level.refuse_outer(|input, look| look(f(input(x))));
    (y.value, y.derivatives[0])
}
