//! [`EvaluatedLayer`]: a dense layer on plain numbers, with what its pullback needs.

use super::{Matrix, plain_layer};
use crate::Activation;

/// The outputs of [`Real::layer`](crate::Real::layer) on plain numbers, and the slopes of its activation there: for products
/// that are written by hand, such as that of a network inside a right-hand side.
///
/// ```
/// use costate_ad::{Activation, EvaluatedLayer};
///
/// let (weights, bias, inputs, shape) = ([2.0, -1.0], [0.5], [3.0, 4.0], [1, 2, 1]);
/// let layer = EvaluatedLayer::new(Activation::Square, [&weights, &bias, &inputs], shape);
/// assert_eq!(layer.outputs(), [6.25]);
/// let (mut of_weights, mut of_bias, mut of_inputs) = ([0.0; 2], [0.0], [0.0; 2]);
/// layer.pull_back([&weights, &inputs], &[1.0], [&mut of_weights, &mut of_bias, &mut of_inputs]);
/// assert_eq!((of_weights, of_bias, of_inputs), ([15.0, 20.0], [5.0], [10.0, -5.0]));
/// ```
#[derive(Clone, Debug)]
pub struct EvaluatedLayer {
    outputs: Vec<f64>,
    /// Empty for the identity.
    slopes: Vec<f64>,
    shape: [usize; 3],
}

impl EvaluatedLayer {
    /// Evaluates `activation(weights * inputs + bias)`; the parts are weights, bias and inputs, the shape is
    /// `[outputs, inputs, samples]`, and matrices are stored column after column.
    ///
    /// # Panics
    /// If the sizes are not those of the shape.
    pub fn new(activation: Activation, parts: [&[f64]; 3], shape: [usize; 3]) -> Self {
        let sums = plain_layer(parts, shape);
        if activation == Activation::Identity {
            return Self { outputs: sums, slopes: Vec::new(), shape };
        }
        let outputs = activation.values(&sums);
        let slopes = activation.slopes(&sums, &outputs);
        Self { outputs, slopes, shape }
    }

    /// The outputs, one column for each sample.
    pub fn outputs(&self) -> &[f64] {
        &self.outputs
    }

    /// **Adds** the cotangents of weights, bias and inputs to `cotangents`, given that of the outputs and the weights and
    /// inputs of the evaluation. An empty slice in `cotangents` asks for none.
    ///
    /// # Panics
    /// If the sizes are not those of the shape.
    pub fn pull_back(&self, [weights, inputs]: [&[f64]; 2], of_outputs: &[f64], cotangents: [&mut [f64]; 3]) {
        let [in_weights, in_bias, in_inputs] = cotangents;
        let scaled: Vec<f64>;
        let of_sums = if self.slopes.is_empty() {
            of_outputs
        } else {
            let pairs = of_outputs.iter().zip(&self.slopes);
            scaled = pairs.map(|(&o, &s)| if o == 0.0 { 0.0 } else { o * s }).collect();
            &scaled
        };
        if !in_bias.is_empty() {
            for column in of_sums.chunks_exact(in_bias.len()) {
                in_bias.iter_mut().zip(column).for_each(|(c, o)| *c += o);
            }
        }
        pull_back_product([weights, inputs], of_sums, self.shape, [in_weights, in_inputs]);
    }
}

/// The cotangents of both factors of a matrix product; an empty slice asks for none.
pub(super) fn pull_back_product(
    [left, right]: [&[f64]; 2],
    output: &[f64],
    [rows, inner, columns]: [usize; 3],
    [in_left, in_right]: [&mut [f64]; 2],
) {
    let output = Matrix::new(output, rows, columns);
    if !in_left.is_empty() {
        output.accumulate(Matrix::new(right, inner, columns).transposed(), in_left);
    }
    if !in_right.is_empty() {
        Matrix::new(left, rows, inner).transposed().accumulate(output, in_right);
    }
}
