//! [`Midpoint`]: the explicit midpoint rule.

use crate::{Tableau, explicit_runge_kutta, hermite_interpolant};

/// The explicit midpoint rule: second order, two evaluations a step, with a cubic Hermite interpolant that is as accurate as
/// the steps.
///
/// Use it with [`FixedStep`](crate::FixedStep), where few evaluations at a fixed rate are wanted. It has no error estimate, and
/// cannot solve stiff problems at reasonable cost.
///
/// Reference: C. Runge, Mathematische Annalen 46 (1895) 167-178.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Midpoint;

const B: [f64; 3] = [0.0, 1.0, 0.0];
const INTERPOLANT: [[f64; 3]; 3] = hermite_interpolant(B);

explicit_runge_kutta!(
    Midpoint,
    Tableau {
        name: "Midpoint",
        order: 2,
        interpolant_order: 2,
        c: &[0.0, 0.5, 1.0],
        a: &[&[], &[0.5], &[0.0, 1.0]],
        interpolant: &[&INTERPOLANT[0], &INTERPOLANT[1], &INTERPOLANT[2]],
        ..Tableau::NONE
    }
);
