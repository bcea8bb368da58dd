//! [`Rosenbrock23`]: Shampine and Reichelt's pair of orders 2 and 3.

use crate::Rosenbrock;
use crate::implicit::implicit_method;
use std::f64::consts::SQRT_2;

/// Shampine and Reichelt's L-stable pair of orders 2 and 3: two solves a step and a third for the error, with a quadratic
/// interpolant of second order.
///
/// For stiff problems at tolerances above about 1e-3, and where the Jacobian changes quickly. Below, [`Rodas5P`](crate::Rodas5P)
/// takes far fewer steps. The step is the formula of second order; the error estimate is the difference to one of third.
///
/// Reference: L. F. Shampine, M. W. Reichelt, The MATLAB ODE Suite, SIAM Journal on Scientific Computing 18 (1997) 1-22,
/// section 3.1, rewritten for increments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rosenbrock23;

const GAMMA: f64 = 1.0 / (2.0 + SQRT_2);
const E32: f64 = 6.0 + SQRT_2;

implicit_method!(
    Rosenbrock23: RosenbrockMethod,
    Rosenbrock {
        name: "Rosenbrock23",
        order: 2,
        embedded_order: 2,
        interpolant_order: 2,
        gamma: GAMMA,
        c: &[0.0, 0.5, 1.0],
        a: &[&[], &[0.5 / GAMMA], &[1.0 / GAMMA, 1.0 / GAMMA]],
        coupling: &[&[], &[-1.0 / GAMMA], &[-2.0 / GAMMA, -E32 / GAMMA]],
        d: &[GAMMA, 0.0, -GAMMA],
        weights: &[1.0 / GAMMA, 1.0 / GAMMA, 0.0],
        error: &[1.0 / (6.0 * GAMMA), (E32 - 2.0) / (6.0 * GAMMA), 1.0 / (6.0 * GAMMA)],
        dense: &[&[0.0, -1.0 / (GAMMA * (1.0 - 2.0 * GAMMA)), 0.0]],
    }
);
