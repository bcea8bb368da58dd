//! [`Kvaerno5`]: Kvaerno's pair of orders 5 and 4.

use crate::Diagonal;
use crate::implicit::implicit_method;

/// Kvaerno's stiffly accurate, L-stable pair of orders 5 and 4: an explicit stage and six implicit ones with one matrix, and a cubic
/// Hermite interpolant of third order.
///
/// For stiff problems at tolerances below about 1e-4 whose Jacobian is dear: it keeps it from step to step.
///
/// Its interpolant uses slopes, which for a stiff component are an error times the stiffness: states between the ends of steps can be
/// far less accurate there than at the ends. [`Rodas5P`](crate::Rodas5P) and [`RadauIIA5`](crate::RadauIIA5) interpolate without.
///
/// Reference: A. Kvaerno, Singly diagonally implicit Runge-Kutta methods with an explicit first stage, BIT Numerical Mathematics 44
/// (2004) 489-502; the predictors are those of OrdinaryDiffEq.jl.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kvaerno5;

const GAMMA: f64 = 0.26;
const A6: [f64; 5] = [0.13855640231268224, 0.0, -0.04245337201752043, 0.02446657898003141, 0.6194303907248068];
const A7: [f64; 6] =
    [0.1365975117764029, 0.0, -0.05496908796538376, -0.04118626728321046, 0.629933048990164, 0.06962479448202728];

implicit_method!(
    Kvaerno5: DiagonalMethod,
    Diagonal {
        name: "Kvaerno5",
        order: 5,
        embedded_order: Some(4),
        gamma: GAMMA,
        c: &[0.0, 0.52, 1.230333209967908, 0.8957659843500759, 0.43639360985864756, 1.0, 1.0],
        a: &[
            &[],
            &[GAMMA],
            &[0.13, 0.8403332099679081],
            &[0.22371961478320505, 0.476755323197997, -0.06470895363112615],
            &[0.16648564323248321, 0.1045001884159172, 0.03631482272098715, -0.13090704451073998],
            &A6,
            &A7,
        ],
        b: &[A7[0], A7[1], A7[2], A7[3], A7[4], A7[5], GAMMA],
        error: &[A7[0] - A6[0], 0.0, A7[2] - A6[2], A7[3] - A6[3], A7[4] - A6[4], A7[5] - GAMMA, GAMMA],
        explicit: &[],
        predictor: &[
            &[],
            &[1.0],
            &[-1.366025403784441, 2.3660254037844357],
            &[-0.19650552613122207, 0.8113579546496623, 0.38514757148155954],
            &[0.10375304369958693, 0.937994698066431, -0.04174774176601781, 0.0],
            &[-0.17281112873898072, 0.6235784481025847, 0.5492326806363959, 0.0, 0.0],
            &[A6[0], A6[1], A6[2], A6[3], A6[4], GAMMA],
        ],
    }
);
