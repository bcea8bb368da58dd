//! [`Rk4`]: the classical Runge-Kutta method.

use crate::{Tableau, explicit_runge_kutta, hermite_interpolant};

/// The classical Runge-Kutta method: fourth order, four stages, with a cubic Hermite interpolant of third order.
///
/// Use it with [`FixedStep`](crate::FixedStep), where every run must take the same steps, or to compare with other
/// codes. It has no error estimate, so it cannot keep a tolerance, and it is no match for a stiff problem. At equal
/// accuracy [`Tsit5`](crate::Tsit5) is cheaper.
///
/// Reference: W. Kutta, Zeitschrift fuer Mathematik und Physik 46 (1901) 435-453.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rk4;

const B: [f64; 5] = [1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0, 0.0];
const INTERPOLANT: [[f64; 3]; 5] = hermite_interpolant(B);

explicit_runge_kutta!(
    Rk4,
    Tableau {
        name: "Rk4",
        order: 4,
        interpolant_order: 3,
        c: &[0.0, 0.5, 0.5, 1.0, 1.0],
        a: &[&[], &[0.5], &[0.0, 0.5], &[0.0, 0.0, 1.0], &[B[0], B[1], B[2], B[3]]],
        interpolant: &[&INTERPOLANT[0], &INTERPOLANT[1], &INTERPOLANT[2], &INTERPOLANT[3], &INTERPOLANT[4]],
        ..Tableau::NONE
    }
);
