//! The stiff problems, as right-hand sides.

use crate::brusselator::Brusselator;
use crate::detest;
use crate::pollution::Pollution;
use costate_ad::JacobianPattern;
use costate_solvers::{Ode, Real};
use nalgebra_sparse::pattern::SparsityPattern;

/// One of the problems, by name. One type for all, so that every method is compiled once.
#[derive(Clone, Copy, Debug)]
pub struct Model(pub &'static str);

impl Ode for Model {
    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        match self.0 {
            "brusselator" | "full brusselator" => Brusselator { side: (y.len() / 2).isqrt() }.rhs(t, y, p, dy),
            // To the cosine at the rate `p[0]`.
            "relaxation" => dy[0] = -p[0] * (y[0] - t.cos()),
            "decay" => dy[0] = -p[0] * y[0],
            // The same with the slope of the cosine, at a rate that is `p[0]` between t = 5 and t = 10, and 1 before and after.
            "stiff between" => {
                let rate = 1.0 + p[0] * 0.5 * ((20.0 * (t - 5.0)).tanh() - (20.0 * (t - 10.0)).tanh());
                dy[0] = -rate * (y[0] - t.cos()) - t.sin();
            }
            "lotka_volterra" => {
                let eaten = y[0] * y[1];
                dy[0] = p[0] * y[0] - p[1] * eaten;
                dy[1] = p[3] * eaten - p[2] * y[1];
            }
            "robertson" => robertson(y, p, dy),
            "hires" => hires(y, dy),
            "oregonator" => {
                let (s, q, w) = (77.27, 8.375e-6, 0.161);
                dy[0] = s * (y[1] + y[0] - y[0] * y[1] - q * y[0] * y[0]);
                dy[1] = (y[2] - (1.0 + y[0]) * y[1]) / s;
                dy[2] = w * (y[0] - y[2]);
            }
            "van_der_pol_mu1000" => {
                dy[0] = y[1];
                dy[1] = 1000.0 * (1.0 - y[0] * y[0]) * y[1] - y[0];
            }
            "van_der_pol_eps1e-6" => {
                dy[0] = y[1];
                dy[1] = ((1.0 - y[0] * y[0]) * y[1] - y[0]) / 1e-6;
            }
            "chemical_akzo_nobel" => akzo_nobel(y, dy),
            "pollution" => Pollution.rhs(t, y, p, dy),
            other => detest::rhs(other, y, dy),
        }
    }

    /// Every entry is said to be there, so that factors are dense.
    fn sparsity(&self, states: usize) -> Option<JacobianPattern> {
        let offsets = (0..=states).map(|j| j * states).collect();
        let rows = (0..states * states).map(|k| k % states).collect();
        let full = || SparsityPattern::try_from_offsets_and_indices(states, states, offsets, rows);
        (self.0 == "full brusselator").then(|| JacobianPattern::known(full().expect("rows ascend")))
    }
}

/// Robertson's reactions, with the rates 0.04, 1e4 and 3e7 as parameters.
fn robertson<R: Real>(y: &[R], p: &[R], dy: &mut [R]) {
    let (slow, back, fast) = (p[0] * y[0], p[1] * y[1] * y[2], p[2] * y[1] * y[1]);
    dy[0] = back - slow;
    dy[1] = slow - back - fast;
    dy[2] = fast;
}

/// High irradiance responses of photomorphogenesis.
fn hires<R: Real>(y: &[R], dy: &mut [R]) {
    let bound = 280.0 * y[5] * y[7];
    dy[0] = -1.71 * y[0] + 0.43 * y[1] + 8.32 * y[2] + 0.0007;
    dy[1] = 1.71 * y[0] - 8.75 * y[1];
    dy[2] = -10.03 * y[2] + 0.43 * y[3] + 0.035 * y[4];
    dy[3] = 8.32 * y[1] + 1.71 * y[2] - 1.12 * y[3];
    dy[4] = -1.745 * y[4] + 0.43 * y[5] + 0.43 * y[6];
    dy[5] = -bound + 0.69 * y[3] + 1.71 * y[4] - 0.43 * y[5] + 0.69 * y[6];
    dy[6] = bound - 1.81 * y[6];
    dy[7] = -bound + 1.81 * y[6];
}

/// The chemical Akzo Nobel problem, whose last equation is algebraic.
fn akzo_nobel<R: Real>(y: &[R], dy: &mut [R]) {
    let squared = y[0] * y[0];
    let root = y[1].sqrt();
    let r1 = 18.7 * squared * squared * root;
    let r2 = 0.58 * y[2] * y[3];
    let r3 = 0.58 / 34.4 * y[0] * y[4];
    let r4 = 0.09 * y[0] * y[3] * y[3];
    let r5 = 0.42 * y[5] * y[5] * root;
    let inflow = 3.3 * (0.9 / 737.0 - y[1]);
    dy[0] = -2.0 * r1 + r2 - r3 - r4;
    dy[1] = -0.5 * r1 - r4 - 0.5 * r5 + inflow;
    dy[2] = r1 - r2 + r3;
    dy[3] = -r2 + r3 - 2.0 * r4;
    dy[4] = r2 - r3 + r5;
    dy[5] = 115.83 * y[0] * y[3] - y[5];
}
