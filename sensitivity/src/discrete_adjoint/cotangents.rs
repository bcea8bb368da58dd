//! [`Cotangents`]: those of a solution's numbers, handed out from the last to the first.

use super::passages::Passed;
use super::trajectory::Trajectory;
use costate_solvers::Saved;

/// The cotangents of the saves and events not yet swept over, and of the dense output.
pub(super) struct Cotangents<'a> {
    saves: &'a [Saved],
    states: &'a [f64],
    pub(super) dense: &'a [f64],
    occurrences: &'a [bool],
    events: &'a [f64],
    n: usize,
}

impl<'a> Cotangents<'a> {
    pub(super) fn new(trajectory: &'a Trajectory, output: &'a [f64], n: usize) -> Self {
        let (saves, occurrences) = (trajectory.saves.as_slice(), trajectory.passages.occurrences());
        let (states, rest) = output.split_at(saves.len() * n);
        let (dense, events) = rest.split_at(rest.len() - trajectory.passages.numbers());
        Cotangents { saves, states, dense, occurrences, events, n }
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

    /// Those of the numbers of what happened at a stop.
    pub(super) fn pop_events(&mut self, passed: &Passed) -> &'a [f64] {
        // Touches carry no derivative.
        while let [rest @ .., false] = self.occurrences {
            self.occurrences = rest;
            self.events = &self.events[..self.events.len() - 1];
        }
        let numbers = passed.numbers();
        self.occurrences = &self.occurrences[..self.occurrences.len() - numbers / (1 + 2 * self.n)];
        let (events, cotangents) = self.events.split_at(self.events.len() - numbers);
        self.events = events;
        cotangents
    }
}
