//! [`Controller`]: the next step size from the errors of this step and the last ones.

/// How the errors of past steps make the next step size. An error of 1 just meets the tolerance, and `k` is the order of
/// the error in the step size; the result is multiplied by the safety factor and kept within bounds
/// ([`Tolerance::with_safety`](crate::Tolerance::with_safety), [`Tolerance::with_factors`](crate::Tolerance::with_factors)).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Controller {
    /// From this error alone: `error^(-1/k)`. For errors that jump about, as with discontinuous right-hand sides.
    I,
    /// From this error and the last: `error^(-0.7/k) * previous^(0.4/k)`. Smoother step sizes and fewer rejections
    /// (Gustafsson, ACM Trans. Math. Softw. 17 (1991) 533-554).
    #[default]
    Pi,
    /// From three errors, this one first: `error^(-b1/k) * previous^(-b2/k) * before_that^(-b3/k)`. The exponents
    /// `[1/18, 1/9, 1/18]` are the low-pass filter H312 (Soderlind & Wang, J. Comput. Appl. Math. 185 (2006) 225-243).
    Pid([f64; 3]),
    /// Predicts the next error from the last two steps and their sizes, for implicit methods whose error constant
    /// changes along the solution: `(h / h_previous) * (previous / error^2)^(1/k)`, and never more than `I` allows
    /// (Gustafsson, ACM Trans. Math. Softw. 20 (1994) 496-517; Hairer & Wanner, Solving Ordinary Differential
    /// Equations II, equation IV.8.25).
    Gustafsson,
}

/// What a controller carries from step to step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Memory {
    /// The logarithms of the scaled errors of the last two accepted steps, the last first, bounded below.
    errors: [f64; 2],
    /// The size of the last accepted step; zero before there is one.
    h: f64,
    /// Whether the step now tried was rejected before, at a larger size.
    rejected: bool,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Memory { errors: [Pace::SMALLEST; 2], h: 0.0, rejected: false }
    }

    pub(crate) fn rejected(&mut self) {
        self.rejected = true;
    }
}

/// A controller with its bounds, for a method of one order.
///
/// Errors come in as squares and are remembered as logarithms: one logarithm and one exponential a step. The rule after a
/// rejection: Hairer, Norsett & Wanner, Solving Ordinary Differential Equations I, section II.4.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    controller: Controller,
    /// The order of the error in the step size, and its inverse: a division would stand in the way of every next step.
    order: f64,
    root: f64,
    safety: f64,
    factors: [f64; 2],
}

impl Pace {
    /// The logarithm of the smallest error that is remembered, 1e-4.
    const SMALLEST: f64 = -4.0 * std::f64::consts::LN_10;

    /// For a method whose error estimate has the order `embedded_order`.
    pub(crate) fn new(controller: Controller, embedded_order: usize, safety: f64, factors: [f64; 2]) -> Self {
        let order = (embedded_order + 1) as f64;
        Pace { controller, order, root: 1.0 / order, safety, factors }
    }

    /// The step at which an error constant of `1 / ratio` meets the tolerance: for the starting step size.
    pub(crate) fn first(&self, ratio: f64) -> f64 {
        ratio.powf(self.root)
    }

    /// The factor on the step size `h` after a step with `squared_error <= 1`, which is remembered.
    #[inline(always)]
    pub(crate) fn accept(&self, squared_error: f64, h: f64, memory: &mut Memory) -> f64 {
        let error = 0.5 * squared_error.ln();
        let [previous, before] = memory.errors;
        let exponent = match self.controller {
            Controller::I => -error,
            Controller::Pi => 0.4 * previous - 0.7 * error,
            Controller::Pid([b1, b2, b3]) => -b1 * error.max(Self::SMALLEST) - b2 * previous - b3 * before,
            Controller::Gustafsson if memory.h == 0.0 => -error,
            Controller::Gustafsson => (previous - 2.0 * error + self.order * (h / memory.h).abs().ln()).min(-error),
        };
        let factor = self.safety * (exponent * self.root).exp();
        let [least, most] = self.factors;
        let most = if memory.rejected { 1.0 } else { most };
        *memory = Memory { errors: [error.max(Self::SMALLEST), previous], h, rejected: false };
        factor.clamp(least, most)
    }

    /// The factor on the step size after a step with `squared_error > 1`, or with an error that is not finite.
    pub(crate) fn reject(&self, squared_error: f64) -> f64 {
        let exponent = match self.controller {
            Controller::Pi => 0.7,
            _ => 1.0,
        };
        if squared_error.is_finite() {
            let factor = self.safety * squared_error.powf(-0.5 * exponent * self.root);
            factor.clamp(self.factors[0], self.safety)
        } else {
            self.factors[0]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On steps whose error is `(h / constant)^k` every controller settles where the error is the safety factor's.
    #[test]
    fn every_controller_settles_on_the_step_that_meets_the_tolerance() {
        for controller in [
            Controller::I,
            Controller::Pi,
            Controller::Pid([1.0 / 18.0, 1.0 / 9.0, 1.0 / 18.0]),
            Controller::Gustafsson,
        ] {
            let pace = Pace::new(controller, 4, 0.9, [0.2, 10.0]);
            let (mut h, mut memory) = (1e-3, Memory::new());
            for _ in 0..400 {
                let error = (h / 0.25_f64).powi(5);
                let factor = if error > 1.0 {
                    memory.rejected();
                    pace.reject(error * error)
                } else {
                    pace.accept(error * error, h, &mut memory)
                };
                h *= factor;
            }
            // At rest safety * error^(-sum of exponents / k) = 1.
            let sum = match controller {
                Controller::Pi => 0.3,
                Controller::Pid(b) => b.iter().sum(),
                _ => 1.0,
            };
            let expected = 0.25 * 0.9_f64.powf(1.0 / sum);
            assert!((h / expected - 1.0).abs() < 1e-6, "{controller:?}: {h} instead of {expected}");
        }
    }
}
