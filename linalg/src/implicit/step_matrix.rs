//! [`StepMatrix`]: the matrix of an implicit step, factorised.

use super::blocks::{BlockMatrix, inverse_map};
use super::{LinearSolver, MassMatrix, StateJacobian};
use crate::LinalgError;

/// The factors of `shift * M - J`, where `M` is the mass matrix (the identity unless given) and `J` a Jacobian; `shift` is
/// `1 / (h gamma)` for a step of size `h` whose method has the diagonal `gamma`.
///
/// As a [`LinearMap`](costate_ad::LinearMap) it is the inverse. The factors of a sparse Jacobian with many states are sparse, and
/// their order is found once for a pattern; the storage is used again.
///
/// ```
/// use costate_linalg::{StateJacobian, StepMatrix};
/// use nalgebra::dmatrix;
///
/// let mut matrix = StepMatrix::new(2);
/// matrix.factor(4.0, None, &StateJacobian::Dense(dmatrix![2.0, 0.0; 0.0, -4.0]))?;
/// let mut x = [2.0, 16.0];
/// matrix.solve(&mut x);
/// assert_eq!(x, [1.0, 2.0]);
/// # Ok::<(), costate_linalg::LinalgError>(())
/// ```
#[derive(Clone, Debug)]
pub struct StepMatrix(BlockMatrix);

impl StepMatrix {
    /// The factors of nothing yet: storage for `size` states.
    pub fn new(size: usize) -> StepMatrix {
        StepMatrix(BlockMatrix::new(1, size))
    }

    /// Storage for another matrix of this kind, whose order of elimination is not looked for again.
    pub fn another(&self) -> StepMatrix {
        StepMatrix(self.0.another())
    }

    /// Rows, and columns.
    pub fn size(&self) -> usize {
        self.0.rows()
    }

    /// Whether the last factors were sparse.
    pub fn is_sparse(&self) -> bool {
        self.0.is_sparse()
    }

    /// Solves sparse systems in this way from now on; what was factorised is forgotten.
    pub fn set_solver(&mut self, solver: LinearSolver) {
        self.0.set_solver(solver);
    }

    /// Factorises `shift * M - J`. After an error the factors are useless.
    ///
    /// # Errors
    /// [`LinalgError::NotFinite`], [`LinalgError::Singular`], [`LinalgError::SparseFactors`].
    ///
    /// # Panics
    /// If the Jacobian or the mass matrix has another size.
    pub fn factor(
        &mut self,
        shift: f64,
        mass: Option<&MassMatrix>,
        jacobian: &StateJacobian,
    ) -> Result<(), LinalgError> {
        self.0.factor(|_, _| shift, mass, |_| jacobian)
    }

    /// Overwrites `b` by the solution of `(shift M - J) x = b`.
    ///
    /// # Panics
    /// If `b` has not [`size`](StepMatrix::size) elements.
    #[inline]
    pub fn solve(&self, b: &mut [f64]) {
        self.0.solve(b);
    }
}

inverse_map!(StepMatrix);
