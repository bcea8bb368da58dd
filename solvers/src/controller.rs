//! [`Controller`]: the next step size from the errors of this step and the last.

/// What a controller carries from step to step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Memory {
    /// The logarithm of the scaled error of the last accepted step, bounded below.
    previous: f64,
    /// Whether the step now tried was rejected before, at a larger size.
    rejected: bool,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Memory { previous: Controller::SMALLEST, rejected: false }
    }

    pub(crate) fn after_rejection(self) -> Self {
        Memory { rejected: true, ..self }
    }
}

/// A proportional-integral controller: `h` is multiplied by `safety * error^-a * previous^b` within bounds, where an
/// error of 1 just meets the tolerance.
///
/// Form, bounds and the rule after a rejection: Hairer, Norsett & Wanner, Solving Ordinary Differential Equations I,
/// section II.4, and the book's code DOPRI5. Exponents `a = 0.7 / k`, `b = 0.4 / k` for an error of order `h^k`:
/// Gustafsson, ACM Trans. Math. Softw. 17 (1991) 533-554.
///
/// Errors come in as squares and are remembered as logarithms: one logarithm and one exponential a step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Controller {
    order: f64,
    proportional: f64,
    integral: f64,
}

impl Controller {
    const SAFETY: f64 = 0.9;
    const MIN_FACTOR: f64 = 0.2;
    const MAX_FACTOR: f64 = 10.0;
    /// The logarithm of the smallest error that is remembered, 1e-4.
    const SMALLEST: f64 = -4.0 * std::f64::consts::LN_10;

    /// For a method whose error estimate has the order `embedded_order`.
    pub(crate) fn new(embedded_order: usize) -> Self {
        let order = (embedded_order + 1) as f64;
        Controller { order, proportional: 0.7 / order, integral: 0.4 / order }
    }

    /// The step at which an error constant of `1 / ratio` meets the tolerance: for the starting step size.
    pub(crate) fn first(&self, ratio: f64) -> f64 {
        ratio.powf(1.0 / self.order)
    }

    /// The factor on the step size after a step with `squared_error <= 1`, and the memory for the next.
    #[inline(always)]
    pub(crate) fn accept(&self, squared_error: f64, memory: Memory) -> (f64, Memory) {
        let error = 0.5 * squared_error.ln();
        let factor = Self::SAFETY * (self.integral * memory.previous - self.proportional * error).exp();
        let largest = if memory.rejected { 1.0 } else { Self::MAX_FACTOR };
        (factor.clamp(Self::MIN_FACTOR, largest), Memory { previous: error.max(Self::SMALLEST), rejected: false })
    }

    /// The factor on the step size after a step with `squared_error > 1`, or with an error that is not finite.
    pub(crate) fn reject(&self, squared_error: f64) -> f64 {
        if squared_error.is_finite() {
            (Self::SAFETY * squared_error.powf(-0.5 * self.proportional)).clamp(Self::MIN_FACTOR, Self::SAFETY)
        } else {
            Self::MIN_FACTOR
        }
    }
}
