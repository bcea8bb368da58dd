//! [`EulerHeun`].

use crate::Calculus::Stratonovich;
use crate::StochasticTableau;
use crate::sde::runge_kutta::stochastic_runge_kutta;

/// Heun's method for Stratonovich equations: an Euler step, then the trapezoidal rule.
///
/// Strong order 1 for commutative and additive noise, 1/2 for general noise. Two drifts and two diffusions a step.
///
/// Kloeden and Platen, Numerical Solution of Stochastic Differential Equations (1992), section 10.4; Rumelin, Numerical
/// treatment of stochastic differential equations, SIAM J. Numer. Anal. 19 (1982) 604-613.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EulerHeun;

stochastic_runge_kutta!(
    EulerHeun,
    StochasticTableau {
        name: "EulerHeun",
        calculus: Stratonovich,
        orders: [Some(1.0), Some(1.0), Some(0.5)],
        error_order: None,
        c: &[0.0, 1.0],
        d: &[0.0, 1.0],
        a: &[&[], &[1.0]],
        a_w: &[&[], &[1.0]],
        a_h: &[],
        b: &[0.5, 0.5],
        b_w: &[0.5, 0.5],
        b_h: &[],
        error: &[],
        error_w: &[],
        error_h: &[],
    }
);
