//! The reverse sweep over the stages of Rosenbrock steps.
//!
//! A step solves `W u_i = f(t + c_i h, Y_i) + M sum of (C_ij / h) u_j + h d_i f_t` with `W = M / (h gamma) - J`, `Y_i = y + sum of a_ij u_j`
//! and `J`, `f_t` at its start; it ends at `y + sum of m_i u_i`. Backward, each stage takes one solve with the transposed `W`, of which the
//! factors are made again, and one product with the Jacobian at `Y_i`. What the solves leave is the derivative of
//! `sum of v_i (J u_i + h d_i f_t)` by the state and the parameters at the start of the step, for all stages together: reverse mode over
//! forward mode in one evaluation, which takes the product with the slope of the first stage along. So no cotangent of a slope is carried
//! between steps.

use super::boundary::{Boundary, add, is_zero};
use super::field::Field;
use super::stages::{Stages, Time};
use super::trajectory::Trajectory;
use costate_ad::{At, LinearMap, TangentVjp, Towards};
use costate_linalg::{Linearisation, MassMatrix, StepMatrix};
use costate_solvers::{Control, Method, Ode, Problem, Rosenbrock};

/// The cotangents of the initial state and the parameters, one after the other, for those of every number of the solution.
pub(super) fn pull_back<S: Ode, M: Method>(
    problem: &Problem<S, f64>,
    method: &M,
    control: &Control,
    (formula, trajectory): (&'static Rosenbrock, &Trajectory<f64, Stages>),
    output: &[f64],
) -> Vec<f64> {
    let field = Field(problem.system());
    let mut sweep = Sweep::new(formula, problem, Boundary::new(&field, problem, trajectory, output));
    trajectory.stretches_backward(problem, method, control, |steps| sweep.steps(steps));
    sweep.at.start(problem)
}

struct Sweep<'a, S> {
    formula: &'static Rosenbrock,
    n: usize,
    mass: Option<&'a MassMatrix>,
    /// Where the sweep has arrived.
    at: Boundary<'a, S>,
    linearisation: Linearisation,
    matrix: StepMatrix,
    tangents: TangentVjp<'a, Field<'a, S>>,
    /// Of the stages of the step.
    u_bar: Vec<f64>,
    /// Of what the stages are solved from.
    v: Vec<f64>,
    argument: Vec<f64>,
    argument_bar: Vec<f64>,
    /// How far the time moves along with each stage.
    dt: Vec<f64>,
}

impl<'a, S: Ode> Sweep<'a, S> {
    fn new(formula: &'static Rosenbrock, problem: &'a Problem<S, f64>, at: Boundary<'a, S>) -> Self {
        let (n, zeros) = (at.y_bar.len(), |length| vec![0.0; length]);
        let mut matrix = StepMatrix::new(n);
        matrix.set_solver(problem.linear_solver());
        let all = zeros(formula.stages() * n);
        Sweep {
            formula,
            n,
            mass: problem.mass_matrix(),
            linearisation: Linearisation::new(n),
            matrix,
            tangents: TangentVjp::new(at.field),
            at,
            u_bar: all.clone(),
            v: all,
            argument: zeros(n),
            argument_bar: zeros(n),
            dt: zeros(formula.stages()),
        }
    }

    fn steps(&mut self, steps: &Stages) {
        for (position, &time) in steps.times.iter().enumerate().rev() {
            if self.at.stops_behind(time.index) {
                self.at.passage();
            }
            if self.gather(time) {
                let (y, u) = steps.numbers(position, self.n);
                self.step(time, y, u);
            }
        }
    }

    /// Distributes the cotangents of the end of a step, and of what was saved in it, to its start and its stages; false where all of them
    /// are zero.
    fn gather(&mut self, time: Time) -> bool {
        let (n, formula, u_bar) = (self.n, self.formula, &mut self.u_bar);
        u_bar.fill(0.0);
        self.at.gather(time, formula.degree(), |power, factor, cotangent| {
            for (stage, u_bar) in u_bar.chunks_exact_mut(n).enumerate() {
                add(u_bar, factor * formula.interpolant_coefficient(stage, power), cotangent);
            }
        });
        for (&weight, u_bar) in formula.weights.iter().zip(u_bar.chunks_exact_mut(n)) {
            add(u_bar, weight, &self.at.end_bar);
        }
        add(&mut self.at.y_bar, 1.0, &self.at.end_bar);
        !is_zero(&self.u_bar) || !is_zero(&self.at.y_bar)
    }

    /// From the cotangents of the stages of a step to those of its start.
    fn step(&mut self, time: Time, y: &[f64], u: &[f64]) {
        let (n, formula, h) = (self.n, self.formula, time.h);
        let start = At { t: time.t, y, p: self.at.p };
        self.linearisation.evaluate(self.at.field, start);
        self.matrix
            .factor(1.0 / (h * formula.gamma), self.mass, self.linearisation.jacobian())
            .expect("the same matrix had factors in the forward run");
        for stage in (0..formula.stages()).rev() {
            let (before, of_this) = self.u_bar.split_at_mut(stage * n);
            let v = &mut self.v[stage * n..][..n];
            self.matrix.apply_transposed(&of_this[..n], v);
            for (&coupling, u_bar) in formula.coupling[stage].iter().zip(before.chunks_exact_mut(n)) {
                match self.mass {
                    Some(mass) => mass.add_transposed_product(coupling / h, v, u_bar),
                    None => add(u_bar, coupling / h, v),
                }
            }
            if stage == 0 {
                break;
            }
            self.argument.copy_from_slice(y);
            for (&a, u) in formula.a[stage].iter().zip(u.chunks_exact(n)) {
                add(&mut self.argument, a, u);
            }
            self.argument_bar.fill(0.0);
            let t = time.t + formula.c[stage] * h;
            self.at.add_product(t, &self.argument, v, &mut self.argument_bar);
            add(&mut self.at.y_bar, 1.0, &self.argument_bar);
            for (&a, u_bar) in formula.a[stage].iter().zip(before.chunks_exact_mut(n)) {
                add(u_bar, a, &self.argument_bar);
            }
        }
        self.dt.iter_mut().zip(formula.d).for_each(|(dt, d)| *dt = h * d);
        let (towards, cotangents) = (Towards { dt: &self.dt, dy: u }, (&self.v[..n], &self.v[..]));
        self.tangents.apply(start, towards, cotangents, &mut self.at.y_bar, &mut self.at.p_bar);
    }
}
