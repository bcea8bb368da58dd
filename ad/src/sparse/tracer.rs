//! [`Tracer`]: a value, and which inputs it depends on.

use super::sets::{EMPTY, Interactions, NONE, Set};
use super::trace;
use crate::{Activation, LinearMap, Real, binary_rules, unary_rules};
use num_traits::Zero;
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};
use std::rc::Rc;

/// A number that knows which inputs it depends on, and which pairs of them it depends on jointly in a nonlinear way: what
/// [`JacobianPattern::trace`](super::JacobianPattern::trace) and [`HessianPattern::trace`](super::HessianPattern::trace)
/// hand to their closures.
///
/// - **Values never remove a dependence.** `x * 0.0` depends on `x`, and so does `x * y` on both where `y` happens to be 0:
///   the pattern must hold at other points.
/// - `max`, `min` and `clamp` depend on all of their arguments, whichever they return.
/// - A comparison (and `floor`, `signum`, `value`, ..) gives what the values say. The program then runs through one
///   of its branches, and the pattern remembers that somebody looked:
///   [`holds_everywhere`](super::JacobianPattern::holds_everywhere).
///
/// It is `Copy` and plain data; it lives inside the closure that received it, on that thread, and panics elsewhere.
#[derive(Clone, Copy)]
pub struct Tracer {
    value: f64,
    first: Set,
    second: Interactions,
    trace: u32,
}

/// Which second derivatives a function of two numbers has.
#[derive(Clone, Copy)]
pub(super) enum Curvature {
    None,
    /// Only the mixed one.
    Product,
    /// All but that in the first argument.
    Quotient,
    Full,
}

impl Tracer {
    /// A number that does not depend on the inputs.
    #[inline]
    pub fn constant(value: f64) -> Tracer {
        Tracer { value, first: EMPTY, second: NONE, trace: 0 }
    }

    pub(super) fn input(value: f64, set: Set, trace: u32) -> Tracer {
        Tracer { value, first: set, second: NONE, trace }
    }

    /// The value. The trace takes note that the program looked at it, if it depends on an input.
    #[inline]
    pub fn value(&self) -> f64 {
        if !self.is_constant() {
            trace::with(self.trace, |arena| arena.look());
        }
        self.value
    }

    #[inline]
    pub(crate) fn inner(&self) -> f64 {
        self.value
    }

    #[inline]
    pub(crate) fn is_constant(&self) -> bool {
        self.first == EMPTY
    }

    pub(super) fn first(&self) -> Set {
        self.first
    }

    pub(super) fn second(&self) -> Interactions {
        self.second
    }

    /// Panics if the number belongs to another trace.
    pub(super) fn check(&self) {
        if !self.is_constant() {
            trace::with(self.trace, |_| ());
        }
    }

    /// A function of this number whose slope does not vary with it.
    #[inline]
    pub(super) fn straight(self, value: f64) -> Tracer {
        self.check();
        Tracer { value, ..self }
    }

    /// A nonlinear function of this number.
    #[inline]
    pub(super) fn curved(self, value: f64) -> Tracer {
        if self.is_constant() {
            return Tracer::constant(value);
        }
        let second = trace::with(self.trace, |arena| arena.and_product(self.second, self.first, self.first));
        Tracer { value, second, ..self }
    }

    /// A function that is constant between its jumps.
    pub(super) fn step(self, value: f64) -> Tracer {
        let _ = self.value();
        Tracer::constant(value)
    }

    pub(super) fn join(self, other: Tracer, value: f64, curvature: Curvature) -> Tracer {
        let trace = if self.is_constant() { other.trace } else { self.trace };
        if !self.is_constant() && !other.is_constant() {
            other.check();
        }
        if trace == 0 {
            return Tracer::constant(value);
        }
        trace::with(trace, |arena| {
            let (a, b) = (self.first, other.first);
            let first = arena.sets.union(a, b);
            let second = arena.both(self.second, other.second);
            let second = match curvature {
                Curvature::None => second,
                Curvature::Product => arena.and_product(second, a, b),
                Curvature::Quotient => {
                    let second = arena.and_product(second, a, b);
                    arena.and_product(second, b, b)
                }
                Curvature::Full => arena.and_product(second, first, first),
            };
            Tracer { value, first, second, trace }
        })
    }
}

/// Functions of the table whose second derivative is 0 wherever it exists.
const STRAIGHT: [&str; 2] = ["abs", "fract"];

macro_rules! tracer_unary {
    ($($(#[$doc:meta])* $name:ident($x:ident, $y:ident) = $slope:expr, $domain:expr;)*) => {
        impl Tracer {
            $($(#[$doc])*
            pub fn $name(self) -> Tracer {
                let value = self.value.$name();
                if STRAIGHT.contains(&stringify!($name)) { self.straight(value) } else { self.curved(value) }
            })*
        }
    };
}
unary_rules!(tracer_unary);

macro_rules! tracer_binary {
    ($($(#[$doc:meta])* $name:ident($a:ident, $b:ident, $y:ident) = $slopes:expr, $da:expr, $db:expr;)*) => {
        impl Tracer {
            $($(#[$doc])*
            pub fn $name(self, other: Tracer) -> Tracer {
                let value = self.value.$name(other.value);
                // Only the sign of the second argument of copysign matters.
                let curvature = if stringify!($name) == "copysign" { Curvature::None } else { Curvature::Full };
                self.join(other, value, curvature)
            })*
        }
    };
}
binary_rules!(tracer_binary);

impl Neg for Tracer {
    type Output = Tracer;
    #[inline]
    fn neg(self) -> Tracer {
        self.straight(-self.value)
    }
}

macro_rules! operator {
    ($Op:ident $op:ident $curvature:ident) => {
        impl $Op for Tracer {
            type Output = Tracer;
            fn $op(self, other: Tracer) -> Tracer {
                self.join(other, $Op::$op(self.value, other.value), Curvature::$curvature)
            }
        }

        impl $Op<f64> for Tracer {
            type Output = Tracer;
            #[inline]
            fn $op(self, other: f64) -> Tracer {
                self.straight($Op::$op(self.value, other))
            }
        }
    };
}
operator!(Add add None);
operator!(Sub sub None);
operator!(Mul mul Product);
operator!(Div div Quotient);
operator!(Rem rem None);

impl Sub<Tracer> for f64 {
    type Output = Tracer;
    #[inline]
    fn sub(self, other: Tracer) -> Tracer {
        other.straight(self - other.value)
    }
}

impl Div<Tracer> for f64 {
    type Output = Tracer;
    #[inline]
    fn div(self, other: Tracer) -> Tracer {
        other.curved(self / other.value)
    }
}

impl Real for Tracer {
    #[inline]
    fn value(self) -> f64 {
        Tracer::value(&self)
    }

    crate::special::special_methods!();

    fn map(activation: Activation, x: &[Tracer]) -> Vec<Tracer> {
        x.iter().map(|x| x.activated(activation)).collect()
    }

    fn logsumexp(terms: &[Tracer]) -> Tracer {
        Tracer::log_sum_exp(terms)
    }

    /// Every result depends on every element: the coefficients of the map belong to this point only.
    fn linear_map(map: &Rc<dyn LinearMap>, x: &[Tracer]) -> Vec<Tracer> {
        let values = f64::linear_map(map, &x.iter().map(|x| x.value).collect::<Vec<_>>());
        let all = x.iter().fold(Tracer::zero(), |all, &x| all + x);
        values.into_iter().map(|value| Tracer { value, ..all }).collect()
    }
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tracer({:?})", self.value)
    }
}
