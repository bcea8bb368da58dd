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
    /// Partial derivatives of the value with respect to the parents.
    partials: [f64; 2],
    /// Distinct nodes; 0 stands for none, and a sole parent comes first.
    parents: [u32; 2],
    /// The recording that the parents belong to; 0 for a constant.
    tape: u32,
}

impl Var {
    /// A number that does not depend on the inputs.
    #[inline(always)]
    pub fn constant(value: f64) -> Var {
        Var { value, partials: [0.0; 2], parents: [0; 2], tape: 0 }
    }

    /// The value, without history.
    #[inline(always)]
    pub fn value(&self) -> f64 {
        self.value
    }

    #[inline(always)]
    pub(crate) fn node(value: f64, node: u32, tape: u32) -> Var {
        Var { value, partials: [1.0, 0.0], parents: [node, 0], tape }
    }

    #[inline(always)]
    pub(crate) fn tape(&self) -> u32 {
        self.tape
    }

    #[inline(always)]
    pub(crate) fn parents(&self) -> [u32; 2] {
        self.parents
    }

    #[inline(always)]
    pub(crate) fn is_constant(&self) -> bool {
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
        let (parents, partials) = (self.parents, self.partials);
        (0..2).filter(move |&i| parents[i] != 0).map(move |i| (parents[i], partials[i]))
    }

    /// A function of this number with the given value and slope. An infinite or undefined slope times a partial that is 0
    /// is 0: the chain in front of `sqrt(0)` may be 0, and then the product is.
    #[inline(always)]
    pub(crate) fn chain(self, value: f64, slope: f64) -> Var {
        if self.tape != 0 {
            tape::check(self.tape);
        }
        let mut partials = [self.partials[0] * slope, self.partials[1] * slope];
        if !slope.is_finite() {
            for i in 0..2 {
                partials[i] = if self.partials[i] == 0.0 { 0.0 } else { partials[i] };
            }
        }
        Var { value, partials, ..self }
    }

    /// A function of two numbers with the given value and slopes.
    #[inline(always)]
    pub(crate) fn chain2(self, other: Var, value: f64, slopes: [f64; 2]) -> Var {
        if other.tape == 0 {
            self.chain(value, slopes[0])
        } else if self.tape == 0 {
            other.chain(value, slopes[1])
        } else {
            self.chain(self.value, slopes[0]).merge(other.chain(other.value, slopes[1]), value)
        }
    }

    /// The sum of two linear forms, under the given value. A node is recorded only when more than two parents would be
    /// pending. Branches on fields, fully inlined: a loop over the parents is three times slower.
    #[inline(always)]
    fn merge(self, other: Var, value: f64) -> Var {
        let (a, b) = (self.parents, other.parents);
        let (p, q) = (self.partials, other.partials);
        let tape = self.tape;
        if other.tape != tape {
            tape::foreign(other.tape);
        }
        let pending = |parents, partials| Var { value, partials, parents, tape };
        if a[0] == b[0] {
            if a[1] == b[1] || b[1] == 0 {
                pending(a, [p[0] + q[0], p[1] + q[1]])
            } else if a[1] == 0 {
                pending(b, [p[0] + q[0], q[1]])
            } else {
                record(value, tape, [a[0], a[1], b[1]], [p[0] + q[0], p[1], q[1]])
            }
        } else if a[1] == 0 {
            if b[1] == 0 {
                pending([a[0], b[0]], [p[0], q[0]])
            } else if a[0] == b[1] {
                pending(b, [q[0], q[1] + p[0]])
            } else {
                record(value, tape, [a[0], b[0], b[1]], [p[0], q[0], q[1]])
            }
        } else if b[1] == 0 {
            if a[1] == b[0] {
                pending(a, [p[0], p[1] + q[0]])
            } else {
                record(value, tape, [a[0], a[1], b[0]], [p[0], p[1], q[0]])
            }
        } else if a[1] == b[1] {
            record(value, tape, [a[0], b[0], a[1]], [p[0], q[0], p[1] + q[1]])
        } else if a[0] == b[1] && a[1] == b[0] {
            pending(a, [p[0] + q[1], p[1] + q[0]])
        } else if a[0] == b[1] {
            record(value, tape, [a[0], a[1], b[0]], [p[0] + q[1], p[1], q[0]])
        } else if a[1] == b[0] {
            record(value, tape, [a[0], a[1], b[1]], [p[0], p[1] + q[0], q[1]])
        } else {
            record(value, tape, [a[0], a[1], b[0], b[1]], [p[0], p[1], q[0], q[1]])
        }
    }

    /// One number for a linear form in many: its pending parents become one node.
    fn settle(value: f64, forms: impl Iterator<Item = (Var, f64)> + Clone) -> Var {
        let Some((first, _)) = forms.clone().find(|(x, _)| x.tape != 0) else {
            return Var::constant(value);
        };
        let mut edges = Vec::new();
        for (x, weight) in forms {
            if x.tape != 0 {
                if x.tape != first.tape {
                    tape::foreign(x.tape);
                }
                edges.extend(x.edges().map(|(parent, partial)| (parent, partial * weight)));
            }
        }
        tape::record_wide(value, first.tape, edges.into_iter())
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

/// `op!(Add add(a, b) = value, [da, db])`: an operator between variables, and with a plain number on either side.
macro_rules! operator {
    ($Op:ident $op:ident($a:ident, $b:ident) = $value:expr, [$da:expr, $db:expr]) => {
        impl $Op for Var {
            type Output = Var;
            #[inline(always)]
            #[allow(unused_variables)]
            fn $op(self, other: Var) -> Var {
                let ($a, $b) = (self.value, other.value);
                self.chain2(other, $value, [$da, $db])
            }
        }

        impl $Op<f64> for Var {
            type Output = Var;
            #[inline(always)]
            #[allow(unused_variables)]
            fn $op(self, $b: f64) -> Var {
                let $a = self.value;
                self.chain($value, $da)
            }
        }
    };
}
operator!(Add add(a, b) = a + b, [1.0, 1.0]);
operator!(Sub sub(a, b) = a - b, [1.0, -1.0]);
operator!(Mul mul(a, b) = a * b, [b, a]);
operator!(Div div(a, b) = a / b, [1.0 / b, -a / (b * b)]);
operator!(Rem rem(a, b) = a % b, [1.0, -(a / b).trunc()]);

impl Sub<Var> for f64 {
    type Output = Var;
    #[inline(always)]
    fn sub(self, other: Var) -> Var {
        other.chain(self - other.value, -1.0)
    }
}

impl Div<Var> for f64 {
    type Output = Var;
    #[inline(always)]
    fn div(self, other: Var) -> Var {
        other.chain(self / other.value, -self / (other.value * other.value))
    }
}

impl Real for Var {
    #[inline(always)]
    fn value(self) -> f64 {
        self.value
    }

    #[inline]
    fn linear_combination<const K: usize>(base: Var, coefficients: [f64; K], terms: [Var; K]) -> Var {
        let value = f64::linear_combination(base.value, coefficients, terms.map(|x| x.value));
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
