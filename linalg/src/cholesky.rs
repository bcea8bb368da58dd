//! [`Cholesky`]: the factor of a symmetric positive definite matrix of plain numbers.

use crate::LinalgError;
use costate_ad::LinearMap;
use nalgebra::DMatrix;

/// The lower triangle `L` of `A = L L^T`; as a linear map, the inverse of `A`.
pub(crate) struct Cholesky {
    lower: DMatrix<f64>,
}

impl Cholesky {
    /// Factorises in place, column by column; reads the lower triangle.
    pub(crate) fn new(mut a: DMatrix<f64>) -> Result<Cholesky, LinalgError> {
        let n = a.nrows();
        for k in 0..n {
            for j in 0..k {
                let factor = a[(k, j)];
                let (left, mut right) = a.columns_range_pair_mut(j, k);
                right.rows_range_mut(k..).axpy(-factor, &left.rows_range(k..), 1.0);
            }
            let pivot = a[(k, k)];
            if pivot <= 0.0 || !pivot.is_finite() {
                return Err(LinalgError::NotPositiveDefinite { pivot: k, size: n, value: pivot });
            }
            a.view_mut((k, k), (n - k, 1)).unscale_mut(pivot.sqrt());
        }
        Ok(Cholesky { lower: a })
    }

    /// The logarithm of the determinant of `A`.
    pub(crate) fn log_determinant(&self) -> f64 {
        2.0 * self.lower.diagonal().iter().map(|l| l.ln()).sum::<f64>()
    }
}

impl LinearMap for Cholesky {
    fn rows(&self) -> usize {
        self.lower.nrows()
    }

    fn columns(&self) -> usize {
        self.lower.nrows()
    }

    fn apply(&self, x: &[f64], y: &mut [f64]) {
        y.copy_from_slice(x);
        for k in 0..y.len() {
            let column = self.lower.column(k);
            y[k] /= column[k];
            for i in k + 1..y.len() {
                y[i] -= y[k] * column[i];
            }
        }
        for k in (0..y.len()).rev() {
            let column = self.lower.column(k);
            let below: f64 = (k + 1..y.len()).map(|i| column[i] * y[i]).sum();
            y[k] = (y[k] - below) / column[k];
        }
    }

    fn apply_transposed(&self, y: &[f64], x: &mut [f64]) {
        self.apply(y, x);
    }
}
