//! [`SkenCarp`].

use crate::finiteness::finiteness;
use crate::sde::implicit::ImplicitStage;
use crate::{Calculus, ErrorScale, NoiseKind, NoiseShape, Sde, StochasticMethod, StochasticStepper, Trial};
use costate_ad::Real;

/// An implicit Runge-Kutta method for stiff drifts with additive noise: the drift by KenCarp3, which is L-stable.
///
/// Strong order 3/2, and 2 where the drift is linear. Three nonlinear solves a step, of which the derivatives are exact;
/// adaptive. Noise enters the stages with large weights, so that at loose tolerances steps are chosen by the noise of stiff
/// components, too.
///
/// Rackauckas and Nie, Stability-optimized high order methods and stiffness detection for pathwise stiff stochastic differential
/// equations, IEEE HPEC 2020, arXiv 1804.04344, section 3.4; Kennedy and Carpenter, Additive Runge-Kutta schemes for
/// convection-diffusion-reaction equations, Appl. Numer. Math. 44 (2003) 139-181, for the drift.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SkenCarp;

const GAMMA: f64 = 1_767_732_205_903.0 / 4_055_673_282_236.0;
/// Slopes (times `h`) in the stages, the stage's own excepted, which is `GAMMA`.
const A: [&[f64]; 4] = [
    &[],
    &[GAMMA],
    &[2_746_238_789_719.0 / 10_658_868_560_708.0, -640_167_445_237.0 / 6_845_629_431_997.0],
    &[
        1_471_266_399_579.0 / 7_840_856_788_654.0,
        -4_482_444_167_858.0 / 7_529_755_066_697.0,
        11_266_239_266_428.0 / 11_593_286_722_821.0,
    ],
];
const TIMES: [f64; 4] = [0.0, 2.0 * GAMMA, 0.6, 1.0];
/// The mean of the noise in the stages.
const NOISE: [f64; 4] = [0.0, -12.246_764_387_585_055, 0.0, -14.432_096_958_608_753];
/// The embedded method less the method.
const ERROR: [f64; 4] = [
    2_756_255_671_327.0 / 12_835_298_489_170.0 - A[3][0],
    -10_771_552_573_575.0 / 22_201_958_757_719.0 - A[3][1],
    9_247_589_265_047.0 / 10_645_013_368_117.0 - A[3][2],
    2_193_209_047_091.0 / 5_459_859_503_100.0 - GAMMA,
];

impl StochasticMethod for SkenCarp {
    type Stepper<R: Real> = SkenCarpStepper<R>;

    fn name(&self) -> &'static str {
        "SkenCarp"
    }

    fn calculus(&self) -> Calculus {
        Calculus::Ito
    }

    fn strong_order(&self, noise: NoiseKind) -> Option<f64> {
        noise.is_additive().then_some(1.5)
    }

    fn error_order(&self) -> Option<f64> {
        Some(1.5)
    }

    fn needs_area(&self) -> bool {
        true
    }

    fn stepper<R: Real>(&self, shape: NoiseShape) -> SkenCarpStepper<R> {
        let states = || vec![R::zero(); shape.states];
        let elements = || vec![R::zero(); shape.elements()];
        SkenCarpStepper {
            shape,
            slopes: std::array::from_fn(|_| states()),
            stage: states(),
            base: states(),
            next: states(),
            correction: states(),
            diffusions: [elements(), elements()],
        }
    }
}

/// Scratch memory of the [`SkenCarp`] method.
#[derive(Clone, Debug)]
pub struct SkenCarpStepper<R> {
    shape: NoiseShape,
    /// The slopes at the stages, times `h`.
    slopes: [Vec<R>; 4],
    stage: Vec<R>,
    base: Vec<R>,
    next: Vec<R>,
    /// What the change of the diffusion over the step adds.
    correction: Vec<R>,
    /// At the start and at the end.
    diffusions: [Vec<R>; 2],
}

impl<R: Real> SkenCarpStepper<R> {
    /// Finds stage `i` and its slope; returns whether there is one.
    fn solve_stage<S: Sde>(&mut self, system: &S, p: &[R], trial: &Trial<'_, R>, i: usize) -> bool {
        self.base.copy_from_slice(trial.y);
        for (weight, slope) in A[i].iter().zip(&self.slopes) {
            self.base.iter_mut().zip(slope).for_each(|(base, &slope)| *base += slope * *weight);
        }
        if NOISE[i] != 0.0 {
            self.shape.add(&self.diffusions[0], |k| NOISE[i] * trial.mean(k), &mut self.base);
        }
        // The root is looked for from the last state that is known, not from the base with its large noise.
        let guess = self.stage.clone();
        self.stage.copy_from_slice(&self.base);
        let (t, states) = (trial.t + TIMES[i] * trial.h, self.shape.states);
        let stage = ImplicitStage { system, t, weight: GAMMA * trial.h, states };
        if !stage.solve(&guess, &mut self.stage, p) {
            return false;
        }
        for c in 0..states {
            self.slopes[i][c] = (self.stage[c] - self.base[c]) / GAMMA;
        }
        true
    }

    fn error(&self, trial: &Trial<'_, R>, scale: &ErrorScale) -> f64 {
        let change = |c: usize, read: &dyn Fn(R) -> f64| {
            let drift: f64 = ERROR.iter().zip(&self.slopes).map(|(weight, slope)| weight * read(slope[c])).sum();
            drift.abs() + read(self.correction[c]).abs()
        };
        scale.squared_norm(trial.y, &self.next, change)
    }
}

impl<R: Real> StochasticStepper<R> for SkenCarpStepper<R> {
    fn evaluations(&self) -> usize {
        6
    }

    fn attempt<S: Sde>(&mut self, system: &S, p: &[R], trial: &Trial<'_, R>, scale: Option<&ErrorScale>) -> f64 {
        let [start, end] = &mut self.diffusions;
        system.diffusion(R::from(trial.t), trial.y, p, start);
        system.diffusion(R::from(trial.t + trial.h), trial.y, p, end);
        system.drift(R::from(trial.t), trial.y, p, &mut self.slopes[0]);
        self.slopes[0].iter_mut().for_each(|slope| *slope *= R::from(trial.h));
        self.stage.copy_from_slice(trial.y);
        for i in 1..4 {
            if !self.solve_stage(system, p, trial, i) {
                self.next.copy_from_slice(trial.y);
                return f64::INFINITY;
            }
        }
        self.next.copy_from_slice(trial.y);
        for (weight, slope) in A[3].iter().chain(&[GAMMA]).zip(&self.slopes) {
            self.next.iter_mut().zip(slope).for_each(|(next, &slope)| *next += slope * *weight);
        }
        self.correction.fill(R::zero());
        self.shape.add(&self.diffusions[0], |k| trial.mean(k), &mut self.correction);
        self.shape.add(&self.diffusions[1], |k| -trial.mean(k), &mut self.correction);
        self.shape.add(&self.diffusions[1], |k| trial.w[k], &mut self.next);
        self.next.iter_mut().zip(&self.correction).for_each(|(next, &more)| *next += more);
        finiteness(&self.next) + scale.map_or(0.0, |scale| self.error(trial, scale))
    }

    fn next(&self) -> &[R] {
        &self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The conditions of Rossler 2010, theorem 6.4, with the noise at the start and at the end of the step.
    #[test]
    fn order_conditions() {
        let weights = [A[3][0], A[3][1], A[3][2], GAMMA];
        let dot = |b: &[f64; 4]| weights.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
        near(dot(&[1.0; 4]), 1.0);
        near(dot(&TIMES), 0.5);
        near(dot(&TIMES.map(|c| c * c)), 1.0 / 3.0);
        near(dot(&NOISE), 1.0);
        near(dot(&NOISE.map(|b| b * b)), 1.5);
        near(ERROR.iter().sum(), 0.0);
        for i in 1..4 {
            near(A[i].iter().sum::<f64>() + GAMMA, TIMES[i]);
        }
    }
}
