//! Special functions: the methods of [`Real`] that neither nalgebra nor `f64` has.
//!
//! Their derivatives are rows of `special_rules` and `special_binary_rules` (see `rules.rs`); the values on plain numbers
//! are the functions of the same names here. From the two come the methods of `Real` with a default for a user's own
//! scalar, and those of `f64`, `Dual` and `Var`: a new function is one row and one function.

mod beta;
mod gamma;
mod logistic;

pub(crate) use beta::{beta, ln_beta};
pub(crate) use gamma::{digamma, ln_gamma, polygamma};
pub(crate) use libm::{erf, erfc};
pub(crate) use logistic::{ln_1m_exp, logistic, logit, softplus, xlogx, xlogy};

use crate::{Dual, Real, Var, special_binary_rules, special_rules};

/// `f(self)` to first order in the scalar's own arithmetic.
#[inline]
pub(crate) fn first_order<R: Real>(x: R, value: f64, slope: f64) -> R {
    (x - x.value()) * slope + value
}

/// [`first_order`] for two arguments.
#[inline]
pub(crate) fn first_order2<R: Real>(a: R, b: R, value: f64, slopes: [f64; 2]) -> R {
    (a - a.value()) * slopes[0] + (b - b.value()) * slopes[1] + value
}

/// The methods of the trait, for a scalar that knows no better.
macro_rules! default_unary {
    ($($(#[$doc:meta])* $name:ident($x:ident, $y:ident) = $slope:expr, $domain:expr;)*) => {
        $($(#[$doc])*
        #[inline]
        #[allow(unused_variables)]
        fn $name(self) -> Self {
            let $x = self.value();
            let $y = $crate::special::$name($x);
            $crate::special::first_order(self, $y, $slope)
        })*
    };
}
pub(crate) use default_unary;

macro_rules! default_binary {
    ($($(#[$doc:meta])* $name:ident($a:ident, $b:ident, $y:ident) = $slopes:expr, $da:expr, $db:expr;)*) => {
        $($(#[$doc])*
        #[inline]
        #[allow(unused_variables)]
        fn $name(self, other: Self) -> Self {
            let ($a, $b) = (self.value(), other.value());
            let $y = $crate::special::$name($a, $b);
            $crate::special::first_order2(self, other, $y, $slopes)
        })*
    };
}
pub(crate) use default_binary;

/// The methods of `f64`: the values.
macro_rules! plain_unary {
    ($($(#[$doc:meta])* $name:ident($x:ident, $y:ident) = $slope:expr, $domain:expr;)*) => {
        $(#[inline] fn $name(self) -> Self { $crate::special::$name(self) })*
    };
}
pub(crate) use plain_unary;

macro_rules! plain_binary {
    ($($(#[$doc:meta])* $name:ident($a:ident, $b:ident, $y:ident) = $slopes:expr, $da:expr, $db:expr;)*) => {
        $(#[inline] fn $name(self, other: Self) -> Self { $crate::special::$name(self, other) })*
    };
}
pub(crate) use plain_binary;

/// The methods of a type that has inherent ones of the same names.
macro_rules! inherent_unary {
    ($($(#[$doc:meta])* $name:ident($x:ident, $y:ident) = $slope:expr, $domain:expr;)*) => {
        $(#[inline] fn $name(self) -> Self { <Self>::$name(self) })*
    };
}
pub(crate) use inherent_unary;

macro_rules! inherent_binary {
    ($($(#[$doc:meta])* $name:ident($a:ident, $b:ident, $y:ident) = $slopes:expr, $da:expr, $db:expr;)*) => {
        $(#[inline] fn $name(self, other: Self) -> Self { <Self>::$name(self, other) })*
    };
}
pub(crate) use inherent_binary;

/// The special functions in an `impl Real` of a type that has them as inherent methods.
macro_rules! special_methods {
    () => {
        $crate::special_rules!($crate::special::inherent_unary);
        $crate::special_binary_rules!($crate::special::inherent_binary);
        #[inline]
        fn polygamma(self, order: u32) -> Self {
            <Self>::polygamma(self, order)
        }
    };
}
pub(crate) use special_methods;

macro_rules! chained_unary {
    ($($(#[$doc:meta])* $name:ident($x:ident, $y:ident) = $slope:expr, $domain:expr;)*) => {
        /// Special functions.
        #[allow(unused_variables)]
        impl<R: Real, const N: usize> Dual<R, N> {
            $($(#[$doc])*
            #[inline]
            pub fn $name(self) -> Self {
                let $x = self.value;
                let $y = Real::$name($x);
                self.chain($y, $slope)
            })*
        }

        /// Special functions.
        #[allow(unused_variables)]
        impl Var {
            $($(#[$doc])*
            #[inline]
            pub fn $name(self) -> Var {
                let $x = self.value();
                let $y = $name($x);
                self.chain($y, $slope)
            })*
        }
    };
}
special_rules!(chained_unary);

macro_rules! chained_binary {
    ($($(#[$doc:meta])* $name:ident($a:ident, $b:ident, $y:ident) = $slopes:expr, $da:expr, $db:expr;)*) => {
        /// Special functions of two arguments.
        #[allow(unused_variables)]
        impl<R: Real, const N: usize> Dual<R, N> {
            $($(#[$doc])*
            #[inline]
            pub fn $name(self, other: Self) -> Self {
                let ($a, $b) = (self.value, other.value);
                let $y = Real::$name($a, $b);
                self.chain2(other, $y, $slopes)
            })*
        }

        /// Special functions of two arguments.
        #[allow(unused_variables)]
        impl Var {
            $($(#[$doc])*
            #[inline]
            pub fn $name(self, other: Var) -> Var {
                let ($a, $b) = (self.value(), other.value());
                let $y = $name($a, $b);
                self.chain2(other, $y, $slopes)
            })*
        }
    };
}
special_binary_rules!(chained_binary);

impl<R: Real, const N: usize> Dual<R, N> {
    /// The polygamma function: derivative number `order` of [`digamma`](Real::digamma).
    #[inline]
    pub fn polygamma(self, order: u32) -> Self {
        self.chain(self.value.polygamma(order), self.value.polygamma(order.saturating_add(1)))
    }
}

impl Var {
    /// The polygamma function: derivative number `order` of [`digamma`](Real::digamma).
    #[inline]
    pub fn polygamma(self, order: u32) -> Var {
        let x = self.value();
        self.chain(polygamma(x, order), polygamma(x, order.saturating_add(1)))
    }
}
