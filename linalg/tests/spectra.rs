//! Eigenvalues and eigenvectors of symmetric matrices, built from known ones by rotations.

mod modes;

use costate_ad::{Dual, Real, Var, derivative, gradient};
use costate_linalg::{LinalgError, spectrum, symmetric_eigen, symmetric_eigenvalues};
use modes::{Program, check, numbers, weighted};
use nalgebra::{DMatrix, DVector, dvector};
use proptest::prelude::*;

/// Increasing eigenvalues and the vectors that belong to them, as functions of n (n + 1) / 2 numbers.
fn known<R: Real>(n: usize, x: &[R]) -> (DVector<R>, DMatrix<R>) {
    let values = DVector::from_fn(n, |i, _| x[i].sin() * 0.4 + i as f64);
    let mut vectors = DMatrix::identity(n, n);
    let mut angles = x[n..].iter();
    for i in 0..n {
        for j in i + 1..n {
            let (sin, cos) = angles.next().expect("an angle for each pair").sin_cos();
            for k in 0..n {
                let (a, b): (R, R) = (vectors[(k, i)], vectors[(k, j)]);
                (vectors[(k, i)], vectors[(k, j)]) = (a * cos - b * sin, a * sin + b * cos);
            }
        }
    }
    (values, vectors)
}

/// All eigenvalues and the projections on all eigenvectors, weighted.
struct Pairs(usize);

/// `sum_k v_k v_k^T` with weights: what does not depend on the signs of the vectors.
fn projections<R: Real>(vectors: &DMatrix<R>) -> R {
    let parts: Vec<R> = vectors.column_iter().flat_map(|v| (v * v.transpose()).as_slice().to_vec()).collect();
    weighted(&parts)
}

impl Program for Pairs {
    fn ours<R: Real>(&self, x: &[R]) -> R {
        let (values, vectors) = known(self.0, x);
        let a = &vectors * DMatrix::from_diagonal(&values) * vectors.transpose();
        let eigen = symmetric_eigen(&a).unwrap();
        weighted(&eigen.eigenvalues) + projections(&eigen.eigenvectors) + weighted(&symmetric_eigenvalues(&a).unwrap())
            - weighted(&spectrum(&a).unwrap()) * 0.5
    }

    fn reference<R: Real>(&self, x: &[R]) -> R {
        let (values, vectors) = known(self.0, x);
        weighted(&values) * 1.5 + projections(&vectors)
    }
}

/// Eigenvalues of [a b; b c] in closed form, as functions of all four entries.
struct TwoByTwo;

impl Program for TwoByTwo {
    fn ours<R: Real>(&self, x: &[R]) -> R {
        let a = DMatrix::from_row_slice(2, 2, &[x[0], x[1], x[1], x[2]]);
        weighted(&symmetric_eigenvalues(&a).unwrap())
    }

    fn reference<R: Real>(&self, x: &[R]) -> R {
        let (mean, half) = ((x[0] + x[2]) * 0.5, (x[0] - x[2]) * 0.5);
        let radius = (half * half + x[1] * x[1]).sqrt();
        weighted(&[mean - radius, mean + radius])
    }
}

#[test]
fn known_pairs_in_every_mode() {
    for n in 1..5 {
        check(&format!("pairs {n}"), &Pairs(n), &numbers(n * (n + 1) / 2, 5), 1e-12);
    }
    check("2 x 2", &TwoByTwo, &[2.0, -0.5, 1.0], 1e-13);
    check("2 x 2 diagonal", &TwoByTwo, &[2.0, 0.0, 1.0], 1e-13);
}

#[test]
fn gradients_are_symmetric_matrices() {
    let a = dvector![2.0, 0.5, 0.1, 0.5, 1.0, 0.3, 0.1, 0.3, -1.0];
    let largest = |x: &DVector<Var>| symmetric_eigenvalues(&DMatrix::from_column_slice(3, 3, x.as_slice())).unwrap()[2];
    let (_, slope) = gradient(largest, &a);
    let vector =
        symmetric_eigen(&DMatrix::from_column_slice(3, 3, a.as_slice())).unwrap().eigenvectors.column(2).into_owned();
    let expected = &vector * vector.transpose();
    assert!((DMatrix::from_column_slice(3, 3, slope.as_slice()) - expected).amax() < 1e-14);
}

#[test]
fn repeated_eigenvalues() {
    let plain = DMatrix::<f64>::identity(3, 3) * 2.0;
    assert_eq!(symmetric_eigenvalues(&plain).unwrap(), dvector![2.0, 2.0, 2.0]);
    assert!(symmetric_eigen(&plain).is_ok());
    let close = LinalgError::EigenvaluesTooClose { first: 0, second: 1, gap: 0.0 };
    derivative(
        |t| {
            let a = plain.map(|x| t * x);
            assert_eq!(symmetric_eigenvalues(&a).unwrap_err(), close);
            assert_eq!(symmetric_eigen(&a).unwrap_err(), close);
            t
        },
        1.0,
    );
    let second = |t: Dual<Dual<f64>>| {
        assert_eq!(spectrum(&plain.map(|x| t * x)).unwrap_err(), close);
        t
    };
    derivative(|t| derivative(second, t).1, 1.0);
    // sum exp(lambda) = tr exp(A), with gradient exp(A): a reflection of diag(1, 1, 3).
    let v = dvector![1.0, 2.0, 2.0] / 3.0;
    let a = DMatrix::identity(3, 3) + &v * v.transpose() * 2.0;
    let exp = |x: &DVector<Var>| {
        let lambda = spectrum(&DMatrix::from_column_slice(3, 3, x.as_slice())).unwrap();
        lambda.iter().fold(Var::from(0.0), |sum, l| sum + l.exp())
    };
    let (_, slope) = gradient(exp, &DVector::from_column_slice(a.as_slice()));
    assert!((DMatrix::from_column_slice(3, 3, slope.as_slice()) - a.exp()).amax() < 1e-13);
}

#[test]
fn nearly_repeated_eigenvalues_lose_digits_as_documented() {
    for gap in [1e-2, 1e-4, 1e-6] {
        let angle = |t| {
            let a = DMatrix::from_row_slice(2, 2, &[(1.0 + gap).into(), t, t, 1.0.into()]);
            symmetric_eigen(&a).unwrap().eigenvectors[(0, 0)]
        };
        // The lower vector is (-sin, cos) of half the angle with tangent 2 t / gap.
        let t = 0.3 * gap;
        let (entry, slope) = derivative(angle, t);
        let half = 0.5 * (2.0 * t / gap).atan();
        let expected = -half.cos() * (1.0 / gap) / (1.0 + (2.0 * t / gap).powi(2));
        assert!((entry + half.sin()).abs() < 1e-15 / gap, "{gap:e}");
        assert!((slope / expected - 1.0).abs() < 1e-14 / gap, "{gap:e}: {slope:e} against {expected:e}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn random_pairs(n in 1..5_usize, seed: u64) {
        check(&format!("pairs {n}"), &Pairs(n), &numbers(n * (n + 1) / 2, seed), 2e-11);
    }
}
