//! [`Var`]: reverse mode. A value and a linear form in at most two nodes of the tape.
//!
//! C++ tapes collapse a statement into one entry by expression templates, which would take `fn f<R: Real>(x: R) -> R` away.
//! Here the same happens at run time: a unary operation only scales the form, a binary operation merges two forms, and a
//! node is recorded only when more than two parents would be pending.

use crate::tape::{self, record};
use crate::{LinearMap, Real, binary_rules, unary_rules};
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};
use std::rc::Rc;

/// A number whose history is on the thread's tape: what [`gradient`](crate::gradient) hands to its closure.
///
/// It is `Copy` and plain data, so it fits into nalgebra's matrices. A `Var` lives inside the closure that received it, on
/// that thread; used elsewhere in an operation, it panics and says so. `.value()` takes a plain number out.
#[derive(Clone, Copy)]
pub struct Var {
    value: f64,
    /// Partial derivatives of the value with respect to the parents. Two fields rather than an array, which would be packed
    /// into one register and unpacked again at every comparison.
    p0: f64,
    p1: f64,
    /// The parents, distinct nodes; 0 stands for none, and a sole parent comes first.
    n0: u32,
    n1: u32,
    /// The recording that the parents belong to; 0 for a constant.
    tape: u32,
}

impl Var {
    /// A number that does not depend on the inputs.
    #[inline(always)]
    pub fn constant(value: f64) -> Var {
        Var { value, p0: 0.0, p1: 0.0, n0: 0, n1: 0, tape: 0 }
    }

    /// The value, without history.
    #[inline(always)]
    pub fn value(&self) -> f64 {
        self.value
    }

    #[inline(always)]
    pub(crate) fn node(value: f64, node: u32, tape: u32) -> Var {
        Var { value, p0: 1.0, p1: 0.0, n0: node, n1: 0, tape }
    }

    #[inline(always)]
    pub(crate) fn tape(&self) -> u32 {
        self.tape
    }

    #[inline(always)]
    pub(crate) fn parents(&self) -> [u32; 2] {
        [self.n0, self.n1]
    }

    /// Whether the number does not depend on the inputs.
    #[inline(always)]
    pub fn is_constant(&self) -> bool {
        self.tape == 0
    }

    /// Adds a cotangent of this number to the adjoints of its parents.
    pub(crate) fn distribute(&self, cotangent: f64, adjoints: &mut [f64]) {
        for (parent, partial) in self.edges() {
            if partial != 0.0 && cotangent != 0.0 {
                adjoints[parent as usize] += partial * cotangent;
            }
        }
    }

    /// The pending parents with their partials.
    #[inline]
    pub(crate) fn edges(&self) -> impl Iterator<Item = (u32, f64)> + use<> {
        let (parents, partials) = (self.parents(), [self.p0, self.p1]);
        (0..2).filter(move |&i| parents[i] != 0).map(move |i| (parents[i], partials[i]))
    }

    /// A function of this number with the given value and slope. An infinite or undefined slope times a partial that is 0
    /// is 0: the chain in front of `sqrt(0)` may be 0, and then the product is.
    #[inline(always)]
    pub(crate) fn chain(self, value: f64, slope: f64) -> Var {
        if slope.is_finite() {
            self.times(slope).with_value(value)
        } else {
            self.check();
            let product = |partial: f64| if partial == 0.0 { 0.0 } else { partial * slope };
            Var { value, p0: product(self.p0), p1: product(self.p1), ..self }
        }
    }

    /// A function of two numbers with the given value and slopes.
    #[inline(always)]
    pub(crate) fn chain2(self, other: Var, value: f64, slopes: [f64; 2]) -> Var {
        self.chain(self.value, slopes[0]).merge(other.chain(other.value, slopes[1]), value)
    }

    /// The linear form times a finite slope.
    #[inline(always)]
    fn times(self, slope: f64) -> Var {
        self.check();
        Var { p0: self.p0 * slope, p1: self.p1 * slope, ..self }
    }

    /// Panics if the tape of this variable is not recording on this thread. Every operation asks: a stale variable must
    /// not pass for a number, even where nothing would be recorded.
    #[inline(always)]
    fn check(self) {
        if self.tape != 0 {
            tape::check(self.tape);
        }
    }

    #[inline(always)]
    fn with_value(self, value: f64) -> Var {
        Var { value, ..self }
    }

    /// The sum of two linear forms, under the given value. A node is recorded only when more than two parents would be
    /// pending. Branches on fields, fully inlined: a loop over the parents is three times slower.
    #[inline(always)]
    fn merge(self, other: Var, value: f64) -> Var {
        if other.tape == 0 {
            return self.with_value(value);
        }
        if self.tape == 0 {
            return other.with_value(value);
        }
        let tape = self.tape;
        if other.tape != tape {
            tape::foreign(other.tape);
        }
        tape::check(tape);
        let (a0, a1, p0, p1) = (self.n0, self.n1, self.p0, self.p1);
        let (b0, b1, q0, q1) = (other.n0, other.n1, other.p0, other.p1);
        let pending = |n0, n1, p0, p1| Var { value, p0, p1, n0, n1, tape };
        if a0 == b0 {
            if a1 == b1 || b1 == 0 {
                pending(a0, a1, p0 + q0, p1 + q1)
            } else if a1 == 0 {
                pending(a0, b1, p0 + q0, q1)
            } else {
                record(value, tape, [a0, a1, b1], [p0 + q0, p1, q1])
            }
        } else if a1 == 0 {
            if b1 == 0 {
                pending(a0, b0, p0, q0)
            } else if a0 == b1 {
                pending(b0, b1, q0, q1 + p0)
            } else {
                record(value, tape, [a0, b0, b1], [p0, q0, q1])
            }
        } else if b1 == 0 {
            if a1 == b0 { pending(a0, a1, p0, p1 + q0) } else { record(value, tape, [a0, a1, b0], [p0, p1, q0]) }
        } else if a1 == b1 {
            record(value, tape, [a0, b0, a1], [p0, q0, p1 + q1])
        } else if a0 == b1 && a1 == b0 {
            pending(a0, a1, p0 + q1, p1 + q0)
        } else if a0 == b1 {
            record(value, tape, [a0, a1, b0], [p0 + q1, p1, q0])
        } else if a1 == b0 {
            record(value, tape, [a0, a1, b1], [p0, p1 + q0, q1])
        } else {
            record(value, tape, [a0, a1, b0, b1], [p0, p1, q0, q1])
        }
    }

    /// One number for a linear form in many: its pending parents become one node.
    fn settle(value: f64, forms: impl Iterator<Item = (Var, f64)> + Clone) -> Var {
        let Some((first, _)) = forms.clone().find(|(x, _)| x.tape != 0) else {
            return Var::constant(value);
        };
        let mut active = 0;
        for (x, _) in forms.clone().filter(|(x, _)| x.tape != 0) {
            if x.tape != first.tape {
                tape::foreign(x.tape);
            }
            active += 1;
        }
        let edges = forms
            .filter(|(x, _)| x.tape != 0)
            .flat_map(|(x, weight)| x.edges().map(move |(parent, partial)| (parent, partial * weight)));
        tape::record_wide(value, first.tape, 2 * active, edges)
    }
}

macro_rules! var_unary {
    ($($(#[$doc:meta])* $name:ident($x:ident, $y:ident) = $slope:expr, $domain:expr;)*) => {
        #[allow(unused_variables)]
        impl Var {
            $($(#[$doc])*
            #[inline]
            pub fn $name(self) -> Var {
                let $x = self.value;
                let $y = $x.$name();
                self.chain($y, $slope)
            })*
        }
    };
}
unary_rules!(var_unary);

macro_rules! var_binary {
    ($($(#[$doc:meta])* $name:ident($a:ident, $b:ident, $y:ident) = $slopes:expr, $da:expr, $db:expr;)*) => {
        #[allow(unused_variables)]
        impl Var {
            $($(#[$doc])*
            #[inline]
            pub fn $name(self, other: Var) -> Var {
                let ($a, $b) = (self.value, other.value);
                let $y = $a.$name($b);
                self.chain2(other, $y, $slopes)
            })*
        }
    };
}
binary_rules!(var_binary);

impl Neg for Var {
    type Output = Var;
    #[inline(always)]
    fn neg(self) -> Var {
        self.chain(-self.value, -1.0)
    }
}

impl Add for Var {
    type Output = Var;
    #[inline(always)]
    fn add(self, other: Var) -> Var {
        self.merge(other, self.value + other.value)
    }
}

impl Sub for Var {
    type Output = Var;
    #[inline(always)]
    fn sub(self, other: Var) -> Var {
        self.merge(other.times(-1.0), self.value - other.value)
    }
}

impl Mul for Var {
    type Output = Var;
    #[inline(always)]
    fn mul(self, other: Var) -> Var {
        self.times(other.value).merge(other.times(self.value), self.value * other.value)
    }
}

impl Div for Var {
    type Output = Var;
    #[inline(always)]
    fn div(self, other: Var) -> Var {
        let slope = 1.0 / other.value;
        let value = self.value / other.value;
        self.times(slope).merge(other.times(-value * slope), value)
    }
}

impl Rem for Var {
    type Output = Var;
    #[inline]
    fn rem(self, other: Var) -> Var {
        self.merge(other.times(-(self.value / other.value).trunc()), self.value % other.value)
    }
}

impl Add<f64> for Var {
    type Output = Var;
    #[inline(always)]
    fn add(self, other: f64) -> Var {
        self.check();
        self.with_value(self.value + other)
    }
}

impl Sub<f64> for Var {
    type Output = Var;
    #[inline(always)]
    fn sub(self, other: f64) -> Var {
        self.check();
        self.with_value(self.value - other)
    }
}

impl Mul<f64> for Var {
    type Output = Var;
    #[inline(always)]
    fn mul(self, other: f64) -> Var {
        self.times(other).with_value(self.value * other)
    }
}

impl Div<f64> for Var {
    type Output = Var;
    #[inline(always)]
    fn div(self, other: f64) -> Var {
        self.times(1.0 / other).with_value(self.value / other)
    }
}

impl Sub<Var> for f64 {
    type Output = Var;
    #[inline(always)]
    fn sub(self, other: Var) -> Var {
        other.times(-1.0).with_value(self - other.value)
    }
}

impl Div<Var> for f64 {
    type Output = Var;
    #[inline(always)]
    fn div(self, other: Var) -> Var {
        let value = self / other.value;
        other.times(-value / other.value).with_value(value)
    }
}

impl Real for Var {
    const UNROLL: usize = 0;
    const ORDER: u32 = 1;
    const TANGENTS: Option<usize> = None;

    #[inline(always)]
    fn value(self) -> f64 {
        self.value
    }

    #[inline]
    fn linear_combination<const K: usize>(base: Var, coefficients: [f64; K], term: impl Fn(usize) -> Var) -> Var {
        let terms: [Var; K] = std::array::from_fn(term);
        let value = f64::linear_combination(base.value, coefficients, |i| terms[i].value);
        Var::settle(value, std::iter::once((base, 1.0)).chain(terms.into_iter().zip(coefficients)))
    }

    fn sum(terms: &[Var]) -> Var {
        let value = terms.iter().fold(0.0, |total, x| total + x.value);
        Var::settle(value, terms.iter().map(|&x| (x, 1.0)))
    }

    fn dot(left: &[Var], right: &[Var]) -> Var {
        assert_eq!(left.len(), right.len(), "dot: the slices have {} and {} elements", left.len(), right.len());
        let pairs = || left.iter().zip(right);
        let value = pairs().fold(0.0, |total, (a, b)| total + a.value * b.value);
        Var::settle(value, pairs().flat_map(|(&a, &b)| [(a, b.value), (b, a.value)]))
    }

    crate::special::special_methods!();
    crate::fused::var_hooks!();

    fn linear_map(map: &Rc<dyn LinearMap>, x: &[Var]) -> Vec<Var> {
        let values = f64::linear_map(map, &x.iter().map(|x| x.value).collect::<Vec<_>>());
        let map = map.clone();
        tape::custom(x, &values, move |output, input| map.apply_transposed(output, input))
    }
}

impl fmt::Debug for Var {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Var({:?})", self.value)
    }
}
