//! [`StochasticController`]: the next step size from the errors of this step and the last.

use crate::control::Tolerance;

/// A proportional-integral controller: `h` is multiplied by `safety * error^(-0.7/k) * previous^(0.4/k)` within bounds, for
/// an error estimate that falls as `h^k`.
///
/// Rackauckas and Nie, Adaptive methods for stochastic differential equations via natural embeddings and rejection sampling
/// with memory, Discrete Contin. Dyn. Syst. B 22 (2017), section 5. Steps grow slowly, because the error of a step of a rough
/// path says little about the next: the largest factor is 9/8 there, tuned on one stiff model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StochasticController {
    order: f64,
    safety: f64,
    least: f64,
    most: f64,
}

impl StochasticController {
    const MOST: f64 = 1.5;
    /// The smallest error that is remembered.
    pub(crate) const SMALLEST: f64 = 1e-4;

    /// With the safety and the factors of the tolerance, of which the largest is taken to be 1.5 at most.
    pub(crate) fn new(order: f64, tolerance: &Tolerance) -> Self {
        let [least, most] = tolerance.factors;
        StochasticController { order, safety: tolerance.safety, least, most: most.min(Self::MOST) }
    }

    /// The factor on the step size after a step with `error <= 1`.
    pub(crate) fn accept(&self, error: f64, previous: f64) -> f64 {
        let error = error.max(Self::SMALLEST);
        let factor = self.safety * error.powf(-0.7 / self.order) * previous.powf(0.4 / self.order);
        factor.clamp(self.least, self.most)
    }

    /// The factor on the step size after a step with `error > 1`, or with an error that is not finite.
    pub(crate) fn reject(&self, error: f64) -> f64 {
        if error.is_finite() {
            (self.safety * error.powf(-1.0 / self.order)).clamp(self.least, self.safety)
        } else {
            self.least
        }
    }
}
