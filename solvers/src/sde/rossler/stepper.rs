//! [`RosslerStepper`]: the engine.

use super::Rossler;
use super::tableau::{Triangle, row};
use crate::finiteness::finiteness;
use crate::{ErrorScale, NoiseShape, Sde, StochasticStepper, Trial};
use costate_ad::Real;
use std::marker::PhantomData;

const STAGES: usize = 4;

/// Steps any method `M` with a [`RosslerTableau`](crate::RosslerTableau) on the scalar `R`.
#[derive(Clone, Debug)]
pub struct RosslerStepper<M, R> {
    shape: NoiseShape,
    drifts: Vec<R>,
    diffusions: Vec<R>,
    stage: Vec<R>,
    next: Vec<R>,
    /// What the embedded method lacks.
    correction: Vec<R>,
    method: PhantomData<M>,
}

impl<M: Rossler, R: Real> RosslerStepper<M, R> {
    /// Scratch memory for a problem of this shape.
    pub fn new(shape: NoiseShape) -> Self {
        let zeros = |count: usize| vec![R::zero(); count * shape.states];
        RosslerStepper {
            shape,
            drifts: zeros(STAGES),
            diffusions: vec![R::zero(); STAGES * shape.elements()],
            stage: zeros(1),
            next: zeros(1),
            correction: zeros(1),
            method: PhantomData,
        }
    }

    /// Whether the drift of stage `i` is used at all.
    const fn has_drift(i: usize) -> bool {
        let tableau = M::TABLEAU;
        let mut used = tableau.alpha[i] != 0.0 || tableau.error[i] != 0.0;
        let mut later = i + 1;
        while later < STAGES {
            let entry = later * (later - 1) / 2 + i;
            used = used || tableau.a0[entry] != 0.0 || tableau.a1[entry] != 0.0;
            later += 1;
        }
        used
    }

    /// Prepares stage `i` of the drift or the diffusion: the drifts weighted by a row of `a`, the diffusions by one of `b`
    /// and by the noise. Returns its time as a fraction of the step.
    #[inline(always)]
    fn prepare(
        &mut self,
        trial: &Trial<'_, R>,
        i: usize,
        a: &Triangle,
        b: &Triangle,
        noise: impl Fn(usize) -> f64,
    ) -> f64 {
        let (n, elements) = (self.shape.states, self.shape.elements());
        self.stage.copy_from_slice(trial.y);
        for (j, &weight) in row(a, i).iter().enumerate().filter(|(_, weight)| **weight != 0.0) {
            let drifts = &self.drifts[j * n..][..n];
            self.stage.iter_mut().zip(drifts).for_each(|(stage, &f)| *stage += f * (weight * trial.h));
        }
        for (j, &weight) in row(b, i).iter().enumerate().filter(|(_, weight)| **weight != 0.0) {
            self.shape.add(&self.diffusions[j * elements..][..elements], |k| weight * noise(k), &mut self.stage);
        }
        row(a, i).iter().sum()
    }

    /// Prepares stage `i` of the diffusion, and returns its time. The elements of a sparse diagonal depend on their own states
    /// alone: the others are left where they are.
    #[inline(always)]
    fn prepare_diffusion(&mut self, trial: &Trial<'_, R>, i: usize) -> f64 {
        let (tableau, n, root) = (M::TABLEAU, self.shape.states, trial.h.abs().sqrt());
        let Some(noisy) = self.shape.noisy else {
            return self.prepare(trial, i, &tableau.a1, &tableau.b1, |_| root);
        };
        self.stage.copy_from_slice(trial.y);
        for (k, &state) in noisy.iter().enumerate() {
            let mut sum = trial.y[state];
            for (j, (&a, &b)) in row(&tableau.a1, i).iter().zip(row(&tableau.b1, i)).enumerate() {
                sum += self.drifts[j * n + state] * (a * trial.h);
                sum += self.diffusions[j * noisy.len() + k] * (b * root);
            }
            self.stage[state] = sum;
        }
        row(&tableau.a1, i).iter().sum()
    }

    /// The result and the part of it that the embedded method lacks.
    #[inline(always)]
    fn finish(&mut self, trial: &Trial<'_, R>) {
        let (n, elements, tableau, h) = (self.shape.states, self.shape.elements(), M::TABLEAU, trial.h);
        let (length, root) = (h.abs(), h.abs().sqrt());
        self.next.copy_from_slice(trial.y);
        self.correction.fill(R::zero());
        for i in 0..STAGES {
            if tableau.alpha[i] != 0.0 {
                let drifts = &self.drifts[i * n..][..n];
                self.next.iter_mut().zip(drifts).for_each(|(next, &f)| *next += f * (tableau.alpha[i] * h));
            }
            let g = &self.diffusions[i * elements..][..elements];
            let [beta1, beta2, beta3, beta4] = tableau.beta.map(|beta| beta[i]);
            let main = |k: usize| beta1 * trial.w[k] + beta2 * (trial.w[k] * trial.w[k] - length) / (2.0 * root);
            let third = |w: f64| (w * w / length - 3.0) * w / 6.0;
            self.shape.add(g, main, &mut self.next);
            self.shape.add(g, |k| beta3 * trial.mean(k) + beta4 * third(trial.w[k]), &mut self.correction);
        }
        self.next.iter_mut().zip(&self.correction).for_each(|(next, &more)| *next += more);
    }

    fn error(&self, trial: &Trial<'_, R>, scale: &ErrorScale) -> f64 {
        let n = self.shape.states;
        let change = |c: usize, read: &dyn Fn(R) -> f64| {
            let drift = |(i, weight): (usize, &f64)| weight * read(self.drifts[i * n + c]);
            let drifts: f64 = M::TABLEAU.error.iter().enumerate().filter(|(_, w)| **w != 0.0).map(drift).sum();
            (trial.h * drifts).abs() + read(self.correction[c]).abs()
        };
        scale.squared_norm(trial.y, &self.next, change)
    }
}

impl<M: Rossler, R: Real> StochasticStepper<R> for RosslerStepper<M, R> {
    fn evaluations(&self) -> usize {
        STAGES + (0..STAGES).filter(|&stage| Self::has_drift(stage)).count()
    }

    #[inline]
    fn attempt<S: Sde>(&mut self, system: &S, p: &[R], trial: &Trial<'_, R>, scale: Option<&ErrorScale>) -> f64 {
        let (n, elements, tableau, h) = (self.shape.states, self.shape.elements(), M::TABLEAU, trial.h);
        for i in 0..STAGES {
            if Self::has_drift(i) {
                let time = self.prepare(trial, i, &tableau.a0, &tableau.b0, |k| trial.mean(k));
                system.drift(R::from(trial.t + time * h), &self.stage, p, &mut self.drifts[i * n..][..n]);
            }
            let time = self.prepare_diffusion(trial, i);
            system.diffusion(
                R::from(trial.t + time * h),
                &self.stage,
                p,
                &mut self.diffusions[i * elements..][..elements],
            );
        }
        self.finish(trial);
        finiteness(&self.next) + scale.map_or(0.0, |scale| self.error(trial, scale))
    }

    #[inline]
    fn next(&self) -> &[R] {
        &self.next
    }
}
