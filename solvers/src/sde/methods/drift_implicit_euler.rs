//! [`DriftImplicitEuler`].

use crate::finiteness::finiteness;
use crate::sde::implicit::ImplicitStage;
use crate::{Calculus, ErrorScale, NoiseKind, NoiseShape, Sde, StochasticMethod, StochasticStepper, Trial};
use costate_ad::Real;

/// Euler's method for Ito equations with the drift taken at the end of the step: for drifts that are stiff.
///
/// Strong order 1/2, and 1 for additive noise. Any noise; the noise itself must not be stiff. One diffusion and one nonlinear
/// solve a step, of which the derivative is exact. It cannot keep a tolerance.
///
/// Kloeden and Platen, Numerical Solution of Stochastic Differential Equations (1992), section 12.2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DriftImplicitEuler;

impl StochasticMethod for DriftImplicitEuler {
    type Stepper<R: Real> = DriftImplicitEulerStepper<R>;

    fn name(&self) -> &'static str {
        "DriftImplicitEuler"
    }

    fn calculus(&self) -> Calculus {
        Calculus::Ito
    }

    fn strong_order(&self, noise: NoiseKind) -> Option<f64> {
        Some(if noise.is_additive() { 1.0 } else { 0.5 })
    }

    fn error_order(&self) -> Option<f64> {
        None
    }

    fn needs_area(&self) -> bool {
        false
    }

    fn stepper<R: Real>(&self, shape: NoiseShape) -> DriftImplicitEulerStepper<R> {
        DriftImplicitEulerStepper {
            shape,
            next: vec![R::zero(); shape.states],
            diffusion: vec![R::zero(); shape.elements()],
        }
    }
}

/// Scratch memory of the [`DriftImplicitEuler`] method.
#[derive(Clone, Debug)]
pub struct DriftImplicitEulerStepper<R> {
    shape: NoiseShape,
    next: Vec<R>,
    diffusion: Vec<R>,
}

impl<R: Real> StochasticStepper<R> for DriftImplicitEulerStepper<R> {
    fn evaluations(&self) -> usize {
        2
    }

    fn attempt<S: Sde>(&mut self, system: &S, p: &[R], trial: &Trial<'_, R>, _scale: Option<&ErrorScale>) -> f64 {
        system.diffusion(R::from(trial.t), trial.y, p, &mut self.diffusion);
        self.next.copy_from_slice(trial.y);
        self.shape.add(&self.diffusion, |k| trial.w[k], &mut self.next);
        let stage = ImplicitStage { system, t: trial.t + trial.h, weight: trial.h, states: self.shape.states };
        let solved = stage.solve(trial.y, &mut self.next, p);
        if solved { finiteness(&self.next) } else { f64::INFINITY }
    }

    fn next(&self) -> &[R] {
        &self.next
    }
}
