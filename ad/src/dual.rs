//! [`Dual`]: forward mode. A value and `N` directional derivatives that every operation carries along.

use crate::{Activation, LinearMap, Real, binary_rules, fused, rules, unary_rules};
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};
use std::rc::Rc;

/// A number with `N` directional derivatives.
///
/// The inner scalar `R` is itself any [`Real`]: `Dual<Dual<f64>>` carries second derivatives, `Dual<Var>` gives
/// Hessian-vector products. Values are computed by exactly the operations of `R`, so a program run on `Dual<f64, N>`
/// yields bit for bit the values it yields on `f64`.
///
/// ```
/// use costate_ad::Dual;
///
/// let x = Dual::<f64, 2>::variable(3.0, 0);
/// let y = Dual::<f64, 2>::variable(2.0, 1);
/// let z = x * y + x.sin();
/// assert_eq!(z.derivatives, [2.0 + 3.0_f64.cos(), 3.0]);
/// ```
// Without a gap behind the value of an even number of derivatives, numbers side by side are one row of memory, of which the compiler
// puts pieces of two numbers into one register: more moves than arithmetic. The alignment makes the gap.
#[derive(Clone, Copy)]
#[repr(align(16))]
pub struct Dual<R, const N: usize = 1> {
    /// The value.
    pub value: R,
    /// The derivatives of the value in each of the `N` directions.
    pub derivatives: [R; N],
}

impl<R: Real, const N: usize> Dual<R, N> {
    /// A number that does not depend on the inputs.
    #[inline(always)]
    pub fn constant(value: R) -> Self {
        Dual { value, derivatives: [R::zero(); N] }
    }

    /// The input number `direction`: derivative 1 in that direction and 0 in the others.
    ///
    /// # Panics
    /// If `direction >= N`.
    #[inline]
    pub fn variable(value: R, direction: usize) -> Self {
        let mut dual = Dual::constant(value);
        dual.derivatives[direction] = R::one();
        dual
    }

    /// A function of this number with the given value and slope.
    #[inline(always)]
    pub(crate) fn chain(self, value: R, slope: R) -> Self {
        Dual { value, derivatives: scaled(self.derivatives, slope) }
    }

    /// A function of two numbers with the given value and slopes.
    #[inline(always)]
    pub(crate) fn chain2(self, other: Self, value: R, slopes: [R; 2]) -> Self {
        let (mut derivatives, more) = (scaled(self.derivatives, slopes[0]), scaled(other.derivatives, slopes[1]));
        for i in 0..N {
            derivatives[i] += more[i];
        }
        Dual { value, derivatives }
    }

    #[inline(always)]
    pub(crate) fn is_constant(&self) -> bool {
        self.derivatives.iter().all(R::is_zero)
    }
}

/// The chain rule. An infinite or undefined slope times a derivative that is 0 is 0: the chain in front of `sqrt(0)` may be 0,
/// and then the product is.
#[inline(always)]
fn scaled<R: Real, const N: usize>(mut derivatives: [R; N], slope: R) -> [R; N] {
    if slope.value().is_finite() {
        for d in &mut derivatives {
            *d *= slope;
        }
    } else {
        for d in &mut derivatives {
            *d = if *d == 0.0 { zero_times_infinite(*d, slope) } else { *d * slope };
        }
    }
    derivatives
}

/// A number that is 0, times a slope that is not finite: 0. What the number carries itself, in a nested scalar, does grow
/// without bound, which a product with `f64::MAX` twice says and leaves the 0 alone.
#[cold]
fn zero_times_infinite<R: Real>(zero: R, slope: R) -> R {
    if slope.value().is_nan() { zero } else { zero * f64::MAX * f64::MAX.copysign(slope.value()) }
}

macro_rules! dual_unary {
    ($($(#[$doc:meta])* $name:ident($x:ident, $y:ident) = $slope:expr, $domain:expr;)*) => {
        #[allow(unused_variables)]
        impl<R: Real, const N: usize> Dual<R, N> {
            $($(#[$doc])*
            #[inline]
            pub fn $name(self) -> Self {
                let (value, slope) = rules::value_and_slope!($name($x = self.value, $y) = $slope);
                self.chain(value, slope)
            })*
        }
    };
}
unary_rules!(dual_unary);

macro_rules! dual_binary {
    ($($(#[$doc:meta])* $name:ident($a:ident, $b:ident, $y:ident) = $slopes:expr, $da:expr, $db:expr;)*) => {
        #[allow(unused_variables)]
        impl<R: Real, const N: usize> Dual<R, N> {
            $($(#[$doc])*
            #[inline]
            pub fn $name(self, other: Self) -> Self {
                let ($a, $b) = (self.value, other.value);
                let $y = $a.$name($b);
                self.chain2(other, $y, $slopes)
            })*
        }
    };
}
binary_rules!(dual_binary);

impl<R: Real, const N: usize> Neg for Dual<R, N> {
    type Output = Self;
    #[inline(always)]
    fn neg(mut self) -> Self {
        self.value = -self.value;
        for d in &mut self.derivatives {
            *d = -*d;
        }
        self
    }
}

impl<R: Real, const N: usize> Add for Dual<R, N> {
    type Output = Self;
    #[inline(always)]
    fn add(mut self, other: Self) -> Self {
        self.value += other.value;
        for i in 0..N {
            self.derivatives[i] += other.derivatives[i];
        }
        self
    }
}

impl<R: Real, const N: usize> Sub for Dual<R, N> {
    type Output = Self;
    #[inline(always)]
    fn sub(mut self, other: Self) -> Self {
        self.value -= other.value;
        for i in 0..N {
            self.derivatives[i] -= other.derivatives[i];
        }
        self
    }
}

impl<R: Real, const N: usize> Mul for Dual<R, N> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let mut derivatives = self.derivatives;
        for i in 0..N {
            derivatives[i] = self.derivatives[i] * other.value + self.value * other.derivatives[i];
        }
        Dual { value: self.value * other.value, derivatives }
    }
}

impl<R: Real, const N: usize> Div for Dual<R, N> {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        let slope = other.value.recip();
        self.chain2(other, value, [slope, -value * slope])
    }
}

impl<R: Real, const N: usize> Rem for Dual<R, N> {
    type Output = Self;
    #[inline]
    fn rem(self, other: Self) -> Self {
        let turns = (self.value / other.value).trunc();
        self.chain2(other, self.value % other.value, [R::one(), -turns])
    }
}

impl<R: Real, const N: usize> Add<f64> for Dual<R, N> {
    type Output = Self;
    #[inline(always)]
    fn add(mut self, other: f64) -> Self {
        self.value += other;
        self
    }
}

impl<R: Real, const N: usize> Sub<f64> for Dual<R, N> {
    type Output = Self;
    #[inline(always)]
    fn sub(mut self, other: f64) -> Self {
        self.value -= other;
        self
    }
}

impl<R: Real, const N: usize> Mul<f64> for Dual<R, N> {
    type Output = Self;
    #[inline(always)]
    fn mul(mut self, other: f64) -> Self {
        self.value *= other;
        for d in &mut self.derivatives {
            *d *= other;
        }
        self
    }
}

impl<R: Real, const N: usize> Div<f64> for Dual<R, N> {
    type Output = Self;
    #[inline(always)]
    fn div(mut self, other: f64) -> Self {
        self.value /= other;
        let slope = other.recip();
        for d in &mut self.derivatives {
            *d *= slope;
        }
        self
    }
}

impl<R: Real, const N: usize> Sub<Dual<R, N>> for f64 {
    type Output = Dual<R, N>;
    #[inline(always)]
    fn sub(self, other: Dual<R, N>) -> Dual<R, N> {
        let mut negative = -other;
        negative.value = self - other.value;
        negative
    }
}

impl<R: Real, const N: usize> Div<Dual<R, N>> for f64 {
    type Output = Dual<R, N>;
    #[inline(always)]
    fn div(self, other: Dual<R, N>) -> Dual<R, N> {
        let value = self / other.value;
        other.chain(value, -value / other.value)
    }
}

impl<R: Real, const N: usize> Real for Dual<R, N> {
    const UNROLL: usize = if R::UNROLL < 4 { R::UNROLL } else { 4 };
    const ORDER: u32 = R::ORDER + 1;
    const TANGENTS: Option<usize> = match R::TANGENTS {
        Some(inner) => Some(inner + N * (1 + inner)),
        None => None,
    };

    /// First those of the value, then each derivative followed by its own.
    fn tangent(self, index: usize) -> f64 {
        let inner = R::TANGENTS.unwrap_or(0);
        match index.checked_sub(inner) {
            None => self.value.tangent(index),
            Some(rest) => {
                let derivative = self.derivatives[rest / (1 + inner)];
                (rest % (1 + inner)).checked_sub(1).map_or(derivative.value(), |index| derivative.tangent(index))
            }
        }
    }

    #[inline(always)]
    fn value(self) -> f64 {
        self.value.value()
    }

    crate::special::special_methods!();

    fn matmul(left: &[Self], right: &[Self], shape: [usize; 3]) -> Vec<Self> {
        fused::dual_matmul(left, right, shape)
    }

    fn layer(f: Activation, weights: &[Self], bias: &[Self], inputs: &[Self], shape: [usize; 3]) -> Vec<Self> {
        fused::dual_layer(f, [weights, bias, inputs], shape)
    }

    fn map(f: Activation, x: &[Self]) -> Vec<Self> {
        f.mapped_dual(x)
    }

    fn logsumexp(terms: &[Self]) -> Self {
        fused::dual_logsumexp(terms)
    }

    fn checkpoint(f: impl Fn(&[Self]) -> Vec<Self> + 'static, inputs: &[Self]) -> Vec<Self> {
        if R::ORDER == 0 {
            return f(inputs);
        }
        put_together(&R::checkpoint(move |parts| take_apart(&f(&put_together(parts))), &take_apart(inputs)))
    }

    fn linear_map(map: &Rc<dyn LinearMap>, x: &[Self]) -> Vec<Self> {
        let part = |of: &dyn Fn(&Self) -> R| R::linear_map(map, &x.iter().map(of).collect::<Vec<_>>());
        let mut y: Vec<Self> = part(&|x| x.value).into_iter().map(Dual::constant).collect();
        for i in 0..N {
            for (y, d) in y.iter_mut().zip(part(&|x| x.derivatives[i])) {
                y.derivatives[i] = d;
            }
        }
        y
    }
}

/// The values and derivatives of dual numbers, one after the other.
fn take_apart<R: Real, const N: usize>(numbers: &[Dual<R, N>]) -> Vec<R> {
    let mut parts = Vec::with_capacity(numbers.len() * (1 + N));
    for number in numbers {
        parts.push(number.value);
        parts.extend(number.derivatives);
    }
    parts
}

/// The dual numbers that were taken apart.
fn put_together<R: Real, const N: usize>(parts: &[R]) -> Vec<Dual<R, N>> {
    let dual = |parts: &[R]| Dual { value: parts[0], derivatives: std::array::from_fn(|i| parts[1 + i]) };
    parts.chunks_exact(1 + N).map(dual).collect()
}

impl<R: Real, const N: usize> std::fmt::Debug for Dual<R, N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dual").field("value", &self.value).field("derivatives", &self.derivatives).finish()
    }
}
