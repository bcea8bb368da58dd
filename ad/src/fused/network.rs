//! [`EvaluatedNetwork`]: dense layers one after the other on plain numbers, with what their pullback needs.

use super::check_shape;
use super::layer::EvaluatedLayer;
use crate::{Activation, Real};

/// One layer's part of a slice of parameters that begins with it: its weights, its bias, and what is behind them.
fn split<R>(parameters: &[R], [outputs, inputs]: [usize; 2]) -> [&[R]; 3] {
    let (weights, rest) = parameters.split_at(outputs * inputs);
    let (bias, rest) = rest.split_at(outputs);
    [weights, bias, rest]
}

/// The number of samples in a batch, if everything fits together.
fn samples(sizes: &[usize], activations: &[Activation], parameters: usize, inputs: usize) -> usize {
    assert!(
        sizes.len() == activations.len() + 1 && sizes[0] > 0,
        "network: one more size than activations, and an input"
    );
    let expected = sizes.windows(2).map(|size| size[1] * (size[0] + 1)).sum();
    check_shape("network", &[("parameters", parameters, expected)]);
    assert_eq!(inputs % sizes[0], 0, "network: {inputs} numbers are no whole samples of {} inputs", sizes[0]);
    inputs / sizes[0]
}

/// Layer after layer, each by [`Real::layer`].
pub(crate) fn network<R: Real>(
    sizes: &[usize],
    activations: &[Activation],
    mut parameters: &[R],
    inputs: &[R],
) -> Vec<R> {
    let samples = samples(sizes, activations, parameters.len(), inputs.len());
    let mut x: Option<Vec<R>> = None;
    for (size, &activation) in sizes.windows(2).zip(activations) {
        let [weights, bias, rest] = split(parameters, [size[1], size[0]]);
        let shape = [size[1], size[0], samples];
        x = Some(R::layer(activation, weights, bias, x.as_deref().unwrap_or(inputs), shape));
        parameters = rest;
    }
    x.unwrap_or_else(|| inputs.to_vec())
}

/// The outputs of [`Real::network`] on plain numbers, and what happened on the way, in memory that the next evaluation uses
/// again: for products that are written by hand, such as that of a network inside a right-hand side.
///
/// ```
/// use costate_ad::{Activation, EvaluatedNetwork};
///
/// let (parameters, inputs) = ([2.0, -1.0, 0.5, 3.0, 0.0], [3.0, 4.0]);
/// let mut network = EvaluatedNetwork::default();
/// network.evaluate(&[2, 1, 1], &[Activation::Square, Activation::Identity], &parameters, &inputs);
/// assert_eq!(network.outputs(), [18.75]);
/// let (mut of_parameters, mut of_inputs) = ([0.0; 5], [0.0; 2]);
/// network.pull_back(&parameters, &inputs, &[1.0], &mut of_parameters, &mut of_inputs);
/// assert_eq!((of_parameters, of_inputs), ([45.0, 60.0, 15.0, 6.25, 1.0], [30.0, -15.0]));
/// ```
#[derive(Clone, Debug, Default)]
pub struct EvaluatedNetwork {
    sizes: Vec<usize>,
    /// At least as many as layers.
    evaluated: Vec<EvaluatedLayer>,
    /// Cotangents of the outputs of a layer, and of its inputs.
    bars: [Vec<f64>; 2],
}

impl EvaluatedNetwork {
    /// Evaluates the network, as [`Real::network`] does.
    ///
    /// # Panics
    /// If the sizes do not fit together.
    pub fn evaluate(&mut self, sizes: &[usize], activations: &[Activation], parameters: &[f64], inputs: &[f64]) {
        self.run(sizes, activations, parameters, inputs, EvaluatedLayer::evaluate);
    }

    /// As [`evaluate`](Self::evaluate), for a [pullback](Self::pull_back) alone: without the outputs where that asks for none of them.
    ///
    /// # Panics
    /// If the sizes do not fit together.
    pub fn linearise(&mut self, sizes: &[usize], activations: &[Activation], parameters: &[f64], inputs: &[f64]) {
        self.run(sizes, activations, parameters, inputs, EvaluatedLayer::linearise);
    }

    /// Evaluates layer after layer, the last one by `last`.
    fn run(
        &mut self,
        sizes: &[usize],
        activations: &[Activation],
        mut parameters: &[f64],
        inputs: &[f64],
        last: fn(&mut EvaluatedLayer, Activation, [&[f64]; 3], [usize; 3]),
    ) {
        let samples = samples(sizes, activations, parameters.len(), inputs.len());
        self.sizes.clear();
        self.sizes.extend_from_slice(sizes);
        self.evaluated.resize_with(self.evaluated.len().max(activations.len()), EvaluatedLayer::default);
        for (index, (size, &activation)) in sizes.windows(2).zip(activations).enumerate() {
            let [weights, bias, rest] = split(parameters, [size[1], size[0]]);
            let (before, here) = self.evaluated.split_at_mut(index);
            let x = before.last().map_or(inputs, EvaluatedLayer::outputs);
            let run = if index + 1 == activations.len() { last } else { EvaluatedLayer::evaluate };
            run(&mut here[0], activation, [weights, bias, x], [size[1], size[0], samples]);
            parameters = rest;
        }
    }

    /// The outputs of the last layer, one column for each sample.
    pub fn outputs(&self) -> &[f64] {
        self.sizes.len().checked_sub(2).map_or(&[], |last| self.evaluated[last].outputs())
    }

    /// **Adds** the cotangents of parameters and inputs to `of_parameters` and `of_inputs`, given that of the outputs, and the
    /// parameters and inputs of the evaluation. An empty slice asks for none.
    ///
    /// # Panics
    /// If the sizes are not those of the evaluation.
    pub fn pull_back(
        &mut self,
        parameters: &[f64],
        inputs: &[f64],
        of_outputs: &[f64],
        of_parameters: &mut [f64],
        of_inputs: &mut [f64],
    ) {
        let [bar, next] = &mut self.bars;
        bar.clear();
        bar.extend_from_slice(of_outputs);
        let (mut end, mut rest) = (parameters.len(), of_parameters);
        for (index, size) in self.sizes.windows(2).enumerate().rev() {
            let start = end - size[1] * (size[0] + 1);
            let [weights, _, _] = split(&parameters[start..end], [size[1], size[0]]);
            let (before, of_layer) = rest.split_at_mut(start.min(rest.len()));
            let (of_weights, of_bias) = of_layer.split_at_mut(weights.len().min(of_layer.len()));
            let evaluated = &self.evaluated[index];
            if index == 0 {
                return evaluated.pull_back([weights, inputs], bar, [of_weights, of_bias, of_inputs]);
            }
            let x = self.evaluated[index - 1].outputs();
            next.clear();
            next.resize(x.len(), 0.0);
            evaluated.pull_back([weights, x], bar, [of_weights, of_bias, next]);
            std::mem::swap(bar, next);
            (rest, end) = (before, start);
        }
    }
}
