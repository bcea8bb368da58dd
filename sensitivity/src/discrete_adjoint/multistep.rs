//! The reverse sweep over steps of the backward differentiation formulas.
//!
//! A step is a linear [`Recurrence`] of differences around one nonlinear stage, `f(t + h, Y) = shift M (Y - base)`. Backward it is the
//! transposed recurrence around one transposed linear system, at the state at the end of the step, and one product with the Jacobian there.
//! What is carried between steps are the cotangents of the differences; the slope is used by the first step alone.

use super::boundary::{Boundary, add, is_zero};
use super::field::Field;
use super::stages::{Time, growth};
use super::trajectory::Trajectory;
use super::transposed::{Transposed, add_transposed_mass};
use crate::checkpoints::Record;
use costate_ad::At;
use costate_solvers::{AcceptedStep, Control, Method, Observer, Ode, Problem, Recurrence};

/// Steps in a row: when they were taken, how, and the states at their ends.
#[derive(Clone, Debug)]
pub(super) struct Ends {
    steps: Vec<(Time, Recurrence)>,
    states: Vec<f64>,
    n: usize,
    /// How many steps it may grow to.
    room: usize,
}

impl Ends {
    /// Of steps of `n` states.
    pub(super) fn new(n: usize) -> Ends {
        Ends { steps: Vec::new(), states: Vec::new(), n, room: usize::MAX }
    }

    #[cold]
    fn grow(&mut self) {
        let more = growth(self.steps.len(), self.room);
        self.steps.reserve_exact(more);
        self.states.reserve_exact(more * self.n);
    }
}

impl Observer<f64> for Ends {
    fn accepted(&mut self, step: &AcceptedStep<'_, f64>) {
        if self.steps.len() == self.steps.capacity() {
            self.grow();
        }
        let time = Time { index: step.index, t: step.t, h: step.h, theta: step.theta };
        self.steps.push((time, Recurrence::of(step)));
        self.states.extend_from_slice(step.y_next);
    }
}

impl Record<f64> for Ends {
    fn empty(&self, room: Option<usize>) -> Self {
        Ends { room: room.unwrap_or(usize::MAX), ..Ends::new(self.n) }
    }

    fn clear(&mut self) {
        self.steps.clear();
        self.states.clear();
    }

    fn bytes(&self) -> usize {
        size_of_val(self.steps.as_slice()) + size_of_val(self.states.as_slice())
    }

    fn step_bytes(&self, step: &AcceptedStep<'_, f64>) -> usize {
        size_of::<(Time, Recurrence)>() + size_of_val(step.y_next)
    }
}

/// The cotangents of the initial state and the parameters, one after the other, for those of every number of the solution.
pub(super) fn pull_back<S: Ode, M: Method>(
    problem: &Problem<S, f64>,
    method: &M,
    control: &Control,
    trajectory: &Trajectory<f64, Ends>,
    output: &[f64],
) -> Vec<f64> {
    let field = Field(problem.system());
    let mut sweep = Sweep::new(Transposed::new([1, 1], problem), Boundary::new(&field, problem, trajectory, output));
    trajectory.stretches_backward(problem, method, control, |ends| sweep.steps(ends));
    sweep.at.start(problem)
}

struct Sweep<'a, S> {
    n: usize,
    /// Where the sweep has arrived.
    at: Boundary<'a, S>,
    transposed: Transposed<'a>,
    /// Of the differences, order after order.
    rows: Vec<f64>,
    stage_bar: Vec<f64>,
    base_bar: Vec<f64>,
    /// Of what the stage is solved from.
    v: Vec<f64>,
}

impl<'a, S: Ode> Sweep<'a, S> {
    fn new(transposed: Transposed<'a>, at: Boundary<'a, S>) -> Self {
        let (n, zeros) = (at.y_bar.len(), |length| vec![0.0; length]);
        let rows = zeros(Recurrence::DIFFERENCES * n);
        let (stage_bar, base_bar, v) = (zeros(n), zeros(n), zeros(n));
        Sweep { n, at, transposed, rows, stage_bar, base_bar, v }
    }

    fn steps(&mut self, ends: &Ends) {
        for ((time, recurrence), y) in ends.steps.iter().zip(ends.states.chunks_exact(self.n)).rev() {
            if self.at.stops_behind(time.index) {
                // Behind a stop the differences begin anew: they were handed on to the state there.
                self.at.passage();
            }
            self.gather(*time, recurrence);
            if !is_zero(&self.rows) {
                self.step(*time, recurrence, y);
            }
        }
    }

    /// Distributes the cotangents of the end of a step, and of what was saved in it, to its start and to the differences at its end.
    fn gather(&mut self, time: Time, recurrence: &Recurrence) {
        let (n, order, rows) = (self.n, recurrence.order(), &mut self.rows);
        self.at.gather(time, order, |power, factor, cotangent| {
            for (row, row_bar) in rows.chunks_exact_mut(n).enumerate().take(order + 1).skip(power) {
                add(row_bar, factor * recurrence.interpolant_coefficient(row, power), cotangent);
            }
        });
        add(&mut rows[..n], 1.0, &self.at.end_bar);
    }

    /// From the cotangents of the differences at the end of a step, where the state is `y`, to those at its start.
    fn step(&mut self, time: Time, recurrence: &Recurrence, y: &[f64]) {
        let (n, order, shift) = (self.n, recurrence.order(), recurrence.shift());
        // D_order+1 is the correction, D_order+2 its distance to the one before, and each other difference is added to the one below.
        for row in 0..=order {
            let (below, above) = self.rows.split_at_mut((row + 1) * n);
            add(&mut above[..n], 1.0, &below[row * n..]);
        }
        let (_, last) = self.rows.split_at_mut((order + 1) * n);
        let (correction_bar, beyond) = last.split_at_mut(n);
        for c in 0..n {
            self.stage_bar[c] = correction_bar[c] + beyond[c];
            correction_bar[c] = -beyond[c];
            beyond[c] = 0.0;
        }
        let t = time.t + time.h;
        let stage = [At { t, y, p: self.at.p }];
        self.transposed.solve(self.at.field, (0, &stage), |_, _| shift, &self.stage_bar, &mut self.v);
        self.at.add_by_parameters(t, y, &self.v);
        self.base_bar.fill(0.0);
        add_transposed_mass(self.transposed.mass(), shift, &self.v, &mut self.base_bar);
        for (row, row_bar) in self.rows.chunks_exact_mut(n).enumerate().take(order + 1) {
            add(row_bar, -1.0, &self.stage_bar);
            add(row_bar, recurrence.base_weight(row), &self.base_bar);
        }
        self.stretch(recurrence);
        if recurrence.starts() {
            let (state, rest) = self.rows.split_at_mut(n);
            add(&mut self.at.y_bar, 1.0, state);
            if self.transposed.mass().is_none() {
                add(&mut self.at.slope_bar, time.h, &rest[..n]);
            }
            self.rows.fill(0.0);
        }
    }

    /// Back to the mesh of the step before.
    fn stretch(&mut self, recurrence: &Recurrence) {
        let (n, order) = (self.n, recurrence.order());
        let Some(weights) = recurrence.stretch() else { return };
        for c in 0..n {
            let mut column = [0.0; Recurrence::DIFFERENCES];
            (1..=order).for_each(|row| column[row] = self.rows[row * n + c]);
            for from in 1..=order {
                self.rows[from * n + c] = (1..=order).map(|to| weights[from][to] * column[to]).sum();
            }
        }
    }
}
