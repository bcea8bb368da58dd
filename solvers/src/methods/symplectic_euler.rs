//! [`SymplecticEuler`]: one kick and one drift.

use crate::Composition;
use crate::symplectic::symplectic;

/// Symplectic Euler: a kick, then a drift. First order, two evaluations a step, with a cubic Hermite interpolant.
///
/// For a separable Hamiltonian `T(p) + V(q, t)`, positions in the first half of the state and momenta (or velocities) in the
/// second, with [`FixedStep`](crate::FixedStep): the energy oscillates within bounds of the order of the step, and does not
/// drift. [`VelocityVerlet`](crate::VelocityVerlet) is more accurate for one evaluation more. Where the velocity depends on
/// the positions, or the force on the momenta, it is a first-order method and nothing more.
///
/// Reference: R. de Vogelaere, Methods of integration which preserve the contact transformation property of the Hamilton
/// equations, report 4, University of Notre Dame (1956).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SymplecticEuler;

symplectic!(SymplecticEuler, Composition { name: "SymplecticEuler", order: 1, kicks: &[1.0], drifts: &[1.0] });
