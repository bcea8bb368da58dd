//! [`Additive`]: the part of a sum that a diagonally implicit method evaluates.

use super::DiagonalMethod;
use super::plain::add;
use crate::{Part, VectorField};
use costate_ad::Real;
use std::marker::PhantomData;

/// The slopes of the explicit part at the stages of a step by the method `M`, as plain numbers and on the scalar.
#[derive(Clone, Debug)]
pub(super) struct Additive<M, R> {
    plain: Vec<f64>,
    slopes: Vec<R>,
    method: PhantomData<M>,
}

impl<M: DiagonalMethod, R: Real> Additive<M, R> {
    pub(super) fn new(states: usize) -> Self {
        let length = M::COEFFICIENTS.stages() * states;
        Additive { plain: vec![0.0; length], slopes: vec![R::zero(); length], method: PhantomData }
    }

    /// Evaluates the slope of a stage on plain numbers.
    pub(super) fn evaluate_value<F: VectorField<R> + ?Sized>(
        &mut self,
        field: &F,
        stage: usize,
        t: f64,
        y: &[f64],
        p: &[f64],
    ) -> &[f64] {
        let slope = &mut self.plain[stage * y.len()..][..y.len()];
        field.eval_part_value(Part::Explicit, t, y, p, slope);
        slope
    }

    /// Evaluates the slope of a stage on the scalar.
    pub(super) fn evaluate<F: VectorField<R> + ?Sized>(
        &mut self,
        field: &F,
        stage: usize,
        t: f64,
        y: &[R],
        p: &[R],
    ) -> &[R] {
        let slope = &mut self.slopes[stage * y.len()..][..y.len()];
        field.eval_part(Part::Explicit, R::from(t), y, p, slope);
        slope
    }

    /// Takes the plain slopes for those on the scalar.
    pub(super) fn set_slopes(&mut self) {
        self.slopes.iter_mut().zip(&self.plain).for_each(|(slope, &plain)| *slope = R::from(plain));
    }

    /// Adds to what is known of a stage what the slopes of the stages before make of it, on plain numbers.
    pub(super) fn add_known_value(&self, stage: usize, h: f64, known: &mut [f64]) {
        add_weighted(h, M::COEFFICIENTS.explicit[stage], &self.plain, known);
    }

    /// The same on the scalar.
    pub(super) fn add_known(&self, stage: usize, h: f64, known: &mut [R]) {
        add_weighted(h, M::COEFFICIENTS.explicit[stage], &self.slopes, known);
    }

    /// Adds the weighted sum of the slopes, on plain numbers.
    pub(super) fn add_value(&self, factor: f64, weights: &[f64], sum: &mut [f64]) {
        add_weighted(factor, weights, &self.plain, sum);
    }

    /// The same on the scalar.
    pub(super) fn add(&self, factor: f64, weights: &[f64], sum: &mut [R]) {
        add_weighted(factor, weights, &self.slopes, sum);
    }
}

fn add_weighted<T: Real>(factor: f64, weights: &[f64], slopes: &[T], sum: &mut [T]) {
    for (&weight, slope) in weights.iter().zip(slopes.chunks_exact(sum.len())) {
        add(factor * weight, slope, sum);
    }
}
