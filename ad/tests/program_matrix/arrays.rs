//! 33-37: arrays that are written to, and nalgebra's own matrix algorithms, unchanged.

use crate::Expected::{Differences, Gradient};
use crate::Row;
use costate_ad::{Real, program};
use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// Weights that make a number of a matrix without symmetry.
fn weighted<R: Real>(a: &DMatrix<R>) -> R {
    a.iter().enumerate().fold(R::zero(), |sum, (i, &x)| sum + x * (0.3 + (i as f64).cos()))
}

fn square<R: Real>(x: &[R], n: usize) -> DMatrix<R> {
    DMatrix::from_row_slice(n, n, &x[..n * n])
}

/// `A^T A + I`
fn positive<R: Real>(x: &[R], n: usize) -> DMatrix<R> {
    let a = square(x, n);
    a.tr_mul(&a) + DMatrix::identity(n, n)
}

/// `X` of `A X + X A^T + C = 0`, as a linear system of Kronecker products.
fn lyapunov<R: Real>(a: &DMatrix<R>, c: &DMatrix<R>) -> DMatrix<R> {
    let n = a.nrows();
    let one = DMatrix::identity(n, n);
    let system = one.kronecker(a) + a.kronecker(&one);
    let x = system.lu().solve(&-DVector::from_column_slice(c.as_slice())).expect("stable");
    DMatrix::from_column_slice(n, n, x.as_slice())
}

const A: [f64; 16] = [2.0, -0.5, 0.3, 0.8, 0.1, 1.5, -0.7, 0.2, 0.6, 0.4, -1.2, 0.9, -0.3, 0.7, 0.5, 1.1];
const SMALL: [f64; 9] = [0.3, -0.5, 0.2, 0.1, 0.6, -0.4, 0.7, 0.2, -0.1];
const TALL: [f64; 6] = [1.0, 0.4, -0.3, 0.8, 0.5, -1.1];

pub fn rows() -> Vec<Row> {
    vec![
        row!(
            "33 columns of a buffer",
            program!(|x| {
                let mut buffer = DMatrix::zeros(3, 5);
                (0..5).for_each(|j| buffer.set_column(j, &DVector::from_column_slice(x)));
                buffer.sum()
            }),
            [1.0, 2.0, 3.0],
            Gradient(vec![5.0; 3])
        ),
        row!(
            "34 a buffer overwritten by a constant",
            program!(|x| {
                let mut buffer = x.to_vec();
                buffer.fill(R::from(2.0));
                R::sum(&buffer)
            }),
            [1.0, 2.0, 3.0],
            Gradient(vec![0.0; 3])
        ),
        row!(
            "35 one entry, then a product",
            program!(|x| {
                let mut a = DMatrix::zeros(5, 5);
                a[(0, 0)] = x[0];
                (&a * &a).sum()
            }),
            [3.0],
            Gradient(vec![6.0])
        ),
        row!("36 determinant", program!(|x| square(x, 4).determinant()), A, Differences),
        row!(
            "36 determinant by hand",
            program!(|x| square(x, 2).determinant()),
            [1.0, 2.0, 3.0, 4.0],
            Gradient(vec![4.0, -3.0, -2.0, 1.0])
        ),
        row!("36 log-determinant", program!(|x| positive(x, 3).determinant().ln()), SMALL, Differences),
        row!(
            "36 log-determinant by Cholesky",
            program!(|x| positive(x, 3).cholesky().expect("positive").ln_determinant()),
            SMALL,
            Differences
        ),
        row!("36 inverse", program!(|x| weighted(&square(x, 4).lu().try_inverse().expect("regular"))), A, Differences),
        row!(
            "36 inverse of a larger matrix",
            program!(|x| {
                let a = DMatrix::from_fn(6, 6, |i, j| x[(i * 7 + j * 3) % 16] + if i == j { 4.0 } else { 0.0 });
                weighted(&a.lu().try_inverse().expect("regular"))
            }),
            A,
            Differences
        ),
        row!(
            "36 pseudo-inverse by normal equations",
            program!(|x| {
                let a = DMatrix::from_row_slice(3, 2, x);
                weighted(&(a.tr_mul(&a).lu().try_inverse().expect("full rank") * a.transpose()))
            }),
            TALL,
            Differences
        ),
        row!(
            "36 Cholesky factor",
            program!(|x| weighted(&positive(x, 3).cholesky().expect("positive").l())),
            SMALL,
            Differences
        ),
        row!(
            "36 Cholesky solve and log-determinant",
            program!(|x| {
                let c = positive(x, 3).cholesky().expect("positive");
                let y = c.solve(&DVector::from_fn(3, |i, _| x[i] + 1.0));
                y.sum() + c.determinant().ln()
            }),
            SMALL,
            Differences
        ),
        row!(
            "36 LU solve",
            program!(|x| square(x, 4).lu().solve(&DVector::from_fn(4, |i, _| x[i] * x[i])).expect("regular").sum()),
            A,
            Differences
        ),
        row!(
            "36 full-pivot LU solve",
            program!(|x| square(x, 4)
                .full_piv_lu()
                .solve(&DVector::from_column_slice(&x[..4]))
                .expect("regular")
                .sum()),
            A,
            Differences
        ),
        row!(
            "36 QR factors",
            program!(|x| {
                let qr = DMatrix::from_row_slice(3, 2, x).qr();
                weighted(&qr.q()) + 2.0 * weighted(&qr.r())
            }),
            TALL,
            Differences
        ),
        row!("36 matrix exponential", program!(|x| weighted(&square(x, 3).exp())), SMALL, Differences),
        row!(
            "36 matrix exponential, near-equal eigenvalues",
            program!(|x| weighted(&square(x, 2).exp())),
            [1.0, 1.0, 1e-9, 1.0],
            Differences
        ),
        row!(
            "36 matrix exponential of a large matrix",
            program!(|x| weighted(&(square(x, 3) * R::from(9.0)).exp())),
            SMALL,
            Differences
        ),
        row!(
            "36 Lyapunov",
            program!(|x| {
                let a = square(x, 2) - DMatrix::identity(2, 2) * R::from(3.0);
                weighted(&lyapunov(&a, &square(&x[4..], 2)))
            }),
            [0.3, -0.5, 0.2, 0.1, 1.0, 0.2, 0.4, 2.0],
            Differences
        ),
        row!(
            "36 exponential of a symmetric matrix by eigenvalues",
            program!(|x| {
                let a = square(x, 3);
                let eigen = SymmetricEigen::new(&a + a.transpose());
                let (v, e) = (&eigen.eigenvectors, eigen.eigenvalues.map(|e| e.exp()));
                weighted(&(v * DMatrix::from_diagonal(&e) * v.transpose()))
            }),
            SMALL,
            Differences
        ),
        row!(
            "37 inverse of a number",
            program!(|x| DMatrix::from_element(1, 1, x[0]).lu().try_inverse().expect("not 0")[(0, 0)]),
            [2.0],
            Gradient(vec![-0.25])
        ),
        row!(
            "Kronecker, norms, statistics",
            program!(|x| {
                let a = square(x, 2);
                let k = a.kronecker(&a.transpose());
                k.norm() + weighted(&k) + k.variance() + k.column_mean().norm()
            }),
            [1.0, 2.0, 3.0, 4.0],
            Differences
        ),
    ]
}
