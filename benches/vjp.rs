//! Vector-Jacobian products of right-hand sides, against the plain right-hand side.
//!
//! The `ratio` lines printed first compare the best of many rounds in which both sides run in turn: on a busy machine that
//! is steadier than a quotient of two separate measurements.

use costate_ad::{At, Engine, JacobianPattern, Real, RightHandSide, VectorFunction, Vjp};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Instant;

struct LotkaVolterra;

impl RightHandSide for LotkaVolterra {
    #[inline(always)]
    fn eval<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
        dy[0] = p[0] * y[0] - p[1] * y[0] * y[1];
        dy[1] = p[2] * y[0] * y[1] - p[3] * y[1];
    }
}

const PREY: [f64; 2] = [1.0, 1.0];
const RATES: [f64; 4] = [1.5, 1.0, 1.0, 3.0];

/// A neural right-hand side: 2 - 50 - 2 with tanh, of the cubes of the state.
struct Network;

const HIDDEN: usize = 50;
const WEIGHTS: usize = HIDDEN * 2 + HIDDEN + 2 * HIDDEN + 2;

impl RightHandSide for Network {
    fn eval<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
        let input = [y[0] * y[0] * y[0], y[1] * y[1] * y[1]];
        let (first, rest) = p.split_at(2 * HIDDEN);
        let (bias, rest) = rest.split_at(HIDDEN);
        let (second, last) = rest.split_at(2 * HIDDEN);
        let mut hidden = [R::zero(); HIDDEN];
        for i in 0..HIDDEN {
            hidden[i] = (R::dot(&first[2 * i..2 * i + 2], &input) + bias[i]).tanh();
        }
        for i in 0..2 {
            dy[i] = R::dot(&second[HIDDEN * i..HIDDEN * (i + 1)], &hidden) + last[i];
        }
    }
}

/// The Brusselator on a periodic grid of 64 by 64 cells, with its three rates as parameters.
struct Brusselator;

const N: usize = 64;

impl RightHandSide for Brusselator {
    fn eval<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
        let (u, v) = y.split_at(N * N);
        let rate = p[2] * ((N - 1) as f64).powi(2);
        for i in 0..N {
            for j in 0..N {
                let (up, down, left, right) = ((i + N - 1) % N, (i + 1) % N, (j + N - 1) % N, (j + 1) % N);
                let c = i * N + j;
                let around =
                    |w: &[R]| w[up * N + j] + w[down * N + j] + w[i * N + left] + w[i * N + right] - 4.0 * w[c];
                let reaction = u[c] * u[c] * v[c];
                dy[c] = rate * around(u) + p[1] + reaction - (p[0] + 1.0) * u[c];
                dy[N * N + c] = rate * around(v) + p[0] * u[c] - reaction;
            }
        }
    }
}

impl VectorFunction for Brusselator {
    fn eval<R: Real>(&self, x: &[R], y: &mut [R]) {
        RightHandSide::eval(self, R::zero(), x, &[R::from(3.4), R::one(), R::from(10.0)], y);
    }
}

/// Rounds for each ratio.
const ROUNDS: usize = 201;

/// The best time of one side over the best time of the other.
fn ratio(name: &str, repeat: usize, mut of: impl FnMut(), mut to: impl FnMut()) {
    let time = |f: &mut dyn FnMut()| {
        let start = Instant::now();
        (0..repeat).for_each(|_| f());
        start.elapsed().as_secs_f64() / repeat as f64
    };
    let (mut best_of, mut best_to) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS {
        best_of = best_of.min(time(&mut of));
        best_to = best_to.min(time(&mut to));
    }
    println!("ratio {name}: {:.2} ({:.4} us over {:.4} us)", best_of / best_to, best_of * 1e6, best_to * 1e6);
}

fn rhs_ratios<F: RightHandSide>(name: &str, rhs: &F, y: &[f64], p: &[f64], repeat: usize, engines: &[Engine]) {
    let (mut dy, w) = (vec![0.0; y.len()], vec![1.0; y.len()]);
    let (mut y_bar, mut p_bar, mut t_bar) = (vec![0.0; y.len()], vec![0.0; p.len()], 0.0);
    let chosen = Vjp::new(rhs, At { t: 0.0, y, p }).engine();
    for &engine in engines {
        let mut vjp = Vjp::with_engine(rhs, At { t: 0.0, y, p }, engine).expect("the engine exists");
        let mark = if engine == chosen { ", chosen" } else { "" };
        ratio(
            &format!("{name} ({engine}{mark})"),
            repeat,
            || vjp.apply(black_box(At { t: 0.0, y, p }), black_box(&w), &mut y_bar, &mut p_bar, &mut t_bar),
            || rhs.eval(black_box(0.0), black_box(y), black_box(p), black_box(&mut dy)),
        );
    }
}

fn weights() -> Vec<f64> {
    (0..WEIGHTS).map(|i| (i as f64 * 12.9898).sin() * 0.3).collect()
}

fn grid() -> Vec<f64> {
    (0..2 * N * N).map(|i| 1.0 + 0.5 * (i as f64 * 0.37).sin()).collect()
}

fn ratios() {
    use Engine::{ColouredJacobian, Duals, Tape};
    rhs_ratios("Lotka-Volterra", &LotkaVolterra, &PREY, &RATES, 5_000, &[Duals, ColouredJacobian, Tape]);
    rhs_ratios("network 2-50-2, 252 weights", &Network, &[2.0, 0.5], &weights(), 20, &[Tape, ColouredJacobian]);
    rhs_ratios("Brusselator 64 x 64", &Brusselator, &grid(), &[3.4, 1.0, 10.0], 1, &[ColouredJacobian, Tape]);
}

fn benchmarks(criterion: &mut Criterion) {
    ratios();
    let mut group = criterion.benchmark_group("vjp");
    let pattern = JacobianPattern::of(&Brusselator, &grid());
    group.bench_function("Brusselator 64 x 64: pattern", |b| b.iter(|| JacobianPattern::of(&Brusselator, &grid())));
    group.bench_function("Brusselator 64 x 64: colouring", |b| b.iter(|| pattern.colour()));
    group.finish();
    println!("{} colours for {} columns", pattern.colour().count(), pattern.columns());
}

criterion_group!(vjp, benchmarks);
criterion_main!(vjp);
