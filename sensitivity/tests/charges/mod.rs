//! [`Charges`]: a problem with an algebraic equation and events, for every test of those.

use costate_solvers::{Direction, Ode, Real, Trigger};
use nalgebra::{DMatrix, DVector, dmatrix, dvector};

/// Two reservoirs of charge behind a voltage that follows from both, and from the time, as an algebraic equation: `leak, share, kick`.
/// Where the voltage falls to a level a charge is added, whose size depends on the voltage; at given times a share of the second charge goes
/// over to the first, and the leak grows.
#[derive(Clone, Copy, Debug)]
pub struct Charges;

impl Charges {
    pub fn mass() -> DMatrix<f64> {
        dmatrix![1.0, 0.2, 0.0; 0.0, 1.5, 0.0; 0.0, 0.0, 0.0]
    }

    /// The parameters, and a start whose last state is to be made consistent.
    pub fn inputs() -> DVector<f64> {
        dvector![0.9, 0.8, 0.5, 1.1, 0.3, 1.0]
    }
}

impl Ode for Charges {
    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        dy[0] = -p[0] * y[0] * y[2];
        dy[1] = p[0] * y[0] - 0.4 * y[1] + 0.1 * (2.0 * t).sin();
        dy[2] = y[2] + 0.1 * y[2] * y[2] * y[2] - p[1] * y[0] * y[0] - 0.2 * y[1] - 0.05 * t.cos();
    }

    fn triggers(&self) -> Vec<Trigger> {
        let level = Trigger::Root { direction: Direction::Falling, terminal: false };
        vec![level, Trigger::Times(vec![0.5, 1.5])]
    }

    fn condition<R: Real>(&self, _event: usize, t: R, y: &[R], p: &[R]) -> R {
        y[2] - 0.6 - 0.05 * p[2] * t
    }

    fn reset<R: Real>(&self, event: usize, t: R, y: &mut [R], p: &mut [R]) {
        if event == 0 {
            y[0] += p[2] * (1.0 + y[2] * y[2]) + 0.1 * t;
        } else {
            let share = 0.3 * y[1];
            y[0] += share;
            y[1] -= share * y[2];
            p[0] *= 1.2;
        }
    }
}
