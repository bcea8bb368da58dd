//! [`least_squares`]: more equations than unknowns.

use crate::product::product;
use crate::qr::Qr;
use crate::{LinalgError, check, correct};
use costate_ad::{LinearMap, Real};
use nalgebra::{DMatrix, DVector};
use std::rc::Rc;

/// The `x` (n) that makes the norm of `b - A x` least, for `a` (m x n, m >= n, independent columns) and `b` (m), by
/// Householder's factorisation.
///
/// The derivatives are those of the equations `r + A x = b`, `A^T r = 0` of solution and residual together, which keep the
/// accuracy of the factorisation; the normal equations would square the condition number (Bjorck, Numerical Methods for Least
/// Squares Problems, 1996, section 1.4).
///
/// ```
/// use costate_ad::derivative;
/// use costate_linalg::least_squares;
/// use nalgebra::{dmatrix, dvector};
///
/// // The slope of the line through (0, 0), (1, 1), (2, t), and how it follows t.
/// let slope = |t| {
///     let a = dmatrix![1.0, 0.0; 1.0, 1.0; 1.0, 2.0].map(|x: f64| x.into());
///     least_squares(&a, &dvector![0.0.into(), 1.0.into(), t]).expect("two columns")[1]
/// };
/// let (value, derivative) = derivative(slope, 3.0);
/// assert!((value - 1.5).abs() < 1e-14 && (derivative - 0.5).abs() < 1e-14);
/// ```
///
/// # Errors
/// [`LinalgError::Underdetermined`], [`LinalgError::Shape`], [`LinalgError::NotFinite`], and [`LinalgError::RankDeficient`] where a
/// column is, to rounding, a combination of those before it.
pub fn least_squares<R: Real>(a: &DMatrix<R>, b: &DVector<R>) -> Result<DVector<R>, LinalgError> {
    let (m, n) = a.shape();
    if m < n {
        return Err(LinalgError::Underdetermined { rows: m, columns: n });
    }
    check::shape("the right-hand side", b.shape(), (m, 1))?;
    let inverse = Augmented(Qr::new(check::finite_values("the matrix", a)?)?);
    let mut known = check::finite_vector("the right-hand side", b)?.as_slice().to_vec();
    known.resize(m + n, 0.0);
    let mut solution = vec![0.0; m + n];
    inverse.apply(&known, &mut solution);
    check::finite("the solution", &solution, m + n)?;
    let inverse: Rc<dyn LinearMap> = Rc::new(inverse);
    let plain = Products { residual: solution[..m].to_vec(), x: solution[m..].to_vec() };
    let mut first: Option<Rc<dyn LinearMap>> = Some(Rc::new(plain));
    let both = correct(&solution, &inverse, |both| {
        let mut products = match first.take() {
            Some(map) => R::linear_map(&map, a.as_slice()),
            None => products(a, &both[..m], &both[m..]),
        };
        for i in 0..m {
            products[i] = b[i] - both[i] - products[i];
        }
        products[m..].iter_mut().for_each(|p| *p = -*p);
        products
    });
    Ok(DVector::from_column_slice(&both[m..]))
}

/// `A x` followed by `A^T r`.
fn products<R: Real>(a: &DMatrix<R>, residual: &[R], x: &[R]) -> Vec<R> {
    let ax = product(a, &DMatrix::from_column_slice(x.len(), 1, x));
    let atr = (0..a.ncols()).map(|j| R::dot(&a.as_slice()[j * a.nrows()..][..a.nrows()], residual));
    ax.iter().copied().chain(atr).collect()
}

/// The linear map from `A` to `A x` followed by `A^T r`, for plain `x` and `r`.
struct Products {
    residual: Vec<f64>,
    x: Vec<f64>,
}

impl LinearMap for Products {
    fn rows(&self) -> usize {
        self.residual.len() + self.x.len()
    }

    fn columns(&self) -> usize {
        self.residual.len() * self.x.len()
    }

    fn apply(&self, a: &[f64], y: &mut [f64]) {
        let m = self.residual.len();
        let (ax, atr) = y.split_at_mut(m);
        ax.fill(0.0);
        for j in 0..self.x.len() {
            let column = &a[j * m..][..m];
            (0..m).for_each(|i| ax[i] += column[i] * self.x[j]);
            atr[j] = f64::dot(column, &self.residual);
        }
    }

    fn apply_transposed(&self, y: &[f64], a: &mut [f64]) {
        let m = self.residual.len();
        for j in 0..self.x.len() {
            for i in 0..m {
                a[j * m + i] = y[i] * self.x[j] + self.residual[i] * y[m + j];
            }
        }
    }
}

/// The inverse of `[I A; A^T 0]`, which is symmetric.
struct Augmented(Qr);

impl LinearMap for Augmented {
    fn rows(&self) -> usize {
        let (m, n) = self.0.shape();
        m + n
    }

    fn columns(&self) -> usize {
        self.rows()
    }

    /// With `h = R^-T g` and `d = Q^T f`, the solution is `x = R^-1 (d1 - h)` and `r = Q [h; d2]`.
    fn apply(&self, known: &[f64], solution: &mut [f64]) {
        let (m, n) = self.0.shape();
        solution.copy_from_slice(known);
        let (r, x) = solution.split_at_mut(m);
        self.0.solve_r_transposed(x);
        self.0.q_transposed(r);
        for k in 0..n {
            (r[k], x[k]) = (x[k], r[k] - x[k]);
        }
        self.0.solve_r(x);
        self.0.q(r);
    }

    fn apply_transposed(&self, y: &[f64], x: &mut [f64]) {
        self.apply(y, x);
    }
}
