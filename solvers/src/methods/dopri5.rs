//! [`Dopri5`]: Dormand and Prince's pair of orders 5 and 4.

use crate::{Tableau, explicit_runge_kutta, hermite_interpolant};

/// Dormand and Prince's pair of orders 5 and 4: six evaluations a step, with Shampine's free interpolant of fourth order.
///
/// The method behind MATLAB's ode45 and SciPy's RK45: choose it to compare with them. [`Tsit5`](crate::Tsit5) does the same
/// work with somewhat smaller errors. It cannot solve stiff problems at reasonable cost.
///
/// References: J. R. Dormand, P. J. Prince, A family of embedded Runge-Kutta formulae, Journal of Computational and Applied
/// Mathematics 6 (1980) 19-26; the interpolant: E. Hairer, S. P. Norsett, G. Wanner, Solving Ordinary Differential Equations
/// I, second edition, section II.6, in the form of their program DOPRI5.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dopri5;

const B: [f64; 7] = [35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0, 0.0];

/// What the interpolant adds to the cubic Hermite polynomial, as multiples of `theta^2 (1 - theta)^2`.
const QUARTIC: [f64; 7] = [
    -12715105075.0 / 11282082432.0,
    0.0,
    87487479700.0 / 32700410799.0,
    -10690763975.0 / 1880347072.0,
    701980252875.0 / 199316789632.0,
    -1453857185.0 / 822651844.0,
    69997945.0 / 29380423.0,
];

const INTERPOLANT: [[f64; 4]; 7] = {
    let (cubic, mut rows, mut stage) = (hermite_interpolant(B), [[0.0; 4]; 7], 0);
    while stage < 7 {
        let ([linear, square, cube], quartic) = (cubic[stage], QUARTIC[stage]);
        rows[stage] = [linear, square + quartic, cube - 2.0 * quartic, quartic];
        stage += 1;
    }
    rows
};

explicit_runge_kutta!(
    Dopri5,
    Tableau {
        name: "Dopri5",
        order: 5,
        embedded_order: Some(4),
        interpolant_order: 4,
        c: &[0.0, 0.2, 0.3, 0.8, 8.0 / 9.0, 1.0, 1.0],
        a: &[
            &[],
            &[0.2],
            &[3.0 / 40.0, 9.0 / 40.0],
            &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
            &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
            &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
            &[B[0], B[1], B[2], B[3], B[4], B[5]],
        ],
        error: &[71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339200.0, 22.0 / 525.0, -1.0 / 40.0,],
        interpolant: &[
            &INTERPOLANT[0],
            &[],
            &INTERPOLANT[2],
            &INTERPOLANT[3],
            &INTERPOLANT[4],
            &INTERPOLANT[5],
            &INTERPOLANT[6],
        ],
        ..Tableau::NONE
    }
);
