//! [`Lu`]: factors of a square matrix of plain numbers, in storage that is used again.

mod condition;
mod eliminate;
mod substitute;

use crate::{LinalgError, check};
use costate_ad::{LinearMap, Real};
use nalgebra::DMatrix;

/// The factors `P A = L U` of a square matrix of plain numbers, by elimination with partial pivoting.
///
/// It solves with the matrix and with its transpose, any number of times, in place. The storage is kept from one
/// factorisation to the next, so a solver that factors a new matrix at each step allocates nothing.
///
/// ```
/// use costate_linalg::Lu;
/// use nalgebra::dmatrix;
///
/// let lu = Lu::new(&dmatrix![2.0, 1.0; 4.0, 4.0])?;
/// let mut x = [3.0, 8.0];
/// lu.solve(&mut x);
/// assert_eq!(x, [1.0, 1.0]);
/// assert_eq!(lu.determinant(), 4.0);
/// # Ok::<(), costate_linalg::LinalgError>(())
/// ```
///
/// A pivot is refused only where it is exactly 0: how near to singular a matrix is depends on its scaling, and
/// [`reciprocal_condition`](Lu::reciprocal_condition) tells. The method is elimination by blocks of columns (Golub and Van
/// Loan, Matrix Computations, 4th ed., section 3.4).
#[derive(Clone, Debug)]
pub struct Lu {
    size: usize,
    /// Column-major: `U` on and above the diagonal, `L` without its unit diagonal below.
    factors: Vec<f64>,
    /// Row `k` was exchanged with row `exchanges[k] >= k`.
    exchanges: Vec<usize>,
    /// The 1-norm of the matrix.
    norm: f64,
    /// Those of the diagonal of `U`, where solves are to multiply by them; else empty.
    reciprocals: Vec<f64>,
}

/// Up to how many rows divisions are not worth avoiding: there are few in a row, and their last bit is right.
const CHAIN: usize = 2;

impl Lu {
    /// Factorises a matrix.
    ///
    /// # Errors
    /// [`LinalgError::NotSquare`], [`LinalgError::NotFinite`], [`LinalgError::Singular`].
    pub fn new(a: &DMatrix<f64>) -> Result<Lu, LinalgError> {
        Lu::of_values(a)
    }

    /// The factors of the identity: storage for matrices of this size.
    pub fn identity(size: usize) -> Lu {
        let mut factors = vec![0.0; size * size];
        factors.iter_mut().step_by(size + 1).for_each(|diagonal| *diagonal = 1.0);
        Lu { size, factors, exchanges: (0..size).collect(), norm: 1.0, reciprocals: Vec::new() }
    }

    /// Factorises another matrix into the same storage, whatever its size. After an error the factors are useless.
    ///
    /// # Errors
    /// As [`Lu::new`].
    pub fn factor(&mut self, a: &DMatrix<f64>) -> Result<(), LinalgError> {
        let size = check::square(a)?;
        if size != self.size {
            *self = Lu::identity(size);
        }
        self.factor_with(|storage| storage.copy_from_slice(a.as_slice()))
    }

    /// Factorises the matrix that `write` puts, column by column, into the storage it is given (`size * size` numbers left
    /// over from before): for a matrix that exists nowhere else, such as `I - h J`.
    ///
    /// # Errors
    /// [`LinalgError::NotFinite`], [`LinalgError::Singular`].
    pub fn factor_with(&mut self, write: impl FnOnce(&mut [f64])) -> Result<(), LinalgError> {
        let n = self.size;
        write(&mut self.factors);
        self.norm = condition::norm(n, &self.factors);
        self.reciprocals.clear();
        if !self.norm.is_finite() {
            check::finite("the matrix", &self.factors, n)?;
        }
        eliminate::eliminate(n, &mut self.factors, &mut self.exchanges)
            .map_err(|pivot| LinalgError::Singular { pivot, size: n })
    }

    /// [`factor_with`](Lu::factor_with) for many solves of few rows, in a chain of which each waits for the one before: they multiply by the
    /// reciprocals of the pivots, where a division would take three times as long. The norm of the matrix is not looked at, so its
    /// [condition](Lu::reciprocal_condition) is not known.
    pub(crate) fn refactor(&mut self, write: impl FnOnce(&mut [f64])) -> Result<(), LinalgError> {
        let n = self.size;
        write(&mut self.factors);
        self.norm = f64::NAN;
        self.reciprocals.clear();
        check::finite("the matrix", &self.factors, n)?;
        eliminate::eliminate(n, &mut self.factors, &mut self.exchanges)
            .map_err(|pivot| LinalgError::Singular { pivot, size: n })?;
        if n > CHAIN {
            let diagonal = self.factors.iter().step_by(n + 1);
            self.reciprocals.extend(diagonal.map(|pivot| 1.0 / pivot));
        }
        if self.reciprocals.iter().any(|reciprocal| reciprocal.is_infinite()) {
            self.reciprocals.clear();
        }
        Ok(())
    }

    /// The factors of the values of a matrix.
    pub(crate) fn of_values<R: Real>(a: &DMatrix<R>) -> Result<Lu, LinalgError> {
        let size = check::square(a)?;
        let factors = a.iter().map(|x| x.value()).collect();
        let mut lu = Lu { size, factors, exchanges: vec![0; size], norm: 0.0, reciprocals: Vec::new() };
        lu.factor_with(|_| ())?;
        Ok(lu)
    }

    /// Rows and columns of the matrix.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The determinant; it overflows for matrices of a few hundred rows, where
    /// [`log_determinant`](Lu::log_determinant) does not.
    pub fn determinant(&self) -> f64 {
        self.diagonal().product::<f64>() * self.permutation_sign()
    }

    /// The sign of the determinant, 1 or -1, and the logarithm of its magnitude.
    pub fn log_determinant(&self) -> (f64, f64) {
        let sign = self.diagonal().fold(self.permutation_sign(), |sign, pivot| sign * pivot.signum());
        (sign, self.diagonal().map(|pivot| pivot.abs().ln()).sum())
    }

    /// The inverse.
    pub fn inverse(&self) -> DMatrix<f64> {
        let mut inverse = DMatrix::identity(self.size, self.size);
        self.solve_many(inverse.as_mut_slice());
        inverse
    }

    fn diagonal(&self) -> impl Iterator<Item = f64> {
        self.factors.iter().step_by(self.size + 1).copied()
    }

    fn permutation_sign(&self) -> f64 {
        let odd = self.exchanges.iter().enumerate().filter(|&(k, &row)| k != row).count() % 2 == 1;
        if odd { -1.0 } else { 1.0 }
    }
}

/// The inverse, applied to one column.
impl LinearMap for Lu {
    fn rows(&self) -> usize {
        self.size
    }

    fn columns(&self) -> usize {
        self.size
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
