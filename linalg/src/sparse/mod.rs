//! [`SparseLu`]: factors of a sparse square matrix of plain numbers, in storage that is used again; `small.rs` has those of the
//! small ones.

mod elimination;
mod small;
mod solve;
mod supernodal;

pub(crate) use small::SmallLu;
pub use solve::{sparse_solve, sparse_solve_many};

use crate::{LinalgError, check};
use costate_ad::LinearMap;
use nalgebra_sparse::pattern::SparsityPattern;
use std::sync::Arc;
use supernodal::Supernodal;

/// What a sparse elimination has to offer; numbers come in the order of the pattern.
trait Factors: Clone {
    /// Orders and lays out the factors of matrices with this pattern.
    fn analyse(pattern: &Arc<SparsityPattern>) -> Result<Self, LinalgError>;

    /// Room for other factors of the same layout.
    fn another(&self) -> Self;

    /// Factorises the matrix with these values, into the same storage.
    fn factor(&mut self, values: &[f64]) -> Result<(), LinalgError>;

    /// Overwrites `b` by the solution with the matrix, or with its transpose.
    fn solve(&self, b: &mut [f64], transposed: bool);

    /// The columns in the order of elimination.
    fn order(&self) -> &[usize];
}

/// The factors of a sparse square matrix of plain numbers, by supernodal elimination with partial pivoting after an ordering of
/// the columns (COLAMD).
///
/// The order and the places of the factors are found once for a pattern; numbers are factorised into the same storage again and
/// again, with pivots chosen anew. A clone shares the order.
///
/// ```
/// use costate_linalg::SparseLu;
/// use nalgebra::dmatrix;
/// use nalgebra_sparse::CscMatrix;
///
/// let matrix = CscMatrix::from(&dmatrix![2.0, 0.0; 1.0, 4.0]);
/// let mut lu = SparseLu::new(matrix.pattern())?;
/// lu.factor_with(|values| values.copy_from_slice(matrix.values()))?;
/// let mut x = [2.0, 9.0];
/// lu.solve(&mut x);
/// assert_eq!(x, [1.0, 2.0]);
/// # Ok::<(), costate_linalg::LinalgError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SparseLu {
    pattern: Arc<SparsityPattern>,
    values: Vec<f64>,
    factors: Supernodal,
}

impl SparseLu {
    /// Storage for the factors of matrices with this pattern, by columns (its major dimension).
    ///
    /// # Errors
    /// [`LinalgError::NotSquare`]; [`LinalgError::SparseFactors`] where the factors would not fit into memory.
    pub fn new(pattern: &SparsityPattern) -> Result<SparseLu, LinalgError> {
        let (rows, columns) = (pattern.minor_dim(), pattern.major_dim());
        if rows != columns {
            return Err(LinalgError::NotSquare { rows, columns });
        }
        let pattern = Arc::new(pattern.clone());
        let factors = Supernodal::analyse(&pattern)?;
        Ok(SparseLu { values: vec![0.0; pattern.nnz()], pattern, factors })
    }

    /// Storage for other factors of the same pattern, whose order is not looked for again.
    pub fn another(&self) -> SparseLu {
        let (pattern, values) = (self.pattern.clone(), vec![0.0; self.values.len()]);
        SparseLu { pattern, values, factors: self.factors.another() }
    }

    /// The pattern, by columns.
    pub fn pattern(&self) -> &SparsityPattern {
        &self.pattern
    }

    /// Rows and columns of the matrix.
    pub fn size(&self) -> usize {
        self.pattern.major_dim()
    }

    /// Factorises the matrix whose numbers `write` puts, in the order of the pattern, into the storage it is given (left over from
    /// before). After an error the factors are useless.
    ///
    /// # Errors
    /// [`LinalgError::NotFinite`], [`LinalgError::Singular`], [`LinalgError::SparseFactors`].
    pub fn factor_with(&mut self, write: impl FnOnce(&mut [f64])) -> Result<(), LinalgError> {
        write(&mut self.values);
        check::finite_entries("the matrix", &self.pattern, &self.values)?;
        self.factors.factor(&self.values)?;
        self.check_pivots()
    }

    /// The elimination divides by whatever pivot there is; a pivot of 0 shows in a solution.
    fn check_pivots(&self) -> Result<(), LinalgError> {
        let size = self.size();
        let mut probe: Vec<f64> = (0..size).map(|i| 1.0 + (i % 7) as f64 * 0.125).collect();
        self.factors.solve(&mut probe, false);
        match self.factors.order().iter().rev().find(|&&column| !probe[column].is_finite()) {
            Some(&pivot) => Err(LinalgError::Singular { pivot, size }),
            None => Ok(()),
        }
    }

    /// Overwrites the right-hand side `b` by the solution of `A x = b`.
    ///
    /// # Panics
    /// If `b` has not [`size`](SparseLu::size) elements.
    pub fn solve(&self, b: &mut [f64]) {
        self.factors.solve(b, false);
    }

    /// Overwrites the right-hand side `b` by the solution of `A^T x = b`.
    ///
    /// # Panics
    /// If `b` has not [`size`](SparseLu::size) elements.
    pub fn solve_transposed(&self, b: &mut [f64]) {
        self.factors.solve(b, true);
    }
}

/// The inverse, applied to one column.
impl LinearMap for SparseLu {
    fn rows(&self) -> usize {
        self.size()
    }

    fn columns(&self) -> usize {
        self.size()
    }

    fn apply(&self, x: &[f64], y: &mut [f64]) {
        y.copy_from_slice(x);
        self.solve(y);
    }

    fn apply_transposed(&self, y: &[f64], x: &mut [f64]) {
        x.copy_from_slice(y);
        self.solve_transposed(x);
    }
}
