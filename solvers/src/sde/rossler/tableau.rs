//! [`RosslerTableau`]: the coefficients of a method for diagonal and scalar noise.

/// A lower triangle without its diagonal, row after row: `a_10; a_20, a_21; a_30, a_31, a_32`.
pub type Triangle = [f64; 6];

/// The coefficients of a four-stage method in Rossler's notation (Runge-Kutta methods for the strong approximation of
/// solutions of stochastic differential equations, SIAM J. Numer. Anal. 48 (2010) 922-952, section 6.2). With
/// `chi1 = I(1,1)/sqrt(h)`, `chi2 = I(1,0)/h` and `chi3 = I(1,1,1)/h`, in each component,
///
/// ```text
/// H0_i   = y + h sum_j A0_ij f(H0_j) + chi2 sum_j B0_ij g(H1_j),
/// H1_i   = y + h sum_j A1_ij f(H0_j) + sqrt(h) sum_j B1_ij g(H1_j),
/// y_next = y + h sum_i alpha_i f(H0_i)
///            + sum_i (beta1_i W + beta2_i chi1 + beta3_i chi2 + beta4_i chi3) g(H1_i).
/// ```
///
/// Drifts and diffusions are evaluated at the times that the row sums of `A0` and `A1` say. The part with `beta3` and `beta4`
/// is what the method adds to one of order 1, and with the drifts weighted by `error` it is the error estimate, as in
/// Rackauckas and Nie 2017, section 3, with the signs that make it fall as `h^1.5`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RosslerTableau {
    /// The method's name.
    pub name: &'static str,
    /// Drifts in the stages of the drift.
    pub a0: Triangle,
    /// Drifts in the stages of the diffusion.
    pub a1: Triangle,
    /// Diffusions in the stages of the drift.
    pub b0: Triangle,
    /// Diffusions in the stages of the diffusion.
    pub b1: Triangle,
    /// Drifts in the result.
    pub alpha: [f64; 4],
    /// Diffusions in the result.
    pub beta: [[f64; 4]; 4],
    /// Drifts in the error; they sum to zero.
    pub error: [f64; 4],
}

/// Row `i` of a triangle.
#[inline(always)]
pub(super) fn row(triangle: &Triangle, i: usize) -> &[f64] {
    &triangle[i * i.saturating_sub(1) / 2..][..i]
}
