//! Gradients through a solve, beside the plain solve of the same run. `cargo bench --bench gradients`
//!
//! Lotka-Volterra at 1e-8 with 100 saves; the gradient of the sum of squares by the four rates and the two initial
//! values.

use costate::prelude::*;
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

fn model() -> impl Ode + Copy + 'static {
    ode!(|_t, [u, v], [a, b, c, d]| [a * u - b * u * v, -c * v + d * u * v])
}

fn sum_of_squares<R: Real>(solution: &Solution<R>) -> R {
    solution.saves().skip(1).map(|(_, state)| R::dot(state, state)).fold(R::zero(), |a, b| a + b)
}

fn loss_and_gradient(strategy: &impl GradientStrategy, inputs: &DVector<f64>) -> (f64, DVector<f64>) {
    let loss = |x: &DVector<Var>| {
        let problem = Problem::ode(model(), [x[4], x[5]], &x.rows(0, 4).into_owned(), 0.0..10.0);
        let solution = strategy.solve(&problem, Tsit5, Tolerance::new(1e-8, 1e-8), SaveAt::every(0.1))?;
        Ok::<_, SolveError>(sum_of_squares(&solution))
    };
    try_gradient(loss, inputs).expect("it is solvable")
}

fn gradients(criterion: &mut Criterion) {
    let inputs = dvector![1.5, 1.0, 3.0, 1.0, 1.0, 1.0];
    let mut group = criterion.benchmark_group("Lotka-Volterra, 1e-8, 100 saves, 6 inputs");
    group.bench_function("plain solve and loss", |bencher| {
        bencher.iter(|| {
            let x = black_box(&inputs);
            let problem = Problem::ode(model(), [x[4], x[5]], &x.rows(0, 4).into_owned(), 0.0..10.0);
            let solution = problem.solve(Tsit5, Tolerance::new(1e-8, 1e-8), SaveAt::every(0.1));
            sum_of_squares(&solution.expect("it is solvable"))
        });
    });
    group.bench_function("Forward", |bencher| bencher.iter(|| loss_and_gradient(&Forward, black_box(&inputs))));
    let all = DiscreteAdjoint::default();
    group.bench_function("DiscreteAdjoint", |bencher| bencher.iter(|| loss_and_gradient(&all, black_box(&inputs))));
    let some = DiscreteAdjoint { checkpoints: Checkpoints::Every(16) };
    group.bench_function("DiscreteAdjoint, a checkpoint every 16 steps", |bencher| {
        bencher.iter(|| loss_and_gradient(&some, black_box(&inputs)));
    });
    group.bench_function("Direct", |bencher| bencher.iter(|| loss_and_gradient(&Direct, black_box(&inputs))));
    group.finish();
}

criterion_group!(benches, gradients);
criterion_main!(benches);
