//! [`Var`]: reverse mode. A value and a linear form in at most two nodes of the tape.
//!
//! C++ tapes collapse a statement into one entry by expression templates, which would take `fn f<R: Real>(x: R) -> R` away.
//! Here the same happens at run time: a unary operation only scales the form, a binary operation merges two forms, and a
//! node is recorded only when more than two parents would be pending.

mod operators;

use crate::tape::{self, Here};
use crate::{LinearMap, Real, binary_rules, rules, unary_rules};
use std::fmt;
use std::rc::Rc;

/// A number whose history is on the thread's tape: what [`gradient`](crate::gradient) hands to its closure.
///
/// It is `Copy` and plain data, so it fits into nalgebra's matrices. A `Var` lives inside the closure that received it, on
/// that thread; used elsewhere in an operation, it panics and says so. `.value()` takes a plain number out.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Var {
    /// Partial derivatives of the value with respect to the parents.
    p0: f64,
    /// The parents, distinct nodes, the first in the lower half; 0 stands for none, and a sole parent comes first. One
    /// number, so that two forms in the same nodes are recognised by one comparison.
    parents: u64,
    p1: f64,
    /// The recording that the parents belong to; 0 for a constant.
    tape: u32,
    value: f64,
}

impl Var {
    /// A number that does not depend on the inputs.
    #[inline(always)]
    pub fn constant(value: f64) -> Var {
        Var { value, p0: 0.0, p1: 0.0, parents: 0, tape: 0 }
    }

    /// The value, without history.
    #[inline(always)]
    pub fn value(&self) -> f64 {
        self.value
    }

    #[inline(always)]
    pub(crate) fn node(value: f64, node: u32, tape: u32) -> Var {
        Var { value, p0: 1.0, p1: 0.0, parents: u64::from(node), tape }
    }

    #[inline(always)]
    pub(crate) fn tape(&self) -> u32 {
        self.tape
    }

    #[inline(always)]
    pub(crate) fn parents(&self) -> [u32; 2] {
        halves(self.parents)
    }

    /// Whether the number is this node of this recording, and nothing else.
    #[inline(always)]
    pub(crate) fn is_node(&self, node: u32, tape: u32) -> bool {
        self.parents == u64::from(node) && self.p0 == 1.0 && self.tape == tape
    }

    /// Whether the number does not depend on the inputs.
    #[inline(always)]
    pub fn is_constant(&self) -> bool {
        self.tape == 0
    }

    /// Adds a cotangent of this number to the adjoints of its parents.
    pub(crate) fn distribute(&self, cotangent: f64, adjoints: &mut [f64]) {
        for (parent, partial) in self.parents().into_iter().zip([self.p0, self.p1]) {
            if parent != 0 && partial != 0.0 && cotangent != 0.0 {
                adjoints[parent as usize] += partial * cotangent;
            }
        }
    }

    /// The pending parents with their partials.
    #[inline]
    pub(crate) fn edges(&self) -> impl Iterator<Item = (u32, f64)> + use<> {
        let [n0, n1] = self.parents();
        let edge = |parent, partial| (parent != 0).then_some((parent, partial));
        edge(n0, self.p0).into_iter().chain(edge(n1, self.p1))
    }

    /// A function of this number with the given value and slope. An infinite or undefined slope times a partial that is 0
    /// is 0: the chain in front of `sqrt(0)` may be 0, and then the product is.
    #[inline(always)]
    pub(crate) fn chain(self, value: f64, slope: f64) -> Var {
        if slope.is_finite() {
            self.scaled(value, slope)
        } else {
            self.check();
            Var { value, p0: steep(self.p0, slope), p1: steep(self.p1, slope), ..self }
        }
    }

    /// A function of two numbers with the given value and slopes.
    #[inline(always)]
    pub(crate) fn chain2(self, other: Var, value: f64, slopes: [f64; 2]) -> Var {
        self.chain(self.value, slopes[0]).merge(other.chain(other.value, slopes[1]), value, [1.0, 1.0])
    }

    /// A function of this number with the given value and finite slope.
    #[inline(always)]
    fn scaled(self, value: f64, slope: f64) -> Var {
        self.check();
        Var { value, p0: self.p0 * slope, p1: self.p1 * slope, ..self }
    }

    /// Panics if the tape of this variable is not recording on this thread. Every operation asks: a stale variable must
    /// not pass for a number, even where nothing would be recorded.
    #[inline(always)]
    fn check(self) {
        if !Here::find().is_open(self.tape) && self.tape != 0 {
            tape::foreign(self.tape);
        }
    }

    /// The sum of two linear forms times finite slopes, under the given value. A node is recorded only when more than two
    /// parents would be pending.
    ///
    /// What is decided here, in line, is what most operations are: forms in the same nodes, and forms in one node each. The
    /// rest is out of line, without which every operation takes a kilobyte of code.
    #[inline(always)]
    fn merge(self, other: Var, value: f64, [s, t]: [f64; 2]) -> Var {
        let (tape, here) = (self.tape, Here::find());
        if tape != other.tape || !here.is_open(tape) {
            return self.merge_otherwise(other, value, [s, t]);
        }
        let (p0, p1, q0, q1) = (self.p0 * s, self.p1 * s, other.p0 * t, other.p1 * t);
        let (a, b) = (self.parents, other.parents);
        if a == b {
            Var { value, p0: p0 + q0, p1: p1 + q1, parents: a, tape }
        } else if (a | b) >> 32 == 0 {
            Var { value, p0, p1: q0, parents: a | b << 32, tape }
        } else if b >> 32 == 0 && a as u32 != b as u32 && a >> 32 != b && !here.is_full() {
            Var::node(value, here.record_three([p0, p1, q0], a, b as u32), tape)
        } else if a >> 32 == 0 && a as u32 != b as u32 && b >> 32 != a && !here.is_full() {
            Var::node(value, here.record_three([q0, q1, p0], b, a as u32), tape)
        } else {
            match join(here, p0, p1, q0, q1, a, b) {
                0 => absorb(value, tape, p0, p1, q0, q1, a, b),
                node => Var::node(value, node, tape),
            }
        }
    }

    /// [`merge`](Var::merge) where not both numbers are variables of the open tape.
    #[inline(always)]
    fn merge_otherwise(self, other: Var, value: f64, [s, t]: [f64; 2]) -> Var {
        if other.tape == 0 {
            self.scaled_or_constant(value, s)
        } else if self.tape == 0 {
            other.scaled_or_constant(value, t)
        } else {
            tape::foreign(if Here::find().is_open(self.tape) { other.tape } else { self.tape })
        }
    }

    /// A number that does not depend on this one where the slope is 0, as that of a product with a constant 0 is: dual numbers of variables
    /// are full of those, and would carry parents along for nothing.
    #[inline(always)]
    fn scaled_or_constant(self, value: f64, slope: f64) -> Var {
        if slope == 0.0 {
            self.check();
            Var::constant(value)
        } else {
            self.scaled(value, slope)
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
        let variables = forms.filter(|(x, _)| x.tape != 0);
        tape::record_wide(value, first.tape, 2 * active, |edges| variables.for_each(|(x, weight)| edges.add(x, weight)))
    }
}

/// A partial times a slope that is infinite or undefined.
#[cold]
#[inline(never)]
fn steep(partial: f64, slope: f64) -> f64 {
    if partial == 0.0 { 0.0 } else { partial * slope }
}

/// The two parents of a linear form.
#[inline(always)]
fn halves(parents: u64) -> [u32; 2] {
    [parents as u32, (parents >> 32) as u32]
}

/// Records the sum of two linear forms of which one has two parents, and returns its node; 0 where no more than two parents
/// are left, see [`absorb`]. The arguments fit into registers, and so does the result. Branches on numbers: a loop over the
/// parents is three times slower. The tape of the parents is open, as the caller has checked.
#[inline(never)]
fn join(here: Here, p0: f64, p1: f64, q0: f64, q1: f64, a: u64, b: u64) -> u32 {
    if here.is_full() {
        return join_in_new_chunk(here, p0, p1, q0, q1, a, b);
    }
    let ([a0, a1], [b0, b1]) = (halves(a), halves(b));
    if b1 == 0 {
        if a0 == b0 || a1 == b0 { 0 } else { here.record_three([p0, p1, q0], a, b0) }
    } else if a1 == 0 {
        if a0 == b0 || a0 == b1 { 0 } else { here.record_three([q0, q1, p0], b, a0) }
    } else if a0 == b0 {
        here.record_three([p0 + q0, p1, q1], a, b1)
    } else if a1 == b1 {
        here.record_three([p0, p1 + q1, q0], a, b0)
    } else if a0 == b1 {
        if a1 == b0 { 0 } else { here.record_three([p0 + q1, p1, q0], a, b0) }
    } else if a1 == b0 {
        here.record_three([p0, p1 + q0, q1], a, b1)
    } else {
        here.record_four([p0, p1, q0, q1], [a, b])
    }
}

/// Apart from [`join`], which need not save its numbers for a call that way.
#[cold]
#[inline(never)]
fn join_in_new_chunk(here: Here, p0: f64, p1: f64, q0: f64, q1: f64, a: u64, b: u64) -> u32 {
    here.make_room();
    join(here, p0, p1, q0, q1, a, b)
}

/// The sum of two linear forms where one has all the parents of the other.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
fn absorb(value: f64, tape: u32, p0: f64, p1: f64, q0: f64, q1: f64, a: u64, b: u64) -> Var {
    let ([a0, a1], [b0, b1]) = (halves(a), halves(b));
    let sum = |p0, p1, parents| Var { value, p0, p1, parents, tape };
    if b1 == 0 {
        if a0 == b0 { sum(p0 + q0, p1, a) } else { sum(p0, p1 + q0, a) }
    } else if a1 == 0 {
        if a0 == b0 { sum(p0 + q0, q1, b) } else { sum(q0, q1 + p0, b) }
    } else {
        sum(p0 + q1, p1 + q0, a)
    }
}

macro_rules! var_unary {
    ($($(#[$doc:meta])* $name:ident($x:ident, $y:ident) = $slope:expr, $domain:expr;)*) => {
        #[allow(unused_variables)]
        impl Var {
            $($(#[$doc])*
            #[inline]
            pub fn $name(self) -> Var {
                let (value, slope) = rules::value_and_slope!($name($x = self.value, $y) = $slope);
                self.chain(value, slope)
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

    fn checkpoint(f: impl Fn(&[Var]) -> Vec<Var> + 'static, inputs: &[Var]) -> Vec<Var> {
        crate::checkpoint::var_checkpoint(f, inputs)
    }

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
