//! [`Ralston`]: Ralston's second-order method.

use crate::{Tableau, explicit_runge_kutta, hermite_interpolant};

/// Ralston's method: second order, two evaluations a step, and of all such methods the one with the smallest bound on its
/// error, with a cubic Hermite interpolant that is as accurate as the steps.
///
/// Use it with [`FixedStep`](crate::FixedStep), rather than [`Heun`](crate::Heun) or [`Midpoint`](crate::Midpoint) where neither
/// has a reason of its own. It has no error estimate, and cannot solve stiff problems at reasonable cost.
///
/// Reference: A. Ralston, Mathematics of Computation 16 (1962) 431-437.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ralston;

const B: [f64; 3] = [0.25, 0.75, 0.0];
const INTERPOLANT: [[f64; 3]; 3] = hermite_interpolant(B);

explicit_runge_kutta!(
    Ralston,
    Tableau {
        name: "Ralston",
        order: 2,
        interpolant_order: 2,
        c: &[0.0, 2.0 / 3.0, 1.0],
        a: &[&[], &[2.0 / 3.0], &[0.25, 0.75]],
        interpolant: &[&INTERPOLANT[0], &INTERPOLANT[1], &INTERPOLANT[2]],
        ..Tableau::NONE
    }
);
