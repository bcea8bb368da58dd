//! [`determinant`], [`log_determinant`] and [`log_determinant_spd`].
//!
//! With `A = A0 + E`, where `A0` is plain and `E` carries derivatives only, `ln det A = ln det A0 + tr ln(I + Z)` for
//! `Z = A0^-1 E`, and the series of the logarithm ends: a product of more than `R::ORDER` factors `E` is 0.

use crate::bordered::bordered_determinant;
use crate::cholesky::Cholesky;
use crate::columns::Columns;
use crate::correction::{infinitesimal, with_value};
use crate::product::product;
use crate::{LinalgError, Lu, check};
use costate_ad::{LinearMap, Real};
use nalgebra::DMatrix;
use std::rc::Rc;

/// Below this reciprocal condition the series is left: its terms cancel, and second derivatives of the determinant would have
/// a relative error of 1e-16 divided by the condition.
const NEARLY_SINGULAR: f64 = 1e-4;

/// The determinant of a square matrix.
///
/// It is differentiable everywhere, at singular matrices too, where the gradient is the matrix of cofactors. For matrices of
/// more than about a hundred rows it easily over- or underflows: [`log_determinant`] does not.
///
/// ```
/// use costate_ad::gradient;
/// use costate_linalg::determinant;
/// use nalgebra::{DMatrix, dvector};
///
/// // The determinant of [1 2; 2 4], by its four entries in column-major order.
/// let of = |x: &nalgebra::DVector<_>| determinant(&DMatrix::from_column_slice(2, 2, x.as_slice())).expect("it is finite");
/// let (value, slope) = gradient(of, &dvector![1.0, 2.0, 2.0, 4.0]);
/// assert_eq!((value, slope), (0.0, dvector![4.0, -2.0, -2.0, 1.0]));
/// ```
///
/// # Errors
/// [`LinalgError::NotSquare`], [`LinalgError::NotFinite`].
pub fn determinant<R: Real>(a: &DMatrix<R>) -> Result<R, LinalgError> {
    let lu = match Lu::of_values(a) {
        Err(LinalgError::Singular { .. }) => return Ok(with_value(bordered_determinant(a), 0.0)),
        other => other?,
    };
    let value = lu.determinant();
    let series_cancels = R::ORDER > 1 && lu.reciprocal_condition() < NEARLY_SINGULAR;
    if series_cancels || value == 0.0 {
        return Ok(with_value(bordered_determinant(a), value));
    }
    Ok(regular_determinant(a, lu).unwrap_or_else(|_| with_value(bordered_determinant(a), value)))
}

/// The determinant of a matrix that is not nearly singular, with its factors.
pub(crate) fn regular_determinant<R: Real>(a: &DMatrix<R>, lu: Lu) -> Result<R, LinalgError> {
    let value = lu.determinant();
    Ok(growth(a, lu)?.exp() * value)
}

/// The sign of the determinant of a square matrix, 1 or -1, and the logarithm of its magnitude.
///
/// # Errors
/// [`LinalgError::NotSquare`], [`LinalgError::NotFinite`], and [`LinalgError::Singular`], where the logarithm is not defined.
pub fn log_determinant<R: Real>(a: &DMatrix<R>) -> Result<(f64, R), LinalgError> {
    let lu = Lu::of_values(a)?;
    let (sign, value) = lu.log_determinant();
    Ok((sign, growth(a, lu)? + value))
}

/// The logarithm of the determinant of a symmetric positive definite matrix, as in a Gaussian likelihood.
///
/// The function is that of the symmetric part `(A + A^T)/2`, so its gradient is the symmetric matrix `A^-1`.
///
/// # Errors
/// [`LinalgError::NotSquare`], [`LinalgError::NotFinite`], [`LinalgError::NotSymmetric`], [`LinalgError::NotPositiveDefinite`].
pub fn log_determinant_spd<R: Real>(a: &DMatrix<R>) -> Result<R, LinalgError> {
    let a = check::symmetric_part(a)?;
    let factor = Cholesky::new(a.map(|x| x.value()))?;
    let value = factor.log_determinant();
    Ok(growth(&a, factor)? + value)
}

/// `ln det A - ln det A0`: value 0 and the derivatives of the logarithm of the determinant. `inverse` is that of `A0`.
fn growth<R: Real>(a: &DMatrix<R>, inverse: impl LinearMap + 'static) -> Result<R, LinalgError> {
    let n = a.nrows();
    if R::ORDER == 0 || n == 0 {
        return Ok(R::zero());
    }
    let inverse = Columns { map: inverse, count: n };
    let mut gradient = DMatrix::zeros(n, n);
    inverse.apply_transposed(DMatrix::<f64>::identity(n, n).as_slice(), gradient.as_mut_slice());
    check::finite("the inverse of the matrix", gradient.as_slice(), n)?;
    let slope: Rc<dyn LinearMap> = Rc::new(Row(gradient.as_slice().to_vec()));
    let difference = a.map(infinitesimal);
    let mut total = infinitesimal(R::linear_map(&slope, difference.as_slice())[0]);
    if R::ORDER > 1 {
        let inverse: Rc<dyn LinearMap> = Rc::new(inverse);
        let z = DMatrix::from_vec(n, n, R::linear_map(&inverse, difference.as_slice()));
        let (transposed, mut power) = (z.transpose(), z.clone());
        for j in 2..=R::ORDER {
            let sign = if j % 2 == 0 { -1.0 } else { 1.0 };
            total += R::dot(power.as_slice(), transposed.as_slice()) * (sign / f64::from(j));
            if j < R::ORDER {
                power = product(&power, &z);
            }
        }
    }
    Ok(total)
}

/// The inner product with a plain vector.
struct Row(Vec<f64>);

impl LinearMap for Row {
    fn rows(&self) -> usize {
        1
    }

    fn columns(&self) -> usize {
        self.0.len()
    }

    fn apply(&self, x: &[f64], y: &mut [f64]) {
        y[0] = self.0.iter().zip(x).map(|(row, x)| row * x).sum();
    }

    fn apply_transposed(&self, y: &[f64], x: &mut [f64]) {
        self.0.iter().zip(x).for_each(|(row, x)| *x = row * y[0]);
    }
}
