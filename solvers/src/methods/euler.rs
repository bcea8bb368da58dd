//! [`Euler`]: Euler's method.

use crate::{Tableau, explicit_runge_kutta, hermite_interpolant};

/// Euler's method: first order, one evaluation a step, with a cubic Hermite interpolant that is as accurate as the steps.
///
/// Use it with [`FixedStep`](crate::FixedStep), to teach, to test, or where the right-hand side has kinks at every step. It
/// has no error estimate, and at equal accuracy every other method here is cheaper.
///
/// Reference: L. Euler, Institutiones calculi integralis I (1768), chapter 7.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Euler;

const B: [f64; 2] = [1.0, 0.0];
const INTERPOLANT: [[f64; 3]; 2] = hermite_interpolant(B);

explicit_runge_kutta!(
    Euler,
    Tableau {
        name: "Euler",
        order: 1,
        interpolant_order: 1,
        c: &[0.0, 1.0],
        a: &[&[], &[1.0]],
        interpolant: &[&INTERPOLANT[0], &INTERPOLANT[1]],
        ..Tableau::NONE
    }
);
