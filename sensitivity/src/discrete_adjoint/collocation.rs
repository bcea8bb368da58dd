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
    /// Of the stages of the step.
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
        let argument_bar = vec![0.0; n];
        Sweep { formula, n, at, transposed, z_bar: all.clone(), v: all.clone(), arguments: all, argument_bar }
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
        let (n, formula, z_bar) = (self.n, self.formula, &mut self.z_bar);
        let stages = formula.stages();
        z_bar.fill(0.0);
        self.at.gather(time, stages, |power, factor, cotangent| {
            for (&weight, z_bar) in formula.interpolant[power - 1].iter().zip(z_bar.chunks_exact_mut(n)) {
                add(z_bar, factor * weight, cotangent);
            }
        });
        add(&mut z_bar[(stages - 1) * n..], 1.0, &self.at.end_bar);
        add(&mut self.at.y_bar, 1.0, &self.at.end_bar);
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
