//! [`StateJacobian`]: the derivative of a right-hand side by the state, on plain numbers.

use crate::inner_product;
use nalgebra::DMatrix;
use nalgebra_sparse::{CooMatrix, CscMatrix};

/// The Jacobian of a right-hand side by the state at one point, dense or sparse.
#[derive(Clone, Debug, PartialEq)]
pub enum StateJacobian {
    /// All entries.
    Dense(DMatrix<f64>),
    /// Those entries that can differ from 0.
    Sparse(CscMatrix<f64>),
}

impl StateJacobian {
    /// Rows, and columns.
    pub fn size(&self) -> usize {
        match self {
            StateJacobian::Dense(matrix) => matrix.nrows(),
            StateJacobian::Sparse(matrix) => matrix.nrows(),
        }
    }

    /// Adds `factor` times the transposed matrix times `x` to `y`.
    ///
    /// # Panics
    /// If one of them is shorter than the matrix has rows.
    pub fn add_transposed_product(&self, factor: f64, x: &[f64], y: &mut [f64]) {
        match self {
            StateJacobian::Dense(matrix) => {
                for (y, column) in y.iter_mut().zip(matrix.as_slice().chunks_exact(x.len())) {
                    *y += factor * inner_product(column, x);
                }
            }
            StateJacobian::Sparse(matrix) => {
                let (offsets, rows, values) = matrix.csc_data();
                for (y, column) in y.iter_mut().zip(offsets.windows(2)) {
                    let entries = rows[column[0]..column[1]].iter().zip(&values[column[0]..column[1]]);
                    *y += factor * entries.map(|(&row, entry)| entry * x[row]).sum::<f64>();
                }
            }
        }
    }

    /// Whether every entry is finite.
    pub fn is_finite(&self) -> bool {
        let values = match self {
            StateJacobian::Dense(matrix) => matrix.as_slice(),
            StateJacobian::Sparse(matrix) => matrix.values(),
        };
        values.iter().fold(0.0, |total, value| total + 0.0 * value) == 0.0
    }

    /// The rows and columns with these numbers, in this order.
    ///
    /// # Panics
    /// If there is no such row or column.
    pub fn block(&self, rows: &[usize], columns: &[usize]) -> StateJacobian {
        match self {
            StateJacobian::Dense(matrix) => {
                StateJacobian::Dense(DMatrix::from_fn(rows.len(), columns.len(), |i, j| matrix[(rows[i], columns[j])]))
            }
            StateJacobian::Sparse(matrix) => {
                let mut place = vec![usize::MAX; matrix.nrows()];
                rows.iter().enumerate().for_each(|(i, &row)| place[row] = i);
                let mut block = CooMatrix::new(rows.len(), columns.len());
                for (j, &column) in columns.iter().enumerate() {
                    let column = matrix.col(column);
                    for (&row, &value) in column.row_indices().iter().zip(column.values()) {
                        if place[row] != usize::MAX {
                            block.push(place[row], j, value);
                        }
                    }
                }
                StateJacobian::Sparse(CscMatrix::from(&block))
            }
        }
    }

    /// The same matrix with zeros in all but these rows.
    pub fn with_rows(&self, rows: &[usize]) -> StateJacobian {
        let mut kept = vec![0.0; self.size()];
        rows.iter().for_each(|&row| kept[row] = 1.0);
        match self {
            StateJacobian::Dense(matrix) => {
                let keep = |i: usize, value: f64| if kept[i] == 1.0 { value } else { 0.0 };
                StateJacobian::Dense(DMatrix::from_fn(kept.len(), kept.len(), |i, j| keep(i, matrix[(i, j)])))
            }
            StateJacobian::Sparse(matrix) => {
                let mut matrix = matrix.clone();
                for (row, _, value) in matrix.triplet_iter_mut() {
                    *value = if kept[row] == 1.0 { *value } else { 0.0 };
                }
                StateJacobian::Sparse(matrix)
            }
        }
    }

    /// The same as a dense matrix.
    pub fn to_dense(&self) -> DMatrix<f64> {
        match self {
            StateJacobian::Dense(matrix) => matrix.clone(),
            StateJacobian::Sparse(matrix) => DMatrix::from(matrix),
        }
    }
}
