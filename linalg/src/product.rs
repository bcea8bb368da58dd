//! Products in the arithmetic of the scalar, and products with plain matrices as linear maps.

use costate_ad::{LinearMap, Real};
use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut};

/// `a * b`, each entry one fused inner product.
pub(crate) fn product<R: Real>(a: &DMatrix<R>, b: &DMatrix<R>) -> DMatrix<R> {
    if R::ORDER == 0 {
        return a * b;
    }
    let rows = a.transpose();
    let (n, inner, m) = (a.nrows(), a.ncols(), b.ncols());
    if inner == 0 {
        return DMatrix::zeros(n, m);
    }
    let (rows, columns) = (rows.as_slice(), b.as_slice());
    DMatrix::from_fn(n, m, |i, j| R::dot(&rows[i * inner..][..inner], &columns[j * inner..][..inner]))
}

/// The linear map `A -> A X` for a plain `X`, on matrices in column-major order.
pub(crate) struct TimesPlain {
    pub(crate) rows: usize,
    pub(crate) right: DMatrix<f64>,
}

impl LinearMap for TimesPlain {
    fn rows(&self) -> usize {
        self.rows * self.right.ncols()
    }

    fn columns(&self) -> usize {
        self.rows * self.right.nrows()
    }

    fn apply(&self, x: &[f64], y: &mut [f64]) {
        let a = DMatrixView::from_slice(x, self.rows, self.right.nrows());
        let mut y = DMatrixViewMut::from_slice(y, self.rows, self.right.ncols());
        if self.right.ncols() == 1 {
            y.column_mut(0).gemv(1.0, &a, &self.right.column(0), 0.0);
        } else {
            a.mul_to(&self.right, &mut y);
        }
    }

    fn apply_transposed(&self, y: &[f64], x: &mut [f64]) {
        let w = DMatrixView::from_slice(y, self.rows, self.right.ncols());
        let mut x = DMatrixViewMut::from_slice(x, self.rows, self.right.nrows());
        if self.right.ncols() == 1 {
            x.ger(1.0, &w.column(0), &self.right.column(0), 0.0);
        } else {
            w.mul_to(&self.right.transpose(), &mut x);
        }
    }
}
