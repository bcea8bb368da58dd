//! [`Model`]: every model of these tests in one type, so that every sweep is compiled for one model.

use crate::brusselator::Brusselator;
use crate::charges::Charges;
use costate_solvers::{Direction, Ode, Real, Trigger};

#[derive(Clone, Copy, Debug)]
pub enum Model {
    /// Reactions along a row of cells that diffuse and are driven in time: `rate, diffusion, push`. Where `event` says so, the first cell is
    /// emptied by a part and the push reversed whenever it rises above a limit, and the last is filled at a given time.
    Row {
        event: bool,
    },
    Charges,
    Plane(Brusselator),
}

impl Ode for Model {
    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        match self {
            Model::Charges => Charges.rhs(t, y, p, dy),
            Model::Plane(brusselator) => brusselator.rhs(t, y, p, dy),
            Model::Row { .. } => row(t, y, p, dy),
        }
    }

    fn triggers(&self) -> Vec<Trigger> {
        let limit = Trigger::Root { direction: Direction::Rising, terminal: false };
        match self {
            Model::Charges => Charges.triggers(),
            Model::Row { event: true } => vec![limit, Trigger::Times(vec![0.0, 0.7])],
            _ => vec![],
        }
    }

    fn condition<R: Real>(&self, event: usize, t: R, y: &[R], p: &[R]) -> R {
        match self {
            Model::Charges => Charges.condition(event, t, y, p),
            _ => y[0] - 1.1 + 0.1 * t * p[0],
        }
    }

    fn reset<R: Real>(&self, event: usize, t: R, y: &mut [R], p: &mut [R]) {
        match (self, event) {
            (Model::Charges, _) => Charges.reset(event, t, y, p),
            (_, 0) => {
                y[0] *= 0.6;
                p[2] = -p[2] * y[1];
            }
            _ => {
                let last = y.len() - 1;
                y[last] += p[1] * 0.3;
            }
        }
    }
}

fn row<R: Real>(t: R, y: &[R], p: &[R], dy: &mut [R]) {
    let n = y.len();
    for i in 0..n {
        let (left, right) = (y[i.saturating_sub(1)], y[(i + 1).min(n - 1)]);
        let push = if i == 0 { p[2] * (3.0 * t).cos() } else { R::zero() };
        dy[i] = p[1] * (left - 2.0 * y[i] + right) - p[0] * y[i] * y[i] * left + push;
    }
}
