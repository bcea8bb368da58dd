//! [`TrBdf2`]: the trapezoidal rule followed by a backward difference.

use crate::Diagonal;
use crate::implicit::implicit_method;
use std::f64::consts::SQRT_2;

/// The trapezoidal rule to an inner point, then the backward difference formula of second order: L-stable, two implicit stages, with
/// an error estimate of third order.
///
/// For stiff problems at tolerances above about 1e-3, in particular large ones: it keeps its Jacobian.
///
/// Its interpolant uses slopes, which for a stiff component are an error times the stiffness: states between the ends of steps can be
/// far less accurate there than at the ends. [`Rodas5P`](crate::Rodas5P) and [`RadauIIA5`](crate::RadauIIA5) interpolate without.
///
/// Reference: M. E. Hosea, L. F. Shampine, Analysis and implementation of TR-BDF2, Applied Numerical Mathematics 20 (1996) 21-37.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrBdf2;

const INNER: f64 = 2.0 - SQRT_2;
const GAMMA: f64 = 0.5 * INNER;
const W: f64 = 0.25 * SQRT_2;

implicit_method!(
    TrBdf2: DiagonalMethod,
    Diagonal {
        name: "TrBdf2",
        order: 2,
        embedded_order: Some(2),
        gamma: GAMMA,
        c: &[0.0, INNER, 1.0],
        a: &[&[], &[GAMMA], &[W, W]],
        b: &[W, W, GAMMA],
        error: &[W - (1.0 - W) / 3.0, W - (3.0 * W + 1.0) / 3.0, GAMMA - GAMMA / 3.0],
        explicit: &[],
        predictor: &[&[], &[1.0], &[1.0 - 1.0 / INNER, 1.0 / INNER]],
    }
);
