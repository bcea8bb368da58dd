//! [`Spark`].

use crate::Calculus::Stratonovich;
use crate::StochasticTableau;
use crate::sde::runge_kutta::stochastic_runge_kutta;

const SQRT_3: f64 = 1.732_050_807_568_877_2;
const OUTER: f64 = (3.0 - SQRT_3) / 6.0;
const INNER: f64 = SQRT_3 / 3.0;

/// The splitting path Runge-Kutta method (SPaRK) for Stratonovich equations: the adaptive method for general noise.
///
/// Strong order 1/2 for general noise (with a smaller error than Heun's method, since it uses the space-time Levy area), 1 for
/// commutative noise, 3/2 for additive noise. Three drifts and three diffusions a step.
///
/// Foster and Jelincic, On the convergence of adaptive approximations for stochastic differential equations, arXiv
/// 2311.14201, definition 1.6.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spark;

stochastic_runge_kutta!(
    Spark,
    StochasticTableau {
        name: "Spark",
        calculus: Stratonovich,
        orders: [Some(1.5), Some(1.0), Some(0.5)],
        error_order: Some(1.0),
        c: &[0.0, 0.5, 1.0],
        d: &[0.0, 0.5, 1.0],
        a: &[&[], &[0.5], &[0.0, 1.0]],
        a_w: &[&[], &[0.5], &[0.0, 1.0]],
        a_h: &[&[], &[SQRT_3]],
        b: &[OUTER, INNER, OUTER],
        b_w: &[OUTER, INNER, OUTER],
        b_h: &[1.0, 0.0, -1.0],
        error: &[OUTER - 0.5, INNER, OUTER - 0.5],
        error_w: &[OUTER - 0.5, INNER, OUTER - 0.5],
        error_h: &[1.0, 0.0, -1.0],
    }
);
