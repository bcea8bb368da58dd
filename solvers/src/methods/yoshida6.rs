//! [`Yoshida6`]: seven steps of Verlet.

use crate::Composition;
use crate::symplectic::{symplectic, verlet_kicks};

/// Yoshida's method of order 6, his solution A: seven steps of velocity Verlet, fifteen evaluations a step, with a cubic
/// Hermite interpolant of third order.
///
/// For long runs of separable Hamiltonians with small errors; see [`VelocityVerlet`](crate::VelocityVerlet) for what the
/// state must look like. Its interpolant is less accurate than its steps: save at the steps where that matters.
///
/// Reference: H. Yoshida, Construction of higher order symplectic integrators, Physics Letters A 150 (1990) 262-268, table 1,
/// with the digits of E. Hairer, Ch. Lubich, G. Wanner, Geometric Numerical Integration, equation V.3.11.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Yoshida6;

const W1: f64 = -1.177679984178871;
const W2: f64 = 0.23557321335935813;
const W3: f64 = 0.7845136104775573;
const DRIFTS: [f64; 7] = [W3, W2, W1, 1.0 - 2.0 * (W1 + W2 + W3), W1, W2, W3];
const KICKS: [f64; 8] = verlet_kicks(DRIFTS);

symplectic!(Yoshida6, Composition { name: "Yoshida6", order: 6, kicks: &KICKS, drifts: &DRIFTS });
