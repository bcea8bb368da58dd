//! [`Activation`]: the functions that networks apply element by element.

use super::elementary;
use crate::{Dual, Real, Var};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

/// A function applied to every element of a slice, by [`Real::map`] and [`Real::layer`].
///
/// On slices `Tanh`, `Logistic` and `Silu` are computed by vector instructions, at most 2 units in the last place off; the
/// values are the same on every scalar.
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

    /// The function at every element.
    pub(crate) fn values(self, x: &[f64]) -> Vec<f64> {
        let mut y = x.to_vec();
        self.apply_to(&mut y);
        y
    }

    /// The function in place of every element.
    pub(crate) fn apply_to(self, x: &mut [f64]) {
        match self {
            Activation::Identity => {}
            Activation::Tanh => elementary::tanh(x),
            Activation::Logistic => elementary::logistic(x),
            Activation::Silu => {
                let mut factors = x.to_vec();
                elementary::logistic(&mut factors);
                x.iter_mut().zip(factors).for_each(|(x, factor)| *x *= factor);
            }
            _ => x.iter_mut().for_each(|x| *x = self.apply(*x)),
        }
    }

    /// The derivative at every element, where the function is `y`.
    pub(crate) fn slopes(self, x: &[f64], y: &[f64]) -> Vec<f64> {
        let mut slopes = x.to_vec();
        self.slopes_of(&mut slopes, y);
        slopes
    }

    /// The derivative in place of every element, where the function is `y`.
    pub(crate) fn slopes_of(self, x: &mut [f64], y: &[f64]) {
        match self {
            Activation::Tanh => x.iter_mut().zip(y).for_each(|(x, y)| *x = 1.0 - y * y),
            Activation::Softplus => elementary::logistic(x),
            Activation::Logistic => {
                x.iter_mut().for_each(|x| *x = -*x);
                elementary::logistic(x);
                x.iter_mut().zip(y).for_each(|(slope, y)| *slope *= y);
            }
            Activation::Silu => {
                elementary::logistic(x);
                x.iter_mut().zip(y).for_each(|(slope, y)| *slope += y * (1.0 - *slope));
            }
            Activation::Gelu => {
                let mut densities: Vec<f64> = x.iter().map(|x| -0.5 * x * x).collect();
                elementary::exp(&mut densities);
                let factor = 0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2;
                x.iter_mut().zip(densities).for_each(|(x, density)| *x = normal(*x) + *x * density * factor);
            }
            _ => x.iter_mut().zip(y).for_each(|(x, &y)| *x = self.slope(*x, y)),
        }
    }

    pub(crate) fn mapped_dual<R: Real, const N: usize>(self, x: &[Dual<R, N>]) -> Vec<Dual<R, N>> {
        let values: Vec<R> = x.iter().map(|x| x.value).collect();
        let y = R::map(self, &values);
        x.iter().zip(y).map(|(&x, y)| x.chain(y, self.slope(x.value, y))).collect()
    }

    pub(crate) fn mapped_var(self, x: &[Var]) -> Vec<Var> {
        if self == Activation::Identity {
            return x.to_vec();
        }
        let values: Vec<f64> = x.iter().map(|x| x.value()).collect();
        let y = self.values(&values);
        let slopes = self.slopes(&values, &y);
        x.iter().zip(y.into_iter().zip(slopes)).map(|(&x, (y, slope))| x.chain(y, slope)).collect()
    }
}

/// The distribution function of the standard normal distribution.
#[inline]
fn normal<R: Real>(x: R) -> R {
    (x * -FRAC_1_SQRT_2).erfc() * 0.5
}
