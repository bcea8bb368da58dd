//! [`Propagate`] and [`propagated!`](crate::propagated): a scalar of a user's own, from five methods.

use std::fmt::Debug;

/// A value with something that follows it to first order: an error bar, a sensitivity, a bound on rounding errors.
///
/// [`propagated!`](crate::propagated) makes such a type a [`Real`](crate::Real), with everything that nalgebra and num-traits
/// ask of a scalar, from the derivative rules of this crate.
pub trait Propagate: Copy + Debug + Send + Sync + 'static {
    /// An exact number: nothing follows it.
    fn constant(value: f64) -> Self;

    /// The plain number.
    fn value(self) -> f64;

    /// Whether nothing follows the value.
    fn is_constant(self) -> bool;

    /// A function of this number, given its value and its slope.
    fn chain(self, value: f64, slope: f64) -> Self;

    /// A function of two numbers, given its value and its two slopes.
    fn chain2(self, other: Self, value: f64, slopes: [f64; 2]) -> Self;

    #[doc(hidden)]
    #[inline]
    fn inner(self) -> f64 {
        Propagate::value(self)
    }
}

/// Makes a type that implements [`Propagate`](crate::Propagate) a [`Real`](crate::Real): operators, elementary functions,
/// comparison by value, and the traits of nalgebra and num-traits. Use it once, beside the type.
///
/// ```
/// use costate_ad::{Dual, Propagate, Real, derivative, propagated};
///
/// /// A number and a bound on its error.
/// #[derive(Clone, Copy, Debug)]
/// struct Bounded {
///     value: f64,
///     error: f64,
/// }
///
/// impl Propagate for Bounded {
///     fn constant(value: f64) -> Self {
///         Bounded { value, error: 0.0 }
///     }
///     fn value(self) -> f64 {
///         self.value
///     }
///     fn is_constant(self) -> bool {
///         self.error == 0.0
///     }
///     fn chain(self, value: f64, slope: f64) -> Self {
///         Bounded { value, error: (slope * self.error).abs() }
///     }
///     fn chain2(self, other: Self, value: f64, slopes: [f64; 2]) -> Self {
///         Bounded { value, error: (slopes[0] * self.error).abs() + (slopes[1] * other.error).abs() }
///     }
/// }
/// propagated!(Bounded);
///
/// let (height, slope) = derivative(|t| 20.0 * t - 4.9 * t * t, Bounded { value: 1.0, error: 0.01 });
/// assert!((height.error - 0.298).abs() < 1e-12);
/// assert!((slope.value - 10.2).abs() < 1e-12 && (slope.error - 0.098).abs() < 1e-12);
/// ```
#[macro_export]
macro_rules! propagated {
    ($T:ty) => {
        const _: () = {
            use $crate::scalar::imports::*;
            use $crate::{propagated_binary, propagated_unary};
            type This = $T;

            $crate::unary_rules!(propagated_unary);
            $crate::binary_rules!(propagated_binary);
    $crate::propagated_operator!(Add add(a, b) = a + b, [1.0, 1.0]);
    $crate::propagated_operator!(Sub sub(a, b) = a - b, [1.0, -1.0]);
    $crate::propagated_operator!(Mul mul(a, b) = a * b, [b, a]);
    $crate::propagated_operator!(Div div(a, b) = a / b, [1.0 / b, -a / (b * b)]);
    $crate::propagated_operator!(Rem rem(a, b) = a % b, [1.0, -(a / b).trunc()]);

            impl This {
                /// The plain number.
                #[inline]
                pub fn value(self) -> f64 {
                    Propagate::value(self)
                }
            }

            impl Neg for This {
                type Output = Self;
                #[inline]
                fn neg(self) -> Self {
                    self.chain(-self.value(), -1.0)
                }
            }

            impl Sub<This> for f64 {
                type Output = This;
                #[inline]
                fn sub(self, other: This) -> This {
                    other.chain(self - other.value(), -1.0)
                }
            }

            impl Div<This> for f64 {
                type Output = This;
                #[inline]
                fn div(self, other: This) -> This {
                    let b = other.value();
                    other.chain(self / b, -self / (b * b))
                }
            }

    $crate::scalar_operators!([] This, f64);
    $crate::scalar_functions!([] This, f64);
    $crate::scalar_num_traits!([] This, f64);
    $crate::scalar_nalgebra!([] This, f64);

            impl $crate::Real for This {
                #[inline]
                fn value(self) -> f64 {
                    Propagate::value(self)
                }
            }
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! propagated_unary {
    ($($(#[$doc:meta])* $name:ident($x:ident, $y:ident) = $slope:expr, $domain:expr;)*) => {
        #[allow(unused_variables)]
        impl This {
            $($(#[$doc])*
            #[inline]
            pub fn $name(self) -> Self {
                let $x = self.value();
                let $y = $x.$name();
                self.chain($y, $slope)
            })*
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! propagated_binary {
    ($($(#[$doc:meta])* $name:ident($a:ident, $b:ident, $y:ident) = $slopes:expr, $da:expr, $db:expr;)*) => {
        #[allow(unused_variables)]
        impl This {
            $($(#[$doc])*
            #[inline]
            pub fn $name(self, other: Self) -> Self {
                let ($a, $b) = (self.value(), other.value());
                let $y = $a.$name($b);
                self.chain2(other, $y, $slopes)
            })*
        }
    };
}

/// An operator between two numbers, and with a plain one on the right.
#[doc(hidden)]
#[macro_export]
macro_rules! propagated_operator {
    ($Op:ident $op:ident($a:ident, $b:ident) = $value:expr, [$da:expr, $db:expr]) => {
        impl $Op for This {
            type Output = Self;
            #[inline]
            fn $op(self, other: Self) -> Self {
                let ($a, $b) = (self.value(), other.value());
                self.chain2(other, $value, [$da, $db])
            }
        }

        impl $Op<f64> for This {
            type Output = Self;
            #[inline]
            #[allow(unused_variables)]
            fn $op(self, $b: f64) -> Self {
                let $a = self.value();
                self.chain($value, $da)
            }
        }
    };
}
