//! What is refused, with which message; and the factors of plain matrices.

use costate_ad::{Var, gradient};
use costate_linalg::*;
use nalgebra::{DMatrix, DVector, dmatrix, dvector};

#[test]
fn refusals_say_where_and_what_to_do() {
    let a: DMatrix<f64> = dmatrix![1.0, 2.0; 2.0, 4.0];
    let b: DVector<f64> = dvector![1.0, 1.0];
    let tall: DMatrix<f64> = DMatrix::from_element(3, 2, 1.0);
    let mut infinite = DMatrix::<f64>::identity(3, 3);
    infinite[(1, 2)] = f64::INFINITY;
    let mut undefined = DMatrix::<f64>::identity(20, 20);
    undefined[(3, 0)] = f64::NAN;
    let indefinite: DMatrix<f64> = dmatrix![1.0, 2.0; 2.0, 1.0];
    for (error, start, remedy) in [
        (solve(&a, &b).unwrap_err(), "the matrix is singular: no pivot in column 1 of 2;", "least_squares"),
        (solve(&tall, &b).unwrap_err(), "the matrix has 3 rows and 2 columns", "least_squares"),
        (solve(&a, &dvector![1.0]).unwrap_err(), "the right-hand side is 1 x 1, but must be 2 x 1", "check how"),
        (solve_many(&a, &tall).unwrap_err(), "the right-hand side is 3 x 2, but must be 2 x 2", "check how"),
        (inverse(&undefined).unwrap_err(), "the matrix has the entry NaN at row 3, column 0;", "rescale"),
        (determinant(&infinite).unwrap_err(), "the matrix has the entry inf at row 1, column 2;", "rescale"),
        (
            solve(&indefinite, &dvector![f64::NAN, 1.0]).unwrap_err(),
            "the right-hand side has the entry NaN at row 0",
            "rescale",
        ),
        (
            solve_spd(&indefinite, &b).unwrap_err(),
            "the matrix is not positive definite: pivot 1 of 2 is -3",
            "use solve",
        ),
        (
            log_determinant_spd(&dmatrix![1.0, 0.5; 0.4, 1.0]).map(|_: f64| ()).unwrap_err(),
            "the matrix is not symmetric: entries (1, 0) and (0, 1) differ by 1.000e-1;",
            "(A + A^T)/2",
        ),
        (
            least_squares(&tall.transpose(), &b).unwrap_err(),
            "2 equations do not determine 3 unknowns;",
            "add equations",
        ),
        (
            least_squares(&tall, &dvector![1.0, 2.0, 3.0]).unwrap_err(),
            "column 1 of 2 is a combination of those before",
            "remove it",
        ),
        (log_determinant(&a).unwrap_err(), "the matrix is singular", "remove the dependent"),
        (inverse(&tall).unwrap_err(), "the matrix has 3 rows", "least_squares"),
        (exponential(&(a * 1e3)).unwrap_err(), "the exponential has the entry", "rescale"),
        (symmetric_eigen(&tall).map(|_| ()).unwrap_err(), "the matrix has 3 rows", "square"),
    ] {
        let message = error.to_string();
        assert!(message.starts_with(start) && message.contains(remedy), "{message}");
    }
}

#[test]
fn empty_systems() {
    let (a, b) = (DMatrix::<f64>::zeros(0, 0), DVector::<f64>::zeros(0));
    assert_eq!(solve(&a, &b), Ok(b.clone()));
    assert_eq!(determinant(&a), Ok(1.0));
    assert_eq!(log_determinant_spd(&a), Ok(0.0));
    assert_eq!(exponential(&a), Ok(a.clone()));
    assert_eq!(symmetric_eigenvalues(&a), Ok(b.clone()));
    assert_eq!(least_squares(&a, &b), Ok(b.clone()));
    let (value, slope) = gradient(
        |x| {
            determinant::<Var>(&DMatrix::zeros(0, 0)).unwrap()
                + x[0]
                + log_determinant::<Var>(&DMatrix::zeros(0, 0)).unwrap().1
        },
        &dvector![1.0],
    );
    assert_eq!((value, slope), (2.0, dvector![1.0]));
}

#[test]
fn factors_are_used_again() {
    let matrix = |n: usize, shift: f64| {
        DMatrix::from_fn(n, n, |i, j| ((3 * i + 5 * j) as f64 + shift).sin() + if i == j { shift } else { 0.0 })
    };
    let mut lu = Lu::identity(4);
    assert_eq!(lu.log_determinant(), (1.0, 0.0));
    for (n, shift) in [(4, 3.0), (4, -5.0), (7, 2.0), (64, 20.0), (1, 1.0)] {
        let a = matrix(n, shift);
        lu.factor(&a).unwrap();
        let (inverse, b) = (a.clone().try_inverse().unwrap(), DVector::from_fn(n, |i, _| 1.0 + i as f64));
        let (mut x, mut y) = (b.clone(), b.clone());
        lu.solve(x.as_mut_slice());
        lu.solve_transposed(y.as_mut_slice());
        assert!((&a * x - &b).amax() < 1e-12 && (a.transpose() * y - &b).amax() < 1e-12, "{n}");
        assert!((lu.inverse() - &inverse).amax() < 1e-13, "{n}");
        let (sign, logarithm) = lu.log_determinant();
        assert!((sign * logarithm.exp() / a.determinant() - 1.0).abs() < 1e-12, "{n}");
        assert!((lu.determinant() / a.determinant() - 1.0).abs() < 1e-12, "{n}");
        let norm = |a: &DMatrix<f64>| a.column_iter().map(|c| c.lp_norm(1)).fold(0.0, f64::max);
        let truth = (norm(&a) * norm(&inverse)).recip();
        let estimate = lu.reciprocal_condition();
        assert!(estimate >= truth * (1.0 - 1e-12) && estimate < 3.0 * truth, "{n}: {estimate:e} for {truth:e}");
    }
    assert_eq!(lu.factor_with(|storage| storage[0] = 0.0), Err(LinalgError::Singular { pivot: 0, size: 1 }));
    assert_eq!(lu.factor_with(|storage| storage[0] = 4.0).map(|()| lu.determinant()), Ok(4.0));
    let mut many = [8.0, 2.0];
    lu.solve_many(&mut many);
    lu.solve_transposed_many(&mut many);
    assert_eq!(many, [0.5, 0.125]);
}

#[test]
fn badly_scaled_matrices_are_solved() {
    // Regular, though its pivots differ by 1e20 and more.
    for scale in [1e-300, 1e-20, 1e20, 1e150] {
        let a = dmatrix![scale, scale; 1.0, 2.0];
        let x = solve(&a, &dvector![3.0 * scale, 4.0]).unwrap();
        assert!((x - dvector![2.0, 1.0]).amax() < 1e-15);
    }
    let tiny: DMatrix<f64> = dmatrix![1e-310, 0.0; 0.0, 1e-310];
    assert_eq!(solve(&tiny, &dvector![1e-310, 2e-310]).unwrap(), dvector![1.0, 2.0]);
}
