//! [`Record`]: what a forward run leaves for a continuous adjoint.

use crate::discrete_adjoint::passages::Passages;
use costate_solvers::{AcceptedStep, Observer, Occurrence, Passage, Saved, State};

/// The order in which a run took its steps, made its saves and passed its stops, with checkpoints to repeat it from.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// A checkpoint is made before every so many steps; none at all for 0.
    every: usize,
    pub(super) marks: Vec<Mark>,
    pub(super) passages: Passages<f64>,
    pub(super) checkpoints: Vec<State<f64>>,
    pub(super) steps: usize,
    saves: usize,
    /// Start and size of the step that was shown last, and where what is kept of it ends.
    last: (f64, f64),
    now: f64,
}

/// Something that a reverse sweep meets on its way back.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mark {
    /// A checkpoint, before the step that starts at this time.
    Checkpoint(f64),
    /// A step, from where to where.
    Step(f64, f64),
    /// A save and its time.
    Save(usize, f64),
    /// The next of the stops.
    Passage,
}

impl Record {
    /// For a run from `t`.
    pub(super) fn new(every: usize, t: f64) -> Record {
        let (marks, passages, checkpoints) = (Vec::new(), Passages::default(), Vec::new());
        Record { every, marks, passages, checkpoints, steps: 0, saves: 0, last: (t, 0.0), now: t }
    }

    /// How many steps lie between checkpoints.
    pub(super) fn stretch(&self) -> usize {
        self.every
    }

    pub(super) fn saves(&self) -> usize {
        self.saves
    }
}

impl Observer<f64> for Record {
    fn accepted(&mut self, step: &AcceptedStep<'_, f64>) {
        if self.every > 0 && step.index.is_multiple_of(self.every) {
            self.marks.push(Mark::Checkpoint(step.t));
            self.checkpoints.push(step.state.clone());
        }
        self.last = (step.t, step.h);
        self.now = step.t + step.theta * step.h;
        self.steps += 1;
        self.marks.push(Mark::Step(step.t, self.now));
    }

    fn saved(&mut self, save: Saved) {
        let (start, h) = self.last;
        let t = if save.theta == 0.0 { self.now } else { start + save.theta * h };
        self.saves += 1;
        self.marks.push(Mark::Save(save.index, t));
    }

    fn happened(&mut self, occurrence: &Occurrence<f64>) {
        self.passages.happened(occurrence);
    }

    fn passed(&mut self, passage: &Passage<'_, f64>) {
        self.now = passage.t;
        self.passages.passed(passage, self.saves);
        self.marks.push(Mark::Passage);
    }
}
