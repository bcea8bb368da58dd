//! [`Sriw1`].

use crate::RosslerTableau;
use crate::sde::rossler::rossler;
use crate::sde::runge_kutta::less_euler;

/// Rossler's method SRIW1 for diagonal and scalar Ito noise.
///
/// Strong order 3/2. Two drifts and four diffusions a step, adaptive.
///
/// Rossler, Runge-Kutta methods for the strong approximation of solutions of stochastic differential equations, SIAM J. Numer.
/// Anal. 48 (2010) 922-952, section 6.2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sriw1;

const ALPHA: [f64; 4] = [1.0 / 3.0, 2.0 / 3.0, 0.0, 0.0];

rossler!(
    Sriw1,
    RosslerTableau {
        name: "Sriw1",
        a0: [0.75, 0.0, 0.0, 0.0, 0.0, 0.0],
        a1: [0.25, 1.0, 0.0, 0.0, 0.0, 0.25],
        b0: [1.5, 0.0, 0.0, 0.0, 0.0, 0.0],
        b1: [0.5, -1.0, 0.0, -5.0, 3.0, 0.5],
        alpha: ALPHA,
        beta: [
            [-1.0, 4.0 / 3.0, 2.0 / 3.0, 0.0],
            [-1.0, 4.0 / 3.0, -1.0 / 3.0, 0.0],
            [2.0, -4.0 / 3.0, -2.0 / 3.0, 0.0],
            [-2.0, 5.0 / 3.0, -2.0 / 3.0, 1.0],
        ],
        error: less_euler(ALPHA),
    }
);
