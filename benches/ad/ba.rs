//! A5: ADBench's bundle adjustment: 31,843 observations, for each a Jacobian of 2 errors in 15 inputs.

#[path = "../../ad/tests/adbench/ba.rs"]
mod objective;

use crate::random::Lcg;
use crate::table::Table;
use criterion::Criterion;
use objective::{INPUTS, jacobian, reprojection};
use std::hint::black_box;

const OBSERVATIONS: usize = 31_843;

/// A camera of ADBench's first data set, moved a little from observation to observation.
const CAMERA: [f64; INPUTS] = [
    0.0157, -0.0128, -0.0044, -0.0341, -0.1075, 1.1202, 399.75, 0.059, 0.07, -3.177e-7, 5.882e-13, -0.612, 0.572,
    -1.847, 0.417,
];

pub fn bench(c: &mut Criterion, table: &mut Table) {
    let mut random = Lcg(3);
    let inputs: Vec<[f64; INPUTS]> =
        (0..OBSERVATIONS).map(|_| CAMERA.map(|x| x * (1.0 + 0.1 * random.next()))).collect();
    let feature = [-332.65, 262.09];
    let mut errors = vec![[0.0; 2]; OBSERVATIONS];
    let mut function = || {
        for (error, x) in errors.iter_mut().zip(black_box(&inputs)) {
            *error = reprojection(x, feature);
        }
        black_box(errors[7][0]);
    };
    let (mut values, mut jacobians) = (vec![[0.0; 2]; OBSERVATIONS], vec![[[0.0; INPUTS]; 2]; OBSERVATIONS]);
    let mut forward = || {
        for ((value, rows), x) in values.iter_mut().zip(&mut jacobians).zip(black_box(&inputs)) {
            let [u, v] = jacobian(x, feature);
            *value = [u.value, v.value];
            *rows = [u.derivatives, v.derivatives];
        }
        black_box(jacobians[7][1][3]);
    };
    let mut group = c.benchmark_group("A5 bundle adjustment");
    group.bench_function("function", |b| b.iter(&mut function));
    group.bench_function("forward", |b| b.iter(&mut forward));
    group.finish();
    table.row("A5 bundle adjustment", "Dual<f64, 15>", 6.0, forward, function);
}
