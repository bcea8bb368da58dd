//! Forward solves. `cargo bench --bench solvers`
//!
//! Lotka-Volterra at 1e-8 with 100 saves, by the library and by a Tsit5 written out by hand for this one model: the two take
//! the same steps, and the library is to be within 1.3 times the hand-written one. The same by the methods of high order;
//! Arenstorf's orbit by them, at tolerances that give errors below 1e-4, 1e-6 and 1e-9; and linear advection with 10,000
//! states by Tsit5, to be within 1.2 times plain loops. `benches/peers/rust` has other libraries beside them.

#[path = "reference/advection.rs"]
mod advection;
#[path = "reference/tsit5.rs"]
mod reference;
#[path = "reference/rounds.rs"]
mod rounds;

use costate_solvers::{
    Dop853, Ensemble, FixedStep, Method, Ode, Problem, SaveAt, Solution, Tolerance, Tsit5, Vern7, Vern8, Vern9, ode,
};
use criterion::{Criterion, criterion_group, criterion_main};
use nalgebra::{DVector, dvector};
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
    fn by<M: Method + Copy>(method: M, p: &DVector<f64>, model: impl Ode + Copy) -> Solution<f64> {
        let problem = Problem::ode(model, black_box([1.0, 1.0]), black_box(p), 0.0..10.0);
        problem.solve(method, Tolerance::new(1e-8, 1e-8), SaveAt::every(0.1)).expect("it is solvable")
    }
    group.bench_function("Vern7", |bencher| bencher.iter(|| by(Vern7, &p, model)));
    group.bench_function("Vern8", |bencher| bencher.iter(|| by(Vern8, &p, model)));
    group.bench_function("Dop853", |bencher| bencher.iter(|| by(Dop853, &p, model)));
    group.finish();
    rounds::rounds(
        "forward Lotka-Volterra, 1e-8, 100 saves",
        &mut [("by hand", &mut || drop(black_box(by_hand()))), ("Tsit5", &mut || drop(black_box(by_library())))],
    );
}

/// The orbit, and its error at the end.
fn arenstorf(method: impl Method, tolerance: f64) -> f64 {
    const MOON: f64 = 0.012277471;
    const EARTH: f64 = 1.0 - MOON;
    let model = ode!(|_t, [x, z, vx, vz], []| {
        let (of_earth, of_moon) = ((x + MOON) * (x + MOON) + z * z, (x - EARTH) * (x - EARTH) + z * z);
        let (to_earth, to_moon) = (EARTH / (of_earth * of_earth.sqrt()), MOON / (of_moon * of_moon.sqrt()));
        [
            vx,
            vz,
            x + 2.0 * vz - (x + MOON) * to_earth - (x - EARTH) * to_moon,
            z - 2.0 * vx - z * to_earth - z * to_moon,
        ]
    });
    let start = black_box([0.994, 0.0, 0.0, -2.0015851063790824]);
    let problem = Problem::ode(model, start, &dvector![], 0.0..17.065216560157964);
    let solution = problem.solve(method, Tolerance::new(tolerance, tolerance), SaveAt::end()).expect("it is solvable");
    (solution.last() - DVector::from_row_slice(&start)).amax()
}

fn orbits(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("Arenstorf's orbit, error at the end");
    assert!(arenstorf(Vern8, 1e-7) < 1e-4 && arenstorf(Vern8, 1e-9) < 1e-6 && arenstorf(Vern9, 1e-12) < 1e-9);
    group.bench_function("1e-4, Vern8", |bencher| bencher.iter(|| arenstorf(Vern8, 1e-7)));
    group.bench_function("1e-6, Vern8", |bencher| bencher.iter(|| arenstorf(Vern8, 1e-9)));
    group.bench_function("1e-9, Vern9", |bencher| bencher.iter(|| arenstorf(Vern9, 1e-12)));
    group.finish();
}

fn large(criterion: &mut Criterion) {
    let (n, steps) = (10_000, 50);
    let h = 0.5 / n as f64;
    let start = DVector::from_fn(n, |i, _| (std::f64::consts::TAU * i as f64 / n as f64).sin());
    let by_hand = || {
        let mut u = black_box(&start).as_slice().to_vec();
        advection::tsit5(&mut u, h, steps);
        u
    };
    let by_library = || {
        let field = |_t: f64, u: &[f64], _p: &[f64], du: &mut [f64]| advection::slope(u, du);
        let problem = Problem::closure(field, black_box(&start), &dvector![], 0.0..h * steps as f64);
        problem.solve(Tsit5, FixedStep(h), SaveAt::end()).expect("it is solvable").last().clone_owned()
    };
    let by_library_adaptive = || {
        let field = |_t: f64, u: &[f64], _p: &[f64], du: &mut [f64]| advection::slope(u, du);
        let problem = Problem::closure(field, black_box(&start), &dvector![], 0.0..h * steps as f64);
        let control = Tolerance::new(1e-3, 1e-3).with_initial_step(h).with_max_step(h);
        problem.solve(Tsit5, control, SaveAt::end()).expect("it is solvable").last().clone_owned()
    };
    assert!((by_library() - DVector::from_vec(by_hand())).amax() < 1e-12);
    assert!((by_library_adaptive() - DVector::from_vec(by_hand())).amax() < 1e-9);

    let mut group = criterion.benchmark_group("linear advection, 10,000 states, 50 steps");
    group.bench_function("plain loops", |bencher| bencher.iter(by_hand));
    group.bench_function("Tsit5, fixed steps", |bencher| bencher.iter(by_library));
    group.bench_function("Tsit5, with error estimates", |bencher| bencher.iter(by_library_adaptive));
    group.finish();
}

fn ensemble(criterion: &mut Criterion) {
    let lorenz = ode!(|_t, [x, y, z], [sigma, rho, beta]| [sigma * (y - x), x * (rho - z) - y, x * y - beta * z]);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
        let members = Ensemble::new(10_000);
        move || {
            pool.install(|| {
                members.solve(|member| {
                    let p = dvector![10.0, 21.0 * member as f64 / 10_000.0, 8.0 / 3.0];
                    let problem = Problem::ode(lorenz, [1.0, 0.0, 0.0], &p, 0.0..1.0);
                    problem.solve(Tsit5, Tolerance::new(1e-6, 1e-6), SaveAt::end()).map(|solution| solution.last()[0])
                })
            })
        }
    };
    assert_eq!(run(1)(), run(2)());
    let mut group = criterion.benchmark_group("ensemble of 10,000 Lorenz trajectories");
    group.sample_size(20);
    group.bench_function("1 thread", |bencher| bencher.iter(run(1)));
    group.bench_function("2 threads", |bencher| bencher.iter(run(2)));
    group.finish();
}

criterion_group!(benches, forward, orbits, large, ensemble);
criterion_main!(benches);
