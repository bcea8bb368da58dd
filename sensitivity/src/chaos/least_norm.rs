//! [`LeastNorm`]: the smallest coefficients that make adjoints of segments continuous.

use nalgebra::linalg::Cholesky;
use nalgebra::{DMatrix, DVector, Dyn};

/// The shortest solution `c_0 .. c_K` of `c_k - R_k c_(k+1) = b_k`: the least norm by the normal equations `A A^T`, which are block
/// tridiagonal.
pub(super) struct LeastNorm<'a> {
    r: &'a [DMatrix<f64>],
    /// Of the pivot blocks of the elimination from the first to the last.
    pivots: Vec<Cholesky<f64, Dyn>>,
}

impl<'a> LeastNorm<'a> {
    pub(super) fn new(r: &'a [DMatrix<f64>]) -> Option<Self> {
        let mut pivots: Vec<Cholesky<f64, Dyn>> = Vec::with_capacity(r.len());
        for (k, block) in r.iter().enumerate() {
            let mut pivot = DMatrix::identity(block.nrows(), block.nrows()) + block * block.transpose();
            if k > 0 {
                pivot -= r[k - 1].tr_mul(&pivots[k - 1].solve(&r[k - 1]));
            }
            pivots.push(Cholesky::new(pivot)?);
        }
        Some(LeastNorm { r, pivots })
    }

    /// `A c`.
    fn apply(&self, c: &[DVector<f64>]) -> Vec<DVector<f64>> {
        (0..self.r.len()).map(|k| &c[k] - &self.r[k] * &c[k + 1]).collect()
    }

    /// The shortest solution.
    pub(super) fn solve(&self, b: &[DVector<f64>]) -> Vec<DVector<f64>> {
        let count = self.r.len();
        let mut x: Vec<DVector<f64>> = Vec::with_capacity(count);
        for k in 0..count {
            let before = if k > 0 { self.r[k - 1].tr_mul(&self.pivots[k - 1].solve(&x[k - 1])) } else { 0.0 * &b[k] };
            x.push(&b[k] + before);
        }
        for k in (0..count).rev() {
            let behind = if k + 1 < count { &self.r[k] * &x[k + 1] } else { 0.0 * &b[k] };
            x[k] = self.pivots[k].solve(&(&x[k] + behind));
        }
        (0..=count)
            .map(|k| match k {
                0 => x[0].clone(),
                k if k == count => -self.r[k - 1].tr_mul(&x[k - 1]),
                k => &x[k] - self.r[k - 1].tr_mul(&x[k - 1]),
            })
            .collect()
    }

    /// The shortest solution for which also `sum of g_k . c_k` is `value`.
    pub(super) fn solve_with(&self, b: &[DVector<f64>], g: &[DVector<f64>], value: f64) -> Vec<DVector<f64>> {
        let dot = |x: &[DVector<f64>]| g.iter().zip(x).map(|(g, x)| g.dot(x)).sum::<f64>();
        let (shortest, along) = (self.solve(b), self.solve(&self.apply(g)));
        let free: Vec<DVector<f64>> = g.iter().zip(&along).map(|(g, along)| g - along).collect();
        let factor = (value - dot(&shortest)) / dot(&free);
        shortest.iter().zip(&free).map(|(c, free)| c + factor * free).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_shortest_that_satisfies_the_equations() {
        let number = |i: usize| (1.3 * i as f64 + 0.2).sin();
        let r: Vec<_> = (0..4).map(|k| DMatrix::from_fn(2, 2, |i, j| number(7 * k + 2 * i + j))).collect();
        let b: Vec<_> = (0..4).map(|k| DVector::from_fn(2, |i, _| number(50 + 3 * k + i))).collect();
        let g: Vec<_> = (0..5).map(|k| DVector::from_fn(2, |i, _| number(90 + 5 * k + i))).collect();
        let mut all = DMatrix::zeros(9, 10);
        let mut right = DVector::zeros(9);
        for k in 0..4 {
            all.view_mut((2 * k, 2 * k), (2, 2)).fill_with_identity();
            all.view_mut((2 * k, 2 * k + 2), (2, 2)).copy_from(&-&r[k]);
            right.rows_mut(2 * k, 2).copy_from(&b[k]);
        }
        for k in 0..5 {
            all.view_mut((8, 2 * k), (1, 2)).copy_from(&g[k].transpose());
        }
        right[8] = 0.7;
        let expected = all.svd(true, true).solve(&right, 1e-14).unwrap();
        let found = LeastNorm::new(&r).unwrap().solve_with(&b, &g, 0.7);
        for (k, found) in found.iter().enumerate() {
            assert!((found - expected.rows(2 * k, 2)).amax() < 1e-12, "{k}: {found}");
        }
    }
}
