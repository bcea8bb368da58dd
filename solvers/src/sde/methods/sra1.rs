//! [`Sra1`].

use crate::Calculus::Ito;
use crate::StochasticTableau;
use crate::sde::runge_kutta::{less_euler, stochastic_runge_kutta, with_half};

/// Rossler's method SRA1 for additive noise.
///
/// Strong order 3/2, and 2 where the drift is linear. Two drifts and two diffusions a step, adaptive.
///
/// Rossler, Runge-Kutta methods for the strong approximation of solutions of stochastic differential equations, SIAM J. Numer.
/// Anal. 48 (2010) 922-952, section 6.3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sra1;

const ALPHA: [f64; 2] = [1.0 / 3.0, 2.0 / 3.0];
const BETA_1: [f64; 2] = [1.0, 0.0];
const BETA_2: [f64; 2] = [-1.0, 1.0];

stochastic_runge_kutta!(
    Sra1,
    StochasticTableau {
        name: "Sra1",
        calculus: Ito,
        orders: [Some(1.5), None, None],
        error_order: Some(1.5),
        c: &[0.0, 0.75],
        d: &[1.0, 0.0],
        a: &[&[], &[0.75]],
        a_w: &[&[], &[0.5 * 1.5]],
        a_h: &[&[], &[1.5]],
        b: &ALPHA,
        b_w: &const { with_half(BETA_1, BETA_2) },
        b_h: &BETA_2,
        error: &const { less_euler(ALPHA) },
        error_w: &const { with_half([0.0; 2], BETA_2) },
        error_h: &BETA_2,
    }
);
