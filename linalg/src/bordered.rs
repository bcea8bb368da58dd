//! The determinant of a singular or nearly singular matrix, exact in every derivative.

use crate::determinant::regular_determinant;
use crate::product::product;
use crate::{LinalgError, Lu, solve_many};
use costate_ad::Real;
use nalgebra::DMatrix;

/// Pivots below this, relative to the largest entry, are left to the division-free part.
const SMALL_PIVOT: f64 = 1e-4;

/// `det A = det A11 det (A22 - A21 A11^-1 A12)`, with rows and columns exchanged such that `A11` is well conditioned and the
/// rest is small. The determinant of the small rest is found without dividing.
pub(crate) fn bordered_determinant<R: Real>(a: &DMatrix<R>) -> R {
    let n = a.nrows();
    let Exchanges { rows, columns, rank, sign } = complete_pivoting(&a.map(|x| x.value()));
    let b = DMatrix::from_fn(n, n, |i, j| a[(rows[i], columns[j])]);
    let rest = b.view((rank, rank), (n - rank, n - rank)).into_owned();
    if rank == 0 {
        return determinant_without_division(&rest) * sign;
    }
    let corner = b.view((0, 0), (rank, rank)).into_owned();
    let right = b.view((0, rank), (rank, n - rank)).into_owned();
    let below = b.view((rank, 0), (n - rank, rank)).into_owned();
    let divided = || -> Result<R, LinalgError> {
        let schur = rest - product(&below, &solve_many(&corner, &right)?);
        Ok(regular_determinant(&corner, Lu::of_values(&corner)?)? * determinant_without_division(&schur))
    };
    // The corner is regular unless its entries are near the smallest numbers that there are.
    divided().unwrap_or_else(|_| determinant_without_division(&b)) * sign
}

struct Exchanges {
    rows: Vec<usize>,
    columns: Vec<usize>,
    /// How many pivots were large.
    rank: usize,
    /// The sign of both permutations together.
    sign: f64,
}

fn complete_pivoting(a: &DMatrix<f64>) -> Exchanges {
    let n = a.nrows();
    let mut a = a.clone();
    let smallest = SMALL_PIVOT * a.amax();
    let mut found = Exchanges { rows: (0..n).collect(), columns: (0..n).collect(), rank: 0, sign: 1.0 };
    for k in 0..n {
        let (i, j) = a.view((k, k), (n - k, n - k)).iamax_full();
        let (i, j) = (i + k, j + k);
        if a[(i, j)].abs() <= smallest {
            break;
        }
        a.swap_rows(k, i);
        a.swap_columns(k, j);
        found.rows.swap(k, i);
        found.columns.swap(k, j);
        found.sign *= if (i != k) == (j != k) { 1.0 } else { -1.0 };
        found.rank += 1;
        for j in k + 1..n {
            let factor = a[(k, j)] / a[(k, k)];
            for i in k + 1..n {
                a[(i, j)] -= factor * a[(i, k)];
            }
        }
    }
    found
}

/// The determinant by additions and multiplications alone (Bird, A simple division-free algorithm for computing determinants,
/// Information Processing Letters 111, 2011): n^4 of them, so for small matrices.
fn determinant_without_division<R: Real>(a: &DMatrix<R>) -> R {
    let n = a.nrows();
    if n == 0 {
        return R::one();
    }
    let mut f = a.clone();
    for _ in 1..n {
        let mut upper = DMatrix::zeros(n, n);
        let mut trace = R::zero();
        for i in (0..n).rev() {
            upper[(i, i)] = -trace;
            trace += f[(i, i)];
            for j in i + 1..n {
                upper[(i, j)] = f[(i, j)];
            }
        }
        f = product(&upper, a);
    }
    if n.is_multiple_of(2) { -f[(0, 0)] } else { f[(0, 0)] }
}
