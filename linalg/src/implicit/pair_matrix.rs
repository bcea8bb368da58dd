//! [`PairMatrix`]: the matrix of two implicit stages that belong to a pair of complex eigenvalues.

use super::{MassMatrix, StateJacobian};
use crate::{LinalgError, Lu};

/// The factors of `(alpha + i beta) M - J` for real `M` and `J`, as those of the real matrix of twice the size
/// `[alpha M - J, -beta M; beta M, alpha M - J]`.
///
/// ```
/// use costate_linalg::{PairMatrix, StateJacobian};
/// use nalgebra::dmatrix;
///
/// let mut matrix = PairMatrix::new(1);
/// matrix.factor([1.0, 2.0], None, &StateJacobian::Dense(dmatrix![-2.0]))?;
/// // (3 + 2i) x = 13 has the solution 3 - 2i.
/// let mut x = [13.0, 0.0];
/// matrix.solve(&mut x);
/// assert!((x[0] - 3.0).abs() < 1e-15 && (x[1] + 2.0).abs() < 1e-15);
/// # Ok::<(), costate_linalg::LinalgError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PairMatrix {
    size: usize,
    factors: Lu,
}

impl PairMatrix {
    /// Storage for `size` states.
    pub fn new(size: usize) -> PairMatrix {
        PairMatrix { size, factors: Lu::identity(2 * size) }
    }

    /// Factorises `(alpha + i beta) M - J`. After an error the factors are useless.
    ///
    /// # Errors
    /// [`LinalgError::NotFinite`], [`LinalgError::Singular`].
    ///
    /// # Panics
    /// If the Jacobian or the mass matrix has another size.
    pub fn factor(
        &mut self,
        [alpha, beta]: [f64; 2],
        mass: Option<&MassMatrix>,
        jacobian: &StateJacobian,
    ) -> Result<(), LinalgError> {
        let n = self.size;
        assert_eq!(jacobian.size(), n, "the matrix is for {n} states");
        self.factors.factor_with(|matrix| {
            matrix.fill(0.0);
            let mut put = |i: usize, j: usize, value: f64| {
                matrix[j * 2 * n + i] -= value;
                matrix[(j + n) * 2 * n + i + n] -= value;
            };
            match jacobian {
                StateJacobian::Dense(jacobian) => (0..n * n).for_each(|k| put(k % n, k / n, jacobian[k])),
                StateJacobian::Sparse(jacobian) => jacobian.triplet_iter().for_each(|(i, j, value)| put(i, j, *value)),
            }
            let mut shift = |i: usize, j: usize, value: f64| {
                matrix[j * 2 * n + i] += alpha * value;
                matrix[(j + n) * 2 * n + i + n] += alpha * value;
                matrix[(j + n) * 2 * n + i] -= beta * value;
                matrix[j * 2 * n + i + n] += beta * value;
            };
            match mass {
                None => (0..n).for_each(|i| shift(i, i, 1.0)),
                Some(mass) => mass.entries().for_each(|(i, j, value)| shift(i, j, value)),
            }
        })
    }

    /// Overwrites `b`, real parts before imaginary parts, by the solution.
    ///
    /// # Panics
    /// If `b` has not twice as many elements as there are states.
    pub fn solve(&self, b: &mut [f64]) {
        self.factors.solve(b);
    }
}
