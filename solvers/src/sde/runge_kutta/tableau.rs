//! [`StochasticTableau`]: the coefficients of a stochastic Runge-Kutta method.

use crate::{Calculus, NoiseKind};

/// The coefficients of an explicit stochastic Runge-Kutta method with `s` stages. With the increment `W` and the space-time
/// Levy area `H` of the step,
///
/// ```text
/// z_i    = y + h sum_j a_ij f_j + sum_j (a_w_ij W + a_h_ij H) g_j,
/// f_i    = drift(t + c_i h, z_i),    g_i = diffusion(t + d_i h, z_i),
/// y_next = y + h sum_i b_i f_i  + sum_i (b_w_i W + b_h_i H) g_i.
/// ```
///
/// For additive noise the `g_i` do not depend on the stages and are evaluated first, so that rows of `a_w` and `a_h` may have
/// `s` elements; otherwise row `i` has at most `i`. Missing elements are zero.
///
/// The estimated error of a step is, in each component,
/// `|h sum_i error_i f_i| + |sum_i (error_w_i W + error_h_i H) g_i|`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StochasticTableau {
    /// The method's name.
    pub name: &'static str,
    /// Which equations it solves.
    pub calculus: Calculus,
    /// Strong orders for additive, for commutative (diagonal and scalar, too) and for general noise; `None` where it cannot
    /// take that noise.
    pub orders: [Option<f64>; 3],
    /// The power of `h` with which the error estimate falls.
    pub error_order: Option<f64>,
    /// Times of the drifts as fractions of the step, length `s`.
    pub c: &'static [f64],
    /// Times of the diffusions, length `s`.
    pub d: &'static [f64],
    /// Drifts in the stages.
    pub a: &'static [&'static [f64]],
    /// Diffusions times increments in the stages.
    pub a_w: &'static [&'static [f64]],
    /// Diffusions times areas in the stages.
    pub a_h: &'static [&'static [f64]],
    /// Drifts in the result.
    pub b: &'static [f64],
    /// Diffusions times increments in the result.
    pub b_w: &'static [f64],
    /// Diffusions times areas in the result.
    pub b_h: &'static [f64],
    /// Drifts in the error; they sum to zero.
    pub error: &'static [f64],
    /// Diffusions times increments in the error.
    pub error_w: &'static [f64],
    /// Diffusions times areas in the error.
    pub error_h: &'static [f64],
}

impl StochasticTableau {
    /// The number of stages.
    pub const fn stages(&self) -> usize {
        self.c.len()
    }

    /// Whether the method is for additive noise only.
    pub const fn additive_only(&self) -> bool {
        self.orders[1].is_none()
    }

    /// Whether the area of a step is needed.
    pub const fn needs_area(&self) -> bool {
        !self.b_h.is_empty() || !self.a_h.is_empty()
    }

    /// The strong order for a kind of noise.
    pub fn order(&self, noise: NoiseKind) -> Option<f64> {
        self.orders[if noise.is_additive() { 0 } else { 2 - usize::from(noise.is_commutative()) }]
    }
}

/// An element that is zero where it is missing.
#[inline(always)]
pub(super) fn element(row: &[f64], index: usize) -> f64 {
    if index < row.len() { row[index] } else { 0.0 }
}

/// A row that is empty where it is missing.
#[inline(always)]
pub(super) fn row(rows: &'static [&'static [f64]], index: usize) -> &'static [f64] {
    if index < rows.len() { rows[index] } else { &[] }
}
