//! [`Solution`]: the states that a solve kept.

use crate::dense::Dense;
use crate::observe::keep;
use crate::{Occurrence, Save, SolveError, Statistics};
use costate_ad::Real;
use nalgebra::DVector;
use std::sync::OnceLock;

/// The saved states of a solve, and their times. There is always at least one.
///
/// ```
/// use costate_solvers::{Problem, SaveAt, Tolerance, Tsit5, ode};
/// use nalgebra::dvector;
///
/// let decay = ode!(|_t, [y], [rate]| [-rate * y]);
/// let problem = Problem::ode(decay, [1.0], &dvector![2.0], 0.0..1.0);
/// let solution = problem.solve(Tsit5, Tolerance::new(1e-8, 1e-8), SaveAt::every(0.25))?;
/// for (t, y) in solution.saves() {
///     assert!((y[0] - (-2.0 * t).exp()).abs() < 1e-7);
/// }
/// assert_eq!(solution.states()[4], *solution.last());
/// # Ok::<(), costate_solvers::SolveError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Solution<R> {
    times: Vec<f64>,
    /// The states one after the other: one block of memory, however many there are.
    numbers: Vec<R>,
    /// The same as vectors, made for the first who asks: a vector each costs more than a short step of a small system.
    states: OnceLock<Vec<DVector<R>>>,
    last: OnceLock<DVector<R>>,
    dense: Option<Dense<R>>,
    occurrences: Vec<Occurrence<R>>,
    ended: Ended,
    statistics: Statistics,
}

/// What ended a solve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// The span.
    #[default]
    AtSpanEnd,
    /// The terminal event with this index.
    ByEvent(usize),
    /// The observer: see [`Observer::goes_on`](crate::Observer::goes_on).
    ByObserver,
    /// An error, which [`Problem::solve_partially`](crate::Problem::solve_partially) has returned beside the solution.
    ByError,
}

impl<R: Real> Solution<R> {
    /// `numbers` holds the states one after the other, one for each of `times`.
    pub(crate) fn new(
        times: Vec<f64>,
        numbers: Vec<R>,
        dense: Option<Dense<R>>,
        occurrences: Vec<Occurrence<R>>,
        ended: Ended,
        statistics: Statistics,
    ) -> Self {
        let (states, last) = (OnceLock::new(), OnceLock::new());
        Solution { times, numbers, states, last, dense, occurrences, ended, statistics }
    }

    /// The same solution on another scalar: `convert` is given every number, first those of the saved states, in order,
    /// then those of the dense output, if there is one, then those of the events.
    pub fn map<T: Real>(&self, mut convert: impl FnMut(R) -> T) -> Solution<T> {
        let numbers = self.numbers.iter().map(|&number| convert(number)).collect();
        let dense = self.dense.as_ref().map(|dense| dense.map(&mut convert));
        let occurrences = self.occurrences.iter().map(|occurrence| occurrence.map(&mut convert)).collect();
        Solution::new(self.times.clone(), numbers, dense, occurrences, self.ended, self.statistics)
    }

    /// How many numbers there are: those of the saved states, of the dense output, and of the events.
    #[allow(clippy::len_without_is_empty)] // There is always a saved state.
    pub fn len(&self) -> usize {
        let events: usize = self.occurrences.iter().map(Occurrence::len).sum();
        self.numbers.len() + self.dense.as_ref().map_or(0, Dense::len) + events
    }

    /// Every number, in the order of [`map`](Self::map).
    pub fn numbers(&self) -> impl Iterator<Item = R> + '_ {
        let dense = self.dense.iter().flat_map(Dense::numbers);
        self.numbers.iter().copied().chain(dense).chain(self.occurrences.iter().flat_map(Occurrence::numbers))
    }

    /// What `save` keeps of each of the saved states, as a solution of its own; the same solution where that is the state.
    ///
    /// # Errors
    /// [`SolveError::UnevenSaves`], if a function of the state does not give as many numbers every time.
    pub fn observed(self, save: &impl Save<R>) -> Result<Solution<R>, SolveError> {
        if !save.observes() {
            return Ok(self);
        }
        let mut kept = Vec::new();
        let mut width = None;
        for (t, y) in self.saves() {
            keep(save, t, y, &mut kept, &mut width)?;
        }
        Ok(Solution::new(self.times, kept, self.dense, self.occurrences, self.ended, self.statistics))
    }

    /// The times of the saved states, along the span.
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// The saved states, one for each of [`times`](Self::times).
    ///
    /// The vectors are made when this is first called: [`saves`](Self::saves) and [`state`](Self::state) read the
    /// same numbers in place.
    pub fn states(&self) -> &[DVector<R>] {
        let columns = || self.numbers.chunks_exact(self.width()).map(DVector::from_column_slice).collect();
        self.states.get_or_init(columns)
    }

    /// The times and the states of the saves, in order.
    pub fn saves(&self) -> impl DoubleEndedIterator<Item = (f64, &[R])> + ExactSizeIterator {
        self.times.iter().copied().zip(self.numbers.chunks_exact(self.width()))
    }

    /// The saved state `index`, for an index of [`times`](Self::times); out of range is a panic, as for a slice.
    pub fn state(&self, index: usize) -> &[R] {
        &self.numbers[index * self.width()..][..self.width()]
    }

    /// The events that happened, in order, and the conditions that nearly did.
    pub fn events(&self) -> &[Occurrence<R>] {
        &self.occurrences
    }

    /// What ended the solve.
    pub fn ended(&self) -> Ended {
        self.ended
    }

    /// The last saved state: at the end of the span, unless [`SaveAt::times`](crate::SaveAt::times) or the solve stopped
    /// earlier.
    pub fn last(&self) -> &DVector<R> {
        self.last.get_or_init(|| DVector::from_column_slice(self.state(self.times.len() - 1)))
    }

    /// The numbers in each state.
    fn width(&self) -> usize {
        self.numbers.len() / self.times.len()
    }

    /// The state at any time of the span, by the method's interpolant. Needs
    /// [`SaveAt::dense`](crate::SaveAt::dense).
    ///
    /// # Errors
    /// [`SolveError::NoDenseOutput`], or [`SolveError::OutsideSpan`].
    pub fn at(&self, t: f64) -> Result<DVector<R>, SolveError> {
        let Some(dense) = &self.dense else {
            return Err(SolveError::NoDenseOutput { t });
        };
        let (start, end) = (self.times[0], self.times[self.times.len() - 1]);
        let direction = (end - start).signum();
        if !((t - start) * direction >= 0.0 && (end - t) * direction >= 0.0) {
            return Err(SolveError::OutsideSpan { t, start, end });
        }
        let after = self.times.partition_point(|&knot| (t - knot) * direction >= 0.0);
        let knot = after - 1;
        if self.times[knot] == t {
            return Ok(DVector::from_column_slice(self.state(knot)));
        }
        let theta = (t - self.times[knot]) / (self.times[after] - self.times[knot]);
        Ok(dense.at(knot, self.state(knot), theta))
    }

    /// What the solve cost.
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }
}
