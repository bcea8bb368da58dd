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
    /// What a step needs of each dimension of the noise.
    noise: Vec<Integrals>,
    method: PhantomData<M>,
}

/// Iterated integrals of one Brownian motion over a step of length `h`.
#[derive(Clone, Copy, Debug, Default)]
struct Integrals {
    /// `I(1)`.
    w: f64,
    /// `I(1,1) / sqrt(h)`.
    double: f64,
    /// `I(1,0) / h`.
    mean: f64,
    /// `I(1,1,1) / h`.
    triple: f64,
}

/// `sum = start + h * (weights . rows)`, row after row.
#[inline(always)]
fn combine<R: Real>(start: &[R], rows: &[R], (weights, h): (&[f64], f64), sum: &mut [R]) {
    let (n, mut start) = (start.len(), Some(start));
    for (j, &weight) in weights.iter().enumerate().filter(|(_, weight)| **weight != 0.0) {
        let (row, factor) = (&rows[j * n..][..n], weight * h);
        match start.take() {
            Some(start) => sum.iter_mut().zip(start).zip(row).for_each(|((sum, &y), &f)| *sum = y + f * factor),
            None => sum.iter_mut().zip(row).for_each(|(sum, &f)| *sum += f * factor),
        }
    }
    if let Some(start) = start {
        sum.copy_from_slice(start);
    }
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
            noise: vec![Integrals::default(); shape.dimensions],
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
        noise: impl Fn(&Integrals) -> f64,
    ) -> f64 {
        let elements = self.shape.elements();
        combine(trial.y, &self.drifts, (row(a, i), trial.h), &mut self.stage);
        for (j, &weight) in row(b, i).iter().enumerate().filter(|(_, weight)| **weight != 0.0) {
            let g = &self.diffusions[j * elements..][..elements];
            self.shape.add(g, |k| weight * noise(&self.noise[k]), &mut self.stage);
        }
        row(a, i).iter().sum()
    }

    /// Prepares stage `i` of the diffusion, and returns its time. The elements of a sparse diagonal depend on their own states
    /// alone: the others are left where they are.
    #[inline(always)]
    fn prepare_diffusion(&mut self, trial: &Trial<'_, R>, i: usize, root: f64) -> f64 {
        let (tableau, n) = (M::TABLEAU, self.shape.states);
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
        let (n, elements, tableau) = (self.shape.states, self.shape.elements(), M::TABLEAU);
        self.correction.fill(R::zero());
        combine(trial.y, &self.drifts, (&tableau.alpha[..1], trial.h), &mut self.next);
        for i in 0..STAGES {
            if i > 0 && tableau.alpha[i] != 0.0 {
                let (drifts, factor) = (&self.drifts[i * n..][..n], tableau.alpha[i] * trial.h);
                self.next.iter_mut().zip(drifts).for_each(|(next, &f)| *next += f * factor);
            }
            let (g, noise) = (&self.diffusions[i * elements..][..elements], &self.noise);
            let [beta1, beta2, beta3, beta4] = tableau.beta.map(|beta| beta[i]);
            self.shape.add(g, |k| beta1 * noise[k].w + beta2 * noise[k].double, &mut self.next);
            self.shape.add(g, |k| beta3 * noise[k].mean + beta4 * noise[k].triple, &mut self.correction);
        }
        self.next.iter_mut().zip(&self.correction).for_each(|(next, &more)| *next += more);
    }

    fn error(&self, trial: &Trial<'_, R>, scale: &ErrorScale) -> f64 {
        let n = self.shape.states;
        let stages: [&[R]; STAGES] = std::array::from_fn(|i| &self.drifts[i * n..][..n]);
        let (weights, correction, y, next) = (&M::TABLEAU.error, &self.correction[..n], &trial.y[..n], &self.next[..n]);
        scale.squared_norm(y, next, |c, read| {
            let mut drifts = 0.0;
            for i in 0..STAGES {
                // A stage without weight may not be there.
                if weights[i] != 0.0 {
                    drifts += weights[i] * read(stages[i][c]);
                }
            }
            (trial.h * drifts).abs() + read(correction[c]).abs()
        })
    }
}

impl<M: Rossler, R: Real> StochasticStepper<R> for RosslerStepper<M, R> {
    fn evaluations(&self) -> usize {
        STAGES + (0..STAGES).filter(|&stage| Self::has_drift(stage)).count()
    }

    #[inline]
    fn attempt<S: Sde>(&mut self, system: &S, p: &[R], trial: &Trial<'_, R>, scale: Option<&ErrorScale>) -> f64 {
        let (n, elements, tableau, h) = (self.shape.states, self.shape.elements(), M::TABLEAU, trial.h);
        let (length, root) = (h.abs(), h.abs().sqrt());
        for (k, (noise, &w)) in self.noise.iter_mut().zip(trial.w).enumerate() {
            let (double, triple) = ((w * w - length) / (2.0 * root), (w * w / length - 3.0) * w / 6.0);
            *noise = Integrals { w, double, mean: trial.mean(k), triple };
        }
        // The first stage is the state.
        system.drift(R::from(trial.t), trial.y, p, &mut self.drifts[..n]);
        system.diffusion(R::from(trial.t), trial.y, p, &mut self.diffusions[..elements]);
        for i in 1..STAGES {
            if Self::has_drift(i) {
                let time = self.prepare(trial, i, &tableau.a0, &tableau.b0, |noise| noise.mean);
                system.drift(R::from(trial.t + time * h), &self.stage, p, &mut self.drifts[i * n..][..n]);
            }
            let time = self.prepare_diffusion(trial, i, root);
            let g = &mut self.diffusions[i * elements..][..elements];
            system.diffusion(R::from(trial.t + time * h), &self.stage, p, g);
        }
        self.finish(trial);
        finiteness(&self.next) + scale.map_or(0.0, |scale| self.error(trial, scale))
    }

    #[inline]
    fn next(&self) -> &[R] {
        &self.next
    }
}
