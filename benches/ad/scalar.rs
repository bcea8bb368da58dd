//! Scalar programs, as everybody writes them: a loop, an integrator, many bodies.

use crate::random::Lcg;
use crate::table::Table;
use costate_ad::{Real, gradient, gradient_chunked};
use criterion::Criterion;
use nalgebra::{DVector, dvector};
use std::hint::black_box;

/// A1: the sum over `i < terms` of `sin(x i 1e-5) exp(-x/2) / (1 + x x)`, nine operations a term.
pub fn scalar_loop<R: Real>(x: R, terms: usize) -> R {
    let mut sum = R::zero();
    for i in 0..terms {
        // Hidden in each term, or the compiler takes exp(-x/2) out of the loop and the workload is another.
        let x = *black_box(&x);
        sum += (x * (i as f64 * 1e-5)).sin() * (-x / 2.0).exp() / (1.0 + x * x);
    }
    sum
}

/// The Lotka-Volterra right-hand side.
#[inline(always)]
pub fn lotka_volterra<R: Real>([u, v]: [R; 2], [a, b, c, d]: [R; 4]) -> [R; 2] {
    [a * u - b * u * v, d * u * v - c * v]
}

/// A2: Lotka-Volterra by `steps` classical Runge-Kutta steps over 10 units of time; the inputs are (a, b, c, d, u, v), the
/// output is u + v at the end.
pub fn runge_kutta<R: Real>(inputs: &[R], steps: usize) -> R {
    let p = [inputs[0], inputs[1], inputs[2], inputs[3]];
    let mut y = [inputs[4], inputs[5]];
    let h = 10.0 / steps as f64;
    let moved = |y: [R; 2], k: [R; 2], h: f64| [y[0] + k[0] * h, y[1] + k[1] * h];
    for _ in 0..steps {
        let k1 = lotka_volterra(y, p);
        let k2 = lotka_volterra(moved(y, k1, h / 2.0), p);
        let k3 = lotka_volterra(moved(y, k2, h / 2.0), p);
        let k4 = lotka_volterra(moved(y, k3, h), p);
        for i in 0..2 {
            y[i] += (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]) * (h / 6.0);
        }
    }
    y[0] + y[1]
}

const BODIES: usize = 16;

/// Positions between -1 and 1 and velocities between -0.5 and 0.5 of 16 bodies in space.
pub fn bodies() -> Vec<f64> {
    let mut random = Lcg(42);
    (0..6 * BODIES).map(|i| if i < 3 * BODIES { 2.0 * random.next() - 1.0 } else { random.next() - 0.5 }).collect()
}

/// A3: softened gravity by leapfrog, `steps` of 0.01; the inputs are the 48 positions, the output is the sum of squared
/// positions plus the kinetic energy at the end.
pub fn gravity<R: Real>(positions: &[R], velocities: &[f64], steps: usize) -> R {
    let mut x: Vec<[R; 3]> = positions.chunks(3).map(|c| [c[0], c[1], c[2]]).collect();
    let mut v: Vec<[R; 3]> = velocities.chunks(3).map(|c| [c[0].into(), c[1].into(), c[2].into()]).collect();
    let h = 0.01;
    kick(&x, &mut v, h / 2.0);
    for step in 0..steps {
        for i in 0..BODIES {
            for k in 0..3 {
                x[i][k] += v[i][k] * h;
            }
        }
        kick(&x, &mut v, if step + 1 == steps { h / 2.0 } else { h });
    }
    let mut total = R::zero();
    for i in 0..BODIES {
        for k in 0..3 {
            total += x[i][k] * x[i][k] + v[i][k] * v[i][k] * (0.5 * mass(i));
        }
    }
    total
}

fn mass(i: usize) -> f64 {
    (1.0 + i as f64 / 16.0) / 16.0
}

/// Adds `h` times the acceleration of every pair to the velocities.
fn kick<R: Real>(x: &[[R; 3]], v: &mut [[R; 3]], h: f64) {
    for i in 0..BODIES {
        for j in 0..i {
            let d = [x[i][0] - x[j][0], x[i][1] - x[j][1], x[i][2] - x[j][2]];
            let r2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2] + 0.01;
            let w = h / (r2 * r2.sqrt());
            for k in 0..3 {
                let f = d[k] * w;
                v[i][k] -= f * mass(j);
                v[j][k] += f * mass(i);
            }
        }
    }
}

const TERMS: usize = 100_000;
const STEPS: usize = 10_000;

fn bench_a1(c: &mut Criterion, table: &mut Table) {
    let x = dvector![0.7];
    let function = || scalar_loop(black_box(&x)[0], TERMS);
    let reverse = || gradient(|x| scalar_loop(x[0], TERMS), black_box(&x));
    let mut group = c.benchmark_group("A1 scalar loop");
    group.bench_function("function", |b| b.iter(function));
    group.bench_function("reverse", |b| b.iter(reverse));
    group.finish();
    table.row("A1 scalar loop", "reverse", 1.5, reverse, function);
}

fn bench_a2(c: &mut Criterion, table: &mut Table) {
    let x = dvector![1.5, 1.0, 3.0, 1.0, 1.0, 1.0];
    let function = || runge_kutta(black_box(&x).as_slice(), STEPS);
    let reverse = || gradient(|x| runge_kutta(x.as_slice(), STEPS), black_box(&x));
    let six = || gradient_chunked::<6, _>(|x| runge_kutta(x.as_slice(), STEPS), black_box(&x));
    let eight = || gradient_chunked::<8, _>(|x| runge_kutta(x.as_slice(), STEPS), black_box(&x));
    let (expected, slope) = reverse();
    assert!(function() == expected && (six().1 - &slope).amax() <= 1e-9 * slope.amax());
    let mut group = c.benchmark_group("A2 Lotka-Volterra");
    group.bench_function("function", |b| b.iter(function));
    group.bench_function("reverse, one tape", |b| b.iter(reverse));
    group.bench_function("Dual<f64, 6>", |b| b.iter(six));
    group.bench_function("Dual<f64, 8>", |b| b.iter(eight));
    group.finish();
    let workload = "A2 Lotka-Volterra";
    table.row(workload, "reverse, one tape", 8.0, reverse, function);
    table.row(workload, "Dual<f64, 6>", 3.0, six, function);
    table.row(workload, "Dual<f64, 8>", 3.0, eight, function);
}

fn bench_a3(c: &mut Criterion, table: &mut Table) {
    let start = bodies();
    let (x, velocities) = start.split_at(3 * BODIES);
    let x = DVector::from_column_slice(x);
    let function = || gravity(black_box(&x).as_slice(), velocities, 100);
    let reverse = || gradient(|x| gravity(x.as_slice(), velocities, 100), black_box(&x));
    let mut group = c.benchmark_group("A3 bodies");
    group.bench_function("function", |b| b.iter(function));
    group.bench_function("reverse", |b| b.iter(reverse));
    group.finish();
    table.row("A3 bodies", "reverse", 14.0, reverse, function);
}

pub fn bench(c: &mut Criterion, table: &mut Table) {
    bench_a1(c, table);
    bench_a2(c, table);
    bench_a3(c, table);
}
