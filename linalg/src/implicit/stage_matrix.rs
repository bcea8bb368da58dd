//! [`StageMatrix`]: the matrix of all stages of an implicit step at once.

use super::{MassMatrix, StateJacobian};
use crate::{LinalgError, Lu};
use costate_ad::LinearMap;
use std::sync::Arc;

/// The factors of the matrix with the blocks `shift[i][j] M`, minus the Jacobian of stage `i` in block `(i, i)`; as a [`LinearMap`]
/// it is the inverse. It gives the stages of a fully implicit method their derivatives, once for a step.
#[derive(Clone, Debug)]
pub struct StageMatrix(Lu);

impl StageMatrix {
    /// Factorises the matrix of as many stages as there are Jacobians.
    ///
    /// # Errors
    /// [`LinalgError::NotFinite`], [`LinalgError::Singular`].
    pub fn new(
        shift: impl Fn(usize, usize) -> f64,
        mass: Option<&MassMatrix>,
        jacobians: &[Arc<StateJacobian>],
    ) -> Result<StageMatrix, LinalgError> {
        let stages = jacobians.len();
        let n = jacobians.first().map_or(0, |jacobian| jacobian.size());
        let mut lu = Lu::identity(stages * n);
        lu.factor_with(|matrix| {
            matrix.fill(0.0);
            let mut add = |row: usize, column: usize, value: f64| matrix[column * stages * n + row] += value;
            for (i, jacobian) in jacobians.iter().enumerate() {
                let mut put = |row: usize, column: usize, value: f64| add(i * n + row, i * n + column, -value);
                match &**jacobian {
                    StateJacobian::Dense(jacobian) => (0..n * n).for_each(|k| put(k % n, k / n, jacobian[k])),
                    StateJacobian::Sparse(jacobian) => jacobian.triplet_iter().for_each(|(r, c, v)| put(r, c, *v)),
                }
                for j in 0..stages {
                    let mut shifted = |r: usize, c: usize, value: f64| add(i * n + r, j * n + c, shift(i, j) * value);
                    match mass {
                        None => (0..n).for_each(|k| shifted(k, k, 1.0)),
                        Some(mass) => mass.entries().for_each(|(r, c, value)| shifted(r, c, value)),
                    }
                }
            }
        })?;
        Ok(StageMatrix(lu))
    }
}

/// The inverse, applied to one column.
impl LinearMap for StageMatrix {
    fn rows(&self) -> usize {
        self.0.size()
    }

    fn columns(&self) -> usize {
        self.0.size()
    }

    fn apply(&self, x: &[f64], y: &mut [f64]) {
        self.0.apply(x, y);
    }

    fn apply_transposed(&self, y: &[f64], x: &mut [f64]) {
        self.0.apply_transposed(y, x);
    }
}
