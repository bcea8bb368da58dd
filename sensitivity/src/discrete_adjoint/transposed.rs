//! [`Transposed`]: the transposed linear systems of a reverse sweep over implicit stages.

use super::boundary::add;
use super::field::Field;
use costate_ad::{At, LinearMap};
use costate_linalg::{Gmres, LinearSolver, Linearisation, MassMatrix, StageMatrix, StateJacobian};
use costate_solvers::{Ode, Problem};
use std::collections::VecDeque;
use std::sync::Arc;

/// Solves with the transpose of the matrix that has the blocks `shift(i, j) M`, minus the Jacobian at stage `i` in block `(i, i)`: one
/// block where stages are solved one after the other.
///
/// The forward iteration did with a Jacobian from somewhere before, and so does this: where factors are dear, those of another step
/// precondition a transposed iteration (GMRES), whose residual is that of the step's own matrix; they are made anew where it took long
/// with the old ones.
pub(super) struct Transposed<'a> {
    mass: Option<&'a MassMatrix>,
    linearisation: Linearisation,
    jacobians: Vec<Arc<StateJacobian>>,
    matrix: StageMatrix,
    /// Whether there are factors of some step, and they serve on.
    serves: bool,
    iterates: bool,
    /// For each system of a step the last solutions, each with its time and divided by the size of its step: the last in front.
    before: Vec<VecDeque<(f64, Vec<f64>)>>,
}

/// Up to how many states factors are cheaper than the iterations that they would save.
const FEW: usize = 64;
/// Iterations beyond which new factors are cheaper: measured on the Brusselator, where a factorisation costs 10 to 30 solves.
const MANY: usize = 5;
/// Iterations after which they are made at once.
const MOST: usize = 16;
/// Solutions from which the next is guessed.
const GUESSED_FROM: usize = 4;
/// The part of the right-hand side that an iteration leaves: it adds up over the steps, and gradients are to be right to 1e-10.
const LEFT: f64 = 1e-12;

impl<'a> Transposed<'a> {
    /// For `systems` systems a step, of so many blocks.
    pub(super) fn new<S>([systems, blocks]: [usize; 2], problem: &'a Problem<S, f64>) -> Self {
        let (n, solver) = (problem.initial_state().len(), problem.linear_solver());
        let mut matrix = StageMatrix::new(blocks, n);
        matrix.set_solver(solver);
        let iterates = n > FEW && solver == LinearSolver::Direct;
        let (mass, linearisation, jacobians) = (problem.mass_matrix(), Linearisation::new(n), Vec::new());
        let before = vec![VecDeque::new(); systems];
        Transposed { mass, linearisation, jacobians, matrix, serves: false, iterates, before }
    }

    pub(super) fn mass(&self) -> Option<&'a MassMatrix> {
        self.mass
    }

    /// Writes the solution of a step's system number `system`, with the right-hand side `b`, into `v`.
    pub(super) fn solve<S: Ode>(
        &mut self,
        field: &Field<'_, S>,
        (system, stages): (usize, &[At<'_>]),
        shift: impl Fn(usize, usize) -> f64,
        b: &[f64],
        v: &mut [f64],
    ) {
        self.jacobians.clear();
        for &stage in stages {
            self.linearisation.evaluate(field, stage);
            self.jacobians.push(self.linearisation.jacobian().clone());
        }
        let (t, size) = (stages[0].t, shift(0, 0));
        if !self.serves || !self.iterate((system, t), &shift, b, v) {
            let factored = self.matrix.factor(shift, self.mass, &self.jacobians).is_ok();
            if factored {
                self.matrix.apply_transposed(b, v);
            } else {
                // A step may converge by an older Jacobian where its own is singular: it has no derivative, and that is not a number.
                v.fill(f64::NAN);
            }
            self.serves = factored && self.iterates;
        }
        if self.iterates {
            self.remember(system, t, size, v);
        }
    }

    /// Keeps a solution for the guesses of the next steps.
    fn remember(&mut self, system: usize, t: f64, size: f64, v: &[f64]) {
        let before = &mut self.before[system];
        let mut room =
            if before.len() == GUESSED_FROM { before.pop_back().map_or(vec![], |last| last.1) } else { vec![] };
        room.clear();
        room.extend(v.iter().map(|v| v * size));
        before.push_front((t, room));
    }

    /// Writes the polynomial through the last `count` solutions, continued to `t`, into `v`.
    fn guess(&self, (system, t): (usize, f64), count: usize, size: f64, v: &mut [f64]) {
        v.fill(0.0);
        let before = &self.before[system];
        for (i, (node, solution)) in before.iter().take(count).enumerate() {
            let others = before.iter().take(count).enumerate().filter(|(j, _)| *j != i);
            let weight: f64 = others.map(|(_, (other, _))| (t - other) / (node - other)).product();
            add(v, weight / size, solution);
        }
    }

    /// With the factors of another step; false where it does not converge.
    fn iterate(&mut self, at: (usize, f64), shift: impl Fn(usize, usize) -> f64, b: &[f64], v: &mut [f64]) -> bool {
        let n = b.len() / self.jacobians.len();
        let apply = |x: &[f64], y: &mut [f64]| {
            y.fill(0.0);
            for (j, (jacobian, y)) in self.jacobians.iter().zip(y.chunks_exact_mut(n)).enumerate() {
                for (i, x) in x.chunks_exact(n).enumerate() {
                    add_transposed_mass(self.mass, shift(i, j), x, y);
                }
                subtract_transposed(jacobian, &x[j * n..][..n], y);
            }
        };
        let (mut work, mut guess, mut least) = (b.to_vec(), b.to_vec(), f64::INFINITY);
        for count in 0..=self.before[at.0].len() {
            self.guess(at, count, shift(0, 0), &mut guess);
            apply(&guess, &mut work);
            let left: f64 = work.iter().zip(b).map(|(product, b)| (product - b) * (product - b)).sum();
            if left < least {
                least = left;
                v.copy_from_slice(&guess);
            }
        }
        let precondition = |x: &mut [f64]| {
            self.matrix.apply_transposed(x, &mut work);
            x.copy_from_slice(&work);
        };
        let gmres = Gmres { tolerance: LEFT, restart: MOST, max_iterations: MOST };
        let outcome = gmres.solve(apply, precondition, b, v);
        self.serves = outcome.as_ref().is_ok_and(|&iterations| iterations <= MANY);
        outcome.is_ok()
    }
}

/// Adds `factor * M^T x` to `y`.
pub(super) fn add_transposed_mass(mass: Option<&MassMatrix>, factor: f64, x: &[f64], y: &mut [f64]) {
    match mass {
        Some(mass) => mass.add_transposed_product(factor, x, y),
        None => y.iter_mut().zip(x).for_each(|(y, x)| *y += factor * x),
    }
}

/// Subtracts `J^T x` from `y`.
fn subtract_transposed(jacobian: &StateJacobian, x: &[f64], y: &mut [f64]) {
    match jacobian {
        StateJacobian::Dense(matrix) => {
            for (y, column) in y.iter_mut().zip(matrix.as_slice().chunks_exact(x.len())) {
                *y -= column.iter().zip(x).map(|(j, x)| j * x).sum::<f64>();
            }
        }
        StateJacobian::Sparse(matrix) => {
            let (offsets, rows, values) = matrix.csc_data();
            for (y, column) in y.iter_mut().zip(offsets.windows(2)) {
                let entries = rows[column[0]..column[1]].iter().zip(&values[column[0]..column[1]]);
                *y -= entries.map(|(&row, j)| j * x[row]).sum::<f64>();
            }
        }
    }
}
