//! [`EvaluatedNetwork`]: dense layers one after the other on plain numbers, with what their pullback needs.

use super::Start;
use super::check_shape;
use super::kept::Asked;
use super::layer::EvaluatedLayer;
use crate::{Activation, Real};
use std::cell::Cell;
use std::ops::Range;

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

/// [`network`] on plain numbers.
pub(crate) fn plain_network(
    sizes: &[usize],
    activations: &[Activation],
    parameters: &[f64],
    inputs: &[f64],
) -> Vec<f64> {
    if activations.is_empty() {
        return network(sizes, activations, parameters, inputs);
    }
    Asked { sizes, activations, parameters, inputs }.outputs()
}

thread_local! {
    /// Cotangents of the outputs of a layer, and of its inputs, while a network is pulled back.
    static BARS: Cell<[Vec<f64>; 2]> = const { Cell::new([const { Vec::new() }; 2]) };
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
}

impl EvaluatedNetwork {
    /// Evaluates the network, as [`Real::network`] does.
    ///
    /// # Panics
    /// If the sizes do not fit together.
    pub fn evaluate(&mut self, sizes: &[usize], activations: &[Activation], parameters: &[f64], inputs: &[f64]) {
        self.run(sizes, activations, [parameters, inputs], false);
    }

    /// As [`evaluate`](Self::evaluate), for a [pullback](Self::pull_back) alone: without the outputs where that asks for none of them.
    ///
    /// # Panics
    /// If the sizes do not fit together.
    pub fn linearise(&mut self, sizes: &[usize], activations: &[Activation], parameters: &[f64], inputs: &[f64]) {
        self.run(sizes, activations, [parameters, inputs], true);
    }

    fn run(&mut self, sizes: &[usize], activations: &[Activation], [parameters, inputs]: [&[f64]; 2], linear: bool) {
        let samples = samples(sizes, activations, parameters.len(), inputs.len());
        self.sizes.clear();
        self.sizes.extend_from_slice(sizes);
        self.evaluated.resize_with(self.evaluated.len().max(activations.len()), EvaluatedLayer::default);
        let mut layers = activations.len();
        for (layer, &activation) in activations.iter().enumerate() {
            let shape = [sizes[layer + 1], sizes[layer], samples];
            if linear && layer + 1 == activations.len() && activation == Activation::Identity {
                self.evaluated[layer].prepare_linear(shape);
                layers -= 1;
            } else {
                self.evaluated[layer].prepare(activation, shape);
            }
        }
        for block in blocks(sizes, samples) {
            let mut parameters = parameters;
            for layer in 0..layers {
                let [weights, bias, rest] = split(parameters, [sizes[layer + 1], sizes[layer]]);
                let (before, here) = self.evaluated.split_at_mut(layer);
                let x = inputs_of(before, inputs, sizes[0], block.clone());
                here[0].evaluate_samples([weights, bias, x], block.clone());
                parameters = rest;
            }
        }
    }

    /// Whether the evaluation was that of such a network.
    pub(super) fn has_shape(&self, sizes: &[usize], activations: &[Activation]) -> bool {
        let layers = self.evaluated.iter().map(EvaluatedLayer::activation);
        self.sizes == sizes && layers.take(activations.len()).eq(activations.iter().copied())
    }

    /// The memory of its numbers.
    pub(super) fn bytes(&self) -> usize {
        self.evaluated.iter().map(EvaluatedLayer::bytes).sum()
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
        &self,
        parameters: &[f64],
        inputs: &[f64],
        of_outputs: &[f64],
        of_parameters: &mut [f64],
        of_inputs: &mut [f64],
    ) {
        let mut bars = BARS.take();
        self.pull_back_with(&mut bars, [parameters, inputs, of_outputs], of_parameters, of_inputs);
        BARS.set(bars);
    }

    fn pull_back_with(
        &self,
        [bar, next]: &mut [Vec<f64>; 2],
        [parameters, inputs, of_outputs]: [&[f64]; 3],
        of_parameters: &mut [f64],
        of_inputs: &mut [f64],
    ) {
        let [first, .., outputs] = self.sizes[..] else { return };
        let samples = inputs.len() / first;
        assert_eq!(of_outputs.len(), samples * outputs, "cotangents of {samples} samples of {outputs} outputs");
        for block in blocks(&self.sizes, samples) {
            bar.clear();
            bar.extend_from_slice(&of_outputs[block.start * outputs..block.end * outputs]);
            let mut end = parameters.len();
            for (layer, size) in self.sizes.windows(2).enumerate().rev() {
                let start = end - size[1] * (size[0] + 1);
                let [weights, _, _] = split(&parameters[start..end], [size[1], size[0]]);
                let of_layer = of_parameters.get_mut(start..end).unwrap_or_default();
                let (of_weights, of_bias) = of_layer.split_at_mut(weights.len().min(of_layer.len()));
                let x = inputs_of(&self.evaluated[..layer], inputs, self.sizes[0], block.clone());
                let evaluated = &self.evaluated[layer];
                if layer == 0 {
                    let place = block.start * size[0]..block.end * size[0];
                    let of_inputs = of_inputs.get_mut(place).unwrap_or_default();
                    let cotangents = [of_weights, of_bias, of_inputs];
                    evaluated.pull_back_samples([weights, x], bar, cotangents, (block.clone(), Start::Sum));
                } else {
                    next.resize(x.len(), 0.0);
                    let cotangents = [of_weights, of_bias, next.as_mut_slice()];
                    evaluated.pull_back_samples([weights, x], bar, cotangents, (block.clone(), Start::Zero));
                    std::mem::swap(bar, next);
                }
                end = start;
            }
        }
    }
}

/// Numbers of a block in the widest layer: half of the nearest cache.
const NEAR: usize = 2048;

/// The samples in blocks that stay in the nearest cache from layer to layer, where the layers are so small that their products do not gain
/// from more samples.
fn blocks(sizes: &[usize], samples: usize) -> impl Iterator<Item = Range<usize>> + use<> {
    let widest = sizes.iter().copied().max().unwrap_or(1).max(1);
    let small = sizes.windows(2).all(|size| size[0] * size[1] <= NEAR);
    let block = if small { (NEAR / widest).max(16) } else { samples.max(1) };
    (0..samples).step_by(block).map(move |start| start..(start + block).min(samples))
}

/// What goes into the layer behind those in `before`: their outputs, or the inputs of the network, of some of the samples.
fn inputs_of<'a>(before: &'a [EvaluatedLayer], inputs: &'a [f64], size: usize, samples: Range<usize>) -> &'a [f64] {
    match before.last() {
        Some(layer) => layer.outputs_of(samples),
        None => &inputs[samples.start * size..samples.end * size],
    }
}
