//! A5: ADBench's Gaussian mixture with 1,000 points, 10 dimensions and 25 components: 1,650 parameters.

#[path = "../../ad/tests/adbench/gmm.rs"]
mod objective;

use crate::random::Lcg;
use crate::table::Table;
use costate_ad::gradient;
use criterion::Criterion;
use nalgebra::DVector;
use objective::Gmm;
use std::f64::consts::PI;
use std::hint::black_box;

/// The function in plain loops, as in ADBench's C++, without the constants of the prior: what the peers divide by.
fn in_loops(problem: &Gmm, parameters: &[f64]) -> f64 {
    let (d, k) = (problem.dimensions, problem.components);
    let (alphas, rest) = parameters.split_at(k);
    let (means, factors) = rest.split_at(k * d);
    let size = d * (d + 1) / 2;
    let diagonals: Vec<f64> = factors.chunks_exact(size).flat_map(|f| f[..d].iter().map(|q| q.exp())).collect();
    let sums: Vec<f64> = factors.chunks_exact(size).map(|f| f[..d].iter().sum()).collect();
    let logsumexp = |x: &[f64]| {
        let largest = x.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
        largest + x.iter().map(|x| (x - largest).exp()).sum::<f64>().ln()
    };
    let (mut total, mut terms) = (0.0, vec![0.0; k]);
    let (mut centred, mut whitened) = (vec![0.0; d], vec![0.0; d]);
    for point in problem.points.chunks_exact(d) {
        for c in 0..k {
            for i in 0..d {
                centred[i] = point[i] - means[c * d + i];
                whitened[i] = diagonals[c * d + i] * centred[i];
            }
            let mut lower = factors[c * size + d..].iter();
            for j in 0..d {
                for i in j + 1..d {
                    whitened[i] += lower.next().unwrap() * centred[j];
                }
            }
            terms[c] = alphas[c] + sums[c] - 0.5 * whitened.iter().map(|w| w * w).sum::<f64>();
        }
        total += logsumexp(&terms);
    }
    let n = problem.points.len() / d;
    let squares = diagonals.iter().map(|q| q * q).sum::<f64>()
        + factors.chunks_exact(size).flat_map(|f| &f[d..]).map(|l| l * l).sum::<f64>();
    total - n as f64 * logsumexp(alphas) - 0.5 * (n * d) as f64 * (2.0 * PI).ln()
        + 0.5 * problem.gamma * problem.gamma * squares
        - problem.m * sums.iter().sum::<f64>()
}

pub fn bench(c: &mut Criterion, table: &mut Table) {
    let (dimensions, components, n) = (10, 25, 1000);
    let mut random = Lcg(5);
    let points = random.symmetric(n * dimensions, 2.0);
    let problem = Gmm { dimensions, components, points, gamma: 1.0, m: 0.0 };
    let x = DVector::from_vec(random.symmetric(Gmm::parameters(dimensions, components), 1.0));
    let constant = problem.objective(x.as_slice()) - in_loops(&problem, x.as_slice());
    let moved = x.map(|x| 0.9 * x);
    let drift = problem.objective(moved.as_slice()) - in_loops(&problem, moved.as_slice()) - constant;
    assert!(drift.abs() <= 1e-9 * constant.abs(), "two spellings of one function");

    let mut group = c.benchmark_group("A5 mixture");
    let loops = || in_loops(&problem, black_box(x.as_slice()));
    let reverse = || gradient(|x| problem.objective(x.as_slice()), black_box(&x));
    group.bench_function("function", |b| b.iter(|| problem.objective(black_box(x.as_slice()))));
    group.bench_function("function in loops", |b| b.iter(loops));
    group.bench_function("reverse", |b| b.iter(reverse));
    group.finish();
    let workload = "A5 mixture, to plain loops";
    table.row(workload, "reverse", 4.0, reverse, loops);
}
