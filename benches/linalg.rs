//! Dense linear algebra: factorisation against nalgebra's, and gradients of a solve against the plain solve.
//!
//! A6 is the LU solve of 100 x 100 with all 10,100 numbers of the matrix and the right-hand side as inputs.

use costate_ad::{Real, gradient};
use costate_linalg::{Lu, solve};
use criterion::{BenchmarkId, Criterion};
use nalgebra::{DMatrix, DVector};
use random::Lcg;
use std::hint::black_box;
use table::Table;

#[path = "ad/random.rs"]
mod random;
#[path = "ad/table.rs"]
mod table;

/// The entries of an n x n matrix with 10 added to its diagonal, then those of a right-hand side.
fn inputs(n: usize) -> DVector<f64> {
    let mut random = Lcg(11);
    let mut inputs = DVector::from_fn(n * n + n, |_, _| random.next());
    (0..n).for_each(|i| inputs[i * (n + 1)] += 10.0);
    inputs
}

/// The sum of the solution of the system that `inputs` holds.
fn sum_of_solution<R: Real>(inputs: &DVector<R>, n: usize) -> R {
    let a = DMatrix::from_column_slice(n, n, &inputs.as_slice()[..n * n]);
    let b = DVector::from_column_slice(&inputs.as_slice()[n * n..]);
    R::sum(solve(&a, &b).expect("the matrix is regular").as_slice())
}

fn factorisation(c: &mut Criterion) {
    let mut group = c.benchmark_group("factor and solve");
    for n in [3, 10, 50, 100] {
        let inputs = inputs(n);
        let a = DMatrix::from_column_slice(n, n, &inputs.as_slice()[..n * n]);
        let b = DVector::from_column_slice(&inputs.as_slice()[n * n..]);
        group.bench_function(BenchmarkId::new("nalgebra", n), |bench| {
            bench.iter(|| black_box(&a).clone().lu().solve(black_box(&b)))
        });
        group.bench_function(BenchmarkId::new("Lu::new", n), |bench| {
            bench.iter(|| {
                let mut x = b.clone();
                Lu::new(black_box(&a)).expect("the matrix is regular").solve(x.as_mut_slice());
                x
            })
        });
        let (mut lu, mut x) = (Lu::identity(n), b.clone());
        group.bench_function(BenchmarkId::new("Lu reused", n), |bench| {
            bench.iter(|| {
                lu.factor(black_box(&a)).expect("the matrix is regular");
                x.copy_from(&b);
                lu.solve(x.as_mut_slice());
                x[0]
            })
        });
    }
    group.finish();
}

fn a6(c: &mut Criterion, table: &mut Table) {
    let mut group = c.benchmark_group("A6");
    for (n, workload) in [(10, "A6 of size 10"), (100, "A6 LU solve")] {
        let inputs = inputs(n);
        let plain = || sum_of_solution(black_box(&inputs), n);
        let reverse = || gradient(|x| sum_of_solution(x, n), black_box(&inputs));
        group.bench_function(BenchmarkId::new("plain", n), |bench| bench.iter(plain));
        group.bench_function(BenchmarkId::new("gradient", n), |bench| bench.iter(reverse));
        table.row(workload, "reverse", 2.5, reverse, plain);
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut table = Table::from_args();
    factorisation(&mut criterion);
    a6(&mut criterion, &mut table);
    criterion.final_summary();
    table.print();
}
