//! The reverse sweep over the stages of diagonally implicit Runge-Kutta steps.
//!
//! A stage solves `f(t + c_i h, Y_i) = shift M (Y_i - g_i)` with `g_i = y + h sum of a_ij k_j` and `shift = 1 / (h gamma)`, and has the slope
//! `k_i = shift (Y_i - g_i)`; an explicit first stage is the slope at the end of the step before. Backward, each stage takes one transposed
//! linear system and one product with the Jacobian at `Y_i`. Between the ends of a step there is the cubic through them.

use super::boundary::{Boundary, add, is_zero};
use super::field::Field;
use super::stages::{Stages, Time};
use super::trajectory::Trajectory;
use super::transposed::{Transposed, add_transposed_mass};
use costate_ad::At;
use costate_solvers::{Control, Diagonal, Method, Ode, Problem};

/// The cotangents of the initial state and the parameters, one after the other, for those of every number of the solution.
pub(super) fn pull_back<S: Ode, M: Method>(
    problem: &Problem<S, f64>,
    method: &M,
    control: &Control,
    (formula, trajectory): (&'static Diagonal, &Trajectory<f64, Stages>),
    output: &[f64],
) -> Vec<f64> {
    let field = Field(problem.system());
    let at = Boundary::new(&field, problem, trajectory, output);
    let mut sweep = Sweep::new(formula, Transposed::new([formula.stages(), 1], problem), at);
    trajectory.stretches_backward(problem, method, control, |steps| sweep.steps(steps));
    sweep.at.start(problem)
}

struct Sweep<'a, S> {
    formula: &'static Diagonal,
    n: usize,
    /// Where the sweep has arrived.
    at: Boundary<'a, S>,
    transposed: Transposed<'a>,
    /// Of the slope at the end of the step, and of the slopes of its stages.
    end_slope_bar: Vec<f64>,
    k_bar: Vec<f64>,
    /// Of one stage, and of what is known before it is solved.
    stage_bar: Vec<f64>,
    known_bar: Vec<f64>,
    /// Of what a stage is solved from.
    v: Vec<f64>,
    argument: Vec<f64>,
}

impl<'a, S: Ode> Sweep<'a, S> {
    fn new(formula: &'static Diagonal, transposed: Transposed<'a>, at: Boundary<'a, S>) -> Self {
        let (n, zeros) = (at.y_bar.len(), |length| vec![0.0; length]);
        Sweep {
            formula,
            n,
            at,
            transposed,
            end_slope_bar: zeros(n),
            k_bar: zeros(formula.stages() * n),
            stage_bar: zeros(n),
            known_bar: zeros(n),
            v: zeros(n),
            argument: zeros(n),
        }
    }

    fn steps(&mut self, steps: &Stages) {
        for (position, &time) in steps.times.iter().enumerate().rev() {
            if self.at.stops_behind(time.index) {
                self.at.passage();
            }
            self.gather(time);
            let arriving = [&self.at.end_bar, &self.end_slope_bar, &self.at.y_bar, &self.at.slope_bar];
            if !arriving.into_iter().all(|bar| is_zero(bar)) {
                let (y, k) = steps.numbers(position, self.n);
                self.step(time, y, k);
            }
        }
    }

    /// Distributes the cotangents of the end of a step, and of what was saved in it, to its ends and the slopes there: between them there is
    /// the cubic, or the line with a mass matrix.
    fn gather(&mut self, time: Time) {
        std::mem::swap(&mut self.end_slope_bar, &mut self.at.slope_bar);
        self.at.slope_bar.fill(0.0);
        let (degree, h) = (if self.transposed.mass().is_none() { 3 } else { 1 }, time.h);
        let (end_slope_bar, slope_bar) = (&mut self.end_slope_bar, &mut self.known_bar);
        let rise_bar = &mut self.stage_bar;
        rise_bar.fill(0.0);
        slope_bar.fill(0.0);
        self.at.gather(time, degree, |power, factor, cotangent| {
            let [rise, first, last] = match power {
                1 if degree == 1 => [1.0, 0.0, 0.0],
                1 => [0.0, 1.0, 0.0],
                2 => [3.0, -2.0, -1.0],
                _ => [-2.0, 1.0, 1.0],
            };
            add(rise_bar, factor * rise, cotangent);
            add(slope_bar, factor * h * first, cotangent);
            add(end_slope_bar, factor * h * last, cotangent);
        });
        add(&mut self.at.end_bar, 1.0, rise_bar);
        add(&mut self.at.y_bar, -1.0, rise_bar);
        add(&mut self.at.slope_bar, 1.0, slope_bar);
    }

    /// From the cotangents of the end of a step to those of its start.
    fn step(&mut self, time: Time, y: &[f64], k: &[f64]) {
        let (n, formula) = (self.n, self.formula);
        let (stages, shift) = (formula.stages(), 1.0 / (time.h * formula.gamma));
        let ends = formula.ends_at_last_stage();
        self.k_bar.fill(0.0);
        if ends && self.transposed.mass().is_none() {
            add(&mut self.k_bar[(stages - 1) * n..], 1.0, &self.end_slope_bar);
        } else if !is_zero(&self.end_slope_bar) {
            weigh(&mut self.argument, y, time.h, formula.b, k);
            let mut end_bar = std::mem::take(&mut self.at.end_bar);
            self.at.add_product(time.t + time.h, &self.argument, &self.end_slope_bar, &mut end_bar);
            self.at.end_bar = end_bar;
        }
        if !ends {
            add(&mut self.at.y_bar, 1.0, &self.at.end_bar);
            for (&b, k_bar) in formula.b.iter().zip(self.k_bar.chunks_exact_mut(n)) {
                add(k_bar, time.h * b, &self.at.end_bar);
            }
        }
        for stage in (0..stages).rev() {
            if stage == 0 && formula.starts_explicitly() {
                add(&mut self.at.slope_bar, 1.0, &self.k_bar[..n]);
                break;
            }
            self.stage_bar.fill(0.0);
            add(&mut self.stage_bar, shift, &self.k_bar[stage * n..][..n]);
            self.known_bar.fill(0.0);
            add(&mut self.known_bar, -1.0, &self.stage_bar);
            if ends && stage + 1 == stages {
                add(&mut self.stage_bar, 1.0, &self.at.end_bar);
            }
            self.stage(stage, time, y, k);
        }
    }

    /// From the cotangents of a stage, and of what is known before it is solved, to those of the start and of the stages before.
    fn stage(&mut self, stage: usize, time: Time, y: &[f64], k: &[f64]) {
        let (n, formula, row) = (self.n, self.formula, self.formula.a[stage]);
        let (t, shift) = (time.t + formula.c[stage] * time.h, 1.0 / (time.h * formula.gamma));
        weigh(&mut self.argument, y, time.h, row, k);
        add(&mut self.argument, time.h * formula.gamma, &k[stage * n..][..n]);
        let stages = [At { t, y: &self.argument, p: self.at.p }];
        self.transposed.solve(self.at.field, (stage, &stages), |_, _| shift, &self.stage_bar, &mut self.v);
        self.at.add_by_parameters(t, &self.argument, &self.v);
        add_transposed_mass(self.transposed.mass(), shift, &self.v, &mut self.known_bar);
        add(&mut self.at.y_bar, 1.0, &self.known_bar);
        for (&a, k_bar) in row.iter().zip(self.k_bar.chunks_exact_mut(n)) {
            add(k_bar, time.h * a, &self.known_bar);
        }
    }
}

/// `out = y + h * sum of weight_j k_j`.
fn weigh(out: &mut [f64], y: &[f64], h: f64, weights: &[f64], k: &[f64]) {
    out.copy_from_slice(y);
    for (&weight, k) in weights.iter().zip(k.chunks_exact(y.len())) {
        add(out, h * weight, k);
    }
}
