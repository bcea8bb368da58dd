//! [`sparse_solve`], [`sparse_solve_many`]: one factorisation, and one transposed solve for a gradient.

use crate::columns::Columns;
use crate::{LinalgError, SparseLu, check, correct};
use costate_ad::{LinearMap, Real};
use nalgebra::{DMatrix, DVector};
use nalgebra_sparse::CscMatrix;
use nalgebra_sparse::pattern::SparsityPattern;
use std::rc::Rc;

/// The solution of `A x = b`, for a sparse square `a` (n x n, by columns) and `b` (n), by elimination with partial pivoting.
///
/// It costs one factorisation of the plain numbers, a gradient one more solve with the transposed factors, whatever the number of
/// entries that depend on something: for a cotangent w of x, that of b is `A^-T w` and that of `a[i, j]` is `-(A^-T w)_i x_j`. Entries
/// that are not stored are constants.
///
/// ```
/// use costate_ad::gradient;
/// use costate_linalg::sparse_solve;
/// use nalgebra::{DVector, dvector};
/// use nalgebra_sparse::{CooMatrix, CscMatrix};
///
/// // Heat through two layers in series, with conductivities p, from 1 at the left to 0 at the right: the temperature between.
/// let between = |p: &DVector<_>| {
///     let mut a = CooMatrix::new(1, 1);
///     a.push(0, 0, p[0]);
///     a.push(0, 0, p[1]); // What stands at one place is added up.
///     sparse_solve(&CscMatrix::from(&a), &dvector![p[0]]).expect("conductivities are positive")[0]
/// };
/// let (temperature, slope) = gradient(between, &dvector![1.0, 3.0]);
/// assert_eq!((temperature, slope), (0.25, dvector![3.0 / 16.0, -1.0 / 16.0]));
/// ```
///
/// # Errors
/// [`LinalgError::NotSquare`], [`LinalgError::Shape`], [`LinalgError::NotFinite`], [`LinalgError::Singular`] where a pivot is exactly
/// 0, and [`LinalgError::SparseFactors`] where the factors would not fit into memory.
pub fn sparse_solve<R: Real>(a: &CscMatrix<R>, b: &DVector<R>) -> Result<DVector<R>, LinalgError> {
    Ok(DVector::from_vec(solve_columns(a, b.as_slice(), b.shape())?))
}

/// The solution of `A X = B`, for a sparse square `a` (n x n, by columns) and right-hand sides in the columns of `b` (n x m): one
/// factorisation for all of them.
///
/// # Errors
/// As [`sparse_solve`].
pub fn sparse_solve_many<R: Real>(a: &CscMatrix<R>, b: &DMatrix<R>) -> Result<DMatrix<R>, LinalgError> {
    Ok(DMatrix::from_vec(b.nrows(), b.ncols(), solve_columns(a, b.as_slice(), b.shape())?))
}

fn solve_columns<R: Real>(a: &CscMatrix<R>, b: &[R], shape: (usize, usize)) -> Result<Vec<R>, LinalgError> {
    let mut lu = SparseLu::new(a.pattern())?;
    let (n, count) = (lu.size(), shape.1);
    check::shape("the right-hand side", shape, (n, count))?;
    let values: Vec<f64> = b.iter().map(|b| b.value()).collect();
    check::finite("the right-hand side", &values, n)?;
    lu.factor_with(|entries| entries.iter_mut().zip(a.values()).for_each(|(entry, a)| *entry = a.value()))?;
    let inverse = Columns { map: lu, count };
    let mut x = DMatrix::zeros(n, count);
    inverse.apply(&values, x.as_mut_slice());
    check::finite("the solution", x.as_slice(), n)?;
    if R::ORDER == 0 {
        return Ok(x.iter().map(|&x| R::from(x)).collect());
    }
    let inverse: Rc<dyn LinearMap> = Rc::new(inverse);
    let plain = TimesPlain { pattern: a.pattern().clone(), right: x.clone() };
    let mut first: Option<Rc<dyn LinearMap>> = Some(Rc::new(plain));
    // In the first correction X is plain, so that A X is a linear map of the entries of A alone.
    Ok(correct(x.as_slice(), &inverse, |x| {
        let mut residual = match first.take() {
            Some(map) => R::linear_map(&map, a.values()),
            None => product(a, x, count),
        };
        residual.iter_mut().zip(b).for_each(|(r, &b)| *r = b - *r);
        residual
    }))
}

/// `a` times the columns in `x`, each entry one fused inner product.
fn product<R: Real>(a: &CscMatrix<R>, x: &[R], count: usize) -> Vec<R> {
    let n = a.nrows();
    let mut rows: Vec<(Vec<R>, Vec<usize>)> = vec![(Vec::new(), Vec::new()); n];
    for (row, column, &entry) in a.triplet_iter() {
        rows[row].0.push(entry);
        rows[row].1.push(column);
    }
    let entry = |(entries, columns): &(Vec<R>, Vec<usize>), x: &[R]| {
        R::dot(entries, &columns.iter().map(|&column| x[column]).collect::<Vec<R>>())
    };
    (0..count).flat_map(|k| rows.iter().map(move |row| (row, k))).map(|(row, k)| entry(row, &x[k * n..])).collect()
}

/// The linear map `A -> A X` for a plain `X`, on the stored entries of `A` in the order of the pattern.
struct TimesPlain {
    pattern: SparsityPattern,
    right: DMatrix<f64>,
}

impl LinearMap for TimesPlain {
    fn rows(&self) -> usize {
        self.right.len()
    }

    fn columns(&self) -> usize {
        self.pattern.nnz()
    }

    fn apply(&self, x: &[f64], y: &mut [f64]) {
        y.fill(0.0);
        for (right, y) in self.right.column_iter().zip(y.chunks_exact_mut(self.right.nrows().max(1))) {
            self.pattern.entries().zip(x).for_each(|((column, row), x)| y[row] += x * right[column]);
        }
    }

    fn apply_transposed(&self, y: &[f64], x: &mut [f64]) {
        x.fill(0.0);
        for (right, y) in self.right.column_iter().zip(y.chunks_exact(self.right.nrows().max(1))) {
            self.pattern.entries().zip(x.iter_mut()).for_each(|((column, row), x)| *x += y[row] * right[column]);
        }
    }
}
