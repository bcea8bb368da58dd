//! [`GradientReport`]: what a check of a gradient found.

use nalgebra::DVector;
use std::fmt;

/// What [`verify_gradient`](crate::verify_gradient) found.
#[derive(Clone, Debug)]
pub struct GradientReport {
    /// The strategy's word.
    pub strategy: &'static str,
    /// The loss.
    pub value: f64,
    /// Its gradient, by the strategy.
    pub gradient: DVector<f64>,
    /// The derivative along the direction of the test: by the gradient, and by forward mode through the solver.
    pub directional: [f64; 2],
    /// The steps of the Taylor test, each with what the first-order expansion leaves on the frozen mesh.
    pub taylor: Vec<[f64; 2]>,
    /// How much each component of the gradient changes under a refined control: an estimate of its discretisation error.
    pub discretisation: DVector<f64>,
}

/// The end of the matter.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum GradientVerdict {
    /// The gradient is that of the computed loss, to rounding; its distance from the true one is the discretisation error.
    Exact,
    /// It is not that of the computed loss, but the difference is within the discretisation error: as it should be for a
    /// continuous adjoint.
    WithinTolerance,
    /// It is neither.
    Wrong,
}

impl GradientVerdict {
    /// Whether it is [`Exact`](GradientVerdict::Exact).
    pub fn is_exact(self) -> bool {
        self == GradientVerdict::Exact
    }
}

impl GradientReport {
    /// By how much the two directional derivatives differ, relative to the larger.
    pub fn dot_test(&self) -> f64 {
        let [a, b] = self.directional;
        if a == b { 0.0 } else { (a - b).abs() / a.abs().max(b.abs()) }
    }

    /// The power of the step with which the remainder vanishes: 2 for a right gradient and 1 for a wrong one. `None` where it
    /// vanishes within rounding at every step, as for a loss that is linear along the direction.
    pub fn taylor_slope(&self) -> Option<f64> {
        let scale = self.value.abs().max(self.directional[0].abs());
        let visible = |[step, left]: &&[f64; 2]| *left > 1e-12 * scale && *step > 0.0;
        let points: Vec<[f64; 2]> = self.taylor.iter().filter(visible).map(|point| point.map(f64::ln)).collect();
        let mut slopes: Vec<f64> = points.windows(2).map(|p| (p[1][1] - p[0][1]) / (p[1][0] - p[0][0])).collect();
        slopes.sort_by(f64::total_cmp);
        slopes.get(slopes.len() / 2).copied()
    }

    /// The largest discretisation error, relative to the largest component of the gradient.
    pub fn discretisation_error(&self) -> f64 {
        self.discretisation.amax() / self.gradient.amax().max(f64::MIN_POSITIVE)
    }

    /// What follows.
    pub fn verdict(&self) -> GradientVerdict {
        let is_quadratic = self.taylor_slope().is_none_or(|slope| (slope - 2.0).abs() < 0.3);
        if self.dot_test() < 1e-8 && is_quadratic {
            GradientVerdict::Exact
        } else if self.dot_test() < 10.0 * self.discretisation_error() {
            GradientVerdict::WithinTolerance
        } else {
            GradientVerdict::Wrong
        }
    }
}

impl fmt::Display for GradientReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [by_gradient, by_forward] = self.directional;
        writeln!(f, "gradient by {}: {:?}", self.strategy, self.verdict())?;
        writeln!(f, "  loss                      {:.9e}", self.value)?;
        writeln!(f, "  along the test direction  {by_gradient:.9e}, by forward mode {by_forward:.9e}")?;
        writeln!(f, "  dot test, relative        {:.1e}", self.dot_test())?;
        match self.taylor_slope() {
            Some(slope) => writeln!(f, "  Taylor test, slope        {slope:.2} (2 if right, 1 if wrong)")?,
            None => writeln!(f, "  Taylor test               linear within rounding")?,
        }
        writeln!(f, "  discretisation, relative  {:.1e}", self.discretisation_error())?;
        for (i, (slope, error)) in self.gradient.iter().zip(&self.discretisation).enumerate() {
            writeln!(f, "  d/dx[{i}]  {slope:>16.9e} +- {error:.1e}")?;
        }
        Ok(())
    }
}
