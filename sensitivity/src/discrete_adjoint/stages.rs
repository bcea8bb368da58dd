//! [`Stages`]: steps of a Runge-Kutta or Rosenbrock method, with their stages.

use crate::checkpoints::Record;
use costate_solvers::{AcceptedStep, Observer};

/// Steps in a row, with their stages.
#[derive(Clone, Debug)]
pub(super) struct Stages {
    pub(super) times: Vec<Time>,
    /// For each step the state at its start, then its stages.
    numbers: Vec<f64>,
    width: usize,
    /// How many steps it may grow to.
    room: usize,
}

/// When a step was taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time {
    pub(super) index: usize,
    pub(super) t: f64,
    pub(super) h: f64,
    /// How much of it was kept.
    pub(super) theta: f64,
}

/// For how many more steps a record of some makes room: as many again, but not more than there may be.
pub(super) fn growth(steps: usize, room: usize) -> usize {
    steps.max(64).min(room.saturating_sub(steps)).max(1)
}

impl Stages {
    /// Of so many stages a step.
    pub(super) fn new(stages: usize, states: usize) -> Stages {
        let width = (stages + 1) * states;
        Stages { times: Vec::new(), numbers: Vec::new(), width, room: usize::MAX }
    }

    #[cold]
    fn grow(&mut self) {
        let more = growth(self.times.len(), self.room);
        self.times.reserve_exact(more);
        self.numbers.reserve_exact(more * self.width);
    }

    /// The state at the start of the step `position`, and its stages, of `n` numbers each.
    pub(super) fn numbers(&self, position: usize, n: usize) -> (&[f64], &[f64]) {
        self.numbers[position * self.width..(position + 1) * self.width].split_at(n)
    }
}

impl Observer<f64> for Stages {
    fn accepted(&mut self, step: &AcceptedStep<'_, f64>) {
        if self.times.len() == self.times.capacity() {
            self.grow();
        }
        self.times.push(Time { index: step.index, t: step.t, h: step.h, theta: step.theta });
        self.numbers.extend_from_slice(step.y);
        // Behind the stages of the step there may be extra stages of the interpolant: those are evaluated again.
        self.numbers.extend_from_slice(&step.stages[..self.width - step.n]);
    }
}

impl Record<f64> for Stages {
    fn empty(&self, room: Option<usize>) -> Self {
        Stages { times: Vec::new(), numbers: Vec::new(), width: self.width, room: room.unwrap_or(usize::MAX) }
    }

    fn clear(&mut self) {
        self.times.clear();
        self.numbers.clear();
    }

    fn bytes(&self) -> usize {
        size_of_val(self.times.as_slice()) + size_of_val(self.numbers.as_slice())
    }

    fn step_bytes(&self, _step: &AcceptedStep<'_, f64>) -> usize {
        size_of::<Time>() + self.width * size_of::<f64>()
    }
}
