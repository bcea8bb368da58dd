//! The reverse sweep over the stages of explicit Runge-Kutta steps.
//!
//! A step computes `Y_i = y + h sum_j a_ij k_j`, `k_i = f(t + c_i h, Y_i)`; its last stage argument is the state at its
//! end, and its last stage the slope there, which the next step uses as its first. So the cotangent of that slope is carried
//! between steps beside that of the state, and closed at the start of the span, where the first slope was evaluated.
//! Saves between the steps are linear in the state and the stages of their step.

use super::product::Product;
use super::trajectory::{Steps, Time, Trajectory};
use costate_solvers::{Control, Method, Ode, Problem, Saved, Tableau};

/// The cotangents of the initial state and the parameters, one after the other, for those of every number of the solution.
pub(super) fn pull_back<S: Ode, M: Method>(
    problem: &Problem<S, f64>,
    method: &M,
    control: Control,
    trajectory: &Trajectory,
    output: &[f64],
) -> Vec<f64> {
    match problem.initial_state().len() + problem.parameters().len() {
        0..=2 => lanes::<S, M, 2>(problem, method, control, trajectory, output),
        3..=4 => lanes::<S, M, 4>(problem, method, control, trajectory, output),
        5..=6 => lanes::<S, M, 6>(problem, method, control, trajectory, output),
        7..=8 => lanes::<S, M, 8>(problem, method, control, trajectory, output),
        _ => lanes::<S, M, 16>(problem, method, control, trajectory, output),
    }
}

fn lanes<S: Ode, M: Method, const D: usize>(
    problem: &Problem<S, f64>,
    method: &M,
    control: Control,
    trajectory: &Trajectory,
    output: &[f64],
) -> Vec<f64> {
    let n = problem.initial_state().len();
    let product = Product::<S, D>::new(problem.system(), n, problem.parameters().as_slice());
    let saved = Cotangents::new(&trajectory.saves, output, n);
    let mut sweep = Sweep::new(trajectory.tableau, n, problem.parameters().len(), product, saved);
    trajectory.stretches_backward(problem, method, control, |steps| sweep.steps(steps));
    sweep.start(problem.span().start, problem.initial_state().as_slice());
    sweep.y_bar.extend_from_slice(&sweep.p_bar);
    sweep.y_bar
}

/// The cotangents of the saves not yet swept over, and of the dense output.
struct Cotangents<'a> {
    saves: &'a [Saved],
    states: &'a [f64],
    dense: &'a [f64],
}

impl<'a> Cotangents<'a> {
    fn new(saves: &'a [Saved], output: &'a [f64], n: usize) -> Self {
        let (states, dense) = output.split_at(saves.len() * n);
        Cotangents { saves, states, dense }
    }

    /// The last save, if it lies in step `step` beyond its start.
    fn pop(&mut self, step: usize, n: usize) -> Option<(f64, &'a [f64])> {
        let (save, rest) = self.saves.split_last()?;
        if save.step != step || save.theta == 0.0 {
            return None;
        }
        self.saves = rest;
        let (states, cotangent) = self.states.split_at(self.states.len() - n);
        self.states = states;
        Some((save.theta, cotangent))
    }
}

struct Sweep<'a, S, const D: usize> {
    tableau: &'static Tableau,
    n: usize,
    product: Product<'a, S, D>,
    cotangents: Cotangents<'a>,
    /// Of the state, and of the slope there, at the boundary between steps that the sweep has reached.
    y_bar: Vec<f64>,
    slope_bar: Vec<f64>,
    p_bar: Vec<f64>,
    /// Of the stages of the step being swept, and of one stage's argument.
    k_bar: Vec<f64>,
    argument_bar: Vec<f64>,
    argument: Vec<f64>,
}

impl<'a, S: Ode, const D: usize> Sweep<'a, S, D> {
    fn new(
        tableau: &'static Tableau,
        n: usize,
        parameters: usize,
        product: Product<'a, S, D>,
        cotangents: Cotangents<'a>,
    ) -> Self {
        let zeros = |length| vec![0.0; length];
        let (k_bar, p_bar) = (zeros(tableau.stages() * n), zeros(parameters));
        let (y_bar, slope_bar, argument_bar, argument) = (zeros(n), zeros(n), zeros(n), zeros(n));
        Sweep { tableau, n, product, cotangents, y_bar, slope_bar, p_bar, k_bar, argument_bar, argument }
    }

    fn steps(&mut self, steps: &Steps) {
        for (position, &time) in steps.times.iter().enumerate().rev() {
            let (y, k) = steps.numbers(position, self.n);
            self.step(time, y, k);
        }
    }

    fn step(&mut self, time: Time, y: &[f64], k: &[f64]) {
        let (n, last) = (self.n, self.tableau.stages() - 1);
        self.k_bar.fill(0.0);
        self.k_bar[last * n..].copy_from_slice(&self.slope_bar);
        // What arrives at the end of the step goes through the argument of the last stage; what the saves add at the start
        // is collected in `y_bar`.
        std::mem::swap(&mut self.argument_bar, &mut self.y_bar);
        self.y_bar.fill(0.0);
        self.saves(time);
        for stage in (1..=last).rev() {
            if stage != last {
                self.argument_bar.fill(0.0);
            }
            self.stage(stage, time, y, k);
        }
        self.slope_bar.copy_from_slice(&self.k_bar[..n]);
    }

    /// Distributes the cotangents of what was saved in a step to its ends and its stages.
    fn saves(&mut self, time: Time) {
        let n = self.n;
        while let Some((theta, cotangent)) = self.cotangents.pop(time.index, n) {
            if theta == 1.0 {
                add(&mut self.argument_bar, 1.0, cotangent);
                continue;
            }
            add(&mut self.y_bar, 1.0, cotangent);
            for (stage, k_bar) in self.k_bar.chunks_exact_mut(n).enumerate() {
                add(k_bar, time.h * self.tableau.interpolant_weight(stage, theta), cotangent);
            }
        }
        let degree = self.tableau.interpolant.iter().map(|row| row.len()).max().unwrap_or(0);
        let dense = self.cotangents.dense.get(time.index * degree * n..).unwrap_or(&[]);
        for (power, cotangent) in dense.chunks_exact(n).take(degree).enumerate() {
            for (row, k_bar) in self.tableau.interpolant.iter().zip(self.k_bar.chunks_exact_mut(n)) {
                add(k_bar, time.h * row.get(power).copied().unwrap_or(0.0), cotangent);
            }
        }
    }

    /// From the cotangent of a stage, and of its argument, to those of the stages before.
    fn stage(&mut self, stage: usize, time: Time, y: &[f64], k: &[f64]) {
        let (n, row) = (self.n, self.tableau.a[stage]);
        let (before, of_this) = self.k_bar.split_at_mut(stage * n);
        let k_bar = &of_this[..n];
        if k_bar.iter().any(|&cotangent| cotangent != 0.0) {
            self.argument.copy_from_slice(y);
            for (&weight, k) in row.iter().zip(k.chunks_exact(n)) {
                add(&mut self.argument, time.h * weight, k);
            }
            let t = time.t + self.tableau.c[stage] * time.h;
            self.product.add(t, &self.argument, k_bar, &mut self.argument_bar, &mut self.p_bar);
        }
        add(&mut self.y_bar, 1.0, &self.argument_bar);
        for (&weight, k_bar) in row.iter().zip(before.chunks_exact_mut(n)) {
            add(k_bar, time.h * weight, &self.argument_bar);
        }
    }

    /// Closes the sweep at the initial state: its saves, and the slope that was evaluated there.
    fn start(&mut self, t: f64, y: &[f64]) {
        for cotangent in self.cotangents.states.chunks_exact(self.n) {
            add(&mut self.y_bar, 1.0, cotangent);
        }
        self.product.add(t, y, &self.slope_bar, &mut self.y_bar, &mut self.p_bar);
    }
}

/// `total += factor * x`.
#[inline(always)]
fn add(total: &mut [f64], factor: f64, x: &[f64]) {
    if factor != 0.0 {
        for (total, x) in total.iter_mut().zip(x) {
            *total += factor * x;
        }
    }
}
