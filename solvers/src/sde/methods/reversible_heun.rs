//! [`ReversibleHeun`].

use crate::finiteness::finiteness;
use crate::{Calculus, ErrorScale, NoiseKind, NoiseShape, Sde, StochasticMethod, StochasticStepper, Trial};
use costate_ad::Real;

/// The reversible Heun method for Stratonovich equations: its steps can be undone exactly (but for rounding), because it
/// carries a second state along.
///
/// Strong order 1 for additive and commutative noise (the latter observed, not proved), 1/2 for general noise. One drift and one diffusion a step. It has a small region of stability:
/// the two states drift apart where the model is stiff.
///
/// Kidger, Foster, Li and Lyons, Efficient and accurate gradients for neural SDEs, NeurIPS 2021, algorithm 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReversibleHeun;

impl StochasticMethod for ReversibleHeun {
    type Stepper<R: Real> = ReversibleHeunStepper<R>;

    fn name(&self) -> &'static str {
        "ReversibleHeun"
    }

    fn calculus(&self) -> Calculus {
        Calculus::Stratonovich
    }

    fn strong_order(&self, noise: NoiseKind) -> Option<f64> {
        Some(if noise.is_additive() || noise.is_commutative() { 1.0 } else { 0.5 })
    }

    fn error_order(&self) -> Option<f64> {
        Some(1.0)
    }

    fn needs_area(&self) -> bool {
        false
    }

    fn is_reversible(&self) -> bool {
        true
    }

    fn stepper<R: Real>(&self, shape: NoiseShape) -> ReversibleHeunStepper<R> {
        let carried = 2 * shape.states + shape.elements();
        ReversibleHeunStepper {
            shape,
            next: vec![R::zero(); shape.states],
            change: vec![R::zero(); shape.states],
            carried: vec![R::zero(); carried],
        }
    }
}

/// Scratch memory of the [`ReversibleHeun`] method. It carries the second state, and drift and diffusion there.
#[derive(Clone, Debug)]
pub struct ReversibleHeunStepper<R> {
    shape: NoiseShape,
    next: Vec<R>,
    change: Vec<R>,
    carried: Vec<R>,
}

impl<R: Real> ReversibleHeunStepper<R> {
    /// The mean square of the distance from Euler's method.
    fn error(&mut self, trial: &Trial<'_, R>, scale: &ErrorScale) -> f64 {
        let (n, shape) = (self.shape.states, self.shape);
        for c in 0..n {
            self.change[c] = (self.carried[n + c] - trial.carried[n + c]) * (0.5 * trial.h);
        }
        shape.add(&self.carried[2 * n..], |k| 0.5 * trial.w[k], &mut self.change);
        shape.add(&trial.carried[2 * n..], |k| -0.5 * trial.w[k], &mut self.change);
        scale.squared_norm(trial.y, &self.next, |c, read| read(self.change[c]))
    }
}

impl<R: Real> StochasticStepper<R> for ReversibleHeunStepper<R> {
    fn evaluations(&self) -> usize {
        2
    }

    #[inline]
    fn attempt<S: Sde>(&mut self, system: &S, p: &[R], trial: &Trial<'_, R>, scale: Option<&ErrorScale>) -> f64 {
        let (n, shape) = (self.shape.states, self.shape);
        let (second, slopes) = trial.carried.split_at(n);
        let (drift, diffusion) = slopes.split_at(n);
        let (next_second, next_slopes) = self.carried.split_at_mut(n);
        let (next_drift, next_diffusion) = next_slopes.split_at_mut(n);
        for c in 0..n {
            next_second[c] = 2.0 * trial.y[c] - second[c] + drift[c] * trial.h;
        }
        shape.add(diffusion, |k| trial.w[k], next_second);
        let t = R::from(trial.t + trial.h);
        system.drift(t, next_second, p, next_drift);
        system.diffusion(t, next_second, p, next_diffusion);
        for c in 0..n {
            self.next[c] = trial.y[c] + (drift[c] + next_drift[c]) * (0.5 * trial.h);
        }
        for g in [diffusion, &*next_diffusion] {
            shape.add(g, |k| 0.5 * trial.w[k], &mut self.next);
        }
        let finite = finiteness(&self.next) + finiteness(&self.carried);
        finite + scale.map_or(0.0, |scale| self.error(trial, scale))
    }

    #[inline]
    fn next(&self) -> &[R] {
        &self.next
    }

    #[inline]
    fn next_carried(&self) -> &[R] {
        &self.carried
    }

    fn initial_carried<S: Sde>(&self, system: &S, p: &[R], t: f64, y: &[R]) -> Vec<R> {
        let n = self.shape.states;
        let mut carried = self.carried.clone();
        carried[..n].copy_from_slice(y);
        let (drift, diffusion) = carried[n..].split_at_mut(n);
        system.drift(R::from(t), y, p, drift);
        system.diffusion(R::from(t), y, p, diffusion);
        carried
    }
}
