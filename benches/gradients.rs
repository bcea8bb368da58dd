//! Gradients through a solve, beside the plain solve of the same run. `cargo bench --bench gradients`
//!
//! Lotka-Volterra at 1e-8 with 100 saves; the gradient of the sum of squares by the four rates and the two initial
//! values. The pollution problem by its 25 rates, stiff; and 100,000 steps within a hundredth of the memory that they would take.

#[path = "stiff/pollution.rs"]
mod pollution;
#[path = "reference/rounds.rs"]
mod rounds;

use costate::prelude::*;
use costate::sensitivity::last_sweep;
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
    let plain = || {
        let x = black_box(&inputs);
        let problem = Problem::ode(model(), [x[4], x[5]], &x.rows(0, 4).into_owned(), 0.0..10.0);
        let solution = problem.solve(Tsit5, Tolerance::new(1e-8, 1e-8), SaveAt::every(0.1));
        sum_of_squares(&solution.expect("it is solvable"))
    };
    group.bench_function("plain solve and loss", |bencher| bencher.iter(plain));
    group.bench_function("Forward", |bencher| bencher.iter(|| loss_and_gradient(&Forward, black_box(&inputs))));
    let all = DiscreteAdjoint::default();
    group.bench_function("DiscreteAdjoint", |bencher| bencher.iter(|| loss_and_gradient(&all, black_box(&inputs))));
    let some = DiscreteAdjoint { checkpoints: Checkpoints::Every(16) };
    group.bench_function("DiscreteAdjoint, a checkpoint every 16 steps", |bencher| {
        bencher.iter(|| loss_and_gradient(&some, black_box(&inputs)));
    });
    group.bench_function("Direct", |bencher| bencher.iter(|| loss_and_gradient(&Direct, black_box(&inputs))));
    group.finish();
    rounds::rounds(
        "Lotka-Volterra, 1e-8, 100 saves, 6 inputs",
        &mut [
            ("plain solve and loss", &mut || {
                black_box(plain());
            }),
            ("Forward", &mut || {
                black_box(loss_and_gradient(&Forward, black_box(&inputs)));
            }),
            ("DiscreteAdjoint", &mut || {
                black_box(loss_and_gradient(&all, black_box(&inputs)));
            }),
            ("Direct", &mut || {
                black_box(loss_and_gradient(&Direct, black_box(&inputs)));
            }),
        ],
    );
}

fn pollution_gradient(strategy: &impl GradientStrategy, rates: &DVector<f64>, tolerance: &Tolerance) -> DVector<f64> {
    let loss = |p: &DVector<Var>| {
        let problem = Problem::ode(pollution::Pollution, pollution::start().map(Var::from), p, 0.0..60.0);
        strategy.solve(&problem, Rodas5P, tolerance, SaveAt::every(0.5)).map(|solution| sum_of_squares(&solution))
    };
    try_gradient(loss, rates).expect("it is solvable").1
}

/// The 25 rates of the pollution problem, for the squares of all concentrations at t = 0, 0.5 .. 60.
fn pollution(criterion: &mut Criterion) {
    let rates = pollution::rates();
    let tolerance = Tolerance::new(1e-7, 1e-5);
    let mut group = criterion.benchmark_group("pollution, Rodas5P, 25 inputs");
    group.sample_size(20);
    group.bench_function("plain solve", |bencher| {
        bencher.iter(|| {
            let problem = Problem::ode(pollution::Pollution, pollution::start(), black_box(&rates), 0.0..60.0);
            problem.solve(Rodas5P, &tolerance, SaveAt::every(0.5)).expect("it is solvable").last()[0]
        });
    });
    group.bench_function("Forward", |bencher| {
        bencher.iter(|| pollution_gradient(&Forward, black_box(&rates), &tolerance));
    });
    group.bench_function("DiscreteAdjoint", |bencher| {
        bencher.iter(|| pollution_gradient(&DiscreteAdjoint::default(), black_box(&rates), &tolerance));
    });
    group.finish();
    rounds::rounds(
        "pollution, Rodas5P, 1e-7, 121 saves, 25 inputs",
        &mut [
            ("plain solve", &mut || {
                let problem = Problem::ode(pollution::Pollution, pollution::start(), black_box(&rates), 0.0..60.0);
                black_box(problem.solve(Rodas5P, &tolerance, SaveAt::every(0.5)).expect("it is solvable").last()[0]);
            }),
            ("Forward", &mut || {
                black_box(pollution_gradient(&Forward, black_box(&rates), &tolerance));
            }),
            ("DiscreteAdjoint", &mut || {
                black_box(pollution_gradient(&DiscreteAdjoint::default(), black_box(&rates), &tolerance));
            }),
        ],
    );
}

/// 100,000 steps, remembered whole and within a hundredth of that.
fn memory_limit(criterion: &mut Criterion) {
    let rates = dvector![1.5, 1.0, 3.0, 1.0];
    let run = |checkpoints: Checkpoints| {
        let loss = |p: &DVector<Var>| {
            let problem = Problem::ode(model(), [1.0, 1.0].map(Var::from), p, 0.0..100.0);
            let strategy = DiscreteAdjoint { checkpoints };
            let solution = strategy.solve(&problem, Tsit5, FixedStep(1e-3), SaveAt::end())?;
            Ok::<_, SolveError>(solution.last()[0])
        };
        try_gradient(loss, black_box(&rates)).expect("it is solvable")
    };
    run(Checkpoints::All);
    let all = last_sweep().expect("a sweep has run").actual.bytes;
    let limit = Checkpoints::MemoryLimit(all / 100);
    run(limit);
    let report = last_sweep().expect("a sweep has run");
    println!("a hundredth of {all} bytes: {} steps taken for one of the forward run", report.actual.factor);
    let mut group = criterion.benchmark_group("Lotka-Volterra, 100,000 steps");
    group.sample_size(10);
    group.bench_function("plain solve", |bencher| {
        bencher.iter(|| {
            let problem = Problem::ode(model(), [1.0, 1.0], black_box(&rates), 0.0..100.0);
            problem.solve(Tsit5, FixedStep(1e-3), SaveAt::end()).expect("it is solvable").last()[0]
        });
    });
    group.bench_function("all steps remembered", |bencher| bencher.iter(|| run(Checkpoints::All)));
    group.bench_function("a hundredth of the memory", |bencher| bencher.iter(|| run(limit)));
    group.finish();
}

criterion_group!(benches, gradients, pollution, memory_limit);
criterion_main!(benches);
