//! [`EulerMaruyama`].

use crate::Calculus::Ito;
use crate::StochasticTableau;
use crate::sde::runge_kutta::stochastic_runge_kutta;

/// Euler's method for Ito equations: `y + drift h + diffusion W`.
///
/// Strong order 1/2, and 1 for additive noise; weak order 1. One drift and one diffusion a step, any noise. The choice for
/// very rough models and for means over many paths where steps are small anyway; it cannot keep a tolerance.
///
/// Maruyama, Continuous Markov processes and stochastic equations, Rend. Circ. Mat. Palermo 4 (1955) 48-90.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EulerMaruyama;

stochastic_runge_kutta!(
    EulerMaruyama,
    StochasticTableau {
        name: "EulerMaruyama",
        calculus: Ito,
        orders: [Some(1.0), Some(0.5), Some(0.5)],
        error_order: None,
        c: &[0.0],
        d: &[0.0],
        a: &[],
        a_w: &[],
        a_h: &[],
        b: &[1.0],
        b_w: &[1.0],
        b_h: &[],
        error: &[],
        error_w: &[],
        error_h: &[],
    }
);
