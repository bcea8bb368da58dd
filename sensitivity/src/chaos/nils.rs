//! [`NilsAdjoint`]: derivatives of long-time averages of chaotic systems.

use super::batch::{Batch, Outcome};
use super::growth::check;
use super::segments::Sampled;
use crate::SensitivityError;
use costate_ad::Var;
use costate_solvers::{Control, Method, Ode, Problem, SaveAt, SolveError};
use nalgebra::DVector;
use std::fmt;

/// Non-intrusive least squares adjoint shadowing: the derivative of a long-time average by the parameters, in a chaotic system, where
/// that of a trajectory grows without end (Ni & Talnikar, J. Comput. Phys. 395 (2019) 690-709).
///
/// Among all solutions of the adjoint equation there is one that stays bounded. It is found as the smallest combination of one that has the
/// average in it and of as many homogeneous ones as there are directions in which adjoints do not decay: their number is found from
/// how they grow. Segments keep all of them apart: at the end of each they are made orthogonal.
///
/// The span of the problem, without [`spin_up`](Self::spin_up), is cut into batches; each gives a derivative of its own, and their scatter
/// the standard error. The cost for all parameters together is that of about `3 + unstable directions` gradients.
///
/// Shadowing assumes that the system is uniformly hyperbolic; where it is not, the result has a bias that no length of time removes.
///
/// ```
/// use costate_sensitivity::NilsAdjoint;
/// use costate_solvers::{Problem, Tolerance, Tsit5, ode};
/// use nalgebra::dvector;
///
/// let lorenz = ode!(|_t, [x, y, z], [sigma, rho, beta]| [sigma * (y - x), x * (rho - z) - y, x * y - beta * z]);
/// let problem = Problem::ode(lorenz, [1.0, 1.0, 25.0], &dvector![10.0, 28.0, 8.0 / 3.0], 0.0..110.0);
/// let nils = NilsAdjoint { batches: 4, ..NilsAdjoint::default() };
/// let mean_height = nils.differentiate(&problem, Tsit5, Tolerance::new(1e-6, 1e-6), |y| y[2])?;
/// assert!((mean_height.average - 23.5).abs() < 0.5);
/// assert!((mean_height.gradient[1] - 1.0).abs() < 0.15);
/// # Ok::<(), costate_solvers::SolveError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NilsAdjoint {
    /// The length of a segment in time (positive): so short that adjoints grow by a factor of some units. 0.5 unless told.
    pub segment: f64,
    /// The time at the start of the span that does not count, until the trajectory is on the attractor: 10 unless told.
    pub spin_up: f64,
    /// How many parts the rest of the span is cut into (at least 2): 10 unless told. Each must be long against the time over which the
    /// system forgets.
    pub batches: usize,
    /// How often the quantity is sampled in a segment (at least 1): 25 times unless told.
    pub samples: usize,
    /// The number of homogeneous adjoints (at least the number of unstable directions, plus one for a system that does not depend on the
    /// time): found from how they grow unless told.
    pub directions: Option<usize>,
}

impl Default for NilsAdjoint {
    fn default() -> Self {
        NilsAdjoint { segment: 0.5, spin_up: 10.0, batches: 10, samples: 25, directions: None }
    }
}

/// A long-time average and its derivatives, with their statistical errors.
#[derive(Clone, Debug, PartialEq)]
pub struct Shadowing {
    /// The average.
    pub average: f64,
    /// Its standard error.
    pub average_error: f64,
    /// Its derivatives by the parameters.
    pub gradient: DVector<f64>,
    /// Their standard errors, from the scatter of the batches.
    pub gradient_error: DVector<f64>,
    /// The leading Lyapunov exponents, as many as there were homogeneous adjoints, the largest first.
    pub exponents: Vec<f64>,
}

impl fmt::Display for Shadowing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "average {:.6} +- {:.1e}", self.average, self.average_error)?;
        for (i, (slope, error)) in self.gradient.iter().zip(&self.gradient_error).enumerate() {
            writeln!(f, "by parameter {i}: {slope:.6} +- {error:.1e}")?;
        }
        write!(f, "Lyapunov exponents {:.3?}", self.exponents)
    }
}

impl NilsAdjoint {
    /// Differentiates the average of `quantity`, a function of the state, along the trajectory of a problem.
    ///
    /// # Errors
    /// As [`Problem::solve`]; and [`SolveError::Refused`] with a [`SensitivityError`] for events, stops and mass matrices, and where the
    /// options do not fit the span.
    pub fn differentiate<S: Ode + Clone + 'static, M: Method + Clone + 'static>(
        &self,
        problem: &Problem<S, f64>,
        method: M,
        control: impl Into<Control>,
        quantity: impl Fn(&[Var]) -> Var,
    ) -> Result<Shadowing, SolveError> {
        let control = control.into();
        check(problem, "NilsAdjoint")?;
        let (count, length) = self.segments(problem)?;
        let direction = (problem.span().end - problem.span().start).signum();
        let (mut t, mut y) = (problem.span().start, problem.initial_state().clone());
        if self.spin_up > 0.0 {
            let start = Problem::ode(problem.system(), &y, problem.parameters(), t..t + direction * self.spin_up);
            y = start.solve(&method, &control, SaveAt::end())?.last().clone();
            t += direction * self.spin_up;
        }
        let sampled = Sampled { samples: self.samples, quantity: &quantity };
        let mut directions = self.directions.unwrap_or(2).clamp(1, y.len());
        let mut outcomes: Vec<Outcome> = Vec::new();
        while outcomes.len() < self.batches {
            let batch = Batch::run((problem, &method, &control), &y, t..t + direction * length, count)?;
            let outcome = batch.differentiate(sampled, directions)?;
            if self.directions.is_none() && directions < y.len() && outcome.needs_more(length) {
                // From the start: batches of different numbers of directions are not comparable.
                directions += 1;
                let restart = outcomes.drain(..).next().map(|first| first.start);
                (t, y) = restart.unwrap_or((t, y));
                continue;
            }
            (t, y) = batch.end();
            outcomes.push(outcome);
        }
        Ok(summary(&outcomes))
    }

    /// How many segments a batch has, and its length.
    fn segments<S>(&self, problem: &Problem<S, f64>) -> Result<(usize, f64), SensitivityError> {
        let refuse = |option, value, remedy| Err(SensitivityError::BadOption { option, value, remedy });
        if !(self.segment > 0.0 && self.segment.is_finite()) {
            return refuse("segment", self.segment, "it must be positive");
        }
        if !(self.spin_up >= 0.0 && self.spin_up.is_finite()) {
            return refuse("spin_up", self.spin_up, "it must not be negative");
        }
        for (option, value, least) in [("batches", self.batches, 2), ("samples", self.samples, 1)] {
            if value < least {
                return refuse(option, value as f64, "there must be at least two batches, and one sample");
            }
        }
        let length = ((problem.span().end - problem.span().start).abs() - self.spin_up) / self.batches as f64;
        let count = (length / self.segment).round();
        if count < 4.0 {
            return refuse("segment", self.segment, "a batch has fewer than four of them: lengthen the span");
        }
        Ok((count as usize, length))
    }
}

fn summary(outcomes: &[Outcome]) -> Shadowing {
    let count = outcomes.len() as f64;
    let mean = |of: &dyn Fn(&Outcome) -> f64| outcomes.iter().map(of).sum::<f64>() / count;
    let error = |of: &dyn Fn(&Outcome) -> f64| {
        let middle = mean(of);
        (outcomes.iter().map(|one| (of(one) - middle).powi(2)).sum::<f64>() / (count - 1.0) / count).sqrt()
    };
    let (parameters, directions) = (outcomes[0].gradient.len(), outcomes[0].exponents.len());
    Shadowing {
        average: mean(&|one| one.average),
        average_error: error(&|one| one.average),
        gradient: DVector::from_fn(parameters, |i, _| mean(&|one| one.gradient[i])),
        gradient_error: DVector::from_fn(parameters, |i, _| error(&|one| one.gradient[i])),
        exponents: (0..directions).map(|i| mean(&|one| one.exponents[i])).collect(),
    }
}
