//! The hooks of [`Var`]: the forward pass on plain numbers, and one entry of the tape with the pullback.

use super::default::shares;
use super::kept::{Asked, Evaluation};
use super::layer::{EvaluatedLayer, pull_back_product};
use super::{Start, check_shape, plain_matmul};
use crate::tape::{custom_of, record_wide};
use crate::{Activation, Real, Var};

fn values(x: &[Var]) -> Vec<f64> {
    x.iter().map(|x| x.value()).collect()
}

pub(crate) fn var_axpy(a: Var, x: &[Var], y: &mut [Var]) {
    check_shape("axpy", &[("y", y.len(), x.len())]);
    let (factor, direction) = (a.value(), values(x));
    let sums: Vec<f64> = y.iter().zip(&direction).map(|(y, x)| y.value() + factor * x).collect();
    let outputs = custom_of([&[a], x, y], &sums, move |output, [in_a, in_x, in_y]| {
        if let [in_a] = in_a {
            *in_a += f64::dot(output, &direction);
        }
        in_x.iter_mut().zip(output).for_each(|(c, o)| *c += factor * o);
        in_y.iter_mut().zip(output).for_each(|(c, o)| *c += o);
    });
    y.copy_from_slice(&outputs);
}

pub(crate) fn var_matmul(left: &[Var], right: &[Var], shape: [usize; 3]) -> Vec<Var> {
    let [rows, inner, columns] = shape;
    let factors = [values(left), values(right)];
    let product = plain_matmul(&factors[0], &factors[1], shape);
    custom_of([left, right], &product, move |output, [in_left, in_right]| {
        pull_back_product([&factors[0], &factors[1]], output, [rows, inner, columns], [in_left, in_right], Start::Sum);
    })
}

pub(crate) fn var_layer(activation: Activation, parts: [&[Var]; 3], shape: [usize; 3]) -> Vec<Var> {
    let [weights, bias, inputs] = parts.map(values);
    let mut layer = EvaluatedLayer::default();
    layer.evaluate(activation, [&weights, &bias, &inputs], shape);
    let outputs = layer.outputs().to_vec();
    custom_of(parts, &outputs, move |output, cotangents| {
        layer.pull_back([&weights, &inputs], &mut output.to_vec(), cotangents);
    })
}

pub(crate) fn var_network(sizes: &[usize], activations: &[Activation], parts: [&[Var]; 2]) -> Vec<Var> {
    if activations.is_empty() {
        return super::network(sizes, activations, parts[0], parts[1]);
    }
    let [parameters, inputs] = parts.map(values);
    let kept = Asked { sizes, activations, parameters: &parameters, inputs: &inputs }.evaluated();
    let outputs = kept.evaluation.network.outputs().to_vec();
    custom_of(parts, &outputs, move |output, [of_parameters, of_inputs]| {
        let Evaluation { inputs, network } = &kept.evaluation;
        network.pull_back(&kept.parameters, inputs, output, of_parameters, of_inputs);
    })
}

pub(crate) fn var_logsumexp(terms: &[Var]) -> Var {
    let numbers = values(terms);
    let value = f64::logsumexp(&numbers);
    let Some(tape) = terms.iter().map(|x| x.tape()).find(|&tape| tape != 0) else {
        return Var::constant(value);
    };
    terms.iter().filter(|x| x.tape() != 0).for_each(|x| crate::tape::check(x.tape()));
    let shares = shares(&numbers, value);
    record_wide(value, tape, 2 * terms.len(), |edges| {
        terms.iter().zip(shares).for_each(|(&x, share)| edges.add(x, share));
    })
}
