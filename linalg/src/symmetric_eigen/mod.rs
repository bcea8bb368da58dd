//! Eigenvalues and eigenvectors of symmetric matrices: [`symmetric_eigen`], [`symmetric_eigenvalues`], [`spectrum`].

mod slope;

use crate::correction::{infinitesimal, with_value};
use crate::product::product;
use crate::{LinalgError, check};
use costate_ad::{LinearMap, Real};
use nalgebra::{DMatrix, DVector};
use slope::{Pairs, Values};
use std::rc::Rc;

/// Eigenvalues and eigenvectors of a symmetric matrix.
#[derive(Clone, Debug)]
pub struct SymmetricEigen<R: Real> {
    /// The n eigenvalues, from the smallest.
    pub eigenvalues: DVector<R>,
    /// Their eigenvectors, of length 1, as the columns of an n x n matrix. Of the two signs the one is taken that makes the
    /// entry of largest magnitude positive.
    pub eigenvectors: DMatrix<R>,
}

/// Eigenvalues closer than this, relative to the largest entry of the matrix, count as equal. An eigenvector's derivative
/// has a relative error of about 1e-16 divided by the relative gap, so 6 digits are left at this distance.
const SMALLEST_GAP: f64 = 1e-10;

/// Iterations of the QR algorithm for each eigenvalue; two or three are usual.
const ITERATIONS: usize = 60;

/// The eigenvalues and eigenvectors of a symmetric matrix with distinct eigenvalues.
///
/// The function is that of the symmetric part `(A + A^T)/2`, so gradients in `a` are symmetric matrices.
///
/// ```
/// use costate_ad::derivative;
/// use costate_linalg::symmetric_eigen;
/// use nalgebra::dmatrix;
///
/// // [1 t; t -1] has the eigenvalues -+ sqrt(1 + t^2) and rotates its eigenvectors by half the angle of t.
/// let entry = |t| symmetric_eigen(&dmatrix![1.0.into(), t; t, (-1.0).into()]).expect("distinct").eigenvectors[(1, 1)];
/// let (sine, slope) = derivative(entry, 0.5);
/// let angle = 0.5 * 0.5_f64.atan();
/// assert!((sine - angle.sin()).abs() < 1e-15);
/// assert!((slope - angle.cos() * 0.5 / 1.25).abs() < 1e-15);
/// ```
///
/// # Errors
/// [`LinalgError::NotSquare`], [`LinalgError::NotFinite`], [`LinalgError::NotSymmetric`] where mirrored entries differ by more
/// than 1e-10 of the largest entry, [`LinalgError::EigenvaluesDidNotConverge`]. On scalars with derivatives also
/// [`LinalgError::EigenvaluesTooClose`] where two eigenvalues are within 1e-10 of the largest entry: their eigenvectors can be
/// any of a plane, and have no derivative.
pub fn symmetric_eigen<R: Real>(a: &DMatrix<R>) -> Result<SymmetricEigen<R>, LinalgError> {
    let a = check::symmetric_part(a)?;
    let plain = Plain::new(&a)?;
    if R::ORDER > 0 {
        plain.refuse_equal()?;
    }
    Ok(differentiated(&a, plain))
}

/// The eigenvalues of a symmetric matrix with distinct eigenvalues, from the smallest; for [`spectrum`] they need not be
/// distinct.
///
/// # Errors
/// As [`symmetric_eigen`]. Where eigenvalues meet, an eigenvalue that is known by its rank has a kink, and no gradient.
pub fn symmetric_eigenvalues<R: Real>(a: &DMatrix<R>) -> Result<DVector<R>, LinalgError> {
    let a = check::symmetric_part(a)?;
    let plain = Plain::new(&a)?;
    if R::ORDER > 0 {
        plain.refuse_equal()?;
    }
    Ok(values(&a, plain))
}

/// The eigenvalues of a symmetric matrix **as a set**: of symmetric functions of them, such as a sum of `f(lambda)`, the
/// first derivatives are right even where eigenvalues repeat.
///
/// Of a repeated eigenvalue the single numbers' derivatives mean nothing, only what is computed from all of them alike.
/// A function that treats one eigenvalue differently (the largest, the k-th) belongs to [`symmetric_eigenvalues`].
///
/// ```
/// use costate_ad::{Real, Var, gradient};
/// use costate_linalg::spectrum;
/// use nalgebra::{DMatrix, DVector, dvector};
///
/// // The sum of cubes of the eigenvalues is tr A^3, with gradient 3 A^2, also at the identity.
/// let cubes = |x: &DVector<Var>| {
///     let lambda = spectrum(&DMatrix::from_column_slice(2, 2, x.as_slice())).expect("symmetric");
///     lambda.iter().fold(Var::from(0.0), |sum, &l| sum + l * l * l)
/// };
/// let (value, slope) = gradient(cubes, &dvector![1.0, 0.0, 0.0, 1.0]);
/// assert_eq!((value, slope), (2.0, dvector![3.0, 0.0, 0.0, 3.0]));
/// ```
///
/// # Errors
/// As [`symmetric_eigen`], with [`LinalgError::EigenvaluesTooClose`] only on scalars that carry second or higher derivatives,
/// which need the gaps.
pub fn spectrum<R: Real>(a: &DMatrix<R>) -> Result<DVector<R>, LinalgError> {
    let a = check::symmetric_part(a)?;
    let plain = Plain::new(&a)?;
    if R::ORDER > 1 {
        plain.refuse_equal()?;
    }
    Ok(values(&a, plain))
}

/// The decomposition on plain numbers.
struct Plain {
    values: DVector<f64>,
    vectors: DMatrix<f64>,
    scale: f64,
}

impl Plain {
    fn new<R: Real>(a: &DMatrix<R>) -> Result<Plain, LinalgError> {
        let (a, n) = (a.map(|x| x.value()), a.nrows());
        let scale = a.amax();
        if n == 0 {
            return Ok(Plain { values: DVector::zeros(0), vectors: a, scale });
        }
        let eigen = nalgebra::SymmetricEigen::try_new(a, f64::EPSILON, ITERATIONS * n)
            .ok_or(LinalgError::EigenvaluesDidNotConverge { size: n })?;
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&i, &j| eigen.eigenvalues[i].total_cmp(&eigen.eigenvalues[j]));
        let values = DVector::from_fn(n, |k, _| eigen.eigenvalues[order[k]]);
        let mut vectors = DMatrix::from_fn(n, n, |i, k| eigen.eigenvectors[(i, order[k])]);
        for mut vector in vectors.column_iter_mut() {
            if vector[vector.iamax()] < 0.0 {
                vector.neg_mut();
            }
        }
        Ok(Plain { values, vectors, scale })
    }

    fn refuse_equal(&self) -> Result<(), LinalgError> {
        for k in 1..self.values.len() {
            let gap = self.values[k] - self.values[k - 1];
            if gap <= SMALLEST_GAP * self.scale {
                return Err(LinalgError::EigenvaluesTooClose { first: k - 1, second: k, gap });
            }
        }
        Ok(())
    }
}

fn values<R: Real>(a: &DMatrix<R>, plain: Plain) -> DVector<R> {
    if R::ORDER != 1 {
        return differentiated(a, plain).eigenvalues;
    }
    let map: Rc<dyn LinearMap> = Rc::new(Values(plain.vectors));
    let slopes = R::linear_map(&map, a.map(infinitesimal).as_slice());
    DVector::from_vec(slopes).zip_map(&plain.values, with_value)
}

/// First derivatives by a linear map; each pass of [`refined`] then doubles the order that is right.
fn differentiated<R: Real>(a: &DMatrix<R>, plain: Plain) -> SymmetricEigen<R> {
    let n = a.nrows();
    let (value, vectors) = (plain.values.clone(), plain.vectors.clone());
    if R::ORDER == 0 {
        return SymmetricEigen { eigenvalues: value.map(R::from), eigenvectors: vectors.map(R::from) };
    }
    let map: Rc<dyn LinearMap> = Rc::new(Pairs { values: plain.values, vectors: plain.vectors });
    let slopes = R::linear_map(&map, a.map(infinitesimal).as_slice());
    let mut pairs = SymmetricEigen {
        eigenvalues: DVector::from_column_slice(&slopes[..n]).zip_map(&value, with_value),
        eigenvectors: DMatrix::from_column_slice(n, n, &slopes[n..]).zip_map(&vectors, with_value),
    };
    let mut right = 1;
    while right < R::ORDER {
        pairs = refined(a, &pairs, &value);
        right = 2 * right + 1;
    }
    pairs
}

/// One pass of the refinement of Ogita and Aishima (Japan J. Indust. Appl. Math. 35, 2018, algorithm 1) in the arithmetic
/// of `R`, on the derivative parts.
fn refined<R: Real>(a: &DMatrix<R>, pairs: &SymmetricEigen<R>, value: &DVector<f64>) -> SymmetricEigen<R> {
    let (n, x) = (a.nrows(), &pairs.eigenvectors);
    let transposed = x.transpose();
    let defect = DMatrix::identity(n, n) - product(&transposed, x);
    let s = product(&transposed, &product(a, x));
    let lambda = DVector::from_fn(n, |i, _| with_value(s[(i, i)] / (1.0 - defect[(i, i)]), value[i]));
    let step = DMatrix::from_fn(n, n, |i, j| {
        let step = if i == j {
            defect[(i, i)] * 0.5
        } else {
            (s[(i, j)] + lambda[j] * defect[(i, j)]) / (lambda[j] - lambda[i])
        };
        infinitesimal(step)
    });
    SymmetricEigen { eigenvectors: x + product(x, &step), eigenvalues: lambda }
}
