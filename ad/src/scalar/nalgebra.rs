//! What `nalgebra::RealField` consists of.

use crate::{Dual, Real, Var};
use ::nalgebra::{ComplexField, RealField};
use ::num_traits::{One, Zero};
use simba::scalar::{Field, SubsetOf};
use simba::simd::SimdValue;

#[doc(hidden)]
#[macro_export]
macro_rules! scalar_nalgebra {
    ([$($g:tt)*] $T:ty, $Inner:ty) => {
        impl<$($g)*> Field for $T {}

        impl<$($g)*> SimdValue for $T {
            const LANES: usize = 1;
            type Element = Self;
            type SimdBool = bool;
            #[inline(always)]
            fn splat(value: Self) -> Self { value }
            #[inline(always)]
            fn extract(&self, _: usize) -> Self { *self }
            #[inline(always)]
            unsafe fn extract_unchecked(&self, _: usize) -> Self { *self }
            #[inline(always)]
            fn replace(&mut self, _: usize, value: Self) { *self = value; }
            #[inline(always)]
            unsafe fn replace_unchecked(&mut self, _: usize, value: Self) { *self = value; }
            #[inline(always)]
            fn select(self, condition: bool, other: Self) -> Self { if condition { self } else { other } }
        }

        impl<$($g)*> SubsetOf<$T> for $T {
            #[inline]
            fn to_superset(&self) -> Self { *self }
            #[inline]
            fn from_superset_unchecked(element: &Self) -> Self { *element }
            #[inline]
            fn is_in_subset(_: &Self) -> bool { true }
        }

        impl<$($g)*> SubsetOf<$T> for f64 {
            #[inline]
            fn to_superset(&self) -> $T { <$T as From<f64>>::from(*self) }
            #[inline]
            fn from_superset_unchecked(element: &$T) -> f64 { element.value() }
            /// Any number: nalgebra converts to `f64` in order to decide (how often `exp` squares a matrix), and decisions
            /// look at values.
            #[inline]
            fn is_in_subset(_: &$T) -> bool { true }
        }

        impl<$($g)*> SubsetOf<$T> for f32 {
            #[inline]
            fn to_superset(&self) -> $T { <$T as From<f64>>::from(f64::from(*self)) }
            #[inline]
            fn from_superset_unchecked(element: &$T) -> f32 { element.value() as f32 }
            #[inline]
            fn is_in_subset(element: &$T) -> bool { f64::from(element.value() as f32) == element.value() }
        }

        impl<$($g)*> $crate::scalar::imports::approx::AbsDiffEq for $T {
            type Epsilon = Self;
            fn default_epsilon() -> Self { <Self as From<f64>>::from(f64::EPSILON) }
            fn abs_diff_eq(&self, other: &Self, epsilon: Self) -> bool {
                self.value().abs_diff_eq(&other.value(), epsilon.value())
            }
        }

        impl<$($g)*> $crate::scalar::imports::approx::RelativeEq for $T {
            fn default_max_relative() -> Self { <Self as From<f64>>::from(f64::EPSILON) }
            fn relative_eq(&self, other: &Self, epsilon: Self, max_relative: Self) -> bool {
                self.value().relative_eq(&other.value(), epsilon.value(), max_relative.value())
            }
        }

        impl<$($g)*> $crate::scalar::imports::approx::UlpsEq for $T {
            fn default_max_ulps() -> u32 { f64::default_max_ulps() }
            fn ulps_eq(&self, other: &Self, epsilon: Self, max_ulps: u32) -> bool {
                self.value().ulps_eq(&other.value(), epsilon.value(), max_ulps)
            }
        }

        impl<$($g)*> ComplexField for $T {
            type RealField = Self;
            $crate::scalar_forward!(floor, ceil, round, trunc, fract, abs, recip, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh,
                asinh, acosh, atanh, sinc, sinhc, log2, log10, ln, ln_1p, sqrt, exp, exp2, exp_m1, cbrt, signum;
                hypot, log, powf);
            #[inline(always)]
            fn from_real(re: Self) -> Self { re }
            #[inline(always)]
            fn real(self) -> Self { self }
            #[inline(always)]
            fn imaginary(self) -> Self { Self::zero() }
            #[inline]
            fn modulus(self) -> Self { <Self>::abs(self) }
            #[inline]
            fn modulus_squared(self) -> Self { self * self }
            #[inline]
            fn argument(self) -> Self { if self >= 0.0 { Self::zero() } else { Self::pi() } }
            #[inline]
            fn norm1(self) -> Self { <Self>::abs(self) }
            #[inline(always)]
            fn scale(self, factor: Self) -> Self { self * factor }
            #[inline(always)]
            fn unscale(self, factor: Self) -> Self { self / factor }
            #[inline]
            fn to_exp(self) -> (Self, Self) { if self >= 0.0 { (self, Self::one()) } else { (-self, -Self::one()) } }
            #[inline]
            fn mul_add(self, a: Self, b: Self) -> Self { <Self>::mul_add(self, a, b) }
            #[inline(always)]
            fn conjugate(self) -> Self { self }
            #[inline]
            fn sin_cos(self) -> (Self, Self) { <Self>::sin_cos(self) }
            #[inline]
            fn sinh_cosh(self) -> (Self, Self) { <Self>::sinh_cosh(self) }
            #[inline]
            fn powi(self, n: i32) -> Self { <Self>::powi(self, n) }
            #[inline]
            fn powc(self, n: Self) -> Self { <Self>::powf(self, n) }
            #[inline]
            fn is_finite(&self) -> bool { self.value().is_finite() }
            #[inline]
            fn try_sqrt(self) -> Option<Self> { if self >= 0.0 { Some(<Self>::sqrt(self)) } else { None } }
        }

        impl<$($g)*> RealField for $T {
            $crate::scalar_forward!(; copysign, max, min, atan2);
            #[inline]
            fn is_sign_positive(&self) -> bool { self.value().is_sign_positive() }
            #[inline]
            fn is_sign_negative(&self) -> bool { self.value().is_sign_negative() }
            #[inline]
            fn clamp(self, min: Self, max: Self) -> Self { <Self>::clamp(self, min, max) }
            #[inline]
            fn min_value() -> Option<Self> { Some(<Self as From<f64>>::from(f64::MIN)) }
            #[inline]
            fn max_value() -> Option<Self> { Some(<Self as From<f64>>::from(f64::MAX)) }
            #[inline]
            fn two_pi() -> Self { <Self as From<f64>>::from(std::f64::consts::TAU) }
            $crate::scalar_constants!(pi = PI, frac_pi_2 = FRAC_PI_2, frac_pi_3 = FRAC_PI_3, frac_pi_4 = FRAC_PI_4,
                frac_pi_6 = FRAC_PI_6, frac_pi_8 = FRAC_PI_8, frac_1_pi = FRAC_1_PI, frac_2_pi = FRAC_2_PI,
                frac_2_sqrt_pi = FRAC_2_SQRT_PI, e = E, log2_e = LOG2_E, log10_e = LOG10_E, ln_2 = LN_2, ln_10 = LN_10);
        }
    };
}

scalar_nalgebra!([R: Real, const N: usize] Dual<R, N>, R);
scalar_nalgebra!([] Var, f64);
scalar_nalgebra!([] crate::Tracer, f64);
