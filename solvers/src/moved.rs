//! Times that carry derivatives: the start of a span, and the times of saves, its end among them.
//!
//! A solve runs from one plain number to another. What a time would change is known without it: the solution through a state goes on by
//! its slope. So a state is carried from the plain time to the one with derivatives, a distance whose value is zero, by one step of
//! the classical Runge-Kutta method: its value stays, and its derivatives are those of the solution, up to the fourth.

use crate::event::flow;
use crate::{Problem, Refusal, Solution, SolveError, Statistics, VectorField};
use costate_ad::Real;
use nalgebra::DVector;

/// Why a state cannot be carried to a time with derivatives.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MovedTimeError {
    /// The value of a time is not the time that it stands for.
    #[error("time {index} is {found}, where the solve has {expected}: give the same number, with its derivatives")]
    OtherTime {
        /// Its index among the saves; 0 for the start of the span.
        index: usize,
        /// The time of the solve.
        expected: f64,
        /// The value that was given.
        found: f64,
    },
    /// Another number of times than of saves.
    #[error("{found} times for a solution with {expected} saves: give one for each")]
    WrongCount {
        /// The number of saves.
        expected: usize,
        /// The number of times.
        found: usize,
    },
    /// The solution keeps something else than states.
    #[error(
        "save {index} holds {found} numbers, a state of the problem {expected}: save states, and take functions of them behind"
    )]
    NotAState {
        /// The index of the save.
        index: usize,
        /// The numbers in a state.
        expected: usize,
        /// The numbers in the save.
        found: usize,
    },
    /// The slope is not the right-hand side.
    #[error(
        "with a mass matrix the slope is not the right-hand side: write the time as a parameter of the model instead"
    )]
    MassMatrix,
    /// An event may have changed the parameters, and with them the slope.
    #[error(
        "a problem with events may have changed its parameters: make the time an event, with the condition `t - p[k]`, whose derivatives are exact"
    )]
    Events,
}

impl From<MovedTimeError> for SolveError {
    fn from(error: MovedTimeError) -> SolveError {
        Refusal::new(error).into()
    }
}

impl<S: VectorField<R>, R: Real> Problem<S, R> {
    /// Lets the solution depend on the start of the span: `start` is that time, with derivatives. The initial state is the state
    /// there.
    ///
    /// ```
    /// use costate_ad::derivative;
    /// use costate_solvers::{Problem, SaveAt, Tolerance, Tsit5, ode};
    /// use nalgebra::dvector;
    ///
    /// let decay = ode!(|_t, [y], [rate]| [-rate * y]);
    /// // y(2) = exp(-(2 - start) / 2): it grows by half of itself with the start.
    /// let (end, slope) = derivative(
    ///     |start| {
    ///         let problem = Problem::ode(decay, [1.0], &dvector![0.5.into()], 1.0..2.0).starting_at(start).unwrap();
    ///         problem.solve(Tsit5, Tolerance::new(1e-10, 1e-10), SaveAt::end()).unwrap().last()[0]
    ///     },
    ///     1.0,
    /// );
    /// assert!((slope - 0.5 * end).abs() < 1e-9);
    /// ```
    ///
    /// # Errors
    /// [`MovedTimeError`], as [`SolveError::Refused`].
    pub fn starting_at(mut self, start: R) -> Result<Self, SolveError> {
        let from = self.span().start;
        if self.mass.is_some() {
            return Err(MovedTimeError::MassMatrix.into());
        }
        self.check()?;
        same(0, from, start)?;
        let p = self.parameters().as_slice();
        let there = flow(self.system(), start, self.initial_state.as_slice(), p, R::from(from) - start);
        self.initial_state = DVector::from_vec(there);
        Ok(self)
    }

    /// The solution with its saves at `times`: the times of the solution, with derivatives, one for each save. An end of the span that
    /// carries derivatives is the last of them.
    ///
    /// ```
    /// use costate_ad::derivative;
    /// use costate_solvers::{Problem, SaveAt, SolveError, Tolerance, Tsit5, ode};
    /// use nalgebra::dvector;
    ///
    /// let decay = ode!(|_t, [y], [rate]| [-rate * y]);
    /// let (end, slope) = derivative(
    ///     |end| {
    ///         let problem = Problem::ode(decay, [1.0], &dvector![0.5.into()], 0.0..2.0);
    ///         let solution = problem.solve(Tsit5, Tolerance::new(1e-10, 1e-10), SaveAt::end()).unwrap();
    ///         problem.at_times(&solution, &[end]).unwrap().last()[0]
    ///     },
    ///     2.0,
    /// );
    /// assert!((slope + 0.5 * end).abs() < 1e-12);
    /// ```
    ///
    /// The solution may come from any gradient strategy. Its dense output and its events are left out: they do not depend on these times.
    ///
    /// # Errors
    /// [`MovedTimeError`], as [`SolveError::Refused`].
    pub fn at_times(&self, solution: &Solution<R>, times: &[R]) -> Result<Solution<R>, SolveError> {
        let (n, saves) = (self.initial_state.len(), solution.times().len());
        let p = self.parameters().as_slice();
        if self.mass.is_some() {
            return Err(MovedTimeError::MassMatrix.into());
        }
        if !self.system().triggers().is_empty() {
            return Err(MovedTimeError::Events.into());
        }
        if times.len() != saves {
            return Err(MovedTimeError::WrongCount { expected: saves, found: times.len() }.into());
        }
        let mut numbers = Vec::with_capacity(n * saves);
        for (index, ((t, y), &time)) in solution.saves().zip(times).enumerate() {
            same(index, t, time)?;
            if y.len() != n {
                return Err(MovedTimeError::NotAState { index, expected: n, found: y.len() }.into());
            }
            numbers.extend(flow(self.system(), R::from(t), y, p, time - R::from(t)));
        }
        let (times, ended) = (solution.times().to_vec(), solution.ended());
        Ok(Solution::new(times, numbers, None, Vec::new(), ended, Statistics::default()))
    }
}

fn same<R: Real>(index: usize, expected: f64, time: R) -> Result<(), MovedTimeError> {
    let found = time.value();
    if found == expected { Ok(()) } else { Err(MovedTimeError::OtherTime { index, expected, found }) }
}
