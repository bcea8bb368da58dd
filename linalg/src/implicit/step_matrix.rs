//! [`StepMatrix`]: the matrix of an implicit step, factorised.

use super::{MassMatrix, StateJacobian};
use crate::{LinalgError, Lu};
use costate_ad::LinearMap;

/// The factors of `shift * M - J`, where `M` is the mass matrix (the identity unless given) and `J` a Jacobian; `shift` is
/// `1 / (h gamma)` for a step of size `h` whose method has the diagonal `gamma`.
///
/// As a [`LinearMap`] it is the inverse. The factors are dense, also those of a sparse Jacobian; the storage is used again.
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
pub struct StepMatrix(Lu);

impl StepMatrix {
    /// The factors of the identity: storage for `size` states.
    pub fn new(size: usize) -> StepMatrix {
        StepMatrix(Lu::identity(size))
    }

    /// Rows, and columns.
    pub fn size(&self) -> usize {
        self.0.size()
    }

    /// Factorises `shift * M - J`. After an error the factors are useless.
    ///
    /// # Errors
    /// [`LinalgError::NotFinite`], [`LinalgError::Singular`].
    ///
    /// # Panics
    /// If the Jacobian or the mass matrix has another size.
    pub fn factor(
        &mut self,
        shift: f64,
        mass: Option<&MassMatrix>,
        jacobian: &StateJacobian,
    ) -> Result<(), LinalgError> {
        let n = self.size();
        assert_eq!(jacobian.size(), n, "the step matrix is for {n} states");
        self.0.factor_with(|matrix| {
            match jacobian {
                StateJacobian::Dense(jacobian) => {
                    matrix.iter_mut().zip(jacobian.as_slice()).for_each(|(entry, j)| *entry = -j);
                }
                StateJacobian::Sparse(jacobian) => {
                    matrix.fill(0.0);
                    jacobian.triplet_iter().for_each(|(row, column, j)| matrix[column * n + row] = -j);
                }
            }
            match mass {
                None => matrix.iter_mut().step_by(n + 1).for_each(|entry| *entry += shift),
                Some(mass) => mass.entries().for_each(|(i, j, value)| matrix[j * n + i] += shift * value),
            }
        })
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

/// The inverse, applied to one column.
impl LinearMap for StepMatrix {
    fn rows(&self) -> usize {
        self.size()
    }

    fn columns(&self) -> usize {
        self.size()
    }

    fn apply(&self, x: &[f64], y: &mut [f64]) {
        self.0.apply(x, y);
    }

    fn apply_transposed(&self, y: &[f64], x: &mut [f64]) {
        self.0.apply_transposed(y, x);
    }
}
