//! The hooks for a scalar that knows no better: plain loops.

use crate::{Activation, Real};

/// Panics unless matrices and vectors of a product have the sizes that `shape` says.
pub(crate) fn check_shape(what: &str, sizes: &[(&str, usize, usize)]) {
    for (name, found, expected) in sizes {
        assert!(found == expected, "{what}: {name} has {found} elements, but the shape says {expected}");
    }
}

pub(crate) fn matmul<R: Real>(left: &[R], right: &[R], [rows, inner, columns]: [usize; 3]) -> Vec<R> {
    check_shape("matmul", &[("left", left.len(), rows * inner), ("right", right.len(), inner * columns)]);
    let mut product = vec![R::zero(); rows * columns];
    accumulate(left, right, [rows, inner, columns], &mut product);
    product
}

pub(crate) fn layer<R: Real>(
    activation: Activation,
    [weights, bias, inputs]: [&[R]; 3],
    [rows, inner, columns]: [usize; 3],
) -> Vec<R> {
    let bias_size = ("bias", bias.len(), rows);
    check_shape(
        "layer",
        &[("weights", weights.len(), rows * inner), bias_size, ("inputs", inputs.len(), inner * columns)],
    );
    let mut outputs = bias.repeat(columns);
    accumulate(weights, inputs, [rows, inner, columns], &mut outputs);
    R::map(activation, &outputs)
}

pub(crate) fn logsumexp<R: Real>(terms: &[R]) -> R {
    let larger = |largest: f64, x: &R| if x.value() > largest || x.value().is_nan() { x.value() } else { largest };
    let largest = terms.iter().fold(f64::NEG_INFINITY, larger);
    if largest.is_infinite() {
        let first: Vec<R> = terms.iter().copied().filter(|x| x.value() == largest).collect();
        return if first.is_empty() { R::from(largest) } else { R::sum(&first) / first.len() as f64 };
    }
    terms.iter().fold(R::zero(), |total, &x| total + (x - largest).exp()).ln() + largest
}

/// The gradient of `logsumexp`: the share of each term.
pub(crate) fn shares<R: Real>(terms: &[R], logsumexp: R) -> Vec<R> {
    let value = logsumexp.value();
    if value.is_infinite() {
        let largest = terms.iter().filter(|x| x.value() == value).count() as f64;
        return terms.iter().map(|x| R::from(if x.value() == value { 1.0 / largest } else { 0.0 })).collect();
    }
    terms.iter().map(|&x| (x - logsumexp).exp()).collect()
}

/// `product += left * right`.
fn accumulate<R: Real>(left: &[R], right: &[R], [rows, inner, columns]: [usize; 3], product: &mut [R]) {
    for j in 0..columns {
        for k in 0..inner {
            let factor = right[j * inner + k];
            for i in 0..rows {
                product[j * rows + i] += left[k * rows + i] * factor;
            }
        }
    }
}
