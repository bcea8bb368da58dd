//! [`Transposed`]: the transposed linear systems of a reverse sweep over implicit stages.

use super::boundary::add;
use super::field::Field;
use costate_ad::{At, LinearMap};
use costate_linalg::{Gmres, LinearSolver, Linearisation, MassMatrix, StageMatrix, StateJacobian, inner_product};
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
    /// For each system of a step the last solutions, the last in front.
    before: Vec<VecDeque<Vec<f64>>>,
}

/// Up to how many states factors are cheaper than the iterations that they would save.
const FEW: usize = 64;
/// Iterations beyond which new factors are cheaper: measured on the Brusselator, where a factorisation costs 10 to 30 solves.
const MANY: usize = 3;
/// Iterations after which they are made at once.
const MOST: usize = 16;
/// Solutions from which the next is guessed: each costs a product, and more saved none there.
const GUESSED_FROM: usize = 2;
/// The part of the square of a product that must be left of it beside the others.
const NEW: f64 = 1e-20;
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
        if !self.serves || !self.iterate(system, &shift, b, v) {
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
            self.remember(system, v);
        }
    }

    /// Keeps a solution for the guesses of the next steps.
    fn remember(&mut self, system: usize, v: &[f64]) {
        let before = &mut self.before[system];
        let mut room = if before.len() == GUESSED_FROM { before.pop_back().unwrap_or_default() } else { Vec::new() };
        room.clear();
        room.extend_from_slice(v);
        before.push_front(room);
    }

    /// Writes the combination of the last solutions that leaves the least of `b` into `v` (P. F. Fischer, Projection techniques for iterative
    /// solution of Ax = b with successive right-hand sides, Comput. Methods Appl. Mech. Eng. 163 (1998) 193-204).
    fn guess(&self, system: usize, apply: impl Fn(&[f64], &mut [f64]), b: &[f64], v: &mut [f64]) {
        v.fill(0.0);
        // Combinations, and their products, which are orthonormal.
        let mut known: Vec<[Vec<f64>; 2]> = Vec::with_capacity(GUESSED_FROM);
        for solution in &self.before[system] {
            let (mut direction, mut product) = (solution.clone(), b.to_vec());
            apply(&direction, &mut product);
            let size = inner_product(&product, &product);
            for [other, of_other] in &known {
                let along = -inner_product(of_other, &product);
                add(&mut product, along, of_other);
                add(&mut direction, along, other);
            }
            let length = inner_product(&product, &product);
            // What is left of a combination of the others is rounding.
            if length > NEW * size {
                let scale = length.sqrt().recip();
                product.iter_mut().chain(&mut direction).for_each(|number| *number *= scale);
                add(v, inner_product(&product, b), &direction);
                known.push([direction, product]);
            }
        }
    }

    /// With the factors of another step; false where it does not converge.
    fn iterate(&mut self, system: usize, shift: impl Fn(usize, usize) -> f64, b: &[f64], v: &mut [f64]) -> bool {
        let n = b.len() / self.jacobians.len();
        let apply = |x: &[f64], y: &mut [f64]| {
            y.fill(0.0);
            for (j, (jacobian, y)) in self.jacobians.iter().zip(y.chunks_exact_mut(n)).enumerate() {
                for (i, x) in x.chunks_exact(n).enumerate() {
                    add_transposed_mass(self.mass, shift(i, j), x, y);
                }
                jacobian.add_transposed_product(-1.0, &x[j * n..][..n], y);
            }
        };
        self.guess(system, apply, b, v);
        let precondition = |x: &mut [f64]| self.matrix.precondition_transposed(x);
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
