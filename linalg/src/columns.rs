//! [`Columns`]: one linear map applied to every column of a matrix.

use costate_ad::LinearMap;

/// A map on columns, applied to each of `count` columns in turn: solves with many right-hand sides as one entry on the tape.
pub(crate) struct Columns<M> {
    pub(crate) map: M,
    pub(crate) count: usize,
}

impl<M: LinearMap> LinearMap for Columns<M> {
    fn rows(&self) -> usize {
        self.map.rows() * self.count
    }

    fn columns(&self) -> usize {
        self.map.columns() * self.count
    }

    fn apply(&self, x: &[f64], y: &mut [f64]) {
        let (columns, rows) = (self.map.columns().max(1), self.map.rows().max(1));
        for (x, y) in x.chunks_exact(columns).zip(y.chunks_exact_mut(rows)) {
            self.map.apply(x, y);
        }
    }

    fn apply_transposed(&self, y: &[f64], x: &mut [f64]) {
        let (columns, rows) = (self.map.columns().max(1), self.map.rows().max(1));
        for (x, y) in x.chunks_exact_mut(columns).zip(y.chunks_exact(rows)) {
            self.map.apply_transposed(y, x);
        }
    }
}
