//! What Rust, nalgebra and num-traits ask of a scalar, written once for [`Dual`] and [`Var`].
//!
//! Three policies live here. Comparisons look at values, so that every scalar takes the same branches. `is_zero` and
//! `is_one` hold only for *constants*: nalgebra skips work on a zero, and would drop the derivative of a variable that
//! merely happens to be zero. Functions that are piecewise constant (`floor`, `signum`, ..) return constants, because
//! that is what their derivative says.
//!
//! Each file holds one macro, which takes the generics, the type and the type of its value. `propagated!` runs them all for
//! a scalar of a user's own, so they may be expanded in another crate, where only `imports` is in scope.

/// Mathematical constants of a foreign trait, by their names in `std`.
#[doc(hidden)]
#[macro_export]
macro_rules! scalar_constants {
    ($($name:ident = $value:ident),*) => {
        $(#[inline] fn $name() -> Self { <Self as From<f64>>::from(std::f64::consts::$value) })*
    };
}

/// Methods of a foreign trait that only forward to the inherent method of the same name.
#[doc(hidden)]
#[macro_export]
macro_rules! scalar_forward {
    ($($name:ident),*; $($name2:ident),*) => {
        $(#[inline] fn $name(self) -> Self { <Self>::$name(self) })*
        $(#[inline] fn $name2(self, other: Self) -> Self { <Self>::$name2(self, other) })*
    };
}

mod functions;
mod nalgebra;
mod num_traits;
mod operators;
mod propagate;

pub use propagate::Propagate;

use crate::{Dual, Real, Var};

/// What the macros of this folder need in scope.
pub mod imports {
    pub use crate::Propagate;
    pub use ::nalgebra::{ComplexField, RealField};
    pub use ::num_traits;
    pub use ::num_traits::{Float, FloatConst, FromPrimitive, Num, One, Signed, ToPrimitive, Zero};
    pub use approx;
    pub use simba::scalar::{Field, SubsetOf};
    pub use simba::simd::SimdValue;
    pub use std::cmp::Ordering;
    pub use std::fmt;
    pub use std::num::FpCategory;
    pub use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Sub, SubAssign};
}

impl<R: Real, const N: usize> Dual<R, N> {
    #[inline(always)]
    fn inner(&self) -> R {
        self.value
    }
}

impl Var {
    #[inline(always)]
    fn inner(&self) -> f64 {
        self.value()
    }
}
