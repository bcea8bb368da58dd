//! First derivatives of eigenvalues and eigenvectors, as linear maps of the change of the matrix.

use costate_ad::LinearMap;
use nalgebra::{DMatrix, DMatrixView, DVector};

/// The change of the eigenvalues, `v^T dA v` for each eigenvector; holds the eigenvectors.
pub(super) struct Values(pub(super) DMatrix<f64>);

impl LinearMap for Values {
    fn rows(&self) -> usize {
        self.0.ncols()
    }

    fn columns(&self) -> usize {
        self.0.len()
    }

    fn apply(&self, x: &[f64], y: &mut [f64]) {
        let n = self.0.nrows();
        let moved = DMatrixView::from_slice(x, n, n) * &self.0;
        y.iter_mut().zip(moved.column_iter().zip(self.0.column_iter())).for_each(|(y, (m, v))| *y = m.dot(&v));
    }

    fn apply_transposed(&self, y: &[f64], x: &mut [f64]) {
        let mut scaled = self.0.clone();
        scaled.column_iter_mut().zip(y).for_each(|(mut v, &y)| v *= y);
        x.copy_from_slice((scaled * self.0.transpose()).as_slice());
    }
}

/// The changes of the eigenvalues, followed by those of the eigenvectors: `V (F * V^T dA V)`, where `F` has the entries
/// `1 / (lambda_j - lambda_i)` off the diagonal and multiplies entry by entry.
pub(super) struct Pairs {
    pub(super) values: DVector<f64>,
    pub(super) vectors: DMatrix<f64>,
}

impl Pairs {
    /// Divides each entry off the diagonal by its gap; those on it become 0.
    fn divided_by_gaps(&self, mut m: DMatrix<f64>) -> DMatrix<f64> {
        for j in 0..m.ncols() {
            for i in 0..m.nrows() {
                m[(i, j)] = if i == j { 0.0 } else { m[(i, j)] / (self.values[j] - self.values[i]) };
            }
        }
        m
    }
}

impl LinearMap for Pairs {
    fn rows(&self) -> usize {
        self.values.len() + self.vectors.len()
    }

    fn columns(&self) -> usize {
        self.vectors.len()
    }

    fn apply(&self, x: &[f64], y: &mut [f64]) {
        let (n, v) = (self.values.len(), &self.vectors);
        let s = v.tr_mul(&(DMatrixView::from_slice(x, n, n) * v));
        y[..n].copy_from_slice(s.diagonal().as_slice());
        y[n..].copy_from_slice((v * self.divided_by_gaps(s)).as_slice());
    }

    fn apply_transposed(&self, y: &[f64], x: &mut [f64]) {
        let (n, v) = (self.values.len(), &self.vectors);
        let mut s = self.divided_by_gaps(v.tr_mul(&DMatrixView::from_slice(&y[n..], n, n)));
        s.set_diagonal(&DVector::from_column_slice(&y[..n]));
        x.copy_from_slice((v * s * v.transpose()).as_slice());
    }
}
