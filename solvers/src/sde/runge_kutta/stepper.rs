//! [`StochasticRungeKuttaStepper`]: the engine.

use super::StochasticRungeKutta;
use super::tableau::{element, row};
use crate::finiteness::finiteness;
use crate::{ErrorScale, NoiseShape, Sde, StochasticStepper, Trial};
use costate_ad::Real;
use std::marker::PhantomData;

/// Steps any method `M` with a [`StochasticTableau`](crate::StochasticTableau) on the scalar `R`.
#[derive(Clone, Debug)]
pub struct StochasticRungeKuttaStepper<M, R> {
    shape: NoiseShape,
    drifts: Vec<R>,
    diffusions: Vec<R>,
    stage: Vec<R>,
    next: Vec<R>,
    zeros: Vec<R>,
    /// Of the drift and of the noise.
    errors: [Vec<R>; 2],
    method: PhantomData<M>,
}

impl<M: StochasticRungeKutta, R: Real> StochasticRungeKuttaStepper<M, R> {
    /// Scratch memory for a problem of this shape.
    pub fn new(shape: NoiseShape) -> Self {
        let stages = M::TABLEAU.stages();
        StochasticRungeKuttaStepper {
            shape,
            drifts: vec![R::zero(); stages * shape.states],
            diffusions: vec![R::zero(); stages * shape.elements()],
            stage: vec![R::zero(); shape.states],
            next: vec![R::zero(); shape.states],
            zeros: vec![R::zero(); shape.states],
            errors: [vec![R::zero(); shape.states], vec![R::zero(); shape.states]],
            method: PhantomData,
        }
    }
}

/// Writes `start`, and `h` times the weighted drifts and the weighted noise, into `sum`.
#[inline(always)]
fn combine<R: Real>(
    shape: NoiseShape,
    trial: &Trial<'_, R>,
    [drift, w, h]: [&'static [f64]; 3],
    (drifts, diffusions): (&[R], &[R]),
    (start, sum): (&[R], &mut [R]),
) {
    let (n, elements) = (shape.states, shape.elements());
    let mut start = Some(start);
    for (j, &weight) in drift.iter().enumerate() {
        if weight != 0.0 {
            let drifts = &drifts[j * n..][..n];
            // The first pass does what a copy would.
            match start.take() {
                Some(start) => {
                    let sums = sum.iter_mut().zip(start).zip(drifts);
                    sums.for_each(|((sum, &y), &f)| *sum = y + f * (weight * trial.h));
                }
                None => sum.iter_mut().zip(drifts).for_each(|(sum, &f)| *sum += f * (weight * trial.h)),
            }
        }
    }
    if let Some(start) = start {
        sum.copy_from_slice(start);
    }
    for j in 0..w.len().max(h.len()) {
        let (weight_w, weight_h) = (element(w, j), element(h, j));
        let diffusion = &diffusions[j * elements..][..elements];
        if weight_h != 0.0 {
            shape.add(diffusion, |k| weight_w * trial.w[k] + weight_h * trial.area[k], sum);
        } else if weight_w != 0.0 {
            shape.add(diffusion, |k| weight_w * trial.w[k], sum);
        }
    }
}

impl<M: StochasticRungeKutta, R: Real> StochasticRungeKuttaStepper<M, R> {
    /// Writes the diffusion of a stage.
    #[inline(always)]
    fn diffuse<S: Sde>(&mut self, system: &S, p: &[R], trial: &Trial<'_, R>, stage: usize, y: &[R]) {
        let elements = self.shape.elements();
        let t = R::from(trial.t + element(M::TABLEAU.d, stage) * trial.h);
        system.diffusion(t, y, p, &mut self.diffusions[stage * elements..][..elements]);
    }

    /// The mean square of the error estimate.
    fn error(&mut self, trial: &Trial<'_, R>, scale: &ErrorScale) -> f64 {
        let tableau = &M::TABLEAU;
        let parts = [[tableau.error, &[], &[]], [&[], tableau.error_w, tableau.error_h]];
        for (part, error) in parts.into_iter().zip(&mut self.errors) {
            combine(self.shape, trial, part, (&self.drifts, &self.diffusions), (&self.zeros, error));
        }
        let [drift, noise] = &self.errors;
        scale.squared_norm(trial.y, &self.next, |c, read| read(drift[c]).abs() + read(noise[c]).abs())
    }
}

impl<M: StochasticRungeKutta, R: Real> StochasticStepper<R> for StochasticRungeKuttaStepper<M, R> {
    fn evaluations(&self) -> usize {
        2 * M::TABLEAU.stages()
    }

    #[inline]
    fn attempt<S: Sde>(&mut self, system: &S, p: &[R], trial: &Trial<'_, R>, scale: Option<&ErrorScale>) -> f64 {
        let (tableau, shape) = (&M::TABLEAU, self.shape);
        let (n, elements) = (shape.states, shape.elements());
        if tableau.additive_only() {
            (0..tableau.stages()).for_each(|stage| self.diffuse(system, p, trial, stage, trial.y));
        }
        for i in 0..tableau.stages() {
            let known = if tableau.additive_only() { self.diffusions.len() } else { i * elements };
            let weights = [row(tableau.a, i), row(tableau.a_w, i), row(tableau.a_h, i)];
            let (drifts, rest) = self.drifts.split_at_mut(i * n);
            let stage = if weights.iter().all(|row| row.iter().all(|&weight| weight == 0.0)) {
                trial.y
            } else {
                combine(shape, trial, weights, (drifts, &self.diffusions[..known]), (trial.y, &mut self.stage));
                &self.stage
            };
            system.drift(R::from(trial.t + tableau.c[i] * trial.h), stage, p, &mut rest[..n]);
            if !tableau.additive_only() {
                let t = R::from(trial.t + tableau.d[i] * trial.h);
                system.diffusion(t, stage, p, &mut self.diffusions[known..][..elements]);
            }
        }
        let weights = [tableau.b, tableau.b_w, tableau.b_h];
        combine(shape, trial, weights, (&self.drifts, &self.diffusions), (trial.y, &mut self.next));
        finiteness(&self.next) + scale.map_or(0.0, |scale| self.error(trial, scale))
    }

    #[inline]
    fn next(&self) -> &[R] {
        &self.next
    }
}
