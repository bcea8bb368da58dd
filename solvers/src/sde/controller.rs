//! [`StochasticController`]: the next step size from the errors of this step and the last.

use crate::control::Tolerance;

/// A proportional-integral controller that is mostly proportional: `h` is multiplied by
/// `(error/goal)^(-0.45/k) * (previous/goal)^(0.375/k)` within bounds, for an error estimate that falls as `h^k`.
///
/// The error of a step on a rough path is half chance, and says little about the next: so what remains of it after two steps,
/// the difference of the exponents, is small (Soderlind, Digital filters in adaptive time-stepping, ACM Trans. Math. Softw. 29
/// (2003), section 4: filters for errors with noise), and the goal leaves room for chance below the tolerance. The same keeps
/// steps steady at the bound of stability, where the error changes with a high power of the step (Gustafsson, Control theoretic
/// techniques for stepsize selection in explicit Runge-Kutta methods, ACM Trans. Math. Softw. 17 (1991), section 3). Rackauckas
/// and Nie, Discrete Contin. Dyn. Syst. B 22 (2017), section 5, answer chance by slow growth, by 9/8 at most; but what shrinks
/// fast and grows slowly is too small in between.
///
/// Errors are given by their logarithms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StochasticController {
    /// Exponents of the error and of the previous one.
    now: f64,
    before: f64,
    /// One over `k`.
    per_order: f64,
    log_goal: f64,
    safety: f64,
    /// Logarithms of the smallest and the largest factor.
    least: f64,
    most: f64,
}

impl StochasticController {
    /// The largest factor, unless the tolerance says less.
    const MOST: f64 = 2.0;
    /// The share of the tolerance that an error aims at, beside the safety of the step.
    const GOAL: f64 = 0.35;
    /// The logarithm of the smallest error that is remembered.
    pub(crate) const SMALLEST: f64 = -9.2;

    /// With the safety and the factors of the tolerance.
    pub(crate) fn new(order: f64, tolerance: &Tolerance) -> Self {
        let ([least, most], per_order) = (tolerance.factors, 1.0 / order);
        StochasticController {
            now: 0.45 * per_order,
            before: 0.375 * per_order,
            per_order,
            log_goal: Self::GOAL.ln() + order * tolerance.safety.ln(),
            safety: tolerance.safety,
            least: least.ln(),
            most: most.min(Self::MOST).ln(),
        }
    }

    /// The factor on the step size after a step with an error of at most 1.
    pub(crate) fn accept(&self, log_error: f64, log_previous: f64) -> f64 {
        let proportional = self.before * (log_previous - self.log_goal) - self.now * (log_error - self.log_goal);
        proportional.clamp(self.least, self.most).exp()
    }

    /// The factor on the step size after a step with an error above 1, or one that is not finite.
    pub(crate) fn reject(&self, log_error: f64) -> f64 {
        if log_error.is_finite() {
            self.safety * (-self.per_order * log_error).max(self.least).exp()
        } else {
            self.least.exp()
        }
    }
}
