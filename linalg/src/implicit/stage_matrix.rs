//! [`StageMatrix`]: the matrix of all stages of an implicit step at once.

use super::blocks::{BlockMatrix, inverse_map};
use super::{LinearSolver, MassMatrix, StateJacobian};
use crate::LinalgError;
use std::sync::Arc;

/// The factors of the matrix with the blocks `shift[i][j] M`, minus the Jacobian of stage `i` in block `(i, i)`; as a
/// [`LinearMap`](costate_ad::LinearMap) it is the inverse. It gives the stages of a fully implicit method their derivatives, once for a
/// step.
#[derive(Clone, Debug)]
pub struct StageMatrix(BlockMatrix);

impl StageMatrix {
    /// Storage for `stages` stages of `size` states.
    pub fn new(stages: usize, size: usize) -> StageMatrix {
        StageMatrix(BlockMatrix::new(stages, size))
    }

    /// Storage for another matrix of this kind, whose order of elimination is not looked for again.
    pub fn another(&self) -> StageMatrix {
        StageMatrix(self.0.another())
    }

    /// Solves sparse systems in this way from now on; what was factorised is forgotten.
    pub fn set_solver(&mut self, solver: LinearSolver) {
        self.0.set_solver(solver);
    }

    /// Factorises the matrix of as many stages as there are Jacobians.
    ///
    /// # Errors
    /// [`LinalgError::NotFinite`], [`LinalgError::Singular`], [`LinalgError::SparseFactors`].
    ///
    /// # Panics
    /// If a Jacobian or the mass matrix has another size, or if there are fewer Jacobians than stages.
    pub fn factor(
        &mut self,
        shift: impl Fn(usize, usize) -> f64,
        mass: Option<&MassMatrix>,
        jacobians: &[Arc<StateJacobian>],
    ) -> Result<(), LinalgError> {
        self.0.factor(shift, mass, |stage| &*jacobians[stage])
    }

    /// Overwrites `b` by about the solution with the transposed matrix: sparse factors are taken in single precision, which is quicker.
    ///
    /// # Panics
    /// If `b` has not as many elements as the matrix has rows.
    pub fn precondition_transposed(&self, b: &mut [f64]) {
        self.0.solve_transposed_rounded(b);
    }
}

inverse_map!(StageMatrix);
