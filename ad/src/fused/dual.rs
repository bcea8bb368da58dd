//! The hooks of [`Dual`]: the value by the hook of the inner scalar, all directions of a factor by one more product.

use super::check_shape;
use super::default::shares;
use crate::{Activation, Dual, Real};

pub(crate) fn dual_matmul<R: Real, const N: usize>(
    left: &[Dual<R, N>],
    right: &[Dual<R, N>],
    shape: [usize; 3],
) -> Vec<Dual<R, N>> {
    let [rows, inner, columns] = shape;
    check_shape("matmul", &[("left", left.len(), rows * inner), ("right", right.len(), inner * columns)]);
    let (left_values, right_values) = (values(left), values(right));
    let mut product: Vec<_> = R::matmul(&left_values, &right_values, shape).into_iter().map(Dual::constant).collect();
    add_directions([left, right], [&left_values, &right_values], shape, &mut product);
    product
}

pub(crate) fn dual_layer<R: Real, const N: usize>(
    activation: Activation,
    [weights, bias, inputs]: [&[Dual<R, N>]; 3],
    shape: [usize; 3],
) -> Vec<Dual<R, N>> {
    let [weight_values, bias_values, input_values] = [weights, bias, inputs].map(values);
    let sums = R::layer(Activation::Identity, &weight_values, &bias_values, &input_values, shape);
    let mut sums: Vec<_> = sums
        .into_iter()
        .zip(bias.iter().cycle())
        .map(|(value, bias)| Dual { value, derivatives: bias.derivatives })
        .collect();
    add_directions([weights, inputs], [&weight_values, &input_values], shape, &mut sums);
    if activation == Activation::Identity { sums } else { Dual::map(activation, &sums) }
}

pub(crate) fn dual_logsumexp<R: Real, const N: usize>(terms: &[Dual<R, N>]) -> Dual<R, N> {
    let terms_values = values(terms);
    let value = R::logsumexp(&terms_values);
    let shares = shares(&terms_values, value);
    let derivatives = std::array::from_fn(|i| {
        let direction: Vec<R> = terms.iter().map(|x| x.derivatives[i]).collect();
        R::dot(&shares, &direction)
    });
    Dual { value, derivatives }
}

fn values<R: Real, const N: usize>(x: &[Dual<R, N>]) -> Vec<R> {
    x.iter().map(|x| x.value).collect()
}

/// Adds the derivatives of `left * right` to those of `product`. The directions of the right factor stand side by side in
/// one wide matrix, those of the left below each other in one tall matrix, so each factor costs one product; a factor
/// without derivatives costs none.
fn add_directions<R: Real, const N: usize>(
    [left, right]: [&[Dual<R, N>]; 2],
    [left_values, right_values]: [&[R]; 2],
    [rows, inner, columns]: [usize; 3],
    product: &mut [Dual<R, N>],
) {
    if !right.iter().all(Dual::is_constant) {
        let wide: Vec<R> = (0..N).flat_map(|i| right.iter().map(move |x| x.derivatives[i])).collect();
        let part = R::matmul(left_values, &wide, [rows, inner, columns * N]);
        for (e, p) in product.iter_mut().enumerate() {
            for i in 0..N {
                p.derivatives[i] += part[i * rows * columns + e];
            }
        }
    }
    if !left.iter().all(Dual::is_constant) {
        let column =
            |k: usize| (0..N).flat_map(move |i| left[k * rows..][..rows].iter().map(move |x| x.derivatives[i]));
        let tall: Vec<R> = (0..inner).flat_map(column).collect();
        let part = R::matmul(&tall, right_values, [rows * N, inner, columns]);
        for (e, p) in product.iter_mut().enumerate() {
            let (row, column) = (e % rows, e / rows);
            for i in 0..N {
                p.derivatives[i] += part[(column * N + i) * rows + row];
            }
        }
    }
}
