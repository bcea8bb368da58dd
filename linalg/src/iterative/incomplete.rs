//! [`IncompleteLu`]: factors without fill-in.

use crate::LinalgError;
use nalgebra_sparse::pattern::SparsityPattern;

/// Incomplete factors of a sparse square matrix: those of elimination without exchanges that keeps the entries of the matrix's own
/// pattern and drops all others, ILU(0). About an inverse, in the memory of the matrix.
///
/// Reference: Y. Saad, Iterative Methods for Sparse Linear Systems, 2nd ed. (SIAM 2003), algorithm 10.4.
#[derive(Clone, Debug)]
pub struct IncompleteLu {
    /// By columns.
    pattern: SparsityPattern,
    /// Where the entry of the diagonal lies in each column.
    diagonal: Vec<usize>,
    values: Vec<f64>,
}

impl IncompleteLu {
    /// Storage for matrices with this pattern, by columns (its major dimension).
    ///
    /// # Errors
    /// [`LinalgError::NotSquare`]; [`LinalgError::Singular`] where an entry of the diagonal is not in the pattern: without exchanges
    /// there is no other pivot.
    pub fn new(pattern: &SparsityPattern) -> Result<IncompleteLu, LinalgError> {
        let (rows, columns) = (pattern.minor_dim(), pattern.major_dim());
        if rows != columns {
            return Err(LinalgError::NotSquare { rows, columns });
        }
        let place = |pivot: usize| {
            let within = pattern.lane(pivot).binary_search(&pivot);
            within
                .map(|k| pattern.major_offsets()[pivot] + k)
                .map_err(|_| LinalgError::Singular { pivot, size: columns })
        };
        let diagonal = (0..columns).map(place).collect::<Result<Vec<usize>, LinalgError>>()?;
        Ok(IncompleteLu { values: vec![0.0; pattern.nnz()], pattern: pattern.clone(), diagonal })
    }

    /// Factorises the matrix with these values, in the order of the pattern. After an error the factors are useless.
    ///
    /// # Errors
    /// [`LinalgError::Singular`] where a pivot is 0 or not finite.
    pub fn factor(&mut self, values: &[f64]) -> Result<(), LinalgError> {
        self.values.copy_from_slice(values);
        let (size, offsets) = (self.diagonal.len(), self.pattern.major_offsets());
        let rows = self.pattern.minor_indices();
        let mut places = vec![usize::MAX; size];
        for column in 0..size {
            let lane = offsets[column]..offsets[column + 1];
            lane.clone().for_each(|place| places[rows[place]] = place);
            for place in lane.start..self.diagonal[column] {
                let k = rows[place];
                // The transposed matrix is eliminated row by row: the lower factor has the diagonal 1.
                let factor = self.values[place] / self.values[self.diagonal[k]];
                self.values[place] = factor;
                for other in self.diagonal[k] + 1..offsets[k + 1] {
                    let target = places[rows[other]];
                    if target != usize::MAX {
                        self.values[target] -= factor * self.values[other];
                    }
                }
            }
            let pivot = self.values[self.diagonal[column]];
            if pivot == 0.0 || !pivot.is_finite() {
                return Err(LinalgError::Singular { pivot: column, size });
            }
            lane.for_each(|place| places[rows[place]] = usize::MAX);
        }
        Ok(())
    }

    /// Overwrites `b` by the product of the inverse of the factors with it.
    ///
    /// # Panics
    /// If `b` has not as many elements as the matrix has columns.
    pub fn solve(&self, b: &mut [f64]) {
        let (offsets, rows) = (self.pattern.major_offsets(), self.pattern.minor_indices());
        for column in 0..b.len() {
            b[column] /= self.values[self.diagonal[column]];
            for place in self.diagonal[column] + 1..offsets[column + 1] {
                b[rows[place]] -= self.values[place] * b[column];
            }
        }
        for column in (0..b.len()).rev() {
            for place in offsets[column]..self.diagonal[column] {
                b[rows[place]] -= self.values[place] * b[column];
            }
        }
    }

    /// The same with the transposed factors.
    ///
    /// # Panics
    /// As [`solve`](IncompleteLu::solve).
    pub fn solve_transposed(&self, b: &mut [f64]) {
        let (offsets, rows) = (self.pattern.major_offsets(), self.pattern.minor_indices());
        for column in 0..b.len() {
            let left = offsets[column]..self.diagonal[column];
            b[column] -= left.map(|place| self.values[place] * b[rows[place]]).sum::<f64>();
        }
        for column in (0..b.len()).rev() {
            let right = self.diagonal[column] + 1..offsets[column + 1];
            b[column] -= right.map(|place| self.values[place] * b[rows[place]]).sum::<f64>();
            b[column] /= self.values[self.diagonal[column]];
        }
    }
}
