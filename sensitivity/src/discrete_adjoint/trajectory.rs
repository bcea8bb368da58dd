//! [`Trajectory`]: what the forward run leaves for the reverse sweep.

use super::Checkpoints;
use super::passages::Passages;
use costate_solvers::{
    AcceptedStep, Control, Method, Observer, Occurrence, Ode, Passage, Problem, Saved, State, Tableau,
};

/// The steps, or checkpoints between them, and the saves of a run.
#[derive(Clone, Debug)]
pub(super) struct Trajectory {
    checkpoints: Checkpoints,
    pub(super) tableau: &'static Tableau,
    pub(super) saves: Vec<Saved>,
    pub(super) passages: Passages,
    steps: Steps,
    states: Vec<State<f64>>,
}

/// Steps in a row, with their stages.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
    pub(super) times: Vec<Time>,
    /// For each step the state at its start, then the slopes of its stages.
    numbers: Vec<f64>,
    width: usize,
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

impl Steps {
    fn new(tableau: &Tableau, states: usize) -> Steps {
        Steps { times: Vec::new(), numbers: Vec::new(), width: (tableau.stages() + 1) * states }
    }

    /// The state at the start of the step `position`, and its stages, of `n` numbers each.
    pub(super) fn numbers(&self, position: usize, n: usize) -> (&[f64], &[f64]) {
        self.numbers[position * self.width..(position + 1) * self.width].split_at(n)
    }
}

impl Observer<f64> for Steps {
    fn accepted(&mut self, step: &AcceptedStep<'_, f64>) {
        self.times.push(Time { index: step.index, t: step.t, h: step.h, theta: step.theta });
        self.numbers.extend_from_slice(step.y);
        // Behind the stages of the step there may be extra stages of the interpolant: those are evaluated again.
        self.numbers.extend_from_slice(&step.stages[..self.width - step.n]);
    }
}

impl Observer<f64> for Trajectory {
    fn accepted(&mut self, step: &AcceptedStep<'_, f64>) {
        match self.checkpoints {
            Checkpoints::All => self.steps.accepted(step),
            Checkpoints::Every(interval) if step.index.is_multiple_of(interval.max(1)) => {
                self.states.push(step.state.clone());
            }
            Checkpoints::Every(_) => {}
        }
    }

    fn saved(&mut self, save: Saved) {
        self.saves.push(save);
    }

    fn happened(&mut self, occurrence: &Occurrence<f64>) {
        self.passages.happened(occurrence);
    }

    fn passed(&mut self, passage: &Passage<'_, f64>) {
        self.passages.passed(passage, self.saves.len());
    }
}

impl Trajectory {
    pub(super) fn new(checkpoints: Checkpoints, tableau: &'static Tableau, states: usize) -> Trajectory {
        let (steps, saves) = (Steps::new(tableau, states), Vec::new());
        Trajectory { checkpoints, tableau, saves, passages: Passages::default(), steps, states: Vec::new() }
    }

    /// Shows the steps to `sweep` in stretches, the last first; steps that were not kept are taken again.
    pub(super) fn stretches_backward<S: Ode, M: Method>(
        &self,
        problem: &Problem<S, f64>,
        method: &M,
        control: &Control,
        mut sweep: impl FnMut(&Steps),
    ) {
        match self.checkpoints {
            Checkpoints::All => sweep(&self.steps),
            Checkpoints::Every(interval) => {
                for state in self.states.iter().rev() {
                    let mut steps = self.steps.clone();
                    let again = problem.advance(method, control, &mut state.clone(), interval.max(1), &mut steps);
                    again.expect("steps that succeeded succeed again: a replay is exact");
                    sweep(&steps);
                }
            }
        }
    }
}
