//! The reverse sweep over the stages of explicit Runge-Kutta steps.
//!
//! A step computes `Y_i = y + h sum_j a_ij k_j`, `k_i = f(t + c_i h, Y_i)`; its last stage argument is the state at its
//! end, and its last stage the slope there, which the next step uses as its first. So the cotangent of that slope is carried
//! between steps beside that of the state, and closed at the start of the span, where the first slope was evaluated.
//! Saves between the steps are linear in the state and the stages of their step. Where the interpolant has extra stages, they
//! are evaluated again for the steps that have saves inside, and swept before the stages of the step. A step that an event cut
//! short ends inside; at a stop the slope is evaluated anew, so its cotangent is closed there.

use super::boundary::{Boundary, add};
use super::field::Field;
use super::stages::{Stages, Time};
use super::trajectory::Trajectory;
use costate_solvers::{Control, Method, Ode, Problem, Tableau};

/// The cotangents of the initial state and the parameters, one after the other, for those of every number of the solution.
pub(super) fn pull_back<S: Ode, M: Method>(
    problem: &Problem<S, f64>,
    method: &M,
    control: &Control,
    (tableau, trajectory): (&'static Tableau, &Trajectory<f64, Stages>),
    output: &[f64],
) -> Vec<f64> {
    let field = Field(problem.system());
    let mut sweep = Sweep::new(tableau, Boundary::new(&field, problem, trajectory, output));
    trajectory.stretches_backward(problem, method, control, |steps| sweep.steps(steps));
    sweep.at.start(problem)
}

struct Sweep<'a, S> {
    tableau: &'static Tableau,
    n: usize,
    /// Where the sweep has arrived.
    at: Boundary<'a, S>,
    /// Of the stages of the step being swept, and of one stage's argument.
    k_bar: Vec<f64>,
    argument_bar: Vec<f64>,
    argument: Vec<f64>,
    /// Where the interpolant has extra stages: the slopes of all stages, and the cotangent of an extra stage's argument.
    k: Vec<f64>,
    extra_argument_bar: Vec<f64>,
}

impl<'a, S: Ode> Sweep<'a, S> {
    fn new(tableau: &'static Tableau, at: Boundary<'a, S>) -> Self {
        let n = at.y_bar.len();
        let zeros = |length| vec![0.0; length];
        let (k_bar, argument_bar, argument) = (zeros(tableau.c.len() * n), zeros(n), zeros(n));
        let (k, extra_argument_bar) =
            if tableau.extra_stages > 0 { (k_bar.clone(), zeros(n)) } else { (vec![], vec![]) };
        Sweep { tableau, n, at, k_bar, argument_bar, argument, k, extra_argument_bar }
    }

    /// Sweeps a stretch of steps. Where there are few states their number is a constant of the compiled code, as in the
    /// forward step: loops of one or two rounds cost more than what they do.
    fn steps(&mut self, steps: &Stages) {
        match self.n {
            1 => self.steps_of(steps, 1, Self::stages_on_arrays::<1>),
            2 => self.steps_of(steps, 2, Self::stages_on_arrays::<2>),
            3 => self.steps_of(steps, 3, Self::stages_on_arrays::<3>),
            4 => self.steps_of(steps, 4, Self::stages_on_arrays::<4>),
            n => self.steps_of(steps, n, Self::stages),
        }
    }

    #[inline(always)]
    fn steps_of(&mut self, steps: &Stages, n: usize, stages: impl Fn(&mut Self, Time, &[f64], &[f64])) {
        for (position, &time) in steps.times.iter().enumerate().rev() {
            let (y, k) = steps.numbers(position, n);
            self.step(time, y, k, n, &stages);
        }
    }

    #[inline(always)]
    fn step(&mut self, time: Time, y: &[f64], k: &[f64], n: usize, stages: &impl Fn(&mut Self, Time, &[f64], &[f64])) {
        if self.at.stops_behind(time.index) {
            self.at.passage();
        }
        let last = self.tableau.stages() - 1;
        self.k_bar.fill(0.0);
        self.k_bar[last * n..][..n].copy_from_slice(&self.at.slope_bar[..n]);
        // What arrives at the end of the step goes through the argument of the last stage; what the saves add at the start
        // is collected in `y_bar`.
        std::mem::swap(&mut self.argument_bar, &mut self.at.y_bar);
        self.at.y_bar[..n].fill(0.0);
        let cut = time.theta != 1.0;
        if cut {
            self.end_of_cut(time);
        }
        if (self.saves(time, n) || cut) && self.tableau.extra_stages > 0 {
            self.extra_stages(time, y, k, n);
        }
        stages(self, time, y, k);
        self.at.slope_bar[..n].copy_from_slice(&self.k_bar[..n]);
    }

    /// Distributes the cotangents of what was saved in a step to its ends and its stages. Returns whether something was
    /// saved between the ends.
    #[inline(always)]
    fn saves(&mut self, time: Time, n: usize) -> bool {
        let mut inside = false;
        while let Some((theta, cotangent)) = self.at.cotangents.pop(time.index) {
            if theta == 1.0 {
                add(&mut self.argument_bar[..n], 1.0, cotangent);
                continue;
            }
            inside = true;
            self.inside(time, theta, cotangent, n);
        }
        if !self.at.cotangents.dense.is_empty() {
            inside = true;
            self.dense(time, n);
        }
        inside
    }

    /// Distributes the cotangent of the state at the fraction `theta` of a step.
    #[inline(always)]
    fn inside(&mut self, time: Time, theta: f64, cotangent: &[f64], n: usize) {
        add(&mut self.at.y_bar[..n], 1.0, cotangent);
        for (stage, k_bar) in self.k_bar.chunks_exact_mut(n).enumerate() {
            add(k_bar, time.h * self.tableau.interpolant_weight(stage, theta), cotangent);
        }
    }

    /// The end of a step that an event cut short lies inside it.
    #[cold]
    fn end_of_cut(&mut self, time: Time) {
        let end = self.argument_bar.clone();
        self.argument_bar.fill(0.0);
        self.inside(time, time.theta, &end, self.n);
    }

    /// Evaluates the extra stages of the interpolant again, and sweeps them.
    fn extra_stages(&mut self, time: Time, y: &[f64], k: &[f64], n: usize) {
        let (stages, all) = (self.tableau.stages(), self.tableau.c.len());
        self.k[..k.len()].copy_from_slice(k);
        for stage in stages..all {
            let (before, rest) = self.k.split_at_mut(stage * n);
            argument(&mut self.argument, y, time.h, self.tableau.a[stage], before);
            let t = time.t + self.tableau.c[stage] * time.h;
            self.at.field.0.rhs(t, &self.argument, self.at.p, &mut rest[..n]);
        }
        let k = std::mem::take(&mut self.k);
        std::mem::swap(&mut self.argument_bar, &mut self.extra_argument_bar);
        for stage in (stages..all).rev() {
            self.argument_bar.fill(0.0);
            self.stage(stage, time, y, &k, n);
        }
        std::mem::swap(&mut self.argument_bar, &mut self.extra_argument_bar);
        self.k = k;
    }

    /// Distributes the cotangents of a step's interpolant to its stages.
    fn dense(&mut self, time: Time, n: usize) {
        let rows = self.tableau.interpolant;
        let degree = rows.iter().map(|row| row.len()).max().unwrap_or(0);
        let cotangents = self.at.cotangents.dense[time.index * degree * n..].chunks_exact(n).take(degree);
        for (power, cotangent) in cotangents.enumerate() {
            let h = time.h * time.theta.powi(power as i32 + 1);
            for (row, k_bar) in rows.iter().zip(self.k_bar.chunks_exact_mut(n)) {
                add(k_bar, h * row.get(power).copied().unwrap_or(0.0), cotangent);
            }
        }
    }

    /// From the cotangents of the stages of a step, and of the argument of the last, to those of its start.
    fn stages(&mut self, time: Time, y: &[f64], k: &[f64]) {
        let last = self.tableau.stages() - 1;
        for stage in (1..=last).rev() {
            if stage != last {
                self.argument_bar.fill(0.0);
            }
            self.stage(stage, time, y, k, self.n);
        }
    }

    /// The same where there are `N` states, whose sums then stay in registers.
    #[inline(always)]
    fn stages_on_arrays<const N: usize>(&mut self, time: Time, y: &[f64], k: &[f64]) {
        let stages = self.tableau.stages();
        let rows = self.tableau.a[1..stages].iter().zip(&self.tableau.c[1..stages]);
        let (y, k, mut k_bar) = (y.first_chunk::<N>(), k.as_chunks::<N>().0, self.k_bar.as_chunks_mut::<N>().0);
        let (start, end) = (self.at.y_bar.first_chunk::<N>(), self.argument_bar.first_chunk::<N>());
        let (Some(y), Some(&(mut y_bar)), Some(&(mut argument_bar))) = (y, start, end) else {
            unreachable!("there are {N} states")
        };
        k_bar = &mut k_bar[..stages];
        for (&row, c) in rows.rev() {
            let Some((of_this, before)) = k_bar.split_last_mut() else { break };
            if *of_this != [0.0; N] {
                let argument = argument_on_arrays(*y, time.h, row, k);
                self.at.add_product(time.t + c * time.h, &argument, of_this, &mut argument_bar);
            }
            let arrived = std::mem::replace(&mut argument_bar, [0.0; N]);
            add(&mut y_bar, 1.0, &arrived);
            for (&weight, k_bar) in row.iter().zip(&mut *before) {
                let weight = time.h * weight;
                *k_bar = std::array::from_fn(|c| k_bar[c] + weight * arrived[c]);
            }
            k_bar = before;
        }
        self.at.y_bar.copy_from_slice(&y_bar);
    }

    /// From the cotangent of a stage, and of its argument, to those of the stages before.
    #[inline(always)]
    fn stage(&mut self, stage: usize, time: Time, y: &[f64], k: &[f64], n: usize) {
        let row = self.tableau.a[stage];
        let (before, of_this) = self.k_bar.split_at_mut(stage * n);
        let k_bar = &of_this[..n];
        let (argument_of_stage, argument_bar) = (&mut self.argument[..n], &mut self.argument_bar[..n]);
        if k_bar.iter().any(|&cotangent| cotangent != 0.0) {
            argument(argument_of_stage, &y[..n], time.h, row, k);
            let t = time.t + self.tableau.c[stage] * time.h;
            self.at.add_product(t, argument_of_stage, k_bar, argument_bar);
        }
        add(&mut self.at.y_bar[..n], 1.0, argument_bar);
        for (&weight, k_bar) in row.iter().zip(before.chunks_exact_mut(n)) {
            add(k_bar, time.h * weight, argument_bar);
        }
    }
}

/// As [`argument`]. The sum is a local of this function, so that it stays in registers.
#[inline(always)]
fn argument_on_arrays<const N: usize>(mut y: [f64; N], h: f64, row: &[f64], k: &[[f64; N]]) -> [f64; N] {
    for (&weight, k) in row.iter().zip(k) {
        let weight = h * weight;
        y = std::array::from_fn(|c| y[c] + weight * k[c]);
    }
    y
}

/// `out = y + h * sum of row_j k_j`: the state at which a stage is evaluated.
#[inline(always)]
fn argument(out: &mut [f64], y: &[f64], h: f64, row: &[f64], k: &[f64]) {
    out.copy_from_slice(y);
    for (&weight, k) in row.iter().zip(k.chunks_exact(y.len())) {
        add(out, h * weight, k);
    }
}
