//! [`Milstein`].

use crate::finiteness::finiteness;
use crate::{Calculus, ErrorScale, NoiseKind, NoiseShape, Sde, StochasticMethod, StochasticStepper, Trial};
use costate_ad::{Directional, Real};

/// Milstein's method for Ito equations with commutative (diagonal, scalar) noise. The slope of the diffusion is found
/// automatically.
///
/// Strong order 1. One drift a step, one diffusion, and one of its slopes; for commutative noise that is neither diagonal nor
/// scalar, one slope more for each Brownian motion.
///
/// Kloeden and Platen, Numerical Solution of Stochastic Differential Equations (1992), equations 10.3.5 and 10.3.16.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Milstein;

impl StochasticMethod for Milstein {
    type Stepper<R: Real> = MilsteinStepper<R>;

    fn name(&self) -> &'static str {
        "Milstein"
    }

    fn calculus(&self) -> Calculus {
        Calculus::Ito
    }

    fn strong_order(&self, noise: NoiseKind) -> Option<f64> {
        noise.is_commutative().then_some(1.0)
    }

    fn error_order(&self) -> Option<f64> {
        None
    }

    fn needs_area(&self) -> bool {
        false
    }

    fn stepper<R: Real>(&self, shape: NoiseShape) -> MilsteinStepper<R> {
        let states = || vec![R::zero(); shape.states];
        let elements = || vec![R::zero(); shape.elements()];
        MilsteinStepper {
            shape,
            next: states(),
            direction: states(),
            diffusion: elements(),
            slope: elements(),
            directional: Directional::default(),
        }
    }
}

/// Scratch memory of [`Milstein`]'s method.
#[derive(Clone, Debug)]
pub struct MilsteinStepper<R: Real> {
    shape: NoiseShape,
    next: Vec<R>,
    direction: Vec<R>,
    diffusion: Vec<R>,
    slope: Vec<R>,
    directional: Directional<R>,
}

impl<R: Real> MilsteinStepper<R> {
    /// The slope of the diffusion along `direction`, from the start of the step.
    fn find_slope<S: Sde>(&mut self, system: &S, p: &[R], trial: &Trial<'_, R>) {
        let at = (R::from(trial.t), trial.y, p);
        self.directional.along(at, &self.direction, |t, y, p, g| system.diffusion(t, y, p, g), &mut self.slope);
    }

    /// Adds `1/2 sum of g_k' g_j (W_j W_k - h [j = k])`: first along all of the noise at once, which gives the products of the
    /// increments, then along each column, which gives the part with `h`.
    fn correct<S: Sde>(&mut self, system: &S, p: &[R], trial: &Trial<'_, R>) {
        let (shape, w, h) = (self.shape, trial.w, trial.h);
        if shape.diagonal || shape.dimensions == 1 {
            self.direction.fill(R::zero());
            shape.add(&self.diffusion, |_| 1.0, &mut self.direction);
            self.find_slope(system, p, trial);
            return shape.add(&self.slope, |k| 0.5 * (w[k] * w[k] - h), &mut self.next);
        }
        self.direction.fill(R::zero());
        shape.add(&self.diffusion, |k| w[k], &mut self.direction);
        self.find_slope(system, p, trial);
        shape.add(&self.slope, |k| 0.5 * w[k], &mut self.next);
        for column in 0..shape.dimensions {
            let own = column * shape.states..(column + 1) * shape.states;
            self.direction.copy_from_slice(&self.diffusion[own.clone()]);
            self.find_slope(system, p, trial);
            self.next.iter_mut().zip(&self.slope[own]).for_each(|(next, &slope)| *next -= slope * (0.5 * h));
        }
    }
}

impl<R: Real> StochasticStepper<R> for MilsteinStepper<R> {
    fn evaluations(&self) -> usize {
        let slopes = if self.shape.diagonal || self.shape.dimensions == 1 { 1 } else { 1 + self.shape.dimensions };
        2 + slopes
    }

    #[inline]
    fn attempt<S: Sde>(&mut self, system: &S, p: &[R], trial: &Trial<'_, R>, _scale: Option<&ErrorScale>) -> f64 {
        let t = R::from(trial.t);
        system.drift(t, trial.y, p, &mut self.direction);
        system.diffusion(t, trial.y, p, &mut self.diffusion);
        for ((next, &y), &f) in self.next.iter_mut().zip(trial.y).zip(&self.direction) {
            *next = y + f * trial.h;
        }
        self.shape.add(&self.diffusion, |k| trial.w[k], &mut self.next);
        if !system.noise().is_additive() {
            self.correct(system, p, trial);
        }
        finiteness(&self.next)
    }

    #[inline]
    fn next(&self) -> &[R] {
        &self.next
    }
}
