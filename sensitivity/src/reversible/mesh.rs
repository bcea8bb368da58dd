//! [`Mesh`]: the times between which a reversible solve steps.

use costate_solvers::{AcceptedStep, Observer, Saved};

/// The ends of the steps of a plain solve, and which of them are saved.
#[derive(Clone, Debug)]
pub(super) struct Mesh {
    /// From the start of the span to its end.
    pub(super) times: Vec<f64>,
    /// For each save the index of its time.
    pub(super) saves: Vec<usize>,
}

impl Mesh {
    pub(super) fn new(t: f64) -> Mesh {
        Mesh { times: vec![t], saves: Vec::new() }
    }

    pub(super) fn steps(&self) -> usize {
        self.times.len() - 1
    }
}

impl Observer<f64> for Mesh {
    fn accepted(&mut self, step: &AcceptedStep<'_, f64>) {
        // The step before ends where this one starts, exactly: its own sum may be rounded.
        let steps = self.times.len();
        if steps > 1 {
            self.times[steps - 1] = step.t;
        }
        self.times.push(step.t + step.h);
    }

    fn saved(&mut self, save: Saved) {
        self.saves.push(if save.theta == 0.0 { save.step } else { save.step + 1 });
    }
}
