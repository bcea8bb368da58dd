//! The reverse sweep over a run: step by step through the stages, or in stretches of steps, each on a tape of its own.

use super::passages::{Passage, passages};
use super::saves::Saves;
use super::stages::{DriftAndDiffusion, StageSweep};
use super::trajectory::{Keep, Trajectory};
use crate::discrete_adjoint::boundary::add;
use crate::inputs::Inputs;
use costate_ad::{At, NetworkMemory, Var, vjp};
use costate_solvers::{
    Control, SaveAt, Sde, SdeProblem, Solution, SolveError, StochasticError, StochasticMethod, StochasticSteps,
};
use nalgebra::DVector;
use std::cell::RefCell;
use std::ops::Range;

/// Solves on plain numbers, and puts the solution on the tape as one entry whose pullback is the sweep. What networks compute on
/// the way is kept in `activations`.
pub(super) fn solve<S: Sde + Clone + 'static, M: StochasticMethod + Clone + 'static>(
    problem: &SdeProblem<S, Var>,
    method: M,
    control: Control,
    save: SaveAt,
    (keep, mut activations): (Keep, NetworkMemory),
) -> Result<Solution<Var>, SolveError> {
    if control.includes_tangents() {
        return Err(SolveError::TangentsOutOfReach);
    }
    if !problem.noise().is_function_of_time() {
        return Err(StochasticError::NoiseOnlyOnce.into());
    }
    let inputs = Inputs::of::<f64, _>(problem.without_noise());
    let problem = problem.map(|number| number.value());
    let mut trajectory = Trajectory::new(keep, problem.span().start);
    let solution = activations.keeping(|| {
        problem.solve_observed(&method, control, save.clone(), |step| {
            trajectory.accepted(step);
            NetworkMemory::end_step();
        })
    })?;
    trajectory.passages = passages(&problem, &solution, &trajectory.times, &save)?;
    let values: Vec<f64> = solution.numbers().collect();
    let (positions, saved) = (inputs.positions.clone(), solution.times().to_vec());
    let activations = RefCell::new(activations);
    Ok(inputs.record(&solution, values.into_iter(), move |output, input| {
        let sweep = || pull_back(&problem, &method, &trajectory, &saved, output);
        let cotangents = activations.borrow_mut().replaying(sweep);
        for (input, &position) in input.iter_mut().zip(&positions) {
            *input += cotangents[position];
        }
    }))
}

/// The cotangents of the initial state and the parameters, one after the other, for those of the saved states.
fn pull_back<S: Sde, M: StochasticMethod>(
    problem: &SdeProblem<S, f64>,
    method: &M,
    trajectory: &Trajectory,
    saved: &[f64],
    output: &[f64],
) -> DVector<f64> {
    let (y, p) = (problem.initial_state().as_slice(), problem.parameters().as_slice());
    let steps = StochasticSteps::new(problem, method).expect("the problem was solved before");
    let carried = steps.first_carried(problem.span().start, &constants(y), &constants(p)).len();
    let (of_saves, of_events) = output.split_at(saved.len() * y.len());
    let function = DriftAndDiffusion::new(problem.system(), y.len());
    let mut sweep = Sweep {
        system: problem.system(),
        steps,
        stages: M::FORMULA.map(|tableau| StageSweep::new(tableau, problem, &function)),
        times: &trajectory.times,
        passages: &trajectory.passages,
        p,
        n: y.len(),
        saves: Saves { times: saved, cotangents: of_saves },
        of_events,
        state_bar: DVector::zeros(y.len() + carried),
        p_bar: vec![0.0; p.len()],
    };
    trajectory.stretches_backward(problem, method, |stretch, state| sweep.stretch(stretch, state));
    sweep.start(y)
}

fn constants(values: &[f64]) -> Vec<Var> {
    values.iter().map(|&value| Var::constant(value)).collect()
}

struct Sweep<'a, S, M: StochasticMethod> {
    system: &'a S,
    steps: StochasticSteps<'a, S, Var, M>,
    /// The way back through a step of a method that is a tableau.
    stages: Option<StageSweep<'a, S>>,
    times: &'a [f64],
    /// Those that the sweep has not reached.
    passages: &'a [Passage],
    p: &'a [f64],
    n: usize,
    saves: Saves<'a>,
    /// The cotangents of the occurrences of those passages.
    of_events: &'a [f64],
    /// Of the state at the boundary that the sweep has reached, and of what is carried there.
    state_bar: DVector<f64>,
    p_bar: Vec<f64>,
}

impl<S: Sde, M: StochasticMethod> Sweep<'_, S, M> {
    /// Goes back through what happened between two steps, and adds what was saved there.
    fn boundary(&mut self, boundary: usize) {
        let n = self.n;
        if let [rest @ .., passage] = self.passages
            && passage.boundary == boundary
        {
            self.saves.add_last(passage.t, passage.saved_behind, &mut self.state_bar.as_mut_slice()[..n]);
            let (before, own) = self.of_events.split_at(self.of_events.len() - passage.occurrences());
            let w = self.state_bar.iter().chain(&self.p_bar).chain(own).copied().collect::<Vec<_>>();
            let bars = passage.pull_back(self.system, &self.steps, DVector::from_vec(w));
            // What was carried up to here is forgotten.
            self.state_bar.fill(0.0);
            self.state_bar.rows_mut(0, n).copy_from(&bars.rows(0, n));
            self.p_bar.copy_from_slice(&bars.as_slice()[n..]);
            (self.passages, self.of_events) = (rest, before);
        }
        self.saves.add(self.times[boundary], &mut self.state_bar.as_mut_slice()[..n]);
    }

    /// Sweeps a stretch of steps, inside of which nothing happens.
    fn stretch(&mut self, stretch: Range<usize>, state: &[f64]) {
        self.boundary(stretch.end);
        NetworkMemory::rewind(stretch.end - 1);
        if const { M::FORMULA.is_none() } {
            return self.on_tape(stretch, state);
        }
        let p = self.passages.last().map_or(self.p, |passage| &passage.p_next);
        if let Some(stages) = &mut self.stages {
            let (times, bars) = ([self.times[stretch.start], self.times[stretch.end]], self.state_bar.as_mut_slice());
            stages.pull_back(times, At { t: times[0], y: state, p }, bars, &mut self.p_bar);
        }
    }

    /// Takes a stretch of steps again on a tape, and sweeps it.
    fn on_tape(&mut self, stretch: Range<usize>, state: &[f64]) {
        let mut inside = Vec::new();
        for boundary in (stretch.start + 1..stretch.end).rev() {
            let mut cotangent = vec![0.0; self.n];
            if self.saves.add(self.times[boundary], &mut cotangent) {
                inside.push((boundary, cotangent));
            }
        }
        inside.reverse();
        let mut w = self.state_bar.as_slice().to_vec();
        inside.iter().for_each(|(_, cotangent)| w.extend_from_slice(cotangent));
        if w.iter().all(|&w| w == 0.0) {
            return;
        }
        let p = self.passages.last().map_or(self.p, |passage| &passage.p_next);
        let x = DVector::from_iterator(state.len() + p.len(), state.iter().chain(p).copied());
        let (steps, times, n, width) = (&mut self.steps, self.times, self.n, state.len());
        let program = |x: &DVector<Var>| {
            let (state, p) = x.as_slice().split_at(width);
            let (mut state, mut outputs) = (state.to_vec(), Vec::new());
            let mut inside = inside.iter().map(|(boundary, _)| *boundary).peekable();
            for step in stretch.clone() {
                let (y, carried) = state.split_at(n);
                steps.take([times[step], times[step + 1]], y, carried, p).expect("the step was taken before");
                let (y, carried) = state.split_at_mut(n);
                y.copy_from_slice(steps.next());
                carried.copy_from_slice(steps.next_carried());
                if inside.next_if_eq(&(step + 1)).is_some() {
                    outputs.extend_from_slice(y);
                }
            }
            state.extend_from_slice(&outputs);
            DVector::from_vec(state)
        };
        let bars = vjp(program, &x, &DVector::from_vec(w)).1;
        self.state_bar.copy_from(&bars.rows(0, width));
        add(&mut self.p_bar, 1.0, &bars.as_slice()[width..]);
    }

    /// Closes the sweep at the initial state: its saves, and what the first step was given.
    fn start(mut self, y: &[f64]) -> DVector<f64> {
        let (n, t) = (self.n, self.times[0]);
        self.boundary(0);
        let mut bars = self.state_bar.rows(0, n).iter().chain(&self.p_bar).copied().collect::<Vec<_>>();
        let carried_bar = self.state_bar.rows(n, self.state_bar.len() - n).into_owned();
        if !carried_bar.is_empty() {
            let x = DVector::from_iterator(n + self.p.len(), y.iter().chain(self.p).copied());
            let first = |x: &DVector<Var>| {
                let (y, p) = x.as_slice().split_at(n);
                DVector::from_vec(self.steps.first_carried(t, y, p))
            };
            add(&mut bars, 1.0, vjp(first, &x, &carried_bar).1.as_slice());
        }
        DVector::from_vec(bars)
    }
}
