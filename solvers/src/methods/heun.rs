//! [`Heun`]: Heun's method, the explicit trapezoidal rule.

use crate::{Tableau, explicit_runge_kutta, hermite_interpolant};

/// Heun's method, the explicit trapezoidal rule: second order, two evaluations a step, with a cubic Hermite interpolant that is
/// as accurate as the steps.
///
/// Use it with [`FixedStep`](crate::FixedStep). It keeps what is monotone monotone (it is strong stability preserving) up to
/// the step of Euler's method. It has no error estimate, and cannot solve stiff problems at reasonable cost.
///
/// Reference: K. Heun, Zeitschrift fuer Mathematik und Physik 45 (1900) 23-38.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heun;

const B: [f64; 3] = [0.5, 0.5, 0.0];
const INTERPOLANT: [[f64; 3]; 3] = hermite_interpolant(B);

explicit_runge_kutta!(
    Heun,
    Tableau {
        name: "Heun",
        order: 2,
        interpolant_order: 2,
        c: &[0.0, 1.0, 1.0],
        a: &[&[], &[1.0], &[0.5, 0.5]],
        interpolant: &[&INTERPOLANT[0], &INTERPOLANT[1], &INTERPOLANT[2]],
        ..Tableau::NONE
    }
);
