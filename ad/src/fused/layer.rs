//! [`EvaluatedLayer`]: a dense layer on plain numbers, with what its pullback needs.

use super::{Matrix, Start, elementary, narrow, plain_layer};
use crate::Activation;
use std::ops::Range;

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
        self.prepare(activation, shape);
        self.evaluate_samples(parts, 0..shape[2]);
    }

    /// Makes room for the outputs of a layer of this shape.
    pub(super) fn prepare(&mut self, activation: Activation, shape: [usize; 3]) {
        (self.activation, self.shape) = (activation, shape);
        self.outputs.resize(shape[0] * shape[2], 0.0);
        let outputs_tell = matches!(activation, Activation::Identity | Activation::Tanh);
        self.slopes.resize(if outputs_tell { 0 } else { shape[0] * shape[2] }, 0.0);
    }

    /// Evaluates some of the samples, whose inputs these are.
    pub(super) fn evaluate_samples(&mut self, parts: [&[f64]; 3], samples: Range<usize>) {
        let ([rows, inner, _], count) = (self.shape, samples.len());
        let place = samples.start * rows..samples.end * rows;
        let outputs = &mut self.outputs[place.clone()];
        plain_layer(parts, [rows, inner, count], outputs);
        let Some(slopes) = self.slopes.get_mut(place).filter(|slopes| !slopes.is_empty()) else {
            return self.activation.apply_to(outputs);
        };
        slopes.copy_from_slice(outputs);
        self.activation.apply_to(outputs);
        self.activation.slopes_of(slopes, outputs);
    }

    /// Makes room for a [pullback](Self::pull_back) alone, of a layer whose outputs that does not ask for.
    pub(super) fn prepare_linear(&mut self, shape: [usize; 3]) {
        (self.activation, self.shape) = (Activation::Identity, shape);
        self.outputs.clear();
        self.slopes.clear();
    }

    pub(super) fn activation(&self) -> Activation {
        self.activation
    }

    pub(super) fn bytes(&self) -> usize {
        size_of::<f64>() * (self.outputs.capacity() + self.slopes.capacity())
    }

    /// The outputs, one column for each sample.
    pub fn outputs(&self) -> &[f64] {
        &self.outputs
    }

    /// The outputs of some of the samples.
    pub(super) fn outputs_of(&self, samples: Range<usize>) -> &[f64] {
        &self.outputs[samples.start * self.shape[0]..samples.end * self.shape[0]]
    }

    /// **Adds** the cotangents of weights, bias and inputs to `cotangents`, given that of the outputs, which becomes that of the
    /// sums before the activation, and the weights and inputs of the evaluation. An empty slice in `cotangents` asks for none.
    ///
    /// # Panics
    /// If the sizes are not those of the shape.
    pub fn pull_back(&self, factors: [&[f64]; 2], of_outputs: &mut [f64], cotangents: [&mut [f64]; 3]) {
        self.pull_back_samples(factors, of_outputs, cotangents, (0..self.shape[2], Start::Sum));
    }

    /// [`pull_back`](Self::pull_back) of some of the samples, whose inputs and cotangents these are. The cotangents of the inputs are added to
    /// `start`.
    pub(super) fn pull_back_samples(
        &self,
        [weights, inputs]: [&[f64]; 2],
        of_outputs: &mut [f64],
        [in_weights, in_bias, in_inputs]: [&mut [f64]; 3],
        (samples, start): (Range<usize>, Start<'_>),
    ) {
        let ([rows, inner, _], count) = (self.shape, samples.len());
        let place = samples.start * rows..samples.end * rows;
        assert_eq!(of_outputs.len(), place.len(), "cotangents of {count} samples of {rows} outputs");
        match self.activation {
            Activation::Identity => {}
            Activation::Tanh => elementary::pull_back_tanh(&self.outputs[place], of_outputs),
            // A cotangent of zero stays one, whatever the slope.
            _ => {
                let slopes = &self.slopes[place];
                of_outputs.iter_mut().zip(slopes).for_each(|(o, s)| *o = if *o == 0.0 { 0.0 } else { *o * s });
            }
        }
        if !in_bias.is_empty() {
            narrow::add_columns(of_outputs, in_bias);
        }
        pull_back_product([weights, inputs], of_outputs, [rows, inner, count], [in_weights, in_inputs], start);
    }
}

/// The cotangents of both factors of a matrix product; an empty slice asks for none. That of the right one is added to `start`.
pub(super) fn pull_back_product(
    [left, right]: [&[f64]; 2],
    output: &[f64],
    [rows, inner, columns]: [usize; 3],
    [in_left, in_right]: [&mut [f64]; 2],
    start: Start<'_>,
) {
    let output = Matrix::new(output, rows, columns);
    if !in_left.is_empty() {
        output.accumulate(Matrix::new(right, inner, columns).transposed(), in_left);
    }
    if !in_right.is_empty() {
        Matrix::new(left, rows, inner).transposed().multiply(output, start, in_right);
    }
}
