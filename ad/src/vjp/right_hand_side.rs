//! [`RightHandSide`]: what a [`Vjp`](super::Vjp) differentiates.

use crate::Real;

/// The right-hand side of a differential equation, written once for every scalar.
pub trait RightHandSide {
    /// Writes `f(t, y, p)` into `dy`, every element of it; `dy` has as many elements as `y`, and may contain anything
    /// before.
    fn eval<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]);

    /// A vector-Jacobian product that the author knows better: **adds** the transposed Jacobians times `w` to `y_bar`,
    /// `p_bar` and `t_bar`, and returns `true`. Without one it must change nothing and return `false`, as it does by
    /// default.
    #[inline(always)]
    fn vjp(&self, at: At<'_>, w: &[f64], y_bar: &mut [f64], p_bar: &mut [f64], t_bar: &mut f64) -> bool {
        let _ = (at, w, y_bar, p_bar, t_bar);
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
