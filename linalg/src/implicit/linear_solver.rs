//! [`LinearSolver`]: how the systems of implicit steps are solved.

use crate::sparse::SmallLu;
use crate::{Gmres, LinalgError, SparseGmres, SparseLu};
use nalgebra_sparse::pattern::SparsityPattern;

/// How an implicit step solves its linear systems.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum LinearSolver {
    /// By factors: sparse where the Jacobian is, else dense.
    #[default]
    Direct,
    /// By [`Gmres`] with incomplete factors, where the Jacobian is sparse and has more than 64 states: for systems so large that factors
    /// fill the memory. Elsewhere by factors.
    Iterative(Gmres),
    /// By [`Gmres`] and products with the Jacobian, which is never formed, in the iterations of `Bdf`, of the diagonally implicit
    /// Runge-Kutta methods and of implicit Euler and midpoint steps: each product is one run of the right-hand side on dual numbers, or its
    /// own. A tolerance of 1e-3 to 1e-4 is enough for most; without a preconditioner it suits systems that are stiff in few directions. Derivatives of a step do ask for the Jacobian, and are found as by [`Iterative`](LinearSolver::Iterative);
    /// so is all with Rosenbrock methods, `RadauIIA5` and `AutoMethod`, which need it.
    Products(Gmres),
}

impl LinearSolver {
    /// The same with a Jacobian that is formed, and solutions that are exact to rounding.
    pub fn with_jacobian(self) -> LinearSolver {
        match self {
            LinearSolver::Products(gmres) => {
                let tolerance = gmres.tolerance.min(Gmres::default().tolerance);
                LinearSolver::Iterative(Gmres { tolerance, ..gmres })
            }
            LinearSolver::Direct | LinearSolver::Iterative(_) => self,
        }
    }
}

/// A sparse matrix of implicit steps, ready to be solved with.
#[derive(Clone, Debug)]
pub(super) enum SparseSolver {
    Small(SmallLu),
    Direct(SparseLu),
    Iterative(SparseGmres),
}

impl SparseSolver {
    pub(super) fn new(solver: LinearSolver, pattern: &SparsityPattern) -> Result<SparseSolver, LinalgError> {
        // Whoever has a matrix is asked for exact solutions.
        Ok(match solver.with_jacobian() {
            _ if pattern.major_dim() <= SmallLu::MOST => SparseSolver::Small(SmallLu::new(pattern)),
            LinearSolver::Direct => SparseSolver::Direct(SparseLu::new(pattern)?),
            LinearSolver::Iterative(gmres) | LinearSolver::Products(gmres) => {
                SparseSolver::Iterative(SparseGmres::new(pattern, gmres)?)
            }
        })
    }

    pub(super) fn another(&self) -> SparseSolver {
        match self {
            SparseSolver::Small(lu) => SparseSolver::Small(lu.clone()),
            SparseSolver::Direct(lu) => SparseSolver::Direct(lu.another()),
            SparseSolver::Iterative(gmres) => SparseSolver::Iterative(gmres.clone()),
        }
    }

    pub(super) fn factor_with(&mut self, write: impl FnOnce(&mut [f64])) -> Result<(), LinalgError> {
        match self {
            SparseSolver::Small(lu) => lu.factor_with(write),
            SparseSolver::Direct(lu) => lu.factor_with(write),
            SparseSolver::Iterative(gmres) => gmres.factor_with(write),
        }
    }

    pub(super) fn solve(&self, b: &mut [f64]) {
        match self {
            SparseSolver::Small(lu) => lu.solve(b),
            SparseSolver::Direct(lu) => lu.solve(b),
            SparseSolver::Iterative(gmres) => gmres.solve(b),
        }
    }

    /// The same in single precision, where that is quicker.
    pub(super) fn solve_transposed_rounded(&self, b: &mut [f64]) {
        match self {
            SparseSolver::Direct(lu) => lu.solve_transposed_rounded(b),
            other => other.solve_transposed(b),
        }
    }

    pub(super) fn solve_transposed(&self, b: &mut [f64]) {
        match self {
            SparseSolver::Small(lu) => lu.solve_transposed(b),
            SparseSolver::Direct(lu) => lu.solve_transposed(b),
            SparseSolver::Iterative(gmres) => gmres.solve_transposed(b),
        }
    }
}
