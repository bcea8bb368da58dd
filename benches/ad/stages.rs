//! A2 as a solver's adjoint does it: the states of the stages are stored, and each stage is pulled back by [`Vjp`].

use crate::table::Table;
use costate_ad::{At, Real, RightHandSide, Vjp};
use criterion::Criterion;
use std::hint::black_box;

struct LotkaVolterra;

impl RightHandSide for LotkaVolterra {
    #[inline(always)]
    fn eval<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
        dy[0] = p[0] * y[0] - p[1] * y[0] * y[1];
        dy[1] = p[2] * y[0] * y[1] - p[3] * y[1];
    }
}

const START: [f64; 2] = [1.0, 1.0];
const RATES: [f64; 4] = [1.5, 1.0, 1.0, 3.0];

const STEPS: usize = 10_000;
const H: f64 = 1e-3;

fn f(y: &[f64; 2], p: &[f64; 4]) -> [f64; 2] {
    let mut dy = [0.0; 2];
    LotkaVolterra.eval(0.0, y, p, &mut dy);
    dy
}

fn moved(y: &[f64; 2], h: f64, k: &[f64; 2]) -> [f64; 2] {
    [y[0] + h * k[0], y[1] + h * k[1]]
}

/// The states that the four slopes of a step belong to, and the state after it.
#[inline(always)]
fn step(y: &[f64; 2], p: &[f64; 4]) -> ([[f64; 2]; 4], [f64; 2]) {
    let k1 = f(y, p);
    let y2 = moved(y, H / 2.0, &k1);
    let k2 = f(&y2, p);
    let y3 = moved(y, H / 2.0, &k2);
    let k3 = f(&y3, p);
    let y4 = moved(y, H, &k3);
    let k4 = f(&y4, p);
    let next = |i| y[i] + H / 6.0 * (k1[i] + 2.0 * (k2[i] + k3[i]) + k4[i]);
    ([*y, y2, y3, y4], [next(0), next(1)])
}

fn solve(y0: &[f64; 2], p: &[f64; 4]) -> f64 {
    let y = (0..STEPS).fold(*y0, |y, _| step(&y, p).1);
    y[0] + y[1]
}

/// The gradient of [`solve`]: the states of the stages are stored on the way (64 bytes a step), and each stage is pulled
/// back. Storing the steps alone, and computing their stages again, takes a fifth longer.
fn adjoint(y0: &[f64; 2], p: &[f64; 4], stages: &mut Vec<[[f64; 2]; 4]>) -> ([f64; 2], [f64; 4]) {
    stages.clear();
    let mut y = *y0;
    for _ in 0..STEPS {
        let (at, next) = step(&y, p);
        stages.push(at);
        y = next;
    }
    let mut vjp = Vjp::new(&LotkaVolterra, At { t: 0.0, y: y0, p });
    let (mut lambda, mut p_bar, mut t_bar) = ([1.0; 2], [0.0; 4], 0.0);
    let mut pull = |y: &[f64; 2], w: [f64; 2]| {
        let mut y_bar = [0.0; 2];
        vjp.apply(At { t: 0.0, y, p }, &w, &mut y_bar, &mut p_bar, &mut t_bar);
        y_bar
    };
    for [y1, y2, y3, y4] in stages.iter().rev() {
        let k = [H / 6.0 * lambda[0], H / 6.0 * lambda[1]];
        let bar4 = pull(y4, k);
        let bar3 = pull(y3, [2.0 * k[0] + H * bar4[0], 2.0 * k[1] + H * bar4[1]]);
        let bar2 = pull(y2, [2.0 * k[0] + H / 2.0 * bar3[0], 2.0 * k[1] + H / 2.0 * bar3[1]]);
        let bar1 = pull(y1, [k[0] + H / 2.0 * bar2[0], k[1] + H / 2.0 * bar2[1]]);
        for i in 0..2 {
            lambda[i] += bar1[i] + bar2[i] + bar3[i] + bar4[i];
        }
    }
    (lambda, p_bar)
}

pub fn bench(c: &mut Criterion, table: &mut Table) {
    let function = || solve(black_box(&START), black_box(&RATES));
    let mut stages = Vec::with_capacity(STEPS);
    let mut group = c.benchmark_group("A2 stages");
    group.bench_function("function", |b| b.iter(function));
    group.bench_function("reverse, Vjp", |b| b.iter(|| adjoint(black_box(&START), black_box(&RATES), &mut stages)));
    group.finish();
    let reverse = || adjoint(black_box(&START), black_box(&RATES), &mut stages);
    table.row("A2 stages", "reverse, Vjp", 3.0, reverse, function);
}
