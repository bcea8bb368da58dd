//! [`Shark`].

use crate::Calculus::Stratonovich;
use crate::StochasticTableau;
use crate::sde::runge_kutta::stochastic_runge_kutta;

/// The shifted additive-noise Runge-Kutta method (ShARK): additive noise at the least cost for its order.
///
/// Strong order 3/2, and 2 where the drift is linear. Two drifts and two diffusions a step, adaptive.
///
/// Foster, dos Reis and Strange, High order splitting methods for SDEs satisfying a commutativity condition, SIAM J. Numer.
/// Anal. 62 (2024), equation 6.1. A diffusion that depends on time enters linearly over the step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shark;

stochastic_runge_kutta!(
    Shark,
    StochasticTableau {
        name: "Shark",
        calculus: Stratonovich,
        orders: [Some(1.5), None, None],
        error_order: Some(1.5),
        c: &[0.0, 5.0 / 6.0],
        d: &[0.0, 1.0],
        a: &[&[], &[5.0 / 6.0]],
        a_w: &[&[], &[5.0 / 6.0]],
        a_h: &[&[1.0], &[1.0]],
        b: &[0.4, 0.6],
        b_w: &[0.5, 0.5],
        b_h: &[1.0, -1.0],
        error: &[-0.6, 0.6],
        error_w: &[-0.5, 0.5],
        error_h: &[1.0, -1.0],
    }
);
