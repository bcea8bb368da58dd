//! [`Supernodal`]: sparse elimination with exchanges of any rows, by faer.

use crate::LinalgError;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::sparse::linalg::LuError;
use faer::sparse::linalg::lu::{LuRef, LuSymbolicParams, NumericLu, SymbolicLu, factorize_symbolic_lu};
use faer::sparse::{SparseColMatRef, SymbolicSparseColMatRef};
use faer::{Conj, MatMut, Par};
use nalgebra_sparse::pattern::SparsityPattern;
use std::fmt;
use std::sync::Arc;

/// Factors, and their layout, which clones share.
#[derive(Clone)]
pub(super) struct Supernodal {
    pattern: Arc<SparsityPattern>,
    symbolic: Arc<SymbolicLu<usize>>,
    order: Arc<[usize]>,
    numeric: NumericLu<usize, f64>,
}

impl fmt::Debug for Supernodal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "factors of {} rows with {} entries", self.pattern.major_dim(), self.pattern.nnz())
    }
}

fn symbolic(pattern: &SparsityPattern) -> SymbolicSparseColMatRef<'_, usize> {
    let n = pattern.major_dim();
    SymbolicSparseColMatRef::new_checked(n, n, pattern.major_offsets(), None, pattern.minor_indices())
}

impl Supernodal {
    fn failure(&self, error: LuError) -> LinalgError {
        let size = self.pattern.major_dim();
        match error {
            LuError::SymbolicSingular { index } => {
                LinalgError::Singular { pivot: self.order.get(index).copied().unwrap_or(index), size }
            }
            LuError::Generic(error) => LinalgError::SparseFactors { reason: format!("{error:?}"), size },
        }
    }
}

impl Supernodal {
    /// Orders and lays out the factors of matrices with this pattern.
    pub(super) fn analyse(pattern: &Arc<SparsityPattern>) -> Result<Self, LinalgError> {
        let size = pattern.major_dim();
        let symbolic = factorize_symbolic_lu(symbolic(pattern), LuSymbolicParams::default())
            .map_err(|error| LinalgError::SparseFactors { reason: format!("{error:?}"), size })?;
        let order: Arc<[usize]> = symbolic.col_perm().arrays().0.into();
        Ok(Supernodal { pattern: pattern.clone(), symbolic: Arc::new(symbolic), order, numeric: NumericLu::new() })
    }

    /// Room for other factors of the same layout.
    pub(super) fn another(&self) -> Self {
        let Supernodal { pattern, symbolic, order, .. } = self;
        let (pattern, symbolic, order) = (pattern.clone(), symbolic.clone(), order.clone());
        Supernodal { pattern, symbolic, order, numeric: NumericLu::new() }
    }

    /// Factorises the matrix with these values, in the order of the pattern, into the same storage.
    pub(super) fn factor(&mut self, values: &[f64]) -> Result<(), LinalgError> {
        let matrix = SparseColMatRef::new(symbolic(&self.pattern), values);
        let (par, params) = (Par::Seq, Default::default());
        let mut memory = MemBuffer::new(self.symbolic.factorize_numeric_lu_scratch::<f64>(par, params));
        let stack = MemStack::new(&mut memory);
        let outcome = self.symbolic.factorize_numeric_lu(&mut self.numeric, matrix, par, stack, params).map(|_| ());
        outcome.map_err(|error| self.failure(error))?;
        self.check_pivots()
    }

    /// The elimination divides by whatever pivot there is; a pivot of 0 shows in a solution.
    fn check_pivots(&self) -> Result<(), LinalgError> {
        let size = self.pattern.major_dim();
        let mut probe: Vec<f64> = (0..size).map(|i| 1.0 + (i % 7) as f64 * 0.125).collect();
        self.solve(&mut probe, false);
        match self.order.iter().rev().find(|&&column| !probe[column].is_finite()) {
            Some(&pivot) => Err(LinalgError::Singular { pivot, size }),
            None => Ok(()),
        }
    }

    /// Overwrites `b` by the solution with the matrix, or with its transpose.
    pub(super) fn solve(&self, b: &mut [f64], transposed: bool) {
        let n = self.pattern.major_dim();
        let mut memory = MemBuffer::new(self.symbolic.solve_in_place_scratch::<f64>(1, Par::Seq));
        let stack = MemStack::new(&mut memory);
        let factors = LuRef::new_unchecked(&self.symbolic, &self.numeric);
        let column = MatMut::from_column_major_slice_mut(b, n, 1);
        if transposed {
            factors.solve_transpose_in_place_with_conj(Conj::No, column, Par::Seq, stack);
        } else {
            factors.solve_in_place_with_conj(Conj::No, column, Par::Seq, stack);
        }
    }
}
