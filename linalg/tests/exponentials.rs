//! The matrix exponential against its series, closed forms and finite differences; also where there are no eigenvectors.

mod modes;

use costate_ad::{Real, Var, derivative, gradient};
use costate_linalg::exponential;
use modes::{Program, check, numbers, weighted};
use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;

/// The exponential of a matrix of the given size times a factor.
struct Entries(usize, f64);

impl Entries {
    fn matrix<R: Real>(&self, x: &[R]) -> DMatrix<R> {
        DMatrix::from_column_slice(self.0, self.0, x).map(|x| x * self.1)
    }
}

impl Program for Entries {
    fn ours<R: Real>(&self, x: &[R]) -> R {
        weighted(&exponential(&self.matrix(x)).unwrap())
    }

    /// The series of `A / 2^4`, summed until it is exact to rounding, and four squarings.
    fn reference<R: Real>(&self, x: &[R]) -> R {
        let a = self.matrix(x).map(|x| x / 16.0);
        let mut term = DMatrix::identity(self.0, self.0);
        let mut sum = term.clone();
        for k in 1..40 {
            term = (&term * &a).map(|x: R| x / f64::from(k));
            sum += &term;
        }
        for _ in 0..4 {
            sum = &sum * &sum;
        }
        weighted(&sum)
    }
}

#[test]
fn every_mode() {
    for (name, n, factor, entries) in [
        ("zero", 3, 1.0, vec![0.0; 9]),
        ("1 x 1", 1, 1.0, vec![-0.7]),
        ("small", 3, 1e-3, numbers(9, 1)),
        ("without squaring", 3, 1.0, numbers(9, 2)),
        ("with squarings", 3, 5.0, numbers(9, 3)),
        ("defective", 3, 1.0, vec![2.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0, 1.0, 2.0]),
        ("nearly equal eigenvalues", 2, 1.0, vec![1.0, 0.0, 1.0, 1.0 + 1e-9]),
        ("nilpotent", 3, 1.0, vec![0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 3.0, -2.0, 0.0]),
        ("rotation", 2, 3.0, vec![0.0, 1.0, -1.0, 0.0]),
        ("5 x 5", 5, 0.8, numbers(25, 4)),
    ] {
        check(name, &Entries(n, factor), &entries, 1e-12);
    }
}

#[test]
fn a_jordan_block_in_closed_form() {
    // exp(t [1 1; 0 1]) = e^t [1 t; 0 1].
    let corner = |t| exponential(&DMatrix::from_row_slice(2, 2, &[t, t, 0.0.into(), t])).unwrap()[(0, 1)];
    for t in [0.1_f64, 1.0, 9.0, 40.0] {
        let (value, slope) = derivative(corner, t);
        assert!((value / (t * t.exp()) - 1.0).abs() < 1e-12, "{t}: {value}");
        assert!((slope / ((t + 1.0) * t.exp()) - 1.0).abs() < 1e-12, "{t}: {slope}");
    }
}

#[test]
fn the_adjoint_solves_the_transposed_equation() {
    // The gradient of w^T exp(A) v in A is the derivative of exp at A^T in the direction w v^T: a block of a larger exponential.
    let (n, a) = (12, DMatrix::from_vec(12, 12, numbers(144, 9)));
    let (v, w) = (DVector::from_vec(numbers(n, 10)), DVector::from_vec(numbers(n, 11)));
    let (_, slope) = gradient(
        |x| {
            let exp = exponential(&DMatrix::from_column_slice(n, n, x.as_slice())).unwrap();
            w.map(Var::from).dot(&(exp * v.map(Var::from)))
        },
        &DVector::from_column_slice(a.as_slice()),
    );
    let mut block = DMatrix::zeros(2 * n, 2 * n);
    block.view_mut((0, 0), (n, n)).copy_from(&a.transpose());
    block.view_mut((n, n), (n, n)).copy_from(&a.transpose());
    block.view_mut((0, n), (n, n)).copy_from(&(&w * v.transpose()));
    let expected = block.exp().view((0, n), (n, n)).into_owned();
    let error = (DMatrix::from_column_slice(n, n, slope.as_slice()) - &expected).amax() / expected.amax();
    assert!(error < 1e-13, "{error:e}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn random_matrices(n in 1..5_usize, factor in 0.1..4.0_f64, seed: u64) {
        check(&format!("{n} x {n} times {factor}"), &Entries(n, factor), &numbers(n * n, seed), 1e-11);
    }
}
