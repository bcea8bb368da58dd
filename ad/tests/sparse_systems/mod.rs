//! Systems with known patterns, and their derivatives by dense means.

use costate_ad::{Dual, Real, ScalarFunction, VectorFunction, gradient};
use nalgebra::{DMatrix, DVector};
use nalgebra_sparse::CscMatrix;
use proptest::prelude::*;

/// The reaction-diffusion problem of arXiv 1812.01892 on an `n` by `n` grid with periodic boundaries: first all `u`, then
/// all `v`.
pub struct Brusselator {
    pub n: usize,
    pub t: f64,
}

impl Brusselator {
    pub fn start(&self) -> Vec<f64> {
        let at = |k: usize| k as f64 / (self.n - 1) as f64;
        let u = (0..self.n * self.n).map(|c| 22.0 * (at(c / self.n) * (1.0 - at(c / self.n))).powf(1.5));
        let v = (0..self.n * self.n).map(|c| 27.0 * (at(c % self.n) * (1.0 - at(c % self.n))).powf(1.5));
        u.chain(v).collect()
    }

    fn neighbours(&self, cell: usize) -> [usize; 4] {
        let (n, i, j) = (self.n, cell / self.n, cell % self.n);
        [(i + 1) % n * n + j, (i + n - 1) % n * n + j, i * n + (j + 1) % n, i * n + (j + n - 1) % n]
    }
}

impl VectorFunction for Brusselator {
    fn eval<R: Real>(&self, x: &[R], y: &mut [R]) {
        let cells = self.n * self.n;
        let (u, v) = x.split_at(cells);
        let rate = 10.0 * ((self.n - 1) as f64).powi(2);
        for c in 0..cells {
            let around = |w: &[R]| {
                let [a, b, d, e] = self.neighbours(c);
                rate * (w[a] + w[b] + w[d] + w[e] - 4.0 * w[c])
            };
            let (px, py) = ((c % self.n) as f64 / self.n as f64, (c / self.n) as f64 / self.n as f64);
            let inside = (px - 0.3).powi(2) + (py - 0.6).powi(2) <= 0.01;
            let forcing = if inside && self.t >= 1.1 { 5.0 } else { 0.0 };
            let reaction = u[c] * u[c] * v[c];
            y[c] = around(u) + 1.0 + reaction - 4.4 * u[c] + forcing;
            y[cells + c] = around(v) + 3.4 * u[c] - reaction;
        }
    }
}

/// `y[0]` depends on everything, and everything on `x[0]` and on itself.
pub struct Arrow;

impl VectorFunction for Arrow {
    fn eval<R: Real>(&self, x: &[R], y: &mut [R]) {
        y[0] = x.iter().fold(R::zero(), |total, &x| total + x.sin());
        for i in 1..x.len() {
            y[i] = x[0] * x[i];
        }
    }
}

impl ScalarFunction for Arrow {
    fn eval<R: Real>(&self, x: &[R]) -> R {
        x.iter().fold(R::zero(), |total, &other| total + x[0] * other * other)
    }
}

/// `y[i]` depends on the inputs at most `.0` away.
pub struct Banded(pub usize);

impl VectorFunction for Banded {
    fn eval<R: Real>(&self, x: &[R], y: &mut [R]) {
        for i in 0..x.len() {
            let near = i.saturating_sub(self.0)..(i + self.0 + 1).min(x.len());
            y[i] = near.fold(R::one(), |product, j| product * (x[j] + 2.0)).ln();
        }
    }
}

impl ScalarFunction for Banded {
    fn eval<R: Real>(&self, x: &[R]) -> R {
        x.windows(self.0 + 1).fold(R::zero(), |total, w| total + R::sum(w).exp())
    }
}

pub struct Norms;

impl VectorFunction for Norms {
    fn eval<R: Real>(&self, x: &[R], y: &mut [R]) {
        let square = R::dot(x, x);
        for i in 0..x.len() {
            y[i] = x[i] / square;
        }
    }
}

impl ScalarFunction for Norms {
    fn eval<R: Real>(&self, x: &[R]) -> R {
        R::dot(x, x).sqrt()
    }
}

/// The Jacobian by one dual direction at a time.
pub fn dense<F: VectorFunction>(f: &F, x: &[f64]) -> DMatrix<f64> {
    let outputs = f.outputs(x.len());
    let mut jacobian = DMatrix::zeros(outputs, x.len());
    for j in 0..x.len() {
        let mut inputs: Vec<Dual<f64>> = x.iter().map(|&x| Dual::constant(x)).collect();
        inputs[j] = Dual::variable(x[j], 0);
        let mut y = vec![Dual::constant(0.0); outputs];
        f.eval(&inputs, &mut y);
        for i in 0..outputs {
            jacobian[(i, j)] = y[i].derivatives[0];
        }
    }
    jacobian
}

pub fn dense_hessian<F: ScalarFunction>(f: &F, x: &DVector<f64>) -> DMatrix<f64> {
    let mut hessian = DMatrix::zeros(x.len(), x.len());
    for j in 0..x.len() {
        let slope = |x: &DVector<_>| {
            let seeded = |i| if i == j { Dual::<_>::variable(x[i], 0) } else { Dual::constant(x[i]) };
            f.eval(&(0..x.len()).map(seeded).collect::<Vec<_>>()).derivatives[0]
        };
        hessian.set_column(j, &gradient(slope, x).1);
    }
    hessian
}

pub fn close(sparse: &CscMatrix<f64>, dense: &DMatrix<f64>) -> bool {
    (DMatrix::from(sparse) - dense).amax() <= 1e-13 * dense.amax().max(1.0)
}

pub fn point(n: usize) -> Vec<f64> {
    (0..n).map(|i| 0.5 + (i as f64 * 0.7).sin() * 0.4).collect()
}

/// A system whose row `i` is made of the given inputs, each in one of several ways.
#[derive(Debug, Clone)]
pub struct Random(pub Vec<Vec<(usize, u8)>>);

impl VectorFunction for Random {
    fn eval<R: Real>(&self, x: &[R], y: &mut [R]) {
        for (y, terms) in y.iter_mut().zip(&self.0) {
            *y = terms.iter().fold(R::one(), |so_far, &(j, kind)| match kind {
                0 => so_far + x[j],
                1 => so_far * (x[j] + 2.0),
                2 => so_far - (x[j] * 0.5).sin(),
                3 => so_far / (x[j] * x[j] + 1.0),
                4 => so_far.max(x[j]),
                _ => so_far.atan2(x[j] + 3.0),
            });
        }
    }
}

impl ScalarFunction for Random {
    fn eval<R: Real>(&self, x: &[R]) -> R {
        let mut y = vec![R::zero(); self.0.len()];
        VectorFunction::eval(self, x, &mut y);
        R::sum(&y)
    }
}

pub fn random() -> impl Strategy<Value = (Random, Vec<f64>)> {
    (1_usize..40).prop_flat_map(|n| {
        let row = prop::collection::vec((0..n, 0_u8..6), 0..6);
        (prop::collection::vec(row, n).prop_map(Random), prop::collection::vec(-1.0..1.0, n))
    })
}
