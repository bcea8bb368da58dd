//! [`StochasticMethod`]: what a user names, and [`StochasticStepper`]: the scratch memory in which it steps.

use crate::{Calculus, ErrorScale, NoiseKind, NoiseShape, Sde, StochasticTableau};
use costate_ad::Real;

/// A way to step a stochastic equation through time. It describes; the numbers live in its stepper.
pub trait StochasticMethod {
    /// What a step computes, as plain coefficients, for a method that is nothing but a tableau: for code that reasons about
    /// steps rather than takes them.
    const FORMULA: Option<&'static StochasticTableau> = None;
    /// What steps on the scalar `R`.
    type Stepper<R: Real>: StochasticStepper<R>;

    /// The name, for messages.
    fn name(&self) -> &'static str;

    /// Which equations it solves.
    fn calculus(&self) -> Calculus;

    /// The strong order of convergence for this kind of noise: the mean error of a path falls as `h` to this power. `None`
    /// where the method cannot take the noise.
    fn strong_order(&self, noise: NoiseKind) -> Option<f64>;

    /// The power of `h` with which the error estimate of a step falls; `None` for a method that cannot keep a tolerance.
    fn error_order(&self) -> Option<f64>;

    /// Whether it needs the space-time Levy area of each step.
    fn needs_area(&self) -> bool;

    /// Whether the step back, over the same interval, undoes a step but for rounding; not unless told.
    fn is_reversible(&self) -> bool {
        false
    }

    /// Scratch memory for a problem of this shape.
    fn stepper<R: Real>(&self, shape: NoiseShape) -> Self::Stepper<R>;
}

impl<M: StochasticMethod> StochasticMethod for &M {
    const FORMULA: Option<&'static StochasticTableau> = M::FORMULA;
    type Stepper<R: Real> = M::Stepper<R>;

    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn calculus(&self) -> Calculus {
        (**self).calculus()
    }

    fn strong_order(&self, noise: NoiseKind) -> Option<f64> {
        (**self).strong_order(noise)
    }

    fn error_order(&self) -> Option<f64> {
        (**self).error_order()
    }

    fn needs_area(&self) -> bool {
        (**self).needs_area()
    }

    fn is_reversible(&self) -> bool {
        (**self).is_reversible()
    }

    fn stepper<R: Real>(&self, shape: NoiseShape) -> Self::Stepper<R> {
        (**self).stepper(shape)
    }
}

/// A step to be tried.
#[derive(Clone, Copy, Debug)]
pub struct Trial<'a, R> {
    /// Where it starts.
    pub t: f64,
    /// Its signed size.
    pub h: f64,
    /// The state at its start.
    pub y: &'a [R],
    /// What the method carries from step to step: see [`StochasticStepper::next_carried`].
    pub carried: &'a [R],
    /// The increments of the Brownian motions.
    pub w: &'a [f64],
    /// Their space-time Levy areas; zeros where the method does not need them.
    pub area: &'a [f64],
}

impl<R> Trial<'_, R> {
    /// The mean of the Brownian motion over the step, less its value at the start, for one dimension: the iterated integral
    /// `I(1,0)` divided by `h`.
    #[inline(always)]
    pub fn mean(&self, dimension: usize) -> f64 {
        0.5 * self.w[dimension] + self.area[dimension]
    }
}

/// The scratch memory of a method. Nothing in it survives a step.
pub trait StochasticStepper<R: Real> {
    /// Evaluations of the drift and of the diffusion, together, in one [`attempt`](Self::attempt).
    fn evaluations(&self) -> usize;

    /// Tries a step and returns the mean square of its error estimate in units of `scale` (0 without one). The result is NaN
    /// or infinite where the step ran into numbers that are not finite, or has no solution.
    fn attempt<S: Sde>(&mut self, system: &S, p: &[R], trial: &Trial<'_, R>, scale: Option<&ErrorScale>) -> f64;

    /// The state at the end of the step just tried.
    fn next(&self) -> &[R];

    /// What the method carries to the next step beside the state; nothing unless told.
    fn next_carried(&self) -> &[R] {
        &[]
    }

    /// What the method carries into the first step, which starts at `t` from `y`.
    fn initial_carried<S: Sde>(&self, _system: &S, _p: &[R], _t: f64, _y: &[R]) -> Vec<R> {
        Vec::new()
    }
}
