//! [`SmallLu`]: factors of a small sparse matrix, eliminated on its diagonal in an order that is found once, or densely.

use super::elimination::{Elimination, MOST};
use crate::{LinalgError, Lu, check};
use nalgebra_sparse::pattern::SparsityPattern;
use std::sync::Arc;

/// An entry of the diagonal serves as pivot unless it is smaller than this part of what is below it, as in T. A. Davis, E. Palamadai
/// Natarajan, Algorithm 907: KLU, ACM Transactions on Mathematical Software 37 (2010) 36, section 2.
const PIVOT: f64 = 1e-3;

/// The factors of a sparse square matrix of a few rows. Its diagonal is eliminated in a fixed order, in work of the order of the
/// entries: in the matrix of an implicit step the shift keeps it large.
///
/// Where a pivot is too small, or the factors would fill in, the matrix is eliminated densely, with exchanges. Which way is taken depends
/// on the matrix alone.
#[derive(Clone, Debug)]
pub(crate) struct SmallLu {
    pattern: Arc<SparsityPattern>,
    elimination: Option<Arc<Elimination>>,
    values: Vec<f64>,
    /// The diagonal, by rows, then the entries of the triangles.
    factors: Vec<f64>,
    /// The reciprocals of the diagonal.
    reciprocals: Vec<f64>,
    /// The other way, and whether it was taken.
    dense: Lu,
    is_dense: bool,
}

impl SmallLu {
    /// The most rows.
    pub(crate) const MOST: usize = MOST;

    /// Storage for square matrices with this pattern, by columns, of at most [`MOST`](SmallLu::MOST) rows.
    pub(crate) fn new(pattern: &SparsityPattern) -> SmallLu {
        let (n, elimination) = (pattern.major_dim(), Elimination::of(pattern).map(Arc::new));
        let entries = elimination.as_ref().map_or(0, |elimination| n + elimination.places.len());
        SmallLu {
            pattern: Arc::new(pattern.clone()),
            elimination,
            values: vec![0.0; pattern.nnz()],
            factors: vec![0.0; entries],
            reciprocals: vec![1.0; n],
            dense: Lu::identity(0),
            is_dense: false,
        }
    }

    /// Factorises the matrix whose numbers `write` puts, in the order of the pattern, into the storage it is given.
    ///
    /// # Errors
    /// [`LinalgError::NotFinite`], [`LinalgError::Singular`].
    pub(crate) fn factor_with(&mut self, write: impl FnOnce(&mut [f64])) -> Result<(), LinalgError> {
        write(&mut self.values);
        self.is_dense = !self.eliminate();
        if !self.is_dense {
            return Ok(());
        }
        check::finite_entries("the matrix", &self.pattern, &self.values)?;
        let n = self.reciprocals.len();
        if self.dense.size() != n {
            self.dense = Lu::identity(n);
        }
        self.dense.refactor(|matrix| {
            matrix.fill(0.0);
            self.pattern.entries().zip(&self.values).for_each(|((j, i), &value)| matrix[j * n + i] = value);
        })
    }

    /// False where a pivot is too small, or a number is not finite.
    fn eliminate(&mut self) -> bool {
        let Some(elimination) = &self.elimination else { return false };
        let (n, factors) = (self.reciprocals.len(), &mut self.factors[..]);
        factors.fill(0.0);
        for (&target, &value) in elimination.targets.iter().zip(&self.values) {
            factors[target as usize] = value;
        }
        let (mut largest, mut not_finite) = (0.0_f64, 0.0_f64);
        for pivot in &elimination.pivots {
            let diagonal = factors[pivot.row];
            let reciprocal = 1.0 / diagonal;
            self.reciprocals[pivot.row] = reciprocal;
            not_finite += 0.0 * diagonal + 0.0 * reciprocal;
            for lower in &mut factors[n..][pivot.lower.clone()] {
                *lower *= reciprocal;
                largest = if lower.abs() > largest { lower.abs() } else { largest };
                not_finite += 0.0 * *lower;
            }
            for &[target, lower, upper] in &elimination.updates[pivot.updates.clone()] {
                factors[usize::from(target)] -= factors[n + usize::from(lower)] * factors[n + usize::from(upper)];
            }
            for upper in &mut factors[n..][pivot.upper.clone()] {
                *upper *= reciprocal;
                not_finite += 0.0 * *upper;
            }
        }
        not_finite == 0.0 && largest <= 1.0 / PIVOT
    }

    /// Overwrites `b` by the solution of `A x = b`.
    ///
    /// # Panics
    /// If `b` has not as many elements as the matrix has rows.
    pub(crate) fn solve(&self, b: &mut [f64]) {
        self.run(b, false);
    }

    /// The same with the transposed matrix.
    ///
    /// # Panics
    /// As [`solve`](SmallLu::solve).
    pub(crate) fn solve_transposed(&self, b: &mut [f64]) {
        self.run(b, true);
    }

    #[inline(always)]
    fn run(&self, b: &mut [f64], transposed: bool) {
        assert_eq!(b.len(), self.reciprocals.len(), "the right-hand side has as many elements as the matrix has rows");
        let Some(elimination) = self.elimination.as_ref().filter(|_| !self.is_dense) else {
            return if transposed { self.dense.solve_transposed(b) } else { self.dense.solve(b) };
        };
        let (places, entries) = (&elimination.places[..], &self.factors[b.len()..]);
        for pivot in &elimination.pivots {
            let first = if transposed { &pivot.upper } else { &pivot.lower };
            let x = b[pivot.row];
            for (place, entry) in places[first.clone()].iter().zip(&entries[first.clone()]) {
                b[usize::from(place[usize::from(transposed)])] -= x * entry;
            }
        }
        b.iter_mut().zip(&self.reciprocals).for_each(|(b, reciprocal)| *b *= reciprocal);
        for pivot in elimination.pivots.iter().rev() {
            let last = if transposed { &pivot.lower } else { &pivot.upper };
            let terms = places[last.clone()].iter().zip(&entries[last.clone()]);
            b[pivot.row] -=
                terms.map(|(place, entry)| b[usize::from(place[usize::from(!transposed)])] * entry).sum::<f64>();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;
    use nalgebra_sparse::CscMatrix;

    /// A diagonal of this size, and some entries beside it.
    fn matrix(n: usize, diagonal: f64) -> DMatrix<f64> {
        DMatrix::from_fn(n, n, |i, j| match (i + 2 * j) % 7 {
            _ if i == j => diagonal * (1.0 + i as f64 * 0.1),
            0 => ((i * 5 + j * 3) as f64).sin(),
            _ => 0.0,
        })
    }

    fn factors(matrix: &DMatrix<f64>) -> SmallLu {
        let sparse = CscMatrix::from(matrix);
        let mut lu = SmallLu::new(sparse.pattern());
        lu.factor_with(|values| values.copy_from_slice(sparse.values())).expect("it is regular");
        lu
    }

    #[test]
    fn solutions_are_those_of_dense_factors() {
        // The last has pivots that are too small: it is eliminated densely.
        for (n, diagonal, dense) in
            [(3, 2.0, false), (8, 2.0, false), (20, 3.0, false), (64, 30.0, false), (20, 1e-5, true)]
        {
            let matrix = matrix(n, diagonal);
            let lu = factors(&matrix);
            assert_eq!(lu.is_dense, dense, "{n}");
            let b: Vec<f64> = (0..n).map(|i| (i as f64 * 0.9).cos()).collect();
            let expected = Lu::new(&matrix).expect("it is regular");
            let (mut x, mut exact) = (b.clone(), b.clone());
            lu.solve(&mut x);
            expected.solve(&mut exact);
            let (mut transposed, mut exact_transposed) = (b.clone(), b);
            lu.solve_transposed(&mut transposed);
            expected.solve_transposed(&mut exact_transposed);
            for (found, exact) in x.iter().zip(&exact).chain(transposed.iter().zip(&exact_transposed)) {
                assert!((found - exact).abs() < 1e-12 * exact.abs().max(1.0), "{n}: {found} {exact}");
            }
        }
    }

    #[test]
    fn what_cannot_be_eliminated_says_why() {
        assert!(SmallLu::new(CscMatrix::from(&DMatrix::from_element(6, 6, 1.0)).pattern()).elimination.is_none());
        let mut corner = DMatrix::identity(6, 6);
        corner[(0, 5)] = 1.0;
        let sparse = CscMatrix::from(&corner);
        let mut lu = SmallLu::new(sparse.pattern());
        let mut factor = |bad: f64, at: usize| {
            lu.factor_with(|values| {
                values.copy_from_slice(sparse.values());
                values[at] = bad;
            })
        };
        assert!(matches!(factor(f64::NAN, 5), Err(LinalgError::NotFinite { row: 0, column: 5, .. })));
        assert!(matches!(factor(f64::INFINITY, 2), Err(LinalgError::NotFinite { row: 2, column: 2, .. })));
        assert!(matches!(factor(0.0, 3), Err(LinalgError::Singular { pivot: 3, .. })));
        assert_eq!(factor(2.0, 3), Ok(()));
    }
}
