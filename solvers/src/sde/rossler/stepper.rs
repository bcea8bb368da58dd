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
    /// The states at which drifts, and those at which diffusions are evaluated.
    stage: Vec<R>,
    noise_stage: Vec<R>,
    next: Vec<R>,
    /// What the embedded method lacks, in the drift and in the noise.
    drift_error: Vec<R>,
    zeros: Vec<R>,
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

/// `sum = start + h * (weights . rows)`, with as many rows as there are weights, in one pass over the states, so that a sum stays
/// in a register. Weights are constants of a method: a zero among them is known when this is compiled.
#[inline(always)]
fn combine<R: Real>(start: &[R], rows: &[R], (weights, h): (&[f64], f64), sum: &mut [R]) {
    let n = sum.len();
    let row = |j: usize| &rows[j * n..][..n];
    let add = |sum: R, weight: f64, f: &R| if weight == 0.0 { sum } else { sum + *f * (weight * h) };
    let sums = sum.iter_mut().zip(start);
    match *weights {
        [a] => sums.zip(row(0)).for_each(|((sum, &y), f)| *sum = add(y, a, f)),
        [a, b] => {
            sums.zip(row(0)).zip(row(1)).for_each(|(((sum, &y), f), g)| *sum = add(add(y, a, f), b, g));
        }
        [a, b, c] => sums
            .zip(row(0).iter().zip(row(1)).zip(row(2)))
            .for_each(|((sum, &y), ((f0, f1), f2))| *sum = add(add(add(y, a, f0), b, f1), c, f2)),
        [a, b, c, d] => sums
            .zip(row(0).iter().zip(row(1)).zip(row(2).iter().zip(row(3))))
            .for_each(|((sum, &y), ((f0, f1), (f2, f3)))| *sum = add(add(add(add(y, a, f0), b, f1), c, f2), d, f3)),
        _ => sum.copy_from_slice(start),
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
            noise_stage: zeros(1),
            next: zeros(1),
            drift_error: zeros(1),
            zeros: zeros(1),
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

    /// Adds to `sum` the first `N` diffusions, each times a weight that may depend on the noise; `None` adds nothing.
    #[inline(always)]
    fn add_noise<const N: usize>(&self, weight: impl Fn(usize, &Integrals) -> Option<f64>, sum: &mut [R]) {
        let elements = self.shape.elements();
        let rows: [&[R]; N] = std::array::from_fn(|j| &self.diffusions[j * elements..][..elements]);
        let total = |start: R, element: usize, noise: &Integrals| {
            let mut total = start;
            for (j, row) in rows.iter().enumerate() {
                if let Some(weight) = weight(j, noise) {
                    total += row[element] * weight;
                }
            }
            total
        };
        match (self.shape.noisy, self.shape.diagonal) {
            (Some(noisy), _) => {
                for (element, (&state, noise)) in noisy.iter().zip(&self.noise).enumerate() {
                    sum[state] = total(sum[state], element, noise);
                }
            }
            (None, true) => {
                for (element, (sum, noise)) in sum.iter_mut().zip(&self.noise).enumerate() {
                    *sum = total(*sum, element, noise);
                }
            }
            (None, false) => {
                for (column, noise) in self.noise.iter().enumerate() {
                    let first = column * self.shape.states;
                    for (c, sum) in sum.iter_mut().enumerate() {
                        *sum = total(*sum, first + c, noise);
                    }
                }
            }
        }
    }

    /// Prepares stage `I` of the drift or the diffusion: the drifts weighted by a row of `a`, the diffusions by one of `b`
    /// and by the noise. Returns its time as a fraction of the step.
    #[inline(always)]
    fn prepare<const I: usize>(
        &self,
        trial: &Trial<'_, R>,
        [a, b]: [&Triangle; 2],
        noise: impl Fn(&Integrals) -> f64,
        stage: &mut [R],
    ) -> f64 {
        combine(trial.y, &self.drifts, (row(a, I), trial.h), stage);
        let weights = row(b, I);
        self.add_noise::<I>(|j, of| (weights[j] != 0.0).then(|| weights[j] * noise(of)), stage);
        row(a, I).iter().sum()
    }

    /// Prepares stage `I` of the diffusion, and returns its time. The elements of a sparse diagonal depend on their own states
    /// alone: the others are left where they were put at the first stage.
    #[inline(always)]
    fn prepare_diffusion<const I: usize>(&self, trial: &Trial<'_, R>, root: f64, stage: &mut [R]) -> f64 {
        let (tableau, n) = (&M::TABLEAU, self.shape.states);
        let Some(noisy) = self.shape.noisy else {
            return self.prepare::<I>(trial, [&tableau.a1, &tableau.b1], |_| root, stage);
        };
        if I == 1 {
            stage.copy_from_slice(trial.y);
        }
        let (a, b) = (row(&tableau.a1, I), row(&tableau.b1, I));
        let drifts: [&[R]; I] = std::array::from_fn(|j| &self.drifts[j * n..][..n]);
        let diffusions: [&[R]; I] = std::array::from_fn(|j| &self.diffusions[j * noisy.len()..][..noisy.len()]);
        for (k, &state) in noisy.iter().enumerate() {
            let mut sum = trial.y[state];
            for j in 0..I {
                sum += drifts[j][state] * (a[j] * trial.h);
                sum += diffusions[j][k] * (b[j] * root);
            }
            stage[state] = sum;
        }
        a.iter().sum()
    }

    /// Evaluates the drift and the diffusion of a stage after the first. Its number is known when this is compiled, and so are
    /// its weights.
    #[inline(always)]
    fn stage<S: Sde, const I: usize>(&mut self, system: &S, p: &[R], trial: &Trial<'_, R>, root: f64) {
        let (n, elements, tableau) = (self.shape.states, self.shape.elements(), &M::TABLEAU);
        if const { Self::has_drift(I) } {
            let mut stage = std::mem::take(&mut self.stage);
            let time = self.prepare::<I>(trial, [&tableau.a0, &tableau.b0], |noise| noise.mean, &mut stage);
            system.drift(R::from(trial.t + time * trial.h), &stage, p, &mut self.drifts[I * n..][..n]);
            self.stage = stage;
        }
        let mut stage = std::mem::take(&mut self.noise_stage);
        let time = self.prepare_diffusion::<I>(trial, root, &mut stage);
        let g = &mut self.diffusions[I * elements..][..elements];
        system.diffusion(R::from(trial.t + time * trial.h), &stage, p, g);
        self.noise_stage = stage;
    }

    /// The result and the part of it that the embedded method lacks.
    #[inline(always)]
    fn finish(&mut self, trial: &Trial<'_, R>) {
        let (mut next, mut correction) = (std::mem::take(&mut self.next), std::mem::take(&mut self.correction));
        combine(trial.y, &self.drifts, (&M::TABLEAU.alpha, trial.h), &mut next);
        let [beta1, beta2, beta3, beta4] = &M::TABLEAU.beta;
        self.add_noise::<STAGES>(|j, noise| Some(beta1[j] * noise.w + beta2[j] * noise.double), &mut next);
        correction.fill(R::zero());
        self.add_noise::<STAGES>(|j, noise| Some(beta3[j] * noise.mean + beta4[j] * noise.triple), &mut correction);
        next.iter_mut().zip(&correction).for_each(|(next, &more)| *next += more);
        (self.next, self.correction) = (next, correction);
    }

    fn error(&mut self, trial: &Trial<'_, R>, scale: &ErrorScale) -> f64 {
        let n = self.shape.states;
        combine(&self.zeros, &self.drifts, (&M::TABLEAU.error, trial.h), &mut self.drift_error);
        let (drifts, noise) = (&self.drift_error[..n], &self.correction[..n]);
        scale.squared_norm(&trial.y[..n], &self.next[..n], |c, read| read(drifts[c]).abs() + read(noise[c]).abs())
    }
}

impl<M: Rossler, R: Real> StochasticStepper<R> for RosslerStepper<M, R> {
    fn evaluations(&self) -> usize {
        STAGES + (0..STAGES).filter(|&stage| Self::has_drift(stage)).count()
    }

    #[inline]
    fn attempt<S: Sde>(&mut self, system: &S, p: &[R], trial: &Trial<'_, R>, scale: Option<&ErrorScale>) -> f64 {
        let (n, elements) = (self.shape.states, self.shape.elements());
        let (length, root) = (trial.h.abs(), trial.h.abs().sqrt());
        let [per_root, per_length] = [0.5 / root, 1.0 / length];
        for (k, (noise, &w)) in self.noise.iter_mut().zip(trial.w).enumerate() {
            let (double, triple) = ((w * w - length) * per_root, (w * w * per_length - 3.0) * w * (1.0 / 6.0));
            *noise = Integrals { w, double, mean: trial.mean(k), triple };
        }
        // The first stage is the state.
        system.drift(R::from(trial.t), trial.y, p, &mut self.drifts[..n]);
        system.diffusion(R::from(trial.t), trial.y, p, &mut self.diffusions[..elements]);
        self.stage::<S, 1>(system, p, trial, root);
        self.stage::<S, 2>(system, p, trial, root);
        self.stage::<S, 3>(system, p, trial, root);
        self.finish(trial);
        finiteness(&self.next) + scale.map_or(0.0, |scale| self.error(trial, scale))
    }

    #[inline]
    fn next(&self) -> &[R] {
        &self.next
    }
}
