//! [`Trajectory`]: what the forward run leaves for the reverse sweep.

use super::passages::Passages;
use crate::checkpoints::{Act, Checkpoints, Ledger, Memory, Place, Record};
use costate_solvers::{
    AcceptedStep, Control, Method, Observer, Occurrence, Passage, Problem, Real, Saved, State, VectorField,
};
use std::cell::RefCell;
use std::collections::VecDeque;

/// The steps, or checkpoints between them, and the saves of a run on the scalar `P`.
#[derive(Debug)]
pub(super) struct Trajectory<P: Real, K> {
    pub(super) saves: Vec<Saved>,
    pub(super) passages: Passages<P>,
    steps: usize,
    blank: K,
    kept: RefCell<Kept<P, K>>,
}

/// What a sweep may consume: what it frees it uses again.
#[derive(Debug)]
struct Kept<P: Real, K> {
    memory: Memory,
    /// One for each of the memory's checkpoints, and the last stretches of steps.
    states: Vec<State<P>>,
    recorded: VecDeque<K>,
}

impl<P: Real, K: Record<P>> Observer<P> for Trajectory<P, K> {
    #[inline]
    fn accepted(&mut self, step: &AcceptedStep<'_, P>) {
        let kept = self.kept.get_mut();
        if kept.memory.turns(step.index) {
            kept.turn(step, &self.blank);
        }
        self.steps = step.index + 1;
        if let Some(recorded) = kept.recorded.back_mut() {
            recorded.accepted(step);
        }
    }

    fn saved(&mut self, save: Saved) {
        self.saves.push(save);
    }

    fn happened(&mut self, occurrence: &Occurrence<P>) {
        self.passages.happened(occurrence);
    }

    fn passed(&mut self, passage: &Passage<'_, P>) {
        self.passages.passed(passage, self.saves.len());
    }
}

impl<P: Real, K: Record<P>> Kept<P, K> {
    /// Starts a stretch of steps.
    #[cold]
    fn turn(&mut self, step: &AcceptedStep<'_, P>, blank: &K) {
        let turn = self.memory.turn(step.index, || [step.state.bytes(), blank.step_bytes(step)]);
        match turn.place {
            Place::Add => self.states.push(step.state.clone()),
            Place::InsteadOf(position) => {
                let mut state = self.states.remove(position);
                state.clone_from(step.state);
                self.states.push(state);
            }
            Place::Skip => {}
        }
        let mut empty = None;
        for _ in 0..turn.forgotten {
            empty = self.recorded.pop_front();
        }
        let mut record = empty.unwrap_or_else(|| blank.empty(self.memory.room()));
        record.clear();
        self.recorded.push_back(record);
    }

    /// Sweeps what is recorded, the last first, and gives one of the records back to be used again.
    fn consume_recorded(&mut self, sweep: &mut impl FnMut(&K)) -> Option<K> {
        let mut spare = None;
        while let Some(stretch) = self.recorded.pop_back() {
            sweep(&stretch);
            spare = Some(stretch);
        }
        spare
    }

    fn bytes(&self) -> usize {
        self.states.iter().map(State::bytes).sum::<usize>() + self.recorded.iter().map(Record::bytes).sum::<usize>()
    }
}

impl<P: Real, K: Record<P>> Trajectory<P, K> {
    /// `blank` is an empty record of steps.
    pub(super) fn new(checkpoints: Checkpoints, blank: K) -> Self {
        let (memory, states, recorded) = (Memory::new(checkpoints), Vec::new(), VecDeque::new());
        let kept = RefCell::new(Kept { memory, states, recorded });
        Trajectory { saves: Vec::new(), passages: Passages::default(), steps: 0, blank, kept }
    }

    /// Shows the steps to `sweep` in stretches, the last first; steps that were not kept are taken again.
    pub(super) fn stretches_backward<S: VectorField<P>, M: Method>(
        &self,
        problem: &Problem<S, P>,
        method: &M,
        control: &Control,
        mut sweep: impl FnMut(&K),
    ) {
        let kept = &mut *self.kept.borrow_mut();
        let mut ledger = Ledger::open(self.steps, kept.memory.unit_bytes);
        let (forecast, reversal) = (kept.memory.cost(self.steps), kept.memory.reversal(self.steps));
        kept.states.truncate(reversal.kept.len().max(1));
        ledger.hold(kept.bytes());
        if reversal.end == 0 {
            kept.recorded.iter().rev().for_each(&mut sweep);
            return ledger.close(forecast);
        }
        let mut stretch = kept.consume_recorded(&mut sweep).unwrap_or_else(|| self.blank.empty(kept.memory.room()));
        for act in reversal {
            match act {
                Act::Advance { from, to } => {
                    let state = go_on(&kept.states, problem, method, control, to - from, &mut ());
                    kept.states.push(state);
                    ledger.take(to - from);
                }
                Act::Sweep { from, to } => {
                    stretch.clear();
                    go_on(&kept.states, problem, method, control, to - from, &mut stretch);
                    ledger.take(to - from);
                    ledger.hold(kept.bytes() + stretch.bytes());
                    sweep(&stretch);
                    // The start stays: another sweep begins there.
                    kept.states.truncate((kept.states.len() - 1).max(1));
                }
            }
        }
        kept.memory.spend();
        ledger.close(forecast);
    }
}

/// Takes steps from the last of the states, and shows them to `observer`.
fn go_on<P: Real, S: VectorField<P>, M: Method>(
    states: &[State<P>],
    problem: &Problem<S, P>,
    method: &M,
    control: &Control,
    steps: usize,
    observer: &mut impl Observer<P>,
) -> State<P> {
    let mut state = states.last().expect("a checkpoint stands at the start").clone();
    let again = problem.advance(method, control, &mut state, steps, observer);
    again.expect("steps that succeeded succeed again: a replay is exact");
    state
}
