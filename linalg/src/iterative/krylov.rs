//! [`SparseGmres`]: a sparse system solved by iteration, in the place of its factors.

use super::{Gmres, IncompleteLu};
use crate::{LinalgError, check};
use nalgebra_sparse::pattern::SparsityPattern;

/// A sparse square matrix that is solved with, and with its transpose, by [`Gmres`] with [`IncompleteLu`]: it takes the memory of the
/// matrix twice and of some tens of vectors, where factors fill in.
#[derive(Clone, Debug)]
pub struct SparseGmres {
    pattern: SparsityPattern,
    values: Vec<f64>,
    incomplete: IncompleteLu,
    gmres: Gmres,
}

impl SparseGmres {
    /// Storage for matrices with this pattern, by columns (its major dimension).
    ///
    /// # Errors
    /// As [`IncompleteLu::new`].
    pub fn new(pattern: &SparsityPattern, gmres: Gmres) -> Result<SparseGmres, LinalgError> {
        let (values, incomplete) = (vec![0.0; pattern.nnz()], IncompleteLu::new(pattern)?);
        Ok(SparseGmres { pattern: pattern.clone(), values, incomplete, gmres })
    }

    /// Takes the matrix whose numbers `write` puts, in the order of the pattern, into the storage it is given (left over from before).
    ///
    /// # Errors
    /// [`LinalgError::NotFinite`], and as [`IncompleteLu::factor`].
    pub fn factor_with(&mut self, write: impl FnOnce(&mut [f64])) -> Result<(), LinalgError> {
        write(&mut self.values);
        check::finite_entries("the matrix", &self.pattern, &self.values)?;
        self.incomplete.factor(&self.values)
    }

    /// Overwrites `b` by the solution of `A x = b`; by NaN where the iteration does not converge, so that whoever steps with it sees a
    /// step that failed.
    ///
    /// # Panics
    /// If `b` has not as many elements as the matrix has rows.
    pub fn solve(&self, b: &mut [f64]) {
        let apply = |x: &[f64], y: &mut [f64]| self.product(x, y);
        self.run(apply, |x| self.incomplete.solve(x), b);
    }

    /// The same with the transposed matrix.
    ///
    /// # Panics
    /// As [`solve`](SparseGmres::solve).
    pub fn solve_transposed(&self, b: &mut [f64]) {
        let apply = |x: &[f64], y: &mut [f64]| self.product_transposed(x, y);
        self.run(apply, |x| self.incomplete.solve_transposed(x), b);
    }

    fn run(&self, apply: impl FnMut(&[f64], &mut [f64]), precondition: impl FnMut(&mut [f64]), b: &mut [f64]) {
        let mut x = b.to_vec();
        x.fill(0.0);
        match self.gmres.solve(apply, precondition, b, &mut x) {
            Ok(_) => b.copy_from_slice(&x),
            Err(_) => b.fill(f64::NAN),
        }
    }

    fn product(&self, x: &[f64], y: &mut [f64]) {
        y.fill(0.0);
        self.entries().for_each(|(row, column, value)| y[row] += value * x[column]);
    }

    fn product_transposed(&self, x: &[f64], y: &mut [f64]) {
        y.fill(0.0);
        self.entries().for_each(|(row, column, value)| y[column] += value * x[row]);
    }

    #[inline]
    fn entries(&self) -> impl Iterator<Item = (usize, usize, f64)> + '_ {
        self.pattern.entries().zip(&self.values).map(|((column, row), &value)| (row, column, value))
    }
}
