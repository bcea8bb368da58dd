//! Conversion, comparison, and the forms of operators that follow from the plain ones.

use crate::{Dual, Real, Var};
use num_traits::{One, Zero};
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Rem, RemAssign, Sub, SubAssign};

/// `scalar_assigning!([generics] Type, Other; AddAssign add_assign Add::add)`: an assigning operator from the plain one.
#[doc(hidden)]
#[macro_export]
macro_rules! scalar_assigning {
    ([$($g:tt)*] $T:ty, $Other:ty; $Assign:ident $assign:ident $Op:ident::$op:ident) => {
        impl<$($g)*> $Assign<$Other> for $T {
            #[inline(always)]
            fn $assign(&mut self, other: $Other) {
                *self = $Op::$op(*self, other);
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! scalar_operators {
    ([$($g:tt)*] $T:ty, $Inner:ty) => {
        impl<$($g)*> From<f64> for $T {
            #[inline(always)]
            fn from(value: f64) -> Self { Self::constant(<$Inner>::from(value)) }
        }

        impl<$($g)*> Default for $T {
            fn default() -> Self { Self::zero() }
        }

        impl<$($g)*> fmt::Display for $T {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(&self.value(), f) }
        }

        impl<$($g)*> PartialEq for $T {
            #[inline(always)]
            fn eq(&self, other: &Self) -> bool { self.value() == other.value() }
        }

        impl<$($g)*> PartialOrd for $T {
            #[inline(always)]
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> { self.value().partial_cmp(&other.value()) }
        }

        impl<$($g)*> PartialEq<f64> for $T {
            #[inline(always)]
            fn eq(&self, other: &f64) -> bool { self.value() == *other }
        }

        impl<$($g)*> PartialOrd<f64> for $T {
            #[inline(always)]
            fn partial_cmp(&self, other: &f64) -> Option<Ordering> { self.value().partial_cmp(other) }
        }

        $crate::scalar_assigning!([$($g)*] $T, $T; AddAssign add_assign Add::add);
        $crate::scalar_assigning!([$($g)*] $T, $T; SubAssign sub_assign Sub::sub);
        $crate::scalar_assigning!([$($g)*] $T, $T; MulAssign mul_assign Mul::mul);
        $crate::scalar_assigning!([$($g)*] $T, $T; DivAssign div_assign Div::div);
        $crate::scalar_assigning!([$($g)*] $T, $T; RemAssign rem_assign Rem::rem);
        $crate::scalar_assigning!([$($g)*] $T, f64; AddAssign add_assign Add::add);
        $crate::scalar_assigning!([$($g)*] $T, f64; SubAssign sub_assign Sub::sub);
        $crate::scalar_assigning!([$($g)*] $T, f64; MulAssign mul_assign Mul::mul);
        $crate::scalar_assigning!([$($g)*] $T, f64; DivAssign div_assign Div::div);

        impl<$($g)*> Add<$T> for f64 {
            type Output = $T;
            #[inline(always)]
            fn add(self, other: $T) -> $T { other + self }
        }

        impl<$($g)*> Mul<$T> for f64 {
            type Output = $T;
            #[inline(always)]
            fn mul(self, other: $T) -> $T { other * self }
        }

        impl<$($g)*> std::iter::Sum for $T {
            fn sum<I: Iterator<Item = Self>>(iter: I) -> Self { iter.fold(Self::zero(), |total, x| total + x) }
        }

        impl<'a, $($g)*> std::iter::Sum<&'a $T> for $T {
            fn sum<I: Iterator<Item = &'a Self>>(iter: I) -> Self { iter.fold(Self::zero(), |total, &x| total + x) }
        }

        impl<$($g)*> std::iter::Product for $T {
            fn product<I: Iterator<Item = Self>>(iter: I) -> Self { iter.fold(Self::one(), |total, x| total * x) }
        }

        impl<'a, $($g)*> std::iter::Product<&'a $T> for $T {
            fn product<I: Iterator<Item = &'a Self>>(iter: I) -> Self { iter.fold(Self::one(), |total, &x| total * x) }
        }
    };
}

scalar_operators!([R: Real, const N: usize] Dual<R, N>, R);
scalar_operators!([] Var, f64);
scalar_operators!([] crate::Tracer, f64);
