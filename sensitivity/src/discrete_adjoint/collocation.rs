//! The reverse sweep over the stages of collocation steps, which are solved together.
//!
//! The stages `y + Z_i` solve `f(t + c_i h, y + Z_i) = M sum of (B_ij / h) Z_j`, where `B` is the inverse of the method's matrix, and the
//! step ends at the last of them. Backward, all stages are one transposed linear system, with products with the Jacobians at the stages.

use super::boundary::{Boundary, add, is_zero};
use super::field::Field;
use super::stages::{Stages, Time};
use super::trajectory::Trajectory;
use super::transposed::Transposed;
use costate_ad::At;
use costate_solvers::{Collocation, Control, Method, Ode, Problem};

/// The cotangents of the initial state and the parameters, one after the other, for those of every number of the solution.
pub(super) fn pull_back<S: Ode, M: Method>(
    problem: &Problem<S, f64>,
    method: &M,
    control: &Control,
    (formula, trajectory): (&'static Collocation, &Trajectory<f64, Stages>),
    output: &[f64],
) -> Vec<f64> {
    let field = Field(problem.system());
    let at = Boundary::new(&field, problem, trajectory, output);
    let mut sweep = Sweep::new(formula, Transposed::new([1, formula.stages()], problem), at);
    trajectory.stretches_backward(problem, method, control, |steps| sweep.steps(steps));
    sweep.at.start(problem)
}

struct Sweep<'a, S> {
    formula: &'static Collocation,
    n: usize,
    /// Where the sweep has arrived.
    at: Boundary<'a, S>,
    transposed: Transposed<'a>,
    /// Of the end of the step, and of its stages.
    end_bar: Vec<f64>,
    z_bar: Vec<f64>,
    /// Of what the stages are solved from.
    v: Vec<f64>,
    arguments: Vec<f64>,
    argument_bar: Vec<f64>,
}

impl<'a, S: Ode> Sweep<'a, S> {
    fn new(formula: &'static Collocation, transposed: Transposed<'a>, at: Boundary<'a, S>) -> Self {
        let n = at.y_bar.len();
        let all = vec![0.0; formula.stages() * n];
        let (end_bar, argument_bar) = (vec![0.0; n], vec![0.0; n]);
        Sweep { formula, n, at, transposed, end_bar, z_bar: all.clone(), v: all.clone(), arguments: all, argument_bar }
    }

    fn steps(&mut self, steps: &Stages) {
        for (position, &time) in steps.times.iter().enumerate().rev() {
            if self.at.stops_behind(time.index) {
                self.at.passage();
            }
            self.gather(time);
            if !is_zero(&self.z_bar) {
                let (y, z) = steps.numbers(position, self.n);
                self.step(time, y, z);
            }
        }
    }

    /// Distributes the cotangents of the end of a step, and of what was saved in it, to its start and its stages.
    fn gather(&mut self, time: Time) {
        std::mem::swap(&mut self.end_bar, &mut self.at.y_bar);
        self.at.y_bar.fill(0.0);
        self.z_bar.fill(0.0);
        if time.theta != 1.0 {
            // The end of a step that an event cut short lies inside it.
            let end_bar = std::mem::replace(&mut self.end_bar, vec![0.0; self.n]);
            self.inside(time.theta, &end_bar);
        }
        while let Some((theta, cotangent)) = self.at.cotangents.pop(time.index) {
            if theta == 1.0 { add(&mut self.end_bar, 1.0, cotangent) } else { self.inside(theta, cotangent) }
        }
        let stages = self.formula.stages();
        if !self.at.cotangents.dense.is_empty() {
            let cotangents = self.at.cotangents.pop_dense(stages * self.n);
            for (power, cotangent) in (1..).zip(cotangents.chunks_exact(self.n)) {
                self.coefficient(power, time.theta.powi(power as i32), cotangent);
            }
        }
        add(&mut self.z_bar[(stages - 1) * self.n..], 1.0, &self.end_bar);
        add(&mut self.at.y_bar, 1.0, &self.end_bar);
    }

    /// Distributes the cotangent of the state at the fraction `theta` of a step.
    fn inside(&mut self, theta: f64, cotangent: &[f64]) {
        add(&mut self.at.y_bar, 1.0, cotangent);
        for power in 1..=self.formula.stages() {
            self.coefficient(power, theta.powi(power as i32), cotangent);
        }
    }

    /// Distributes `factor` times the cotangent of a coefficient of the interpolant.
    fn coefficient(&mut self, power: usize, factor: f64, cotangent: &[f64]) {
        for (&weight, z_bar) in self.formula.interpolant[power - 1].iter().zip(self.z_bar.chunks_exact_mut(self.n)) {
            add(z_bar, factor * weight, cotangent);
        }
    }

    /// From the cotangents of the stages of a step to those of its start.
    fn step(&mut self, time: Time, y: &[f64], z: &[f64]) {
        let (n, formula) = (self.n, self.formula);
        for (argument, z) in self.arguments.chunks_exact_mut(n).zip(z.chunks_exact(n)) {
            argument.copy_from_slice(y);
            add(argument, 1.0, z);
        }
        let stages: Vec<At<'_>> = formula
            .c
            .iter()
            .zip(self.arguments.chunks_exact(n))
            .map(|(c, y)| At { t: time.t + c * time.h, y, p: self.at.p })
            .collect();
        let shift = |i: usize, j: usize| formula.inverse[i][j] / time.h;
        self.transposed.solve(self.at.field, (0, &stages), shift, &self.z_bar, &mut self.v);
        for (stage, v) in stages.iter().zip(self.v.chunks_exact(n)) {
            self.argument_bar.fill(0.0);
            self.at.add_product(stage.t, stage.y, v, &mut self.argument_bar);
            add(&mut self.at.y_bar, 1.0, &self.argument_bar);
        }
    }
}
