//! [`Qr`]: the Householder factors of a tall matrix of plain numbers.

use crate::LinalgError;
use nalgebra::DMatrix;

/// `A = Q R` with `Q` a product of reflections `I - v v^T / h`. The vectors `v` are kept below and on the diagonal.
pub(crate) struct Qr {
    reflections: DMatrix<f64>,
    halves: Vec<f64>,
    diagonal: Vec<f64>,
}

impl Qr {
    /// Factorises m x n with m >= n and independent columns (Golub and Van Loan, algorithm 5.2.1).
    pub(crate) fn new(mut a: DMatrix<f64>) -> Result<Qr, LinalgError> {
        let (m, n) = a.shape();
        let (mut halves, mut diagonal) = (vec![0.0; n], vec![0.0; n]);
        for k in 0..n {
            let whole = a.column(k).norm();
            let norm = a.view((k, k), (m - k, 1)).norm();
            if norm <= 8.0 * f64::EPSILON * (m as f64).sqrt() * whole {
                return Err(LinalgError::RankDeficient { column: k, columns: n });
            }
            diagonal[k] = if a[(k, k)] > 0.0 { -norm } else { norm };
            a[(k, k)] -= diagonal[k];
            halves[k] = -diagonal[k] * a[(k, k)];
            for j in k + 1..n {
                let (v, mut column) = a.columns_range_pair_mut(k, j);
                let v = v.rows_range(k..);
                let factor = column.rows_range(k..).dot(&v) / halves[k];
                column.rows_range_mut(k..).axpy(-factor, &v, 1.0);
            }
        }
        Ok(Qr { reflections: a, halves, diagonal })
    }

    /// Rows and columns.
    pub(crate) fn shape(&self) -> (usize, usize) {
        self.reflections.shape()
    }

    fn reflect(&self, k: usize, x: &mut [f64]) {
        let v = &self.reflections.column(k);
        let inner: f64 = (k..x.len()).map(|i| v[i] * x[i]).sum();
        let factor = inner / self.halves[k];
        for i in k..x.len() {
            x[i] -= factor * v[i];
        }
    }

    /// `x <- Q^T x`.
    pub(crate) fn q_transposed(&self, x: &mut [f64]) {
        (0..self.halves.len()).for_each(|k| self.reflect(k, x));
    }

    /// `x <- Q x`.
    pub(crate) fn q(&self, x: &mut [f64]) {
        (0..self.halves.len()).rev().for_each(|k| self.reflect(k, x));
    }

    /// `x <- R^-1 x`, of n elements.
    pub(crate) fn solve_r(&self, x: &mut [f64]) {
        for k in (0..x.len()).rev() {
            x[k] /= self.diagonal[k];
            for i in 0..k {
                x[i] -= self.reflections[(i, k)] * x[k];
            }
        }
    }

    /// `x <- R^-T x`, of n elements.
    pub(crate) fn solve_r_transposed(&self, x: &mut [f64]) {
        for k in 0..x.len() {
            let above: f64 = (0..k).map(|i| self.reflections[(i, k)] * x[i]).sum();
            x[k] = (x[k] - above) / self.diagonal[k];
        }
    }
}
