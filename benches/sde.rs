//! Stochastic solves. `cargo bench --bench sde`
//!
//! The noise: increments of a virtual Brownian tree in sequence, against plain normal numbers in sequence. Geometric
//! Brownian motion, and a neural equation: the gradient of a mean of squares over 1,024 paths of 100 steps, on one thread. Oval2: 1,000 paths of a model
//! with 19 states to T = 1 by SOSRI, on rayon's threads, of which none may fail.

#[path = "sde/neural.rs"]
mod neural;
#[path = "sde/noise.rs"]
mod noise;
#[path = "sde/oval2.rs"]
mod oval2;
#[path = "reference/rounds.rs"]
mod rounds;

use costate_ad::Dual;
use costate_solvers::{
    Brownian, EulerMaruyama, FixedStep, Milstein, Problem, SaveAt, Sosri, StochasticMethod, Tolerance, sde,
};
use criterion::{Criterion, criterion_group, criterion_main};
use nalgebra::{DVector, dvector};
use rayon::prelude::*;
use std::hint::black_box;

/// The mean of the squares at the end, and its gradient by growth and volatility.
fn mean_of_squares(method: impl StochasticMethod + Copy, unit: f64) -> Dual<f64, 2> {
    let model = sde!(|_t, [u], [a, b]| drift: [a * u], diagonal: [b * u]);
    let p = dvector![Dual::<f64, 2>::variable(0.5, 0), Dual::variable(0.4, 1)];
    let mut total = Dual::constant(0.0);
    for path in 0..1024 {
        let noise = Brownian::seeded(7).path(path).with_unit(unit);
        let problem = Problem::sde(model, noise, [1.0], &p, 0.0..1.0);
        let u = problem.solve(method, FixedStep(0.01), SaveAt::end()).expect("it is solvable").last()[0];
        total += u * u;
    }
    total / 1024.0
}

fn geometric(_: &mut Criterion) {
    let mean = mean_of_squares(Milstein, 1.0);
    // E u^2 = exp(2 a + b^2), within 4 standard errors of 1,024 paths.
    assert!((mean.value - 1.16_f64.exp()).abs() < 0.5 && (mean.derivatives[0] - 2.0 * mean.value).abs() < 0.05);
    let run = |method: fn(f64) -> Dual<f64, 2>, unit| {
        move || {
            black_box(method(black_box(unit)));
        }
    };
    let euler = |unit| mean_of_squares(EulerMaruyama, unit);
    rounds::rounds(
        "geometric Brownian motion, gradient, 1,024 paths of 100 steps",
        &mut [
            ("EulerMaruyama, unit 0.01", &mut run(euler, 0.01)),
            ("EulerMaruyama", &mut run(euler, 1.0)),
            ("Milstein, unit 0.01", &mut run(|unit| mean_of_squares(Milstein, unit), 0.01)),
            ("Sosri, unit 0.01", &mut run(|unit| mean_of_squares(Sosri, unit), 0.01)),
        ],
    );
}

/// The number of steps, accepted and rejected, and of failures.
fn oval2_paths(unit: f64, tolerance: &Tolerance) -> [usize; 3] {
    let solve = |path: u64| {
        let noise = Brownian::seeded(1).path(path).with_unit(unit);
        let problem = Problem::sde(oval2::Oval2, noise, oval2::START, &DVector::<f64>::zeros(0), 0.0..1.0);
        match problem.solve(Sosri, tolerance.clone(), SaveAt::end()) {
            Ok(solution) => [solution.statistics().accepted, solution.statistics().rejected, 0],
            Err(_) => [0, 0, 1],
        }
    };
    let sum = |a: [usize; 3], b: [usize; 3]| std::array::from_fn(|k| a[k] + b[k]);
    (0..1000).into_par_iter().map(solve).reduce(|| [0; 3], sum)
}

fn oval2_model(criterion: &mut Criterion) {
    // The published tolerances (2^-7 absolute) belong to another error estimate; ours needs 2^-10 for no path to fail.
    let tolerance = Tolerance::new(0.5_f64.powi(6), 0.5_f64.powi(10));
    let mut group = criterion.benchmark_group("Oval2, 1,000 paths to T = 1");
    group.sample_size(10);
    group.bench_function("Sosri, relative 2^-6, absolute 2^-10", |bencher| {
        let [accepted, rejected, failed] = oval2_paths(0.01, &tolerance);
        println!("Oval2, 1,000 paths: {accepted} steps accepted, {rejected} rejected, {failed} paths failed");
        assert_eq!(failed, 0);
        bencher.iter(|| oval2_paths(0.01, &tolerance))
    });
    group.finish();
}

fn neural_sde(_: &mut Criterion) {
    let model = neural::NeuralSde::new();
    let p = model.initial();
    // Batches are other paths of the same seed; the means agree to a few standard errors.
    let [(one, _), (other, slope)] = [16, 64].map(|batch| neural::mean_of_squares(&model, &p, 1024, batch));
    assert!((one / other - 1.0).abs() < 0.1 && slope.norm() > 0.0, "{one} {other}");
    let run = |batch| {
        let (model, p) = (&model, &p);
        move || {
            black_box(neural::mean_of_squares(model, p, 1024, batch));
        }
    };
    rounds::rounds(
        "neural stochastic equation, gradient, 1,024 paths of 100 steps by EulerMaruyama and DiscreteAdjoint",
        &mut [
            ("64 paths at a time", &mut run(64)),
            ("32", &mut run(32)),
            ("128", &mut run(128)),
            ("256", &mut run(256)),
        ],
    );
}

criterion_group!(benches, noise::noise, geometric, neural_sde, oval2_model);
criterion_main!(benches);
