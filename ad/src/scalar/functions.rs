//! Functions made of the rules of the table.

use crate::{Dual, Real, Var};
use nalgebra::ComplexField;
use num_traits::{One, Zero};

#[doc(hidden)]
#[macro_export]
macro_rules! scalar_functions {
    ([$($g:tt)*] $T:ty, $Inner:ty) => {
        /// Functions made of the rules of the table.
        impl<$($g)*> $T {
            /// The number raised to a whole power; exponent 0 gives 1 with derivative 0, even at 0.
            #[inline]
            pub fn powi(self, n: i32) -> Self {
                let x = self.inner();
                let slope = if n == 0 { <$Inner>::zero() } else { ComplexField::powi(x, n.saturating_sub(1)) * f64::from(n) };
                self.chain(ComplexField::powi(x, n), slope)
            }

            /// The logarithm to the given base.
            #[inline]
            pub fn log(self, base: Self) -> Self {
                self.ln() / base.ln()
            }

            /// The sine and the cosine.
            #[inline]
            pub fn sin_cos(self) -> (Self, Self) {
                let (sin, cos) = $crate::Real::sine_and_cosine(self.inner());
                (self.chain(sin, cos), self.chain(cos, -sin))
            }

            /// The hyperbolic sine and cosine.
            #[inline]
            pub fn sinh_cosh(self) -> (Self, Self) {
                let (sinh, cosh) = ComplexField::sinh_cosh(self.inner());
                (self.chain(sinh, cosh), self.chain(cosh, sinh))
            }

            /// `sin(x) / x`, which is 1 at 0.
            #[inline]
            pub fn sinc(self) -> Self {
                if self.value().abs() < 0.01 {
                    let s = self * self;
                    return 1.0 - s / 6.0 * (1.0 - s / 20.0 * (1.0 - s / 42.0));
                }
                self.sin() / self
            }

            /// `sinh(x) / x`, which is 1 at 0.
            #[inline]
            pub fn sinhc(self) -> Self {
                if self.value().abs() < 0.01 {
                    let s = self * self;
                    return 1.0 + s / 6.0 * (1.0 + s / 20.0 * (1.0 + s / 42.0));
                }
                self.sinh() / self
            }

            /// `self * a + b` with the value rounded once.
            #[inline]
            pub fn mul_add(self, a: Self, b: Self) -> Self {
                let value = ComplexField::mul_add(self.inner(), a.inner(), b.inner());
                (self * a).chain2(b, value, [<$Inner>::one(), <$Inner>::one()])
            }

            /// The larger number; the first of two that are equal. A NaN gives way to the other number.
            #[inline]
            pub fn max(self, other: Self) -> Self {
                if other > self || self.value().is_nan() { other } else { self }
            }

            /// The smaller number; the first of two that are equal. A NaN gives way to the other number.
            #[inline]
            pub fn min(self, other: Self) -> Self {
                if other < self || self.value().is_nan() { other } else { self }
            }

            /// The number, or the bound that it lies beyond.
            #[inline]
            pub fn clamp(self, min: Self, max: Self) -> Self {
                if self < min { min } else if self > max { max } else { self }
            }

            /// The largest whole number not above; a constant.
            #[inline]
            pub fn floor(self) -> Self { Self::constant(ComplexField::floor(self.inner())) }

            /// The smallest whole number not below; a constant.
            #[inline]
            pub fn ceil(self) -> Self { Self::constant(ComplexField::ceil(self.inner())) }

            /// The nearest whole number; a constant.
            #[inline]
            pub fn round(self) -> Self { Self::constant(ComplexField::round(self.inner())) }

            /// The whole part, towards zero; a constant.
            #[inline]
            pub fn trunc(self) -> Self { Self::constant(ComplexField::trunc(self.inner())) }

            /// 1 with the sign of the number; a constant.
            #[inline]
            pub fn signum(self) -> Self { Self::constant(ComplexField::signum(self.inner())) }
        }
    };
}

scalar_functions!([R: Real, const N: usize] Dual<R, N>, R);
scalar_functions!([] Var, f64);
