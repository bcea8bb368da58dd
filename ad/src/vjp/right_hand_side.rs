//! [`RightHandSide`]: what a [`Vjp`](super::Vjp) differentiates.

use crate::{JacobianPattern, Real};

/// The right-hand side of a differential equation, written once for every scalar.
pub trait RightHandSide {
    /// Writes `f(t, y, p)` into `dy`, every element of it; `dy` has as many elements as `y` (or as [`outputs`](Self::outputs) says), and may
    /// contain anything before.
    fn eval<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]);

    /// How many elements `dy` has, for a function of so many states that is no derivative of theirs; as many unless told.
    #[inline]
    fn outputs(&self, states: usize) -> usize {
        states
    }

    /// A vector-Jacobian product that the author knows better: **adds** the transposed Jacobians times `w` to `y_bar`,
    /// `p_bar` and `t_bar`, and returns `true`. Without one it must change nothing and return `false`, as it does by
    /// default.
    #[inline(always)]
    fn vjp(&self, at: At<'_>, w: &[f64], y_bar: &mut [f64], p_bar: &mut [f64], t_bar: &mut f64) -> bool {
        let _ = (at, w, y_bar, p_bar, t_bar);
        false
    }

    /// Where the Jacobian by the state can differ from 0, for an author who knows that no branch leads elsewhere: a row and a
    /// column for each of the `states`. Without one (the default) it is traced.
    fn sparsity(&self, states: usize) -> Option<JacobianPattern> {
        let _ = states;
        None
    }

    /// A Jacobian by the state that the author knows better: shows row, column and value of every entry that can differ from 0
    /// to `entry`, and returns `true`. Without one it must show nothing and return `false`, as it does by default.
    fn jacobian(&self, at: At<'_>, entry: &mut dyn FnMut(usize, usize, f64)) -> bool {
        let _ = (at, entry);
        false
    }

    /// The Jacobian by the state times `v`, for an author who knows it better: writes it into `product`, and returns `true`. Without one it
    /// must change nothing and return `false`, as it does by default.
    fn jacobian_product(&self, at: At<'_>, v: &[f64], product: &mut [f64]) -> bool {
        let _ = (at, v, product);
        false
    }
}

/// Where a right-hand side is differentiated.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The time.
    pub t: f64,
    /// The state.
    pub y: &'a [f64],
    /// The parameters.
    pub p: &'a [f64],
}
