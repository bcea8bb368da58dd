//! What `num_traits::Float` consists of.

use crate::{Dual, Real, Var};
use ::num_traits::{Float, FloatConst, FromPrimitive, Num, One, Signed, ToPrimitive, Zero};
use std::num::FpCategory;

#[doc(hidden)]
#[macro_export]
macro_rules! scalar_num_traits {
    ([$($g:tt)*] $T:ty, $Inner:ty) => {
        impl<$($g)*> Zero for $T {
            #[inline(always)]
            fn zero() -> Self { Self::constant(<$Inner>::zero()) }
            #[inline]
            fn is_zero(&self) -> bool { self.inner().is_zero() && self.is_constant() }
        }

        impl<$($g)*> One for $T {
            #[inline(always)]
            fn one() -> Self { Self::constant(<$Inner>::one()) }
            #[inline]
            fn is_one(&self) -> bool { self.inner().is_one() && self.is_constant() }
        }

        impl<$($g)*> Num for $T {
            type FromStrRadixErr = <f64 as Num>::FromStrRadixErr;
            fn from_str_radix(text: &str, radix: u32) -> Result<Self, Self::FromStrRadixErr> {
                f64::from_str_radix(text, radix).map(<Self as From<f64>>::from)
            }
        }

        impl<$($g)*> Signed for $T {
            #[inline]
            fn abs(&self) -> Self { <Self>::abs(*self) }
            #[inline]
            fn abs_sub(&self, other: &Self) -> Self { <Self>::max(*self - *other, Self::zero()) }
            #[inline]
            fn signum(&self) -> Self { <Self>::signum(*self) }
            #[inline]
            fn is_positive(&self) -> bool { self.value() > 0.0 }
            #[inline]
            fn is_negative(&self) -> bool { self.value() < 0.0 }
        }

        impl<$($g)*> FromPrimitive for $T {
            #[inline]
            fn from_i64(n: i64) -> Option<Self> { f64::from_i64(n).map(<Self as From<f64>>::from) }
            #[inline]
            fn from_u64(n: u64) -> Option<Self> { f64::from_u64(n).map(<Self as From<f64>>::from) }
            #[inline]
            fn from_f64(x: f64) -> Option<Self> { Some(<Self as From<f64>>::from(x)) }
        }

        impl<$($g)*> ToPrimitive for $T {
            #[inline]
            fn to_i64(&self) -> Option<i64> { self.value().to_i64() }
            #[inline]
            fn to_u64(&self) -> Option<u64> { self.value().to_u64() }
            #[inline]
            fn to_f64(&self) -> Option<f64> { Some(self.value()) }
        }

        impl<$($g)*> $crate::scalar::imports::num_traits::NumCast for $T {
            #[inline]
            fn from<P: ToPrimitive>(n: P) -> Option<Self> { n.to_f64().map(<Self as From<f64>>::from) }
        }

        #[allow(non_snake_case)]
        impl<$($g)*> FloatConst for $T {
            $crate::scalar_constants!(E = E, FRAC_1_PI = FRAC_1_PI, FRAC_1_SQRT_2 = FRAC_1_SQRT_2, FRAC_2_PI = FRAC_2_PI,
                FRAC_2_SQRT_PI = FRAC_2_SQRT_PI, FRAC_PI_2 = FRAC_PI_2, FRAC_PI_3 = FRAC_PI_3, FRAC_PI_4 = FRAC_PI_4,
                FRAC_PI_6 = FRAC_PI_6, FRAC_PI_8 = FRAC_PI_8, LN_10 = LN_10, LN_2 = LN_2, LOG10_E = LOG10_E,
                LOG2_E = LOG2_E, PI = PI, SQRT_2 = SQRT_2);
        }

        impl<$($g)*> Float for $T {
            $crate::scalar_forward!(floor, ceil, round, trunc, fract, abs, signum, recip, sin, cos, tan, asin, acos, atan, sinh, cosh,
                tanh, asinh, acosh, atanh, log2, log10, ln, ln_1p, sqrt, exp, exp2, exp_m1, cbrt;
                hypot, log, powf, max, min, atan2, copysign);
            fn nan() -> Self { <Self as From<f64>>::from(f64::NAN) }
            fn infinity() -> Self { <Self as From<f64>>::from(f64::INFINITY) }
            fn neg_infinity() -> Self { <Self as From<f64>>::from(f64::NEG_INFINITY) }
            fn neg_zero() -> Self { <Self as From<f64>>::from(-0.0) }
            fn min_value() -> Self { <Self as From<f64>>::from(f64::MIN) }
            fn min_positive_value() -> Self { <Self as From<f64>>::from(f64::MIN_POSITIVE) }
            fn epsilon() -> Self { <Self as From<f64>>::from(f64::EPSILON) }
            fn max_value() -> Self { <Self as From<f64>>::from(f64::MAX) }
            fn is_nan(self) -> bool { self.value().is_nan() }
            fn is_infinite(self) -> bool { self.value().is_infinite() }
            fn is_finite(self) -> bool { self.value().is_finite() }
            fn is_normal(self) -> bool { self.value().is_normal() }
            fn classify(self) -> FpCategory { self.value().classify() }
            fn is_sign_positive(self) -> bool { self.value().is_sign_positive() }
            fn is_sign_negative(self) -> bool { self.value().is_sign_negative() }
            fn mul_add(self, a: Self, b: Self) -> Self { <Self>::mul_add(self, a, b) }
            fn powi(self, n: i32) -> Self { <Self>::powi(self, n) }
            fn to_degrees(self) -> Self { self * (180.0 / std::f64::consts::PI) }
            fn to_radians(self) -> Self { self * (std::f64::consts::PI / 180.0) }
            fn clamp(self, min: Self, max: Self) -> Self { <Self>::clamp(self, min, max) }
            fn abs_sub(self, other: Self) -> Self { <Self>::max(self - other, Self::zero()) }
            fn sin_cos(self) -> (Self, Self) { <Self>::sin_cos(self) }
            fn integer_decode(self) -> (u64, i16, i8) { Float::integer_decode(self.value()) }
        }
    };
}

scalar_num_traits!([R: Real, const N: usize] Dual<R, N>, R);
scalar_num_traits!([] Var, f64);
scalar_num_traits!([] crate::Tracer, f64);
