//! [`Trajectory`]: what the forward run leaves for the reverse sweep.

use super::passages::Passage;
use crate::Checkpoints;
use crate::checkpoints::{Act, Memory, Place};
use costate_solvers::{Sde, SdeProblem, StochasticMethod, StochasticStep, StochasticSteps};
use std::cell::RefCell;
use std::ops::Range;

/// The boundaries between the steps of a run, and some of the states there: what a method carries follows each state.
#[derive(Debug)]
pub(super) struct Trajectory {
    keep: Keep,
    /// One more than steps.
    pub(super) times: Vec<f64>,
    /// What happened between steps, in order.
    pub(super) passages: Vec<Passage>,
    kept: RefCell<Kept>,
}

/// Which states are kept.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keep {
    /// Those of checkpoints.
    Checkpoints(Checkpoints),
    /// The last one alone; the steps are undone, so many at a time.
    Last { stretch: usize },
}

/// What a sweep may consume.
#[derive(Debug)]
struct Kept {
    memory: Memory,
    states: Vec<Vec<f64>>,
}

impl Trajectory {
    /// How many steps are swept at a time. On one tape: a fixed number of states, so that the tape stays small and opening it costs
    /// little of the whole. By stages: one.
    pub(super) fn stretch<M: StochasticMethod>(states: usize) -> usize {
        if M::FORMULA.is_some() { 1 } else { (64 / states.max(1)).clamp(1, 32) }
    }

    pub(super) fn new(keep: Keep, start: f64) -> Self {
        let choice = if let Keep::Checkpoints(choice) = keep { choice } else { Checkpoints::All };
        let kept = RefCell::new(Kept { memory: Memory::new(choice), states: Vec::new() });
        Trajectory { keep, times: vec![start], passages: Vec::new(), kept }
    }

    pub(super) fn accepted(&mut self, step: &StochasticStep<'_, f64>) {
        self.times.push(step.t_next);
        let Kept { memory, states } = self.kept.get_mut();
        match self.keep {
            Keep::Last { .. } => {
                states.resize(1, Vec::new());
                states[0].clear();
                states[0].extend_from_slice(step.y_next);
                states[0].extend_from_slice(step.carried_next);
            }
            Keep::Checkpoints(_) if memory.turns(step.index) => {
                let bytes = size_of::<f64>() * (step.y.len() + step.carried.len());
                match memory.turn(step.index, || [bytes, bytes]).place {
                    Place::Add => states.push([step.y, step.carried].concat()),
                    Place::InsteadOf(position) => {
                        let mut state = states.remove(position);
                        state.clear();
                        state.extend_from_slice(step.y);
                        state.extend_from_slice(step.carried);
                        states.push(state);
                    }
                    Place::Skip => {}
                }
            }
            Keep::Checkpoints(_) => {}
        }
    }

    /// Shows to `sweep` the steps in stretches, the last first: each with the state before it and what was carried there.
    pub(super) fn stretches_backward<S: Sde, M: StochasticMethod>(
        &self,
        problem: &SdeProblem<S, f64>,
        method: &M,
        mut sweep: impl FnMut(Range<usize>, &[f64]),
    ) {
        let mut again = Again::new(problem, method, self);
        match self.keep {
            Keep::Checkpoints(_) => self.sweep_checkpoints(&mut again, &mut sweep),
            Keep::Last { stretch } => {
                let mut state = self.kept.borrow().states.last().cloned().unwrap_or_default();
                let mut end = self.steps();
                while end > 0 {
                    let start = end.saturating_sub(stretch);
                    (start..end)
                        .rev()
                        .for_each(|step| again.step(&mut state, [self.times[step + 1], self.times[step]], again.p));
                    sweep(start..end, &state);
                    end = start;
                }
            }
        }
    }

    fn sweep_checkpoints<S: Sde, M: StochasticMethod>(
        &self,
        again: &mut Again<'_, S, M>,
        sweep: &mut impl FnMut(Range<usize>, &[f64]),
    ) {
        let mut kept = self.kept.borrow_mut();
        let Kept { memory, states } = &mut *kept;
        // No steps are recorded: all of them lie behind some checkpoint.
        let mut reversal = memory.reversal(self.steps());
        (reversal.kept, reversal.end) = (memory.kept.clone(), self.steps());
        for act in reversal {
            let last = states.last().expect("the schedule starts where a checkpoint is");
            match act {
                Act::Advance { from, to } => {
                    let mut state = last.clone();
                    (from..to).for_each(|step| again.take(&mut state, step));
                    states.push(state);
                }
                Act::Sweep { from, to } => {
                    self.stretches_of(from..to, last, again, sweep);
                    // The first one serves the next sweep.
                    if from > 0 {
                        states.pop();
                    }
                }
            }
        }
        memory.spend();
    }

    fn steps(&self) -> usize {
        self.times.len() - 1
    }

    /// Takes the steps of a longer stretch once more, to sweep it in short ones, inside of which nothing happens.
    fn stretches_of<S: Sde, M: StochasticMethod>(
        &self,
        steps: Range<usize>,
        state: &[f64],
        again: &mut Again<'_, S, M>,
        sweep: &mut impl FnMut(Range<usize>, &[f64]),
    ) {
        let mut starts: Vec<usize> = steps.clone().step_by(Trajectory::stretch::<M>(again.states)).collect();
        let boundaries = self.passages.iter().map(|passage| passage.boundary);
        starts.extend(boundaries.filter(|boundary| (steps.start + 1..steps.end).contains(boundary)));
        starts.sort_unstable();
        starts.dedup();
        let mut states = vec![state.to_vec()];
        for pair in starts.windows(2) {
            let mut state = states[states.len() - 1].clone();
            (pair[0]..pair[1]).for_each(|step| again.take(&mut state, step));
            states.push(state);
        }
        let mut end = steps.end;
        for (start, state) in starts.into_iter().zip(states).rev() {
            sweep(start..end, &state);
            end = start;
        }
    }
}

/// Takes steps once more on plain numbers.
struct Again<'a, S, M: StochasticMethod> {
    steps: StochasticSteps<'a, S, f64, M>,
    p: &'a [f64],
    states: usize,
    times: &'a [f64],
    passages: &'a [Passage],
}

impl<'a, S: Sde, M: StochasticMethod> Again<'a, S, M> {
    fn new(problem: &'a SdeProblem<S, f64>, method: &M, trajectory: &'a Trajectory) -> Self {
        let steps = StochasticSteps::new(problem, method).expect("the problem was solved before");
        let (p, states) = (problem.parameters().as_slice(), problem.initial_state().len());
        Again { steps, p, states, times: &trajectory.times, passages: &trajectory.passages }
    }

    /// Takes a step, and passes through what happened behind it.
    fn take(&mut self, state: &mut [f64], step: usize) {
        let behind = self.passages.partition_point(|passage| passage.boundary <= step);
        let p = behind.checked_sub(1).map_or(self.p, |last| &self.passages[last].p_next);
        self.step(state, [self.times[step], self.times[step + 1]], p);
        if let Some(passage) = self.passages.get(behind).filter(|passage| passage.boundary == step + 1) {
            let (y, carried) = state.split_at_mut(self.states);
            y.copy_from_slice(&passage.y_next);
            carried.copy_from_slice(&self.steps.first_carried(passage.t, y, &passage.p_next));
        }
    }

    fn step(&mut self, state: &mut [f64], times: [f64; 2], p: &[f64]) {
        let (y, carried) = state.split_at(self.states);
        // Steps that were taken before can be taken again; undone, they might overflow, and then the gradient says so.
        if self.steps.take(times, y, carried, p).is_err() {
            return state.fill(f64::NAN);
        }
        let (y, carried) = state.split_at_mut(self.states);
        y.copy_from_slice(self.steps.next());
        carried.copy_from_slice(self.steps.next_carried());
    }
}
