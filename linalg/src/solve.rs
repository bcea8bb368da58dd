//! Solving square systems: [`solve`], [`solve_many`], [`solve_spd`], [`solve_spd_many`], [`inverse`].

use crate::cholesky::Cholesky;
use crate::columns::Columns;
use crate::product::{TimesPlain, product};
use crate::{LinalgError, Lu, check, correct};
use costate_ad::{LinearMap, Real};
use nalgebra::{DMatrix, DVector};
use std::rc::Rc;

/// The solution of `A x = b`, for a square `a` (n x n) and `b` (n), by elimination with partial pivoting.
///
/// ```
/// use costate_ad::gradient;
/// use costate_linalg::solve;
/// use nalgebra::{DMatrix, dvector};
///
/// // One resistor of 1 + p ohms in series with one of 2: the voltage between them.
/// let voltage = |p: &nalgebra::DVector<_>| {
///     let a = DMatrix::from_row_slice(2, 2, &[1.0.into(), 1.0.into(), p[0] + 1.0, (-2.0).into()]);
///     solve(&a, &dvector![5.0.into(), 0.0.into()]).expect("a circuit is regular")[0]
/// };
/// let (value, slope) = gradient(voltage, &dvector![1.0]);
/// assert!((value - 2.5).abs() < 1e-15 && (slope[0] + 0.625).abs() < 1e-15);
/// ```
///
/// # Errors
/// [`LinalgError::NotSquare`], [`LinalgError::Shape`], [`LinalgError::NotFinite`], and [`LinalgError::Singular`] where a pivot
/// is exactly 0; [`Lu::reciprocal_condition`] tells of matrices that are nearly singular.
pub fn solve<R: Real>(a: &DMatrix<R>, b: &DVector<R>) -> Result<DVector<R>, LinalgError> {
    check::shape("the right-hand side", b.shape(), (check::square(a)?, 1))?;
    let x = solve_with(Lu::of_values(a)?, a, b.as_slice(), 1)?;
    Ok(DVector::from_vec(x))
}

/// The solution of `A X = B`, for a square `a` (n x n) and right-hand sides in the columns of `b` (n x m).
///
/// # Errors
/// As [`solve`].
pub fn solve_many<R: Real>(a: &DMatrix<R>, b: &DMatrix<R>) -> Result<DMatrix<R>, LinalgError> {
    check::shape("the right-hand side", b.shape(), (check::square(a)?, b.ncols()))?;
    let x = solve_with(Lu::of_values(a)?, a, b.as_slice(), b.ncols())?;
    Ok(DMatrix::from_vec(b.nrows(), b.ncols(), x))
}

/// The solution of `A x = b` for a symmetric positive definite `a`, by the Cholesky factorisation: half the work of
/// [`solve`].
///
/// The function is that of the symmetric part `(A + A^T)/2`, so its gradient in `a` is a symmetric matrix.
///
/// # Errors
/// As [`solve`], but [`LinalgError::NotSymmetric`] where mirrored entries differ by more than 1e-10 of the largest entry, and
/// [`LinalgError::NotPositiveDefinite`] rather than singular.
pub fn solve_spd<R: Real>(a: &DMatrix<R>, b: &DVector<R>) -> Result<DVector<R>, LinalgError> {
    check::shape("the right-hand side", b.shape(), (check::square(a)?, 1))?;
    let a = check::symmetric_part(a)?;
    let x = solve_with(Cholesky::new(a.map(|x| x.value()))?, &a, b.as_slice(), 1)?;
    Ok(DVector::from_vec(x))
}

/// [`solve_spd`] with several right-hand sides, the columns of `b`.
///
/// # Errors
/// As [`solve_spd`].
pub fn solve_spd_many<R: Real>(a: &DMatrix<R>, b: &DMatrix<R>) -> Result<DMatrix<R>, LinalgError> {
    check::shape("the right-hand side", b.shape(), (check::square(a)?, b.ncols()))?;
    let a = check::symmetric_part(a)?;
    let x = solve_with(Cholesky::new(a.map(|x| x.value()))?, &a, b.as_slice(), b.ncols())?;
    Ok(DMatrix::from_vec(b.nrows(), b.ncols(), x))
}

/// The inverse of a square matrix. To apply it to vectors, [`solve`] is quicker and more accurate.
///
/// # Errors
/// As [`solve`].
pub fn inverse<R: Real>(a: &DMatrix<R>) -> Result<DMatrix<R>, LinalgError> {
    solve_many(a, &DMatrix::identity(a.nrows(), a.nrows()))
}

/// Solves on plain numbers by the factors, then corrects: the residual `B - A X` in the arithmetic of `R`, and the same
/// factors once more. In the first correction `X` is plain, so that `A X` is a linear map of `A` alone.
fn solve_with<R: Real>(
    factors: impl LinearMap + 'static,
    a: &DMatrix<R>,
    b: &[R],
    count: usize,
) -> Result<Vec<R>, LinalgError> {
    let n = a.nrows();
    let values: Vec<f64> = b.iter().map(|x| x.value()).collect();
    check::finite("the right-hand side", &values, n)?;
    let mut x = DMatrix::zeros(n, count);
    let inverse = Columns { map: factors, count };
    inverse.apply(&values, x.as_mut_slice());
    check::finite("the solution", x.as_slice(), n)?;
    if R::ORDER == 0 {
        return Ok(x.iter().map(|&x| R::from(x)).collect());
    }
    let inverse: Rc<dyn LinearMap> = Rc::new(inverse);
    let plain = TimesPlain { rows: n, right: x.clone() };
    let mut first: Option<Rc<dyn LinearMap>> = Some(Rc::new(plain));
    Ok(correct(x.as_slice(), &inverse, |x| {
        let mut residual = match first.take() {
            Some(map) => R::linear_map(&map, a.as_slice()),
            None => product(a, &DMatrix::from_column_slice(n, count, x)).as_slice().to_vec(),
        };
        residual.iter_mut().zip(b).for_each(|(r, &b)| *r = b - *r);
        residual
    }))
}
