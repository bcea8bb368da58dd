//! [`VelocityVerlet`]: half a kick, a drift, half a kick.

use crate::Composition;
use crate::symplectic::symplectic;

/// Velocity Verlet, also called leapfrog: half a kick, a drift, half a kick. Second order, symmetric, three evaluations a
/// step, with a cubic Hermite interpolant of second order.
///
/// The first choice for long runs of separable Hamiltonians `T(p) + V(q, t)`, positions in the first half of the state and
/// momenta (or velocities) in the second, with [`FixedStep`](crate::FixedStep): the energy oscillates within bounds of the
/// order of the step squared, and does not drift. Where the velocity depends on the positions, or the force on the momenta,
/// its order is lost: use a Runge-Kutta method.
///
/// References: L. Verlet, Physical Review 159 (1967) 98-103; W. C. Swope et al., Journal of Chemical Physics 76 (1982)
/// 637-649.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VelocityVerlet;

symplectic!(VelocityVerlet, Composition { name: "VelocityVerlet", order: 2, kicks: &[0.5, 0.5], drifts: &[1.0] });
