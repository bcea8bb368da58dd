//! What is asked of arguments before any work is done.

use crate::LinalgError;
use costate_ad::Real;
use nalgebra::{DMatrix, DVector};
use nalgebra_sparse::pattern::SparsityPattern;

/// The plain numbers of a matrix, all of them finite.
pub(crate) fn finite_values<R: Real>(what: &'static str, a: &DMatrix<R>) -> Result<DMatrix<f64>, LinalgError> {
    let values = a.map(|x| x.value());
    finite(what, values.as_slice(), a.nrows())?;
    Ok(values)
}

/// The plain numbers of a vector, all of them finite.
pub(crate) fn finite_vector<R: Real>(what: &'static str, b: &DVector<R>) -> Result<DVector<f64>, LinalgError> {
    let values = b.map(|x| x.value());
    finite(what, values.as_slice(), b.len())?;
    Ok(values)
}

/// Refuses a column-major slice with an entry that is infinite or not a number.
pub(crate) fn finite(what: &'static str, values: &[f64], rows: usize) -> Result<(), LinalgError> {
    // Without an early end, and in four sums, the test vectorises: 0 times what is not finite is not 0.
    let (fours, rest) = values.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for four in fours {
        (0..4).for_each(|i| sums[i] += 0.0 * four[i]);
    }
    if sums.iter().sum::<f64>() + rest.iter().map(|x| 0.0 * x).sum::<f64>() == 0.0 {
        return Ok(());
    }
    let at = values.iter().position(|x| !x.is_finite()).expect("an entry is not finite");
    Err(LinalgError::NotFinite { what, row: at % rows, column: at / rows, value: values[at] })
}

/// Refuses numbers in the order of a pattern, by columns, of which one is infinite or not a number.
pub(crate) fn finite_entries(what: &'static str, pattern: &SparsityPattern, values: &[f64]) -> Result<(), LinalgError> {
    let Some(at) = values.iter().position(|value| !value.is_finite()) else { return Ok(()) };
    let column = pattern.major_offsets().partition_point(|&offset| offset <= at) - 1;
    Err(LinalgError::NotFinite { what, row: pattern.minor_indices()[at], column, value: values[at] })
}

pub(crate) fn square<R: Real>(a: &DMatrix<R>) -> Result<usize, LinalgError> {
    let (rows, columns) = a.shape();
    if rows == columns { Ok(rows) } else { Err(LinalgError::NotSquare { rows, columns }) }
}

/// Refuses an argument whose shape differs from `expected`.
pub(crate) fn shape(what: &'static str, found: (usize, usize), expected: (usize, usize)) -> Result<(), LinalgError> {
    if found == expected {
        return Ok(());
    }
    let ((rows, columns), (found_rows, found_columns)) = (expected, found);
    Err(LinalgError::Shape { what, rows, columns, found_rows, found_columns })
}

/// Differences between mirrored entries that pass for rounding, relative to the largest entry.
const ASYMMETRY: f64 = 1e-10;

/// The symmetric part `(A + A^T)/2` of a finite square matrix that is symmetric up to rounding. Taking it, rather than one
/// triangle, gives gradients that are symmetric matrices.
pub(crate) fn symmetric_part<R: Real>(a: &DMatrix<R>) -> Result<DMatrix<R>, LinalgError> {
    let n = square(a)?;
    let values = finite_values("the matrix", a)?;
    let (mut worst, mut at) = (ASYMMETRY * values.amax(), None);
    for j in 0..n {
        for i in j + 1..n {
            let difference = (values[(i, j)] - values[(j, i)]).abs();
            if difference > worst {
                (worst, at) = (difference, Some((i, j)));
            }
        }
    }
    if let Some((row, column)) = at {
        return Err(LinalgError::NotSymmetric { row, column, difference: worst });
    }
    Ok(DMatrix::from_fn(n, n, |i, j| if i == j { a[(i, j)] } else { (a[(i, j)] + a[(j, i)]) * 0.5 }))
}
