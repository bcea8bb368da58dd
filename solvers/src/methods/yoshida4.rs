//! [`Yoshida4`]: the triple jump.

use crate::Composition;
use crate::symplectic::{symplectic, verlet_kicks};

/// Yoshida's method of order 4, three steps of velocity Verlet of which the second goes backward (the triple jump, also known
/// by Forest and Ruth): seven evaluations a step, with a cubic Hermite interpolant of third order.
///
/// For long runs of separable Hamiltonians where [`VelocityVerlet`](crate::VelocityVerlet) would need too small a step; see
/// there for what the state must look like. [`Yoshida6`](crate::Yoshida6) overtakes it where the error is to be small.
///
/// Reference: H. Yoshida, Construction of higher order symplectic integrators, Physics Letters A 150 (1990) 262-268,
/// equation (2.9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Yoshida4;

/// `1 / (2 - 2^(1/3))`.
const OUTER: f64 = 1.3512071919596578;
const DRIFTS: [f64; 3] = [OUTER, 1.0 - 2.0 * OUTER, OUTER];
const KICKS: [f64; 4] = verlet_kicks(DRIFTS);

symplectic!(Yoshida4, Composition { name: "Yoshida4", order: 4, kicks: &KICKS, drifts: &DRIFTS });
