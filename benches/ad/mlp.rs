//! A4: the squared outputs of a network 64-128-128-64 with tanh on 32 samples, in all of its 33,088 weights.

use crate::random::Lcg;
use crate::table::Table;
use costate_ad::{Activation, Real, gradient};
use criterion::Criterion;
use nalgebra::{DMatrix, DVector};
use std::hint::black_box;

const SIZES: [usize; 4] = [64, 128, 128, 64];
const SAMPLES: usize = 32;

fn activation(layer: usize) -> Activation {
    if layer + 2 < SIZES.len() { Activation::Tanh } else { Activation::Identity }
}

/// Weights and bias, layer after layer.
fn loss<R: Real>(parameters: &[R], inputs: &[f64]) -> R {
    let mut rest = parameters;
    let mut x: Vec<R> = inputs.iter().map(|&x| R::from(x)).collect();
    for (layer, size) in SIZES.windows(2).enumerate() {
        let (weights, after) = rest.split_at(size[0] * size[1]);
        let (bias, after) = after.split_at(size[1]);
        x = R::layer(activation(layer), weights, bias, &x, [size[1], size[0], SAMPLES]);
        rest = after;
    }
    R::dot(&x, &x)
}

/// The same gradient as one would write it down with matrices.
fn by_hand(parameters: &[f64], inputs: &DMatrix<f64>) -> (f64, Vec<f64>) {
    let mut rest = parameters;
    let mut weights = Vec::new();
    let mut states = vec![inputs.clone()];
    for (layer, size) in SIZES.windows(2).enumerate() {
        let (w, after) = rest.split_at(size[0] * size[1]);
        let (b, after) = after.split_at(size[1]);
        let w = DMatrix::from_column_slice(size[1], size[0], w);
        let mut z = DMatrix::from_fn(size[1], SAMPLES, |i, _| b[i]);
        z.gemm(1.0, &w, &states[layer], 1.0);
        if activation(layer) == Activation::Tanh {
            z.apply(|z| *z = z.tanh());
        }
        states.push(z);
        weights.push(w);
        rest = after;
    }
    let value = states[3].norm_squared();
    let mut slope = vec![0.0; parameters.len()];
    let mut end = slope.len();
    let mut cotangent = &states[3] * 2.0;
    for layer in (0..3).rev() {
        let (inner, rows) = (SIZES[layer], SIZES[layer + 1]);
        if activation(layer) == Activation::Tanh {
            cotangent.zip_apply(&states[layer + 1], |c, y| *c *= 1.0 - y * y);
        }
        let bias = &mut slope[end - rows..end];
        cotangent.column_iter().for_each(|column| bias.iter_mut().zip(&column).for_each(|(b, c)| *b += c));
        let of_weights = &cotangent * states[layer].transpose();
        let start = end - rows * (inner + 1);
        slope[start..end - rows].copy_from_slice(of_weights.as_slice());
        if layer > 0 {
            cotangent = weights[layer].transpose() * cotangent;
        }
        end = start;
    }
    (value, slope)
}

pub fn bench(c: &mut Criterion, table: &mut Table) {
    let mut random = Lcg(7);
    let n = SIZES.windows(2).map(|s| s[1] * (s[0] + 1)).sum();
    let x = DVector::from_vec(random.symmetric(n, 0.15));
    let inputs = random.symmetric(SIZES[0] * SAMPLES, 1.0);
    let matrix = DMatrix::from_column_slice(SIZES[0], SAMPLES, &inputs);

    let (value, slope) = gradient(|x| loss(x.as_slice(), &inputs), &x);
    let (expected, by_hand_slope) = by_hand(x.as_slice(), &matrix);
    assert!((value - expected).abs() <= 1e-12 * expected);
    let by_hand_slope = DVector::from_vec(by_hand_slope);
    assert!((slope - &by_hand_slope).amax() <= 1e-12 * by_hand_slope.amax());

    let mut group = c.benchmark_group("A4 network");
    let function = || loss(black_box(x.as_slice()), &inputs);
    let hand = || by_hand(black_box(x.as_slice()), &matrix);
    let reverse = || gradient(|x| loss(x.as_slice(), &inputs), black_box(&x));
    group.bench_function("function", |b| b.iter(function));
    group.bench_function("by hand", |b| b.iter(hand));
    group.bench_function("reverse", |b| b.iter(reverse));
    group.finish();
    let workload = "A4 network, to a gradient by hand";
    table.row(workload, "reverse", 1.5, reverse, hand);
}
