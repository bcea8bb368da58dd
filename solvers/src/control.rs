//! [`Control`]: how large the steps are, by [`Tolerance`] or by [`FixedStep`].

use crate::SolveError;
use crate::span::Span;

/// Steps chosen so that each step's estimated error stays below `atol + rtol * |y|`, in the root mean square over
/// the components (Hairer, Norsett & Wanner, Solving Ordinary Differential Equations I, equation II.4.11).
///
/// The norm looks at values only, so a solve takes the same steps on every scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    pub(crate) rtol: f64,
    pub(crate) atol: f64,
    pub(crate) max_steps: usize,
    pub(crate) initial_step: Option<f64>,
    pub(crate) min_step: f64,
    pub(crate) max_step: f64,
}

impl Tolerance {
    /// The relative and the absolute tolerance, both positive.
    pub fn new(rtol: f64, atol: f64) -> Self {
        Tolerance { rtol, atol, max_steps: 1_000_000, initial_step: None, min_step: 0.0, max_step: f64::INFINITY }
    }

    /// Gives up after this many steps, accepted or not (one million unless told).
    pub fn with_max_steps(self, max_steps: usize) -> Self {
        Tolerance { max_steps, ..self }
    }

    /// Tries this step first (positive, whatever the direction), rather than estimating one.
    pub fn with_initial_step(self, initial_step: f64) -> Self {
        Tolerance { initial_step: Some(initial_step), ..self }
    }

    /// Fails rather than take a step below this size (positive).
    pub fn with_min_step(self, min_step: f64) -> Self {
        Tolerance { min_step, ..self }
    }

    /// Never takes a step above this size (positive): for a right-hand side with short events that large steps
    /// would jump over.
    pub fn with_max_step(self, max_step: f64) -> Self {
        Tolerance { max_step, ..self }
    }

    fn check(&self) -> Result<(), SolveError> {
        for (name, value) in [("rtol", self.rtol), ("atol", self.atol)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(SolveError::BadTolerance { name, value });
            }
        }
        let remedy = "it must be positive";
        if self.initial_step.is_some_and(|step| !(step > 0.0 && step.is_finite())) {
            let value = self.initial_step.unwrap_or_default();
            return Err(SolveError::BadStep { name: "Tolerance::with_initial_step", value, remedy });
        }
        if !(self.min_step >= 0.0 && self.min_step.is_finite()) {
            return Err(SolveError::BadStep { name: "Tolerance::with_min_step", value: self.min_step, remedy });
        }
        if !(self.max_step > 0.0 && self.max_step >= self.min_step) {
            let remedy = "it must be positive and not below the smallest step";
            return Err(SolveError::BadStep { name: "Tolerance::with_max_step", value: self.max_step, remedy });
        }
        Ok(())
    }
}

/// Steps of one size `h` (positive, whatever the direction of the span); the last one is shortened to end exactly on
/// the span's end. Step `n` starts at `t0 + n * h`, without accumulated rounding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FixedStep(
    /// The size of a step.
    pub f64,
);

impl FixedStep {
    /// Above this many steps the time would no longer advance by whole steps.
    const MOST_STEPS: f64 = 1e15;

    fn check(&self, span: Span) -> Result<(), SolveError> {
        let refuse = |remedy| Err(SolveError::BadStep { name: "the step of FixedStep", value: self.0, remedy });
        if !(self.0 > 0.0 && self.0.is_finite()) {
            return refuse("it must be positive and finite; the span gives the direction");
        }
        let smallest = 2.0 * f64::EPSILON * span.start.abs().max(span.end.abs());
        if self.0 < smallest || span.intervals(self.0) > Self::MOST_STEPS {
            return refuse("it is too small to advance the time on this span; choose a larger step");
        }
        Ok(())
    }
}

/// How step sizes are chosen. Made from a [`Tolerance`] or a [`FixedStep`]; holds plain values only.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Control {
    /// Error control.
    Adaptive(Tolerance),
    /// Steps of one size.
    Fixed(FixedStep),
}

impl Control {
    pub(crate) fn check(&self, span: Span) -> Result<(), SolveError> {
        match self {
            Control::Adaptive(tolerance) => tolerance.check(),
            Control::Fixed(step) => step.check(span),
        }
    }
}

impl From<Tolerance> for Control {
    fn from(tolerance: Tolerance) -> Self {
        Control::Adaptive(tolerance)
    }
}

impl From<FixedStep> for Control {
    fn from(step: FixedStep) -> Self {
        Control::Fixed(step)
    }
}
