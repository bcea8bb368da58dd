//! [`EvaluatedLayer`]: a dense layer on plain numbers, with what its pullback needs.

use super::{Matrix, elementary, narrow, plain_layer};
use crate::Activation;

/// The outputs of [`Real::layer`](crate::Real::layer) on plain numbers, and the slopes of its activation there: for products
/// that are written by hand, such as that of a network inside a right-hand side.
///
/// ```
/// use costate_ad::{Activation, EvaluatedLayer};
///
/// let (weights, bias, inputs, shape) = ([2.0, -1.0], [0.5], [3.0, 4.0], [1, 2, 1]);
/// let mut layer = EvaluatedLayer::default();
/// layer.evaluate(Activation::Square, [&weights, &bias, &inputs], shape);
/// assert_eq!(layer.outputs(), [6.25]);
/// let (mut of_weights, mut of_bias, mut of_inputs) = ([0.0; 2], [0.0], [0.0; 2]);
/// layer.pull_back([&weights, &inputs], &mut [1.0], [&mut of_weights, &mut of_bias, &mut of_inputs]);
/// assert_eq!((of_weights, of_bias, of_inputs), ([15.0, 20.0], [5.0], [10.0, -5.0]));
/// ```
#[derive(Clone, Debug, Default)]
pub struct EvaluatedLayer {
    outputs: Vec<f64>,
    activation: Activation,
    /// Empty where the outputs tell.
    slopes: Vec<f64>,
    shape: [usize; 3],
}

impl EvaluatedLayer {
    /// Evaluates `activation(weights * inputs + bias)` in the memory of the evaluation before; the parts are weights, bias and
    /// inputs, the shape is `[outputs, inputs, samples]`, and matrices are stored column after column.
    ///
    /// # Panics
    /// If the sizes are not those of the shape.
    pub fn evaluate(&mut self, activation: Activation, parts: [&[f64]; 3], shape: [usize; 3]) {
        (self.activation, self.shape) = (activation, shape);
        plain_layer(parts, shape, &mut self.outputs);
        self.slopes.clear();
        let outputs_tell = matches!(activation, Activation::Identity | Activation::Tanh);
        if !outputs_tell {
            self.slopes.extend_from_slice(&self.outputs);
        }
        activation.apply_to(&mut self.outputs);
        if !outputs_tell {
            activation.slopes_of(&mut self.slopes, &self.outputs);
        }
    }

    /// As [`evaluate`](Self::evaluate), for a [pullback](Self::pull_back) alone: without the outputs where that asks for none of them.
    pub(super) fn linearise(&mut self, activation: Activation, parts: [&[f64]; 3], shape: [usize; 3]) {
        if activation != Activation::Identity {
            return self.evaluate(activation, parts, shape);
        }
        (self.activation, self.shape) = (activation, shape);
        self.outputs.clear();
        self.slopes.clear();
    }

    /// The outputs, one column for each sample.
    pub fn outputs(&self) -> &[f64] {
        &self.outputs
    }

    /// **Adds** the cotangents of weights, bias and inputs to `cotangents`, given that of the outputs, which becomes that of the
    /// sums before the activation, and the weights and inputs of the evaluation. An empty slice in `cotangents` asks for none.
    ///
    /// # Panics
    /// If the sizes are not those of the shape.
    pub fn pull_back(&self, [weights, inputs]: [&[f64]; 2], of_outputs: &mut [f64], cotangents: [&mut [f64]; 3]) {
        let [in_weights, in_bias, in_inputs] = cotangents;
        match self.activation {
            Activation::Identity => {}
            Activation::Tanh => elementary::pull_back_tanh(&self.outputs, of_outputs),
            // A cotangent of zero stays one, whatever the slope.
            _ => of_outputs.iter_mut().zip(&self.slopes).for_each(|(o, s)| *o = if *o == 0.0 { 0.0 } else { *o * s }),
        }
        if !in_bias.is_empty() {
            narrow::add_columns(of_outputs, in_bias);
        }
        pull_back_product([weights, inputs], of_outputs, self.shape, [in_weights, in_inputs]);
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
