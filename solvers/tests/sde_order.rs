//! Strong orders, on the path itself: solutions of which the path is known, or the same path with fine steps.

use costate_solvers::{
    Brownian, DriftImplicitEuler, EulerHeun, EulerMaruyama, FixedStep, Milstein, Problem, ReversibleHeun, SaveAt, Sde,
    Shark, SkenCarp, Sosra, Sosri, Spark, Sra1, Sra3, Sriw1, StochasticMethod, StochasticMidpoint, sde,
};
use nalgebra::{DVector, dvector};

const PATHS: u64 = 500;

/// A model with initial state and parameters, solved from 0 to 1.
struct Case<S> {
    system: S,
    y0: Vec<f64>,
    p: DVector<f64>,
}

impl<S: Sde + Copy> Case<S> {
    fn map<T>(self, convert: impl Fn(S) -> T) -> Case<T> {
        Case { system: convert(self.system), y0: self.y0, p: self.p }
    }

    fn end(&self, method: impl StochasticMethod, path: u64, steps: u32) -> DVector<f64> {
        let noise = Brownian::seeded(2026).path(path);
        let problem = Problem::sde(self.system, noise, &self.y0, &self.p, 0.0..1.0);
        problem.solve(method, FixedStep(1.0 / f64::from(steps)), SaveAt::end()).unwrap().last().clone()
    }

    /// The slope of the mean error of the last state (the strong error of Kloeden and Platen, section 9.6) over the step, in logarithms, from 2^first to 2^last steps.
    fn order(&self, method: impl StochasticMethod + Copy, levels: [u32; 2], exact: &[DVector<f64>]) -> f64 {
        let error = |level: u32| {
            let distance =
                |(path, exact): (usize, &DVector<f64>)| (self.end(method, path as u64, 1 << level) - exact).norm();
            exact.iter().enumerate().map(distance).sum::<f64>() / exact.len() as f64
        };
        let points: Vec<[f64; 2]> =
            (levels[0]..=levels[1]).map(|level| [f64::from(level), error(level).log2()]).collect();
        let mean = |index: usize| points.iter().map(|point| point[index]).sum::<f64>() / points.len() as f64;
        let (x, y) = (mean(0), mean(1));
        let moment =
            |index: usize| points.iter().map(|point| (point[0] - x) * (point[index] - [x, y][index])).sum::<f64>();
        -moment(1) / moment(0)
    }

    fn check(&self, method: impl StochasticMethod + Copy, levels: [u32; 2], claimed: f64, exact: &[DVector<f64>]) {
        let order = self.order(method, levels, exact);
        assert!((order - claimed).abs() < 0.2, "{}: observed order {order}, claimed {claimed}", method.name());
    }

    /// What the paths of the Brownian motion say at 1.
    fn exact(&self, dimensions: usize, formula: impl Fn(&[f64]) -> DVector<f64>) -> Vec<DVector<f64>> {
        let end =
            |path| Brownian::seeded(2026).path(path).motion(dimensions).unwrap().increment(0.0, 1.0).unwrap().to_vec();
        (0..PATHS).map(|path| formula(&end(path))).collect()
    }

    fn reference(&self, method: impl StochasticMethod + Copy, level: u32) -> Vec<DVector<f64>> {
        (0..PATHS).map(|path| self.end(method, path, 1 << level)).collect()
    }
}

#[test]
fn diagonal_noise() {
    let geometric = sde!(|_t, [u], [a, b]| drift: [a * u], diagonal: [b * u]);
    let case = Case { system: geometric, y0: vec![0.5], p: dvector![1.01, 0.87] };
    let exact = case.exact(1, |w| dvector![0.5 * (1.01 - 0.5 * 0.87 * 0.87 + 0.87 * w[0]).exp()]);
    case.check(EulerMaruyama, [4, 8], 0.5, &exact);
    case.check(Milstein, [4, 8], 1.0, &exact);
    case.check(Sriw1, [4, 8], 1.5, &exact);
    case.check(Sosri, [4, 8], 1.5, &exact);
    let case = case.map(Sde::to_stratonovich);
    case.check(EulerHeun, [4, 8], 1.0, &exact);
    case.check(StochasticMidpoint, [4, 8], 1.0, &exact);
    case.check(Spark, [4, 8], 1.0, &exact);
    case.check(ReversibleHeun, [4, 8], 1.0, &exact);
}

#[test]
fn scalar_noise_of_two_states() {
    let waves = sde!(|_t, [u, v], []| drift: [-0.01 * u.sin() * u.cos().powi(3), -0.25 * v * (1.0 - v * v)],
        scalar: [0.1 * u.cos().powi(2), 0.5 * (1.0 - v * v)]);
    let case = Case { system: waves, y0: vec![1.0, 0.5], p: dvector![] };
    let exact = case.exact(1, |w| {
        let e = w[0].exp();
        dvector![(0.1 * w[0] + 1_f64.tan()).atan(), (1.5 * e - 0.5) / (1.5 * e + 0.5)]
    });
    case.check(Milstein, [4, 8], 1.0, &exact);
    case.check(Sosri, [4, 8], 1.5, &exact);
    case.check(Sriw1, [4, 8], 1.5, &exact);
}

#[test]
fn commutative_noise() {
    let commuting = sde!(|_t, [x, y], []| drift: [-1.5 * x + 0.05 * y, 0.05 * x - 1.5 * y],
        commutative: [[0.5 * x + 0.1 * y, 0.1 * x + 0.5 * y], [x + 0.2 * y, 0.2 * x + y]]);
    let case = Case { system: commuting, y0: vec![0.5, 1.0], p: dvector![] };
    let exact = case.exact(2, |w| {
        // Eigenvectors (1, 1) and (1, -1) of all matrices.
        let along = |a: f64, b: f64, start: f64| start * (a - 2.5 * b * b + b * (w[0] + 2.0 * w[1])).exp();
        let (sum, difference) = (along(-1.45, 0.6, 1.5), along(-1.55, 0.4, -0.5));
        dvector![0.5 * (sum + difference), 0.5 * (sum - difference)]
    });
    case.check(Milstein, [4, 8], 1.0, &exact);
    case.check(EulerMaruyama, [4, 8], 0.5, &exact);
    let case = case.map(Sde::to_stratonovich);
    case.check(EulerHeun, [4, 8], 1.0, &exact);
    case.check(Spark, [4, 8], 1.0, &exact);
    case.check(ReversibleHeun, [4, 8], 1.0, &exact);
}

#[test]
fn additive_noise_with_linear_drift() {
    let linear = sde!(|t, [u], [a, b]| drift: [b / (1.0 + t).sqrt() - 0.5 * u / (1.0 + t)],
        diagonal_additive: [a * b / (1.0 + t).sqrt()]);
    let case = Case { system: linear, y0: vec![1.0], p: dvector![2.0, 0.5] };
    let exact = case.exact(1, |w| dvector![(1.0 + 0.5 * (1.0 + 2.0 * w[0])) / 2_f64.sqrt()]);
    case.check(Sra1, [2, 6], 2.0, &exact);
    case.check(Sra3, [2, 6], 2.0, &exact);
    case.check(Sosra, [2, 6], 2.0, &exact);
    case.check(Shark, [2, 6], 2.0, &exact);
    case.check(EulerMaruyama, [2, 6], 1.0, &exact);
    case.check(DriftImplicitEuler, [2, 6], 1.0, &exact);
    case.check(SkenCarp, [2, 6], 2.0, &exact);
}

#[test]
fn additive_noise_with_curved_drift() {
    // Noise of two dimensions, strong beside the drift, so that its terms of the error show.
    let curved = sde!(|_t, [x, y], []| drift: [(2.0 * x).sin() - y, (3.0 * x).cos()],
        additive: [[R::from(1.0), R::from(0.5)], [R::from(-0.3), R::from(0.8)]]);
    let case = Case { system: curved, y0: vec![0.3, -0.2], p: dvector![] };
    let exact = case.reference(Sosra, 10);
    case.check(Sra1, [2, 6], 1.5, &exact);
    case.check(Sra3, [2, 6], 1.5, &exact);
    case.check(Sosra, [2, 6], 1.5, &exact);
    case.check(Shark, [2, 6], 1.5, &exact);
    case.check(Spark, [2, 6], 1.5, &exact);
    case.check(EulerMaruyama, [2, 6], 1.0, &exact);
    case.check(ReversibleHeun, [2, 6], 1.0, &exact);
}

#[test]
fn general_noise() {
    // The integral of x dW2 needs the area between both motions, which no method has.
    let general = sde!(stratonovich |_t, [x, y], []| drift: [-0.5 * x, -0.5 * y],
        general: [[R::from(1.0), 0.5 * x], [0.3 * y.cos(), x]]);
    let case = Case { system: general, y0: vec![0.5, 0.5], p: dvector![] };
    let exact = case.reference(Spark, 11);
    case.check(EulerHeun, [4, 8], 0.5, &exact);
    case.check(StochasticMidpoint, [4, 8], 0.5, &exact);
    case.check(Spark, [4, 8], 0.5, &exact);
    case.check(ReversibleHeun, [4, 8], 0.5, &exact);
    let ito = case.map(Sde::to_ito);
    ito.check(EulerMaruyama, [4, 8], 0.5, &exact);
}
