//! [`exponential`]: the matrix exponential.

mod frechet;
mod pade;

use crate::correction::{infinitesimal, with_value};
use crate::{LinalgError, check};
use costate_ad::{LinearMap, Real};
use frechet::Frechet;
use nalgebra::DMatrix;
use pade::Pade;
use std::rc::Rc;

/// The exponential of a square matrix, `I + A + A^2/2 + ..`: `exponential(t A) y0` solves `dy/dt = A y`.
///
/// By scaling, a Pade approximant of degree 13 and squaring (Higham, SIAM J. Matrix Anal. Appl. 26, 2005); the derivative is
/// that of the approximant, on the same intermediate matrices (Al-Mohy and Higham, SIAM J. Matrix Anal. Appl. 30, 2009), so it
/// needs neither eigenvalues nor that they differ. Second and higher derivatives run the approximant in the arithmetic of `R`.
///
/// ```
/// use costate_ad::derivative;
/// use costate_linalg::exponential;
/// use nalgebra::dmatrix;
///
/// // A rotation by t, and its derivative.
/// let (sine, cosine) = derivative(|t| exponential(&dmatrix![0.0.into(), -t; t, 0.0.into()]).expect("finite")[(1, 0)], 0.5);
/// assert!((sine - 0.5_f64.sin()).abs() < 1e-15 && (cosine - 0.5_f64.cos()).abs() < 1e-15);
/// ```
///
/// # Errors
/// [`LinalgError::NotSquare`], and [`LinalgError::NotFinite`] for the matrix or for its exponential, which overflows where an
/// eigenvalue is beyond about 700.
pub fn exponential<R: Real>(a: &DMatrix<R>) -> Result<DMatrix<R>, LinalgError> {
    let n = check::square(a)?;
    let values = check::finite_values("the matrix", a)?;
    if n == 0 {
        return Ok(a.clone());
    }
    let plain = Pade::new(&values)?;
    let value = plain.exponential();
    check::finite("the exponential", value.as_slice(), n)?;
    let derivatives = match R::ORDER {
        0 => return Ok(value.map(R::from)),
        1 => {
            let map: Rc<dyn LinearMap> = Rc::new(Frechet::new(plain));
            let differences = a.map(infinitesimal);
            DMatrix::from_vec(n, n, R::linear_map(&map, differences.as_slice()))
        }
        _ => Pade::new(a)?.exponential(),
    };
    Ok(derivatives.zip_map(&value, with_value))
}
