//! [`Activation`]: the functions that networks apply element by element.

use crate::{Dual, Real, Var};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

/// A function applied to every element of a slice, by [`Real::map`] and [`Real::layer`].
///
/// ```
/// use costate_ad::{Activation, Real};
///
/// assert_eq!(f64::map(Activation::Relu, &[-1.0, 0.0, 2.0]), [0.0, 0.0, 2.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Activation {
    /// `x`.
    #[default]
    Identity,
    /// The hyperbolic tangent.
    Tanh,
    /// `max(x, 0)`; its derivative at 0 is 0.
    Relu,
    /// `1 / (1 + exp(-x))`.
    Logistic,
    /// `ln(1 + exp(x))`.
    Softplus,
    /// `x` times the normal distribution function of `x`, without approximation (Hendrycks and Gimpel 2016,
    /// arXiv:1606.08415).
    Gelu,
    /// `x / (1 + exp(-x))`, also called swish.
    Silu,
    /// The sine.
    Sin,
    /// The square.
    Square,
}

impl Activation {
    /// The function at `x`.
    #[inline]
    pub fn apply<R: Real>(self, x: R) -> R {
        match self {
            Activation::Identity => x,
            Activation::Tanh => x.tanh(),
            Activation::Relu => {
                if x <= 0.0 {
                    R::zero()
                } else {
                    x
                }
            }
            Activation::Logistic => x.logistic(),
            Activation::Softplus => x.softplus(),
            Activation::Gelu => x * normal(x),
            Activation::Silu => x * x.logistic(),
            Activation::Sin => x.sin(),
            Activation::Square => x * x,
        }
    }

    /// The derivative at `x`, where the function is `y`.
    #[inline]
    pub fn slope<R: Real>(self, x: R, y: R) -> R {
        match self {
            Activation::Identity => R::one(),
            Activation::Tanh => 1.0 - y * y,
            Activation::Relu => R::from(if x > 0.0 { 1.0 } else { 0.0 }),
            Activation::Logistic => y * (-x).logistic(),
            Activation::Softplus => x.logistic(),
            Activation::Gelu => normal(x) + x * (-(x * x) * 0.5).exp() * (0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2),
            Activation::Silu => x.logistic() * (x * (-x).logistic() + 1.0),
            Activation::Sin => x.cos(),
            Activation::Square => x * 2.0,
        }
    }

    #[inline]
    pub(crate) fn chained_dual<R: Real, const N: usize>(self, x: Dual<R, N>) -> Dual<R, N> {
        let y = self.apply(x.value);
        x.chain(y, self.slope(x.value, y))
    }

    #[inline]
    pub(crate) fn chained_var(self, x: Var) -> Var {
        let y = self.apply(x.value());
        x.chain(y, self.slope(x.value(), y))
    }
}

/// The distribution function of the standard normal distribution.
#[inline]
fn normal<R: Real>(x: R) -> R {
    (x * -FRAC_1_SQRT_2).erfc() * 0.5
}
