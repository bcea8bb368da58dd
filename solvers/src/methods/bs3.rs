//! [`Bs3`]: Bogacki and Shampine's pair of orders 3 and 2.

use crate::{Tableau, explicit_runge_kutta, hermite_interpolant};

/// Bogacki and Shampine's pair of orders 3 and 2: three evaluations a step, with a cubic Hermite interpolant of third order.
///
/// The first choice at tolerances above about 1e-3, for right-hand sides with little smoothness, and where a right-hand side
/// is mildly stiff at such tolerances. Below, [`Tsit5`](crate::Tsit5) is cheaper.
///
/// Reference: P. Bogacki, L. F. Shampine, A 3(2) pair of Runge-Kutta formulas, Applied Mathematics Letters 2 (1989)
/// 321-325.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bs3;

const B: [f64; 4] = [2.0 / 9.0, 1.0 / 3.0, 4.0 / 9.0, 0.0];
const INTERPOLANT: [[f64; 3]; 4] = hermite_interpolant(B);

explicit_runge_kutta!(
    Bs3,
    Tableau {
        name: "Bs3",
        order: 3,
        embedded_order: Some(2),
        interpolant_order: 3,
        c: &[0.0, 0.5, 0.75, 1.0],
        a: &[&[], &[0.5], &[0.0, 0.75], &[B[0], B[1], B[2]]],
        error: &[B[0] - 7.0 / 24.0, B[1] - 0.25, B[2] - 1.0 / 3.0, -0.125],
        interpolant: &[&INTERPOLANT[0], &INTERPOLANT[1], &INTERPOLANT[2], &INTERPOLANT[3]],
        ..Tableau::NONE
    }
);
