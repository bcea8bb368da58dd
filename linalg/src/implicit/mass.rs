//! [`MassMatrix`]: the constant matrix in front of the slope.

use crate::LinalgError;
use costate_ad::Real;
use nalgebra::DMatrix;
use nalgebra_sparse::{CscMatrix, convert::serial::convert_dense_csc};

/// The constant matrix `M` of `M dy/dt = f(t, y, p)`, on plain numbers; it may be singular. Only its nonzeros are kept.
///
/// ```
/// use costate_linalg::MassMatrix;
/// use nalgebra::dmatrix;
///
/// let algebraic_last = MassMatrix::from(dmatrix![1.0, 0.0; 0.0, 0.0]);
/// assert_eq!((algebraic_last.rows(), algebraic_last.nonzeros()), (2, 1));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MassMatrix(CscMatrix<f64>);

impl MassMatrix {
    /// Rows of the matrix.
    pub fn rows(&self) -> usize {
        self.0.nrows()
    }

    /// Columns of the matrix.
    pub fn columns(&self) -> usize {
        self.0.ncols()
    }

    /// How many entries are not 0.
    pub fn nonzeros(&self) -> usize {
        self.0.nnz()
    }

    /// The entries that are not 0, column by column: row, column and value.
    pub fn entries(&self) -> impl Iterator<Item = (usize, usize, f64)> + '_ {
        self.0.triplet_iter().map(|(row, column, value)| (row, column, *value))
    }

    /// Refuses a matrix that is not `size x size`, or has entries that are not finite.
    ///
    /// # Errors
    /// [`LinalgError::Shape`], [`LinalgError::NotFinite`].
    pub fn check(&self, size: usize) -> Result<(), LinalgError> {
        let (found_rows, found_columns, what) = (self.rows(), self.columns(), "the mass matrix");
        if (found_rows, found_columns) != (size, size) {
            return Err(LinalgError::Shape { what, rows: size, columns: size, found_rows, found_columns });
        }
        match self.entries().find(|(_, _, value)| !value.is_finite()) {
            Some((row, column, value)) => Err(LinalgError::NotFinite { what, row, column, value }),
            None => Ok(()),
        }
    }

    /// Adds `factor * M x` to `y`.
    pub fn add_product<R: Real>(&self, factor: f64, x: &[R], y: &mut [R]) {
        for (row, column, value) in self.entries() {
            y[row] += x[column] * (factor * value);
        }
    }

    /// Adds `factor` times the transposed matrix times `x` to `y`.
    pub fn add_transposed_product(&self, factor: f64, x: &[f64], y: &mut [f64]) {
        self.entries().for_each(|(row, column, value)| y[column] += x[row] * (factor * value));
    }
}

impl From<DMatrix<f64>> for MassMatrix {
    fn from(matrix: DMatrix<f64>) -> MassMatrix {
        MassMatrix(convert_dense_csc(&matrix))
    }
}

impl From<CscMatrix<f64>> for MassMatrix {
    fn from(matrix: CscMatrix<f64>) -> MassMatrix {
        MassMatrix(matrix)
    }
}
