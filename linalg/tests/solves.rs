//! Solves, least squares, inverse and determinants in every mode, against nalgebra's own algorithms run on the same scalar.

mod modes;

use costate_ad::{Real, gradient};
use costate_linalg::{
    LinalgError, determinant, inverse, least_squares, log_determinant, log_determinant_spd, solve, solve_many,
    solve_spd, solve_spd_many, sparse_solve, sparse_solve_many,
};
use modes::{Program, check, numbers, weighted};
use nalgebra::{DMatrix, DVector};
use nalgebra_sparse::{CooMatrix, CscMatrix};
use proptest::prelude::*;

/// What is computed from a matrix in the first numbers and, for some, right-hand sides in the others.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Solve,
    SolveMany,
    SolveSpd,
    SolveSpdMany,
    SolveSparse,
    SolveSparseMany,
    LeastSquares,
    Inverse,
    Determinant,
    LogDeterminant,
    LogDeterminantSpd,
}
use Operation::*;

const ALL: [Operation; 11] = [
    Solve,
    SolveMany,
    SolveSpd,
    SolveSpdMany,
    SolveSparse,
    SolveSparseMany,
    LeastSquares,
    Inverse,
    Determinant,
    LogDeterminant,
    LogDeterminantSpd,
];

/// An operation on a matrix with `n` columns.
struct Case(Operation, usize);

/// Extra equations of least squares.
const EXTRA: usize = 2;
/// Right-hand sides of the operations on several.
const MANY: usize = 3;

impl Case {
    fn rows(&self) -> usize {
        if matches!(self.0, LeastSquares) { self.1 + EXTRA } else { self.1 }
    }

    fn right_hand_sides(&self) -> usize {
        match self.0 {
            Solve | SolveSpd | SolveSparse | LeastSquares => 1,
            SolveMany | SolveSpdMany | SolveSparseMany => MANY,
            _ => 0,
        }
    }

    fn inputs(&self) -> usize {
        self.rows() * (self.1 + self.right_hand_sides())
    }

    /// The numbers as a matrix, made regular, or symmetric positive definite where that is needed, and right-hand sides.
    fn system<R: Real>(&self, x: &[R]) -> (DMatrix<R>, DMatrix<R>) {
        let (m, n) = (self.rows(), self.1);
        let mut a = DMatrix::from_column_slice(m, n, &x[..m * n]);
        if matches!(self.0, SolveSpd | SolveSpdMany | LogDeterminantSpd) {
            a = a.tr_mul(&a) * R::from(0.5);
        }
        for i in 0..n {
            a[(i, i)] = a[(i, i)] + 1.0 + 0.5 * n as f64;
        }
        if matches!(self.0, SolveSparse | SolveSparseMany) {
            // An arrow: without its last row and column, nothing but the diagonal.
            (0..m * n)
                .map(|k| (k % m, k / m))
                .filter(|&(i, j)| i != j && i + 1 < n && j + 1 < n)
                .for_each(|at| a[at] = R::zero());
        }
        (a, DMatrix::from_column_slice(m, self.right_hand_sides(), &x[m * n..]))
    }
}

impl Program for Case {
    fn ours<R: Real>(&self, x: &[R]) -> R {
        let (a, b) = self.system(x);
        let column = |b: &DMatrix<R>| b.column(0).into_owned();
        match self.0 {
            Solve => weighted(&solve(&a, &column(&b)).unwrap()),
            SolveMany => weighted(&solve_many(&a, &b).unwrap()),
            SolveSpd => weighted(&solve_spd(&a, &column(&b)).unwrap()),
            SolveSpdMany => weighted(&solve_spd_many(&a, &b).unwrap()),
            SolveSparse => weighted(&sparse_solve(&CscMatrix::from(&a), &column(&b)).unwrap()),
            SolveSparseMany => weighted(&sparse_solve_many(&CscMatrix::from(&a), &b).unwrap()),
            LeastSquares => weighted(&least_squares(&a, &column(&b)).unwrap()),
            Inverse => weighted(&inverse(&a).unwrap()),
            Determinant => determinant(&a).unwrap(),
            LogDeterminant => log_determinant(&a).unwrap().1,
            LogDeterminantSpd => log_determinant_spd(&a).unwrap(),
        }
    }

    fn reference<R: Real>(&self, x: &[R]) -> R {
        let (a, b) = self.system(x);
        match self.0 {
            Solve | SolveMany | SolveSparse | SolveSparseMany => weighted(&a.lu().solve(&b).unwrap()),
            SolveSpd | SolveSpdMany => weighted(&a.cholesky().unwrap().solve(&b)),
            LeastSquares => {
                let qr = a.qr();
                weighted(&qr.r().solve_upper_triangular(&qr.q().tr_mul(&b)).unwrap())
            }
            Inverse => weighted(&a.lu().try_inverse().unwrap()),
            Determinant => a.lu().determinant(),
            LogDeterminant => a.lu().determinant().abs().ln(),
            LogDeterminantSpd => {
                a.cholesky().unwrap().l().diagonal().iter().fold(R::zero(), |sum, l| sum + 2.0 * l.ln())
            }
        }
    }
}

#[test]
fn every_operation_in_every_mode() {
    for operation in ALL {
        for n in [1, 2, 3, 5] {
            let case = Case(operation, n);
            check(&format!("{operation:?} {n}"), &case, &numbers(case.inputs(), 7), 1e-12);
        }
    }
}

#[test]
fn blocks_of_columns_in_the_factors() {
    for n in [39, 40, 41, 56, 100] {
        let case = Case(Solve, n);
        let x = DVector::from_vec(numbers(case.inputs(), 3));
        let (a, b) = case.system(x.as_slice());
        let b = b.column(0).into_owned();
        let solution = solve(&a, &b).unwrap();
        assert!((&a * &solution - &b).amax() < 1e-13, "{n}");
        let (value, slope) = gradient(|x| case.ours(x.as_slice()), &x);
        assert_eq!(value, case.ours(x.as_slice()));
        // The gradient in the matrix is - lambda x^T, that in the right-hand side is lambda = A^-T w.
        let w = DVector::from_fn(n, |i, _| (1.0 + 0.7 * i as f64).sin());
        let lambda = a.transpose().lu().solve(&w).unwrap();
        let expected = -&lambda * solution.transpose();
        let (in_matrix, in_rhs) = slope.as_slice().split_at(n * n);
        assert!((DMatrix::from_column_slice(n, n, in_matrix) - expected).amax() < 1e-13, "{n}");
        assert!((DVector::from_column_slice(in_rhs) - lambda).amax() < 1e-13, "{n}");
    }
}

#[test]
fn sparse_solves_refuse_what_they_cannot_solve() {
    let matrix = |rows: usize, columns: usize, entries: &[(usize, usize, f64)]| {
        let mut matrix = CooMatrix::new(rows, columns);
        entries.iter().for_each(|&(i, j, a)| matrix.push(i, j, a));
        CscMatrix::from(&matrix)
    };
    let ones = DVector::from_element(2, 1.0);
    let solved = |a: &CscMatrix<f64>| sparse_solve(a, &ones).map_err(|error| error.to_string());
    for (a, says) in [
        (matrix(2, 3, &[(0, 0, 1.0)]), "2 rows and 3 columns"),
        (matrix(3, 3, &[(0, 0, 1.0), (1, 1, 1.0), (2, 2, 1.0)]), "the right-hand side is 2 x 1, but must be 3 x 1"),
        (matrix(2, 2, &[(0, 0, 1.0), (1, 1, f64::NAN)]), "NaN at row 1, column 1"),
        (matrix(2, 2, &[(0, 0, 1.0), (1, 1, 0.0)]), "singular"),
    ] {
        let message = solved(&a).unwrap_err();
        assert!(message.contains(says), "{message}");
    }
    let infinite = DMatrix::from_element(1, 3, f64::INFINITY);
    assert!(matches!(sparse_solve_many(&matrix(1, 1, &[(0, 0, 1.0)]), &infinite), Err(LinalgError::NotFinite { .. })));
}

/// The determinant of a matrix of the given rank, by the rule of Sarrus.
struct Singular;

impl Program for Singular {
    fn ours<R: Real>(&self, x: &[R]) -> R {
        determinant(&DMatrix::from_column_slice(3, 3, x)).unwrap()
    }

    fn reference<R: Real>(&self, x: &[R]) -> R {
        let minor = |i: usize, j: usize| x[i] * x[j + 1] - x[i + 1] * x[j];
        x[0] * minor(4, 7) - x[3] * minor(1, 7) + x[6] * minor(1, 4)
    }
}

#[test]
fn determinants_of_singular_matrices() {
    for (name, entries) in [
        ("rank 2", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 5.0, 7.0, 9.0]),
        ("rank 2 but for rounding", [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]),
        ("rank 1", [1.0, 2.0, 3.0, 2.0, 4.0, 6.0, -1.0, -2.0, -3.0]),
        ("rank 0", [0.0; 9]),
        ("zero first column", [0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 1.0, 0.0, 5.0]),
        ("nearly singular", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 5.0, 7.0, 9.0 + 1e-9]),
        ("all pivots above the threshold", [1.0, 1.0, 1.0, 1.0, 1.0 + 1.1e-4, 1.0, 1.0, 1.0, 1.0 + 1.1e-4]),
        ("denormal", [1e-310, 0.0, 0.0, 0.0, 2e-320, 0.0, 0.0, 1e-315, 1e-322]),
        ("underflow", [1e-200, 0.0, 0.0, 0.0, 1e-200, 0.0, 0.0, 0.0, 3.0]),
        ("small", [1e-3, 0.0, 0.0, 0.0, 1e-4, 0.0, 0.0, 2e-9, 1e-3]),
        ("regular", [2.0, 1.0, 0.5, -1.0, 3.0, 0.2, 0.3, 0.4, 1.0]),
    ] {
        check(name, &Singular, &entries, 2e-13);
    }
}

#[test]
fn accuracy_where_columns_are_nearly_dependent() {
    // Polynomials of degree 5 in 12 points: condition 1e4, so normal equations would lose 8 digits.
    let a = DMatrix::from_fn(12, 6, |i, j| (1.0 + i as f64 / 11.0).powi(j as i32));
    let truth = DVector::from_fn(6, |j, _| 1.0 + j as f64);
    let b = &a * &truth;
    let (_, slope) = gradient(|b| least_squares(&a.map(Into::into), b).unwrap()[2], &b);
    let pseudo = a.clone().pseudo_inverse(1e-14).unwrap();
    let error = (slope.transpose() - pseudo.row(2)).amax() / pseudo.row(2).amax();
    assert!(error < 1e-10, "{error:e}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn random_matrices(operation in prop::sample::select(ALL.to_vec()), n in 1..5_usize, seed: u64) {
        let case = Case(operation, n);
        check(&format!("{operation:?} {n}"), &case, &numbers(case.inputs(), seed), 1e-11);
    }
}
