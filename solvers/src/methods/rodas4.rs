//! [`Rodas4`]: Hairer and Wanner's stiffly accurate pair of orders 4 and 3.

use crate::Rosenbrock;
use crate::implicit::implicit_method;

/// Hairer and Wanner's stiffly accurate, L-stable pair of orders 4 and 3: six solves a step with one matrix, and an interpolant of
/// third order.
///
/// For stiff problems, and differential-algebraic ones of index 1, at tolerances from about 1e-3 to 1e-6. Where a fast component
/// follows a driving force, its interpolant loses orders between the ends of steps: [`Rodas5P`](crate::Rodas5P) does not.
///
/// Reference: E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, 2nd ed., section VI.4, and the coefficients of
/// its program RODAS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rodas4;

const LAST: [f64; 4] = [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.687886036105895];

implicit_method!(
    Rodas4: RosenbrockMethod,
    Rosenbrock {
        name: "Rodas4",
        order: 4,
        embedded_order: 3,
        interpolant_order: 3,
        gamma: 0.25,
        c: &[0.0, 0.386, 0.21, 0.63, 1.0, 1.0],
        a: &[
            &[],
            &[1.544],
            &[0.9466785280815826, 0.2557011698983284],
            &[3.314825187068521, 2.896124015972201, 0.9986419139977817],
            &LAST,
            &[LAST[0], LAST[1], LAST[2], LAST[3], 1.0],
        ],
        coupling: &[
            &[],
            &[-5.6688],
            &[-2.430093356833875, -0.2063599157091915],
            &[-0.1073529058151375, -9.594562251023355, -20.47028614809616],
            &[7.496443313967647, -10.24680431464352, -33.99990352819905, 11.7089089320616],
            &[8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054],
        ],
        d: &[0.25, -0.1043, 0.1035, -0.0362, 0.0, 0.0],
        weights: &[LAST[0], LAST[1], LAST[2], LAST[3], 1.0, 1.0],
        error: &[0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
        dense: &[
            &[10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823, 1.025137723295662, 0.0],
            &[-0.6762803392801253, 6.087714651680015, 16.43084320892478, 24.76722511418386, -6.594389125716872, 0.0],
        ],
    }
);
