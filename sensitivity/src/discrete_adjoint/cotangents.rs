//! [`Cotangents`]: those of a solution's numbers, handed out from the last to the first.

use super::passages::Passed;
use super::trajectory::Trajectory;
use costate_solvers::{Real, Saved};

/// The cotangents of the saves and events not yet swept over, and of the dense output.
pub(super) struct Cotangents<'a> {
    saves: &'a [Saved],
    states: &'a [f64],
    pub(super) dense: &'a [f64],
    occurrences: &'a [bool],
    events: &'a [f64],
    /// Parts of a number, and of a state.
    parts: usize,
    n: usize,
}

impl<'a> Cotangents<'a> {
    /// `output` holds those of the parts of every number of the solution, whose states have `states` numbers.
    pub(super) fn new<P: Real, K>(
        trajectory: &'a Trajectory<P, K>,
        output: &'a [f64],
        [states, parts]: [usize; 2],
    ) -> Self {
        let n = states * parts;
        let (saves, occurrences) = (trajectory.saves.as_slice(), trajectory.passages.occurrences());
        let (states, rest) = output.split_at(saves.len() * n);
        let (dense, events) = rest.split_at(rest.len() - trajectory.passages.numbers() * parts);
        Cotangents { saves, states, dense, occurrences, events, parts, n }
    }

    /// The last save, if it lies in step `step` beyond its start.
    pub(super) fn pop(&mut self, step: usize) -> Option<(f64, &'a [f64])> {
        let save = self.saves.last()?;
        if save.step != step || save.theta == 0.0 {
            return None;
        }
        Some((save.theta, self.pop_save()))
    }

    /// The last save, if it was made when there were at least `saves` before it.
    pub(super) fn pop_behind(&mut self, saves: usize) -> Option<&'a [f64]> {
        if self.saves.len() > saves { Some(self.pop_save()) } else { None }
    }

    fn pop_save(&mut self) -> &'a [f64] {
        self.saves = &self.saves[..self.saves.len() - 1];
        let (states, cotangent) = self.states.split_at(self.states.len() - self.n);
        self.states = states;
        cotangent
    }

    /// Those of the dense output of the last step not yet swept over, which are `length` numbers.
    pub(super) fn pop_dense(&mut self, length: usize) -> &'a [f64] {
        let (dense, cotangents) = self.dense.split_at(self.dense.len() - length);
        self.dense = dense;
        cotangents
    }

    /// Those of the numbers of what happened at a stop.
    pub(super) fn pop_events<P: Real>(&mut self, passed: &Passed<P>) -> &'a [f64] {
        // Touches carry no derivative.
        while let [rest @ .., false] = self.occurrences {
            self.occurrences = rest;
            self.events = &self.events[..self.events.len() - self.parts];
        }
        let numbers = passed.numbers();
        self.occurrences = &self.occurrences[..self.occurrences.len() - passed.occurrences()];
        let (events, cotangents) = self.events.split_at(self.events.len() - numbers * self.parts);
        self.events = events;
        cotangents
    }
}
