//! The table of derivative rules: one line is one function, in every mode.
//!
//! Each line of `unary_rules` reads `name(x, y) = derivative, domain`: `x` is the argument, `y` the value already
//! computed, and `domain` the interval on which the test compares the rule with finite differences. The expression is
//! generic: on [`Dual`](crate::Dual) it is evaluated in the inner scalar, so the rule of a rule needs no line of its
//! own. The table generates the inherent methods of `Dual` and `Var`, through them nalgebra's and num-traits' methods,
//! and the rows of `tests/rules.rs`.
//!
//! `binary_rules` does the same for two arguments, with one derivative for each. `special_rules` and
//! `special_binary_rules` hold the functions that plain numbers do not have by themselves: their values are the functions
//! of the same names in `special/`, and the table makes them methods of [`Real`] as well.

use crate::Real;

/// The functions of one argument. `$with` is a macro that receives the whole table.
#[doc(hidden)]
#[macro_export]
macro_rules! unary_rules {
    ($with:ident) => {
        $with! {
            /// The sine of an angle in radians.
            sin(x, y) = x.cos(), -7.0..7.0;
            /// The cosine of an angle in radians.
            cos(x, y) = -x.sin(), -7.0..7.0;
            /// The tangent of an angle in radians.
            tan(x, y) = y * y + 1.0, -1.4..1.4;
            /// The arcsine, in radians; its derivative is infinite at -1 and 1.
            asin(x, y) = ((1.0 - x) * (x + 1.0)).sqrt().recip(), -0.95..0.95;
            /// The arccosine, in radians; its derivative is infinite at -1 and 1.
            acos(x, y) = -((1.0 - x) * (x + 1.0)).sqrt().recip(), -0.95..0.95;
            /// The arctangent, in radians.
            atan(x, y) = (x * x + 1.0).recip(), -5.0..5.0;
            /// The hyperbolic sine.
            sinh(x, y) = x.cosh(), -4.0..4.0;
            /// The hyperbolic cosine.
            cosh(x, y) = x.sinh(), -4.0..4.0;
            /// The hyperbolic tangent.
            tanh(x, y) = 1.0 - y * y, -3.0..3.0;
            /// The inverse hyperbolic sine.
            asinh(x, y) = (x * x + 1.0).sqrt().recip(), -5.0..5.0;
            /// The inverse hyperbolic cosine; its derivative is infinite at 1.
            acosh(x, y) = ((x - 1.0) * (x + 1.0)).sqrt().recip(), 1.2..5.0;
            /// The inverse hyperbolic tangent.
            atanh(x, y) = ((1.0 - x) * (x + 1.0)).recip(), -0.95..0.95;
            /// The exponential.
            exp(x, y) = y, -5.0..5.0;
            /// Two to the power of the number.
            exp2(x, y) = y * std::f64::consts::LN_2, -5.0..5.0;
            /// `exp(x) - 1`, accurate near zero.
            exp_m1(x, y) = y + 1.0, -3.0..3.0;
            /// The natural logarithm.
            ln(x, y) = x.recip(), 0.1..9.0;
            /// `ln(1 + x)`, accurate near zero.
            ln_1p(x, y) = (x + 1.0).recip(), -0.9..5.0;
            /// The logarithm to base 2.
            log2(x, y) = (x * std::f64::consts::LN_2).recip(), 0.1..9.0;
            /// The logarithm to base 10.
            log10(x, y) = (x * std::f64::consts::LN_10).recip(), 0.1..9.0;
            /// The square root. Its derivative at 0 is infinite, but where nothing that depends on an input stands in
            /// front of it the product is 0, not NaN.
            sqrt(x, y) = 0.5 / y, 0.1..9.0;
            /// The cube root, of negative numbers too.
            cbrt(x, y) = (3.0 * y * y).recip(), 0.1..9.0;
            /// One divided by the number.
            recip(x, y) = -(y * y), 0.2..4.0;
            /// The absolute value; its derivative at 0 is 0.
            abs(x, y) = $crate::rules::sign(x), 0.1..4.0;
            /// The fractional part; its derivative is 1.
            fract(x, y) = $crate::rules::one_like(x), 0.1..0.9;
        }
    };
}

/// The functions of two arguments: `name(a, b, y) = [dy/da, dy/db], domain of a, domain of b`.
#[doc(hidden)]
#[macro_export]
macro_rules! binary_rules {
    ($with:ident) => {
        $with! {
            /// The angle of the point (`other`, `self`) from the first axis, in radians; both derivatives are 0 at the
            /// origin.
            atan2(a, b, y) = $crate::rules::atan2_slopes(a, b), 0.2..3.0, -3.0..3.0;
            /// The length of the hypotenuse, without overflow; both derivatives are 0 at the origin.
            hypot(a, b, y) = $crate::rules::hypot_slopes(a, b, y), 0.2..3.0, -3.0..3.0;
            /// The number raised to a real power. With exponent 0 the derivative in the base is 0 everywhere.
            powf(a, b, y) = $crate::rules::powf_slopes(a, b, y), 0.2..3.0, -3.0..3.0;
            /// The magnitude of the number with the sign of another.
            copysign(a, b, y) = $crate::rules::copysign_slopes(a, b), 0.2..3.0, 0.2..3.0;
        }
    };
}

/// The special functions of one argument, in the form of `unary_rules`.
#[doc(hidden)]
#[macro_export]
macro_rules! special_rules {
    ($($with:tt)+) => {
        $($with)+! {
            /// The error function, to 1 machine epsilon (measured, relative, as are the figures below).
            erf(x, y) = (-(x * x)).exp() * std::f64::consts::FRAC_2_SQRT_PI, -3.0..3.0;
            /// The complementary error function `1 - erf(x)`, accurate where it is tiny: 1.1 epsilons.
            erfc(x, y) = -((-(x * x)).exp() * std::f64::consts::FRAC_2_SQRT_PI), -3.0..3.0;
            /// The logarithm of the absolute value of the gamma function: 2 epsilons away from its zeros at negative
            /// numbers.
            ln_gamma(x, y) = x.digamma(), 0.2..9.0;
            /// The derivative of [`ln_gamma`](Real::ln_gamma): 10 epsilons, also next to its positive zero.
            digamma(x, y) = x.polygamma(1), 0.5..9.0;
            /// `1 / (1 + exp(-x))`: 1 epsilon.
            logistic(x, y) = y * (-x).logistic(), -9.0..9.0;
            /// `ln(1 + exp(x))`: 1 epsilon over the whole range.
            softplus(x, y) = x.logistic(), -9.0..9.0;
            /// `ln(1 - exp(x))` for negative numbers: 1 epsilon over the whole range.
            ln_1m_exp(x, y) = -(-x).exp_m1().recip(), -5.0..-0.2;
            /// `ln(x / (1 - x))`, the inverse of [`logistic`](Real::logistic): 1 epsilon.
            logit(x, y) = (x * (1.0 - x)).recip(), 0.1..0.9;
            /// `x ln(x)`, which is 0 at 0.
            xlogx(x, y) = x.ln() + 1.0, 0.1..5.0;
        }
    };
}

/// The special functions of two arguments, in the form of `binary_rules`.
#[doc(hidden)]
#[macro_export]
macro_rules! special_binary_rules {
    ($($with:tt)+) => {
        $($with)+! {
            /// The logarithm of the beta function, for positive numbers: 5 epsilons, except next to its zeros.
            ln_beta(a, b, y) = $crate::rules::ln_beta_slopes(a, b), 0.2..9.0, 0.2..9.0;
            /// The beta function `B(self, other)`, for positive numbers: 18 epsilons.
            beta(a, b, y) = $crate::rules::ln_beta_slopes(a, b).map(|slope| slope * y), 0.5..4.0, 0.5..4.0;
            /// `self * ln(other)`, which is 0 where `self` is 0.
            xlogy(a, b, y) = $crate::rules::xlogy_slopes(a, b), -3.0..3.0, 0.2..5.0;
        }
    };
}

/// The value and the slope of a function of one argument, as its line says; of the sine and the cosine by one call for both,
/// which costs little more than one of them.
macro_rules! value_and_slope {
    (sin($x:ident = $at:expr, $y:ident) = $slope:expr) => {
        $crate::Real::sine_and_cosine($at)
    };
    (cos($x:ident = $at:expr, $y:ident) = $slope:expr) => {{
        let (sin, cos) = $crate::Real::sine_and_cosine($at);
        (cos, -sin)
    }};
    ($name:ident($x:ident = $at:expr, $y:ident) = $slope:expr) => {{
        let $x = $at;
        let $y = $x.$name();
        ($y, $slope)
    }};
}
pub(crate) use value_and_slope;

#[inline]
pub fn ln_beta_slopes<R: Real>(a: R, b: R) -> [R; 2] {
    let sum = (a + b).digamma();
    [a.digamma() - sum, b.digamma() - sum]
}

/// Both slopes are 0 where `xlogy` is 0 by convention rather than by its limit.
#[inline]
pub fn xlogy_slopes<R: Real>(a: R, b: R) -> [R; 2] {
    if a == 0.0 && b <= 0.0 { [R::zero(); 2] } else { [b.ln(), a / b] }
}

#[inline]
pub fn sign<R: Real>(x: R) -> R {
    let x = x.value();
    R::from(if x == 0.0 { 0.0 } else { x / x.abs() })
}

#[inline]
pub fn one_like<R: Real>(_: R) -> R {
    R::one()
}

#[inline]
pub fn atan2_slopes<R: Real>(a: R, b: R) -> [R; 2] {
    let square = a * a + b * b;
    if square == 0.0 { [R::zero(); 2] } else { [b / square, -a / square] }
}

#[inline]
pub fn hypot_slopes<R: Real>(a: R, b: R, y: R) -> [R; 2] {
    if y == 0.0 { [R::zero(); 2] } else { [a / y, b / y] }
}

/// `d(a^b)/da = b a^(b-1)`, which is 0 for the exponent 0 even at `a = 0`; `d(a^b)/db = a^b ln a`, which is 0 at
/// `a = 0` for a positive exponent, as is its limit. A quotient costs less than a second power, and says the same where neither the
/// power nor the base is at the end of its range.
#[inline]
pub fn powf_slopes<R: Real>(a: R, b: R, y: R) -> [R; 2] {
    let constant_one = b.is_zero() || (b == 0.0 && a == 0.0);
    let divides = a.value().is_normal() && y.value().is_normal();
    let in_base = match () {
        () if constant_one => R::zero(),
        () if divides => b * (y / a),
        () => b * a.powf(b - 1.0),
    };
    let in_exponent = if a == 0.0 && b > 0.0 { R::zero() } else { y * a.ln() };
    [in_base, in_exponent]
}

#[inline]
pub fn copysign_slopes<R: Real>(a: R, b: R) -> [R; 2] {
    let same = a.value().is_sign_negative() == b.value().is_sign_negative();
    [R::from(if same { 1.0 } else { -1.0 }), R::zero()]
}
