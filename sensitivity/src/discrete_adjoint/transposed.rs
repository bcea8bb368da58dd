//! [`Transposed`]: the transposed linear systems of a reverse sweep over implicit stages.

use super::field::Field;
use costate_ad::{At, LinearMap};
use costate_linalg::{Gmres, LinearSolver, Linearisation, MassMatrix, StateJacobian, StepMatrix};
use costate_solvers::{Ode, Problem};

/// Solves `(shift M - J)^T v = b`, where the Jacobian is that at the stage.
///
/// The forward iteration did with a Jacobian from somewhere before, and so does this: where factors are dear, those of another stage
/// precondition a transposed iteration (GMRES), whose residual is that of the stage's own matrix; it makes them anew where it took long
/// with the old ones.
pub(super) struct Transposed<'a> {
    mass: Option<&'a MassMatrix>,
    linearisation: Linearisation,
    matrix: StepMatrix,
    /// Whether there are factors of some stage, and they serve on.
    serves: bool,
    iterates: bool,
}

/// Up to how many states factors are cheaper than the iterations that they would save.
const FEW: usize = 64;
/// Iterations beyond which new factors are cheaper. A factorisation costs about 10 to 30 solves.
const MANY: usize = 8;
/// The part of the right-hand side that an iteration leaves: what is left adds up over the steps, and gradients are to be right to 1e-10.
const LEFT: f64 = 1e-13;

impl<'a> Transposed<'a> {
    pub(super) fn new<S>(problem: &'a Problem<S, f64>) -> Self {
        let (n, solver) = (problem.initial_state().len(), problem.linear_solver());
        let mut matrix = StepMatrix::new(n);
        matrix.set_solver(solver);
        let iterates = n > FEW && solver == LinearSolver::Direct;
        Transposed {
            mass: problem.mass_matrix(),
            linearisation: Linearisation::new(n),
            matrix,
            serves: false,
            iterates,
        }
    }

    pub(super) fn mass(&self) -> Option<&'a MassMatrix> {
        self.mass
    }

    /// Writes the solution for the right-hand side `b` at a stage into `v`, which holds a guess.
    pub(super) fn solve<S: Ode>(&mut self, field: &Field<'_, S>, at: At<'_>, shift: f64, b: &[f64], v: &mut [f64]) {
        self.linearisation.evaluate(field, at);
        if !self.serves || !self.iterate(shift, b, v) {
            self.matrix
                .factor(shift, self.mass, self.linearisation.jacobian())
                .expect("a stage that was solved has a matrix that can be");
            self.matrix.apply_transposed(b, v);
            self.serves = self.iterates;
        }
    }

    /// With the factors of another stage; false where it does not converge.
    fn iterate(&mut self, shift: f64, b: &[f64], v: &mut [f64]) -> bool {
        let (jacobian, mass, mut work) = (self.linearisation.jacobian(), self.mass, b.to_vec());
        let apply = |x: &[f64], y: &mut [f64]| {
            y.fill(0.0);
            add_transposed_mass(mass, shift, x, y);
            subtract_transposed(jacobian, x, y);
        };
        let precondition = |x: &mut [f64]| {
            self.matrix.apply_transposed(x, &mut work);
            x.copy_from_slice(&work);
        };
        let gmres = Gmres { tolerance: LEFT, restart: 2 * MANY, max_iterations: 2 * MANY };
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
