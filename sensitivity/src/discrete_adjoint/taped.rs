//! The reverse sweep of any method on any scalar: each step is taken again on a tape of its own.
//!
//! It needs nothing of a method but that a step runs, whatever it is made of: stages, solves of linear or nonlinear equations (which
//! `costate-linalg` differentiates by the implicit function theorem), interpolants. The cotangents carried between steps are those of
//! the numbers of a [`State`].

use super::cotangents::Cotangents;
use super::passages::Passed;
use super::trajectory::Trajectory;
use crate::checkpoints::Record;
use costate_ad::{OnTape, Var, try_gradient};
use costate_solvers::{
    AcceptedStep, Control, MassMatrix, Method, Observer, Ode, Problem, Real, Replay, SolveError, State,
};
use nalgebra::DVector;
use std::marker::PhantomData;

/// Steps in a row, as the states before them.
#[derive(Clone, Debug)]
pub(super) struct States<P: Real>(Vec<Step<P>>);

#[derive(Clone, Debug)]
struct Step<P: Real> {
    state: State<P>,
    h: f64,
    theta: f64,
}

impl<P: Real> States<P> {
    pub(super) fn new() -> Self {
        States(Vec::new())
    }
}

impl<P: Real> Observer<P> for States<P> {
    fn accepted(&mut self, step: &AcceptedStep<'_, P>) {
        self.0.push(Step { state: step.state.clone(), h: step.h, theta: step.theta });
    }
}

impl<P: Real> Record<P> for States<P> {
    fn empty(&self, _room: Option<usize>) -> Self {
        States::new()
    }

    fn clear(&mut self) {
        self.0.clear();
    }

    fn bytes(&self) -> usize {
        self.0.iter().map(|step| size_of::<Step<P>>() - size_of::<State<P>>() + step.state.bytes()).sum()
    }

    fn step_bytes(&self, step: &AcceptedStep<'_, P>) -> usize {
        size_of::<Step<P>>() - size_of::<State<P>>() + step.state.bytes()
    }
}

/// The cotangents of the parts of the initial state and the parameters, one after the other, for those of the parts of every number of
/// the solution.
pub(super) fn pull_back<P: Real, R: OnTape<P>, S: Ode + Clone, M: Method>(
    problem: &Problem<S, P>,
    method: &M,
    control: &Control,
    trajectory: &Trajectory<P, States<P>>,
    output: &[f64],
) -> Vec<f64> {
    let on_tape = problem.map(|&number| R::constant(number));
    let replay = on_tape.replay(method, control).expect("it was solved before");
    let (states, p) = (problem.initial_state().len(), problem.parameters().as_slice());
    let passages = trajectory.passages.all();
    let p = passages.last().map_or(p, |passed| passed.behind().1);
    let mut sweep = Sweep {
        model: (problem.system(), problem.mass_matrix()),
        replay,
        states,
        passages,
        p,
        cotangents: Cotangents::new(trajectory, output, [states, R::PARTS]),
        bar: vec![0.0; 2 * states * R::PARTS],
        p_bar: vec![0.0; p.len() * R::PARTS],
        plain: PhantomData::<P>,
    };
    trajectory.stretches_backward(problem, method, control, |steps: &States<P>| {
        for step in steps.0.iter().rev() {
            sweep.step(step).expect("a step that succeeded succeeds again");
        }
    });
    sweep.start(problem, method, control).expect("it started before")
}

struct Sweep<'a, P: Real, R: OnTape<P>, S, M: Method> {
    model: (&'a S, Option<&'a MassMatrix>),
    replay: Replay<'a, S, R, M>,
    states: usize,
    /// The stops not yet swept over, and the parameters before the last that was.
    passages: &'a [Passed<P>],
    p: &'a [P],
    cotangents: Cotangents<'a>,
    /// Of the numbers of the state, and of the parameters, at the boundary between steps that the sweep has reached.
    bar: Vec<f64>,
    p_bar: Vec<f64>,
    plain: PhantomData<P>,
}

impl<P: Real, R: OnTape<P>, S: Ode + Clone, M: Method> Sweep<'_, P, R, S, M> {
    fn parts_of_state(&self) -> usize {
        self.states * R::PARTS
    }

    fn step(&mut self, step: &Step<P>) -> Result<(), SolveError> {
        if self.passages.last().is_some_and(|passed| passed.index > step.state.index()) {
            self.passage()?;
        }
        let mut saves = Vec::new();
        while let Some(save) = self.cotangents.pop(step.state.index()) {
            saves.push(save);
        }
        let zero = |numbers: &[f64]| numbers.iter().all(|&number| number == 0.0);
        let (replay, cotangents, bar) = (&mut self.replay, &mut self.cotangents, &self.bar);
        let has_dense = !cotangents.dense.is_empty();
        if !has_dense && zero(bar) && saves.iter().all(|(_, cotangent)| zero(cotangent)) {
            return Ok(());
        }
        let x = parts::<P, R>(step.state.numbers().chain(self.p.iter().copied()));
        let (_, pulled) = try_gradient(
            |x| {
                let (state, h) = (on_tape::<P, R>(&step.state, x), step.h);
                replay.step(&state, h);
                let mut total = Total::default();
                let end = replay.end(&state, h, step.theta)?;
                total.add::<P, R>(&end.numbers().collect::<Vec<R>>(), bar);
                for &(theta, cotangent) in &saves {
                    total.add::<P, R>(&replay.inside(&state, h, theta)?, cotangent);
                }
                if has_dense {
                    let interpolant = replay.interpolant(&state, h, step.theta)?;
                    total.add::<P, R>(&interpolant, cotangents.pop_dense(interpolant.len() * R::PARTS));
                }
                Ok::<_, SolveError>(total.0)
            },
            &x,
        )?;
        let numbers = step.state.numbers().count() * R::PARTS;
        let (state, p) = pulled.as_slice().split_at(numbers);
        self.bar.clear();
        self.bar.extend_from_slice(state);
        self.p_bar.iter_mut().zip(p).for_each(|(total, p)| *total += p);
        Ok(())
    }

    /// Goes back through the last stop: what was saved behind it, the slope that was evaluated there, and its events.
    fn passage(&mut self) -> Result<(), SolveError> {
        let Some((passed, rest)) = self.passages.split_last() else { return Ok(()) };
        self.passages = rest;
        let n = self.parts_of_state();
        while let Some(cotangent) = self.cotangents.pop_behind(passed.saves) {
            self.bar.iter_mut().zip(cotangent).for_each(|(bar, cotangent)| *bar += cotangent);
        }
        let (y, p) = passed.behind();
        let x = parts::<P, R>(y.iter().chain(p).copied());
        let (system, states, bar) = (self.model.0, self.states, &self.bar);
        let (_, slope) = try_gradient(
            |x| {
                let numbers: Vec<R> = x.as_slice().chunks_exact(R::PARTS).map(R::from_parts).collect();
                let (y, p) = numbers.split_at(states);
                let mut dy = vec![R::zero(); states];
                system.rhs(R::from(passed.t), y, p, &mut dy);
                let mut total = Total::default();
                total.add::<P, R>(&dy, &bar[n..2 * n]);
                Ok::<_, SolveError>(total.0)
            },
            &x,
        )?;
        let behind = self.bar[..n].iter().chain(&self.p_bar).zip(&slope).map(|(bar, slope)| bar + slope);
        let behind: Vec<f64> = behind.chain(self.cotangents.pop_events(passed).iter().copied()).collect();
        let before = passed.pull_back::<R, S>(self.model, behind);
        let (y_bar, p_bar) = before.as_slice().split_at(n);
        self.bar[..n].copy_from_slice(y_bar);
        self.bar.truncate(n);
        self.bar.resize(2 * n, 0.0);
        self.p_bar.copy_from_slice(p_bar);
        self.p = passed.before().1;
        Ok(())
    }

    /// Closes the sweep at the initial state: its saves, and what was computed there before the first step.
    fn start(mut self, problem: &Problem<S, P>, method: &M, control: &Control) -> Result<Vec<f64>, SolveError> {
        if !self.passages.is_empty() {
            self.passage()?;
        }
        while let Some(cotangent) = self.cotangents.pop_behind(0) {
            self.bar.iter_mut().zip(cotangent).for_each(|(bar, cotangent)| *bar += cotangent);
        }
        let n = self.parts_of_state();
        let numbers = problem.initial_state().iter().chain(problem.parameters()).copied();
        let x = parts::<P, R>(numbers);
        let bar = &self.bar;
        let (_, pulled) = try_gradient(
            |x| {
                let mut numbers = x.as_slice().chunks_exact(R::PARTS).map(R::from_parts);
                let problem = problem.map(|_| numbers.next().expect("as many numbers as the problem has"));
                let state = problem.replay(method, control)?.start()?;
                let numbers: Vec<R> = state.numbers().collect();
                let mut total = Total::default();
                total.add::<P, R>(&numbers, bar);
                Ok::<_, SolveError>(total.0)
            },
            &x,
        )?;
        let mut result = pulled.as_slice().to_vec();
        result[n..].iter_mut().zip(&self.p_bar).for_each(|(total, p_bar)| *total += p_bar);
        Ok(result)
    }
}

/// A sum of products of recorded numbers and the cotangents of their parts.
struct Total(Var);

impl Default for Total {
    fn default() -> Self {
        Total(0.0.into())
    }
}

impl Total {
    /// Cotangents that are missing at the end are zero.
    fn add<P: Real, R: OnTape<P>>(&mut self, numbers: &[R], cotangents: &[f64]) {
        let mut parts = Vec::with_capacity(numbers.len() * R::PARTS);
        numbers.iter().for_each(|number| number.parts(&mut parts));
        let weights: Vec<Var> = cotangents.iter().map(|&cotangent| cotangent.into()).collect();
        let length = parts.len().min(weights.len());
        self.0 += Var::dot(&parts[..length], &weights[..length]);
    }
}

fn parts<P: Real, R: OnTape<P>>(numbers: impl Iterator<Item = P>) -> DVector<f64> {
    let mut parts = Vec::new();
    numbers.for_each(|number| R::plain_parts(number, &mut parts));
    DVector::from_vec(parts)
}

/// The state and the parameters behind it on the tape.
fn on_tape<P: Real, R: OnTape<P>>(state: &State<P>, x: &DVector<Var>) -> State<R> {
    let mut numbers = x.as_slice().chunks_exact(R::PARTS).map(R::from_parts);
    let lifted = state.map(|_| numbers.next().expect("as many numbers as the state has"));
    lifted.with_parameters(numbers.collect())
}
