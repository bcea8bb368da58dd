//! Forward solves. `cargo bench --bench solvers`
//!
//! Lotka-Volterra at 1e-8 with 100 saves, by the library and by a Tsit5 written out by hand for this one model. The
//! two take the same steps; the library is to be within 1.3 times the hand-written one.

#[path = "reference/tsit5.rs"]
mod reference;

use costate_solvers::{Problem, SaveAt, Tolerance, Tsit5, ode};
use criterion::{Criterion, criterion_group, criterion_main};
use nalgebra::dvector;
use std::hint::black_box;

const RATES: [f64; 4] = [1.5, 1.0, 3.0, 1.0];

fn forward(criterion: &mut Criterion) {
    let model = ode!(|_t, [u, v], [a, b, c, d]| [a * u - b * u * v, -c * v + d * u * v]);
    let p = dvector![RATES[0], RATES[1], RATES[2], RATES[3]];
    let by_hand = || reference::lotka_volterra(black_box([1.0, 1.0]), black_box(&RATES), 10.0, 0.1, 1e-8);
    let by_library = || {
        let problem = Problem::ode(model, black_box([1.0, 1.0]), black_box(&p), 0.0..10.0);
        problem.solve(Tsit5, Tolerance::new(1e-8, 1e-8), SaveAt::every(0.1)).expect("it is solvable")
    };

    let (solution, saves) = (by_library(), by_hand());
    let (steps, hand_steps) = (solution.statistics(), (saves.accepted, saves.rejected));
    assert_eq!((steps.accepted, steps.rejected), hand_steps, "the two must take the same steps");
    for ((_, state), hand) in solution.saves().zip(&saves.states) {
        assert!((state[0] - hand[0]).abs() + (state[1] - hand[1]).abs() < 1e-10);
    }

    let mut group = criterion.benchmark_group("forward Lotka-Volterra, 1e-8, 100 saves");
    group.bench_function("by hand", |bencher| bencher.iter(by_hand));
    group.bench_function("Tsit5", |bencher| bencher.iter(by_library));
    group.finish();
}

criterion_group!(benches, forward);
criterion_main!(benches);
