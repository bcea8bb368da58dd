//! [`Optimum`]: where a search ended, how it got there, and why it stopped.

use nalgebra::DVector;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One iteration of a search, as progress callbacks and histories see it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Iteration {
    /// Its number; 0 is the start.
    pub number: usize,
    /// The objective.
    pub value: f64,
    /// The largest absolute component of the gradient.
    pub gradient_norm: f64,
    /// The evaluations of value and gradient so far, failed ones included.
    pub evaluations: usize,
}

/// Why a search stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Stop {
    /// The gradient is as small as asked for.
    GradientTolerance,
    /// The objective no longer decreases by more than asked for.
    FunctionTolerance,
    /// The point no longer moves by more than asked for.
    StepTolerance,
    /// The allowed iterations are used up.
    IterationLimit,
    /// No better point was found along a direction that should lead to one.
    LineSearchFailed {
        /// What the search met.
        cause: String,
    },
    /// The progress callback asked for it.
    Callback,
}

impl Stop {
    /// Whether the end point is a minimum within a tolerance.
    pub fn converged(&self) -> bool {
        matches!(self, Stop::GradientTolerance | Stop::FunctionTolerance | Stop::StepTolerance)
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::GradientTolerance => f.write_str("converged: the gradient is within its tolerance"),
            Stop::FunctionTolerance => f.write_str("converged: the objective no longer decreases"),
            Stop::StepTolerance => f.write_str("converged: the parameters no longer move"),
            Stop::IterationLimit => f.write_str("not converged: iteration limit reached; allow more iterations"),
            Stop::LineSearchFailed { cause } => write!(f, "not converged: line search failed: {cause}"),
            Stop::Callback => f.write_str("not converged: stopped by the progress callback"),
        }
    }
}

/// Where a search ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Optimum {
    /// The best point.
    pub point: DVector<f64>,
    /// The objective there.
    pub value: f64,
    /// Its gradient there.
    pub gradient: DVector<f64>,
    /// Why the search stopped.
    pub stop: Stop,
    /// Every iteration, the start first.
    pub history: Vec<Iteration>,
    /// Evaluations of value and gradient, failed ones included.
    pub evaluations: usize,
    /// How many of these failed.
    pub failures: usize,
}

impl Optimum {
    /// The number of iterations.
    pub fn iterations(&self) -> usize {
        self.history.last().map_or(0, |last| last.number)
    }
}
