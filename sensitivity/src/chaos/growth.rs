//! [`growth`]: how fast the adjoint of a trajectory grows, and from when on its gradient means nothing.

use super::segments::Segments;
use crate::SensitivityError;
use costate_solvers::{Control, Method, Ode, Problem, SolveError};
use nalgebra::{DMatrix, DVector};
use std::fmt;

/// How the adjoint of a trajectory grows as it is swept back: made by [`growth`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// The mean rate at which its logarithm grows, per unit of time: the leading finite-time Lyapunov exponent.
    pub rate: f64,
    /// The length of the span.
    pub length: f64,
    /// The length of time over which the solver's own errors grow to the size of the solution; infinite, if they do not.
    pub horizon: f64,
}

impl Growth {
    /// Whether a gradient of a trajectory this long means something.
    pub fn is_trustworthy(&self) -> bool {
        self.length <= self.horizon
    }

    /// What to know before a gradient of the trajectory is used, if there is something: the time after which it means nothing.
    pub fn warning(&self) -> Option<String> {
        (!self.is_trustworthy()).then(|| self.to_string())
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Growth { rate, length, horizon } = self;
        write!(f, "the adjoint grows at the rate {rate:.3} per unit of time over a span of {length}")?;
        if self.is_trustworthy() {
            return write!(f, ": a gradient of the trajectory is meaningful");
        }
        write!(
            f,
            ": {horizon:.1} after the start the trajectory is one among many within the tolerance, and beyond that time its \
             gradient means nothing; shorten the span, fit in pieces (multiple shooting), or differentiate long-time averages \
             by NilsAdjoint"
        )
    }
}

/// Rates below this in one span are no growth: `exp(1)` over all of it.
const SMALL: f64 = 1.0;

/// Measures how the adjoint grows, in one sweep back over the trajectory, normalised 100 times on its way.
///
/// In a chaotic system it grows without end (Lorenz' of 1963: at the rate 0.906), a gradient of the trajectory with it, and beyond the
/// time in which an error of the size of the tolerance has grown to the size of the solution it is the gradient of an arbitrary
/// trajectory. Costs about one gradient.
///
/// ```
/// use costate_sensitivity::growth;
/// use costate_solvers::{Problem, Tolerance, Tsit5, ode};
/// use nalgebra::dvector;
///
/// let lorenz = ode!(|_t, [x, y, z], [sigma, rho, beta]| [sigma * (y - x), x * (rho - z) - y, x * y - beta * z]);
/// let problem = Problem::ode(lorenz, [1.0, 1.0, 25.0], &dvector![10.0, 28.0, 8.0 / 3.0], 0.0..100.0);
/// let growth = growth(&problem, Tsit5, Tolerance::new(1e-8, 1e-8))?;
/// assert!((growth.rate - 0.9).abs() < 0.15);
/// assert!(growth.warning().unwrap().contains("means nothing"));
/// # Ok::<(), costate_solvers::SolveError>(())
/// ```
///
/// # Errors
/// As [`Problem::solve`]; and [`SolveError::Refused`] for events, stops and mass matrices.
pub fn growth<S: Ode + Clone + 'static, M: Method + Clone + 'static>(
    problem: &Problem<S, f64>,
    method: M,
    control: impl Into<Control>,
) -> Result<Growth, SolveError> {
    let control = control.into();
    check(problem, "growth")?;
    let (span, count) = (problem.span(), 100);
    let segments = Segments::run((problem, &method, &control), problem.initial_state(), span.clone(), count)?;
    let mut adjoint = direction(problem.initial_state().len());
    let mut grown = 0.0;
    for k in (0..count).rev() {
        let (swept, _) = segments.sweep(k, &DMatrix::from_columns(&[adjoint]), None)?;
        adjoint = swept.columns(0, problem.initial_state().len()).row(0).transpose();
        let size = adjoint.norm();
        if size == 0.0 {
            grown = f64::NEG_INFINITY;
            break;
        }
        adjoint /= size;
        // At its end an adjoint is still turning into the direction that grows.
        if k < 9 * count / 10 {
            grown += size.ln();
        }
    }
    let length = (span.end - span.start).abs();
    let rate = grown / (0.9 * length);
    let error = if let Control::Adaptive(tolerance) = &control { tolerance.rtol() } else { f64::EPSILON };
    let horizon = if rate * length > SMALL { -error.ln() / rate } else { f64::INFINITY };
    Ok(Growth { rate, length, horizon })
}

/// A direction without symmetries.
pub(super) fn direction(n: usize) -> DVector<f64> {
    DVector::from_fn(n, |i, _| 1.0 + 0.5 * (3.7 * i as f64 + 1.0).sin()).normalize()
}

/// Refuses what segments do not carry from one to the next.
pub(super) fn check<S: Ode>(problem: &Problem<S, f64>, strategy: &'static str) -> Result<(), SensitivityError> {
    let what = match problem {
        _ if !problem.is_smooth() => "events and stops",
        _ if problem.mass_matrix().is_some() => "a mass matrix",
        _ => return Ok(()),
    };
    Err(SensitivityError::NotServed { strategy, what })
}
