//! [`StochasticMidpoint`].

use crate::Calculus::Stratonovich;
use crate::StochasticTableau;
use crate::sde::runge_kutta::stochastic_runge_kutta;

/// The midpoint method for Stratonovich equations: half an Euler step, then a whole one with the slopes found there.
///
/// Strong order 1 for commutative and additive noise, 1/2 for general noise. Two drifts and two diffusions a step.
///
/// Kloeden and Platen, Numerical Solution of Stochastic Differential Equations (1992), section 10.4; Rumelin, Numerical
/// treatment of stochastic differential equations, SIAM J. Numer. Anal. 19 (1982) 604-613.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StochasticMidpoint;

stochastic_runge_kutta!(
    StochasticMidpoint,
    StochasticTableau {
        name: "StochasticMidpoint",
        calculus: Stratonovich,
        orders: [Some(1.0), Some(1.0), Some(0.5)],
        error_order: None,
        c: &[0.0, 0.5],
        d: &[0.0, 0.5],
        a: &[&[], &[0.5]],
        a_w: &[&[], &[0.5]],
        a_h: &[],
        b: &[0.0, 1.0],
        b_w: &[0.0, 1.0],
        b_h: &[],
        error: &[],
        error_w: &[],
        error_h: &[],
    }
);
