//! The Brusselator with diffusion in the plane, with a source that is switched on on the way.

use costate_solvers::{Ode, Real};
use nalgebra::DVector;

/// Two substances on `side * side` points of the unit square, `u` before `v` point by point, with periodic neighbours:
/// `u' = alpha (laplacian of u) + B + u^2 v - (A + 1) u + f`, `v' = alpha (laplacian of v) + A u - u^2 v` with the parameters
/// `A`, `B`, `alpha`, where `f` is 5 from time 1.1 on within 0.1 of (0.3, 0.6), and 0 elsewhere.
///
/// Ma, Dixit, Innes, Guo & Rackauckas, A Comparison of Automatic Differentiation and Continuous Sensitivity Analysis for
/// Derivatives of Differential Equation Solutions, IEEE HPEC 2021 (arXiv 1812.01892); as there, points lie `1 / (side - 1)` apart.
#[derive(Clone, Copy, Debug)]
pub struct Brusselator {
    pub side: usize,
}

impl Brusselator {
    pub const TERMS: [f64; 3] = [3.4, 1.0, 10.0];

    pub fn start(self) -> DVector<f64> {
        let side = self.side;
        let place = |i: usize| i as f64 / (side - 1) as f64;
        let hill = |height: f64, x: f64| height * (x * (1.0 - x)).powf(1.5);
        DVector::from_fn(2 * side * side, |k, _| match (k / 2 / side, k / 2 % side) {
            (i, _) if k % 2 == 1 => hill(27.0, place(i)),
            (_, j) => hill(22.0, place(j)),
        })
    }
}

impl Ode for Brusselator {
    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        let side = self.side;
        let place = |i: usize| i as f64 / (side - 1) as f64;
        let diffusion = p[2] * ((side - 1) * (side - 1)) as f64;
        let on = t >= 1.1;
        for i in 0..side {
            let [above, below] = [(i + side - 1) % side, (i + 1) % side].map(|i| i * side);
            for j in 0..side {
                let (left, right) = ((j + side - 1) % side, (j + 1) % side);
                let k = 2 * (i * side + j);
                let neighbours = [above + j, below + j, i * side + left, i * side + right];
                let spread = |s: usize| {
                    let [a, b, c, d] = neighbours.map(|point| y[2 * point + s]);
                    ((a + b) + (c + d) - y[k + s] * 4.0) * diffusion
                };
                let (u, v) = (y[k], y[k + 1]);
                let reaction = u * u * v;
                let inside = (place(i) - 0.3).powi(2) + (place(j) - 0.6).powi(2) <= 0.01;
                let source = if on && inside { 5.0 } else { 0.0 };
                dy[k] = spread(0) + p[1] + reaction - (p[0] + 1.0) * u + source;
                dy[k + 1] = spread(1) + p[0] * u - reaction;
            }
        }
    }
}
