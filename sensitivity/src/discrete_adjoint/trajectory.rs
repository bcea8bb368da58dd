//! [`Trajectory`]: what the forward run leaves for the reverse sweep.

use super::passages::Passages;
use crate::checkpoints::{Act, Checkpoints, Ledger, Memory, Place, Record};
use costate_solvers::{
    AcceptedStep, Control, Method, Observer, Occurrence, Passage, Problem, Real, Saved, State, VectorField,
};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Instant;

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
        let mut kept = self.kept.borrow_mut();
        let Kept { memory, states, recorded } = &mut *kept;
        let (start, steps) = (Instant::now(), self.steps);
        let mut ledger = Ledger { start, steps, unit_bytes: memory.unit_bytes, taken: steps, most_bytes: 0 };
        let forecast = memory.cost(self.steps);
        if self.steps == 0 || memory.is_complete() {
            recorded.iter().rev().for_each(&mut sweep);
            ledger.most_bytes = kept.bytes();
            return ledger.close(forecast);
        }
        let reversal = memory.reversal(self.steps);
        states.truncate(reversal.kept.len());
        let mut spare = None;
        ledger.most_bytes =
            states.iter().map(State::bytes).sum::<usize>() + recorded.iter().map(Record::bytes).sum::<usize>();
        while let Some(stretch) = recorded.pop_back() {
            sweep(&stretch);
            spare = Some(stretch);
        }
        let mut again = spare.unwrap_or_else(|| self.blank.empty(memory.room()));
        let mut held: usize = states.iter().map(State::bytes).sum();
        for act in reversal {
            let (Act::Advance { from, to } | Act::Sweep { from, to }) = act;
            let last = states.last().expect("the schedule starts where a checkpoint is");
            let mut state = last.clone();
            let replayed = "steps that succeeded succeed again: a replay is exact";
            ledger.taken += to - from;
            if let Act::Advance { .. } = act {
                problem.advance(method, control, &mut state, to - from, &mut ()).expect(replayed);
                held += state.bytes();
                states.push(state);
            } else {
                again.clear();
                problem.advance(method, control, &mut state, to - from, &mut again).expect(replayed);
                ledger.most_bytes = ledger.most_bytes.max(held + again.bytes());
                sweep(&again);
                if from > 0 {
                    held -= states.pop().map_or(0, |state| state.bytes());
                }
            }
        }
        memory.spend();
        ledger.close(forecast);
    }
}
