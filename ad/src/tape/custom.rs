//! [`custom`]: a function with a hand-written pullback, as one entry of the tape.

use super::inputs::{self, Inputs};
use super::{chunk, with};
use crate::Var;

type Pullback = Box<dyn Fn(&[f64], &mut [f64])>;

/// A hand-written pullback and where it stands on the tape.
pub(super) struct Custom {
    pub(super) first_output: u32,
    outputs: usize,
    inputs: Box<[Inputs]>,
    pullback: Pullback,
}

/// Records a function of `inputs` whose `values` are known already and whose derivative is written by hand.
///
/// `pullback(output_cotangents, input_cotangents)` receives the cotangent of each output and must **add** to the
/// cotangent of each input (they start at zero). It runs once in each reverse sweep that reaches an output with a
/// cotangent other than zero, and may itself open a nested gradient. Inputs that are constants are welcome: their cotangents
/// are dropped. If no input is a variable, the outputs are constants and the pullback is dropped.
///
/// ```
/// use costate_ad::{Var, custom, gradient};
/// use nalgebra::dvector;
///
/// // The mean of the inputs, as one node however many there are.
/// fn mean(x: &[Var]) -> Var {
///     let n = x.len() as f64;
///     let value = x.iter().map(|x| x.value()).sum::<f64>() / n;
///     custom(x, &[value], move |output, input| input.iter_mut().for_each(|c| *c += output[0] / n))[0]
/// }
///
/// let (value, slope) = gradient(|x| mean(x.as_slice()).powi(2), &dvector![1.0, 2.0, 6.0]);
/// assert_eq!(value, 9.0);
/// assert_eq!(slope, dvector![2.0, 2.0, 2.0]);
/// ```
///
/// # Panics
/// If an input belongs to another tape.
pub fn custom(inputs: &[Var], values: &[f64], pullback: impl Fn(&[f64], &mut [f64]) + 'static) -> Vec<Var> {
    custom_of([inputs], values, move |output, [input]| pullback(output, input))
}

/// [`custom`] of several slices. A slice of constants takes no part: its cotangents are an empty slice, which the pullback
/// is to leave alone.
pub(crate) fn custom_of<const K: usize>(
    parts: [&[Var]; K],
    values: &[f64],
    pullback: impl Fn(&[f64], [&mut [f64]; K]) + 'static,
) -> Vec<Var> {
    let Some(tape) = parts.iter().find_map(|part| inputs::tape_of(part)) else {
        return values.iter().map(|&value| Var::constant(value)).collect();
    };
    super::check(tape);
    let inputs = parts.map(Inputs::of);
    let lengths = inputs.each_ref().map(Inputs::length);
    let split = move |output: &[f64], mut input: &mut [f64]| {
        let parts = lengths.map(|length| input.split_off_mut(..length).expect("the lengths add up"));
        pullback(output, parts);
    };
    if values.is_empty() {
        return Vec::new();
    }
    let first = with(|t| {
        let first_output = t.nodes;
        t.nodes = t.with_more(values.len());
        t.write_tail(chunk::CUSTOM, t.recording.customs.len() as u32);
        let (inputs, pullback) = (inputs.into(), Box::new(split));
        t.recording.customs.push(Custom { first_output, outputs: values.len(), inputs, pullback });
        first_output
    });
    (first..).zip(values).map(|(node, &value)| Var::node(value, node, tape)).collect()
}

impl Custom {
    /// Memory that the entry takes, without what the pullback holds.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Custom>() + self.inputs.iter().map(Inputs::bytes).sum::<usize>()
    }

    pub(super) fn pull_back(&self, adjoints: &mut [f64]) {
        let first = self.first_output as usize;
        let output = adjoints[first..first + self.outputs].to_vec();
        if output.iter().all(|&cotangent| cotangent == 0.0) {
            return;
        }
        let mut cotangents = vec![0.0; self.inputs.iter().map(Inputs::length).sum()];
        (self.pullback)(&output, &mut cotangents);
        let mut rest = cotangents.as_slice();
        for inputs in &self.inputs {
            let (part, after) = rest.split_at(inputs.length());
            inputs.distribute(part, adjoints);
            rest = after;
        }
    }
}
