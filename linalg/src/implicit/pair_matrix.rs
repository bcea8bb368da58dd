//! [`PairMatrix`]: the matrix of two implicit stages that belong to a pair of complex eigenvalues.

use super::blocks::BlockMatrix;
use super::{LinearSolver, MassMatrix, StateJacobian};
use crate::LinalgError;

/// The factors of `(alpha + i beta) M - J` for real `M` and `J`, as those of the real matrix of twice the size
/// `[alpha M - J, -beta M; beta M, alpha M - J]`.
///
/// ```
/// use costate_linalg::{PairMatrix, StateJacobian};
/// use nalgebra::dmatrix;
///
/// let mut matrix = PairMatrix::new(1);
/// matrix.factor([1.0, 2.0], None, &StateJacobian::Dense(dmatrix![-2.0]))?;
/// // (3 + 2i) x = 13 has the solution 3 - 2i.
/// let mut x = [13.0, 0.0];
/// matrix.solve(&mut x);
/// assert!((x[0] - 3.0).abs() < 1e-15 && (x[1] + 2.0).abs() < 1e-15);
/// # Ok::<(), costate_linalg::LinalgError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PairMatrix(BlockMatrix);

impl PairMatrix {
    /// Storage for `size` states.
    pub fn new(size: usize) -> PairMatrix {
        PairMatrix(BlockMatrix::new(2, size))
    }

    /// Solves sparse systems in this way from now on; what was factorised is forgotten.
    pub fn set_solver(&mut self, solver: LinearSolver) {
        self.0.set_solver(solver);
    }

    /// Factorises `(alpha + i beta) M - J`. After an error the factors are useless.
    ///
    /// # Errors
    /// [`LinalgError::NotFinite`], [`LinalgError::Singular`], [`LinalgError::SparseFactors`].
    ///
    /// # Panics
    /// If the Jacobian or the mass matrix has another size.
    pub fn factor(
        &mut self,
        [alpha, beta]: [f64; 2],
        mass: Option<&MassMatrix>,
        jacobian: &StateJacobian,
    ) -> Result<(), LinalgError> {
        let shifts = [[alpha, -beta], [beta, alpha]];
        self.0.factor(|i, j| shifts[i][j], mass, |_| jacobian)
    }

    /// Overwrites `b`, real parts before imaginary parts, by the solution.
    ///
    /// # Panics
    /// If `b` has not twice as many elements as there are states.
    pub fn solve(&self, b: &mut [f64]) {
        self.0.solve(b);
    }
}
