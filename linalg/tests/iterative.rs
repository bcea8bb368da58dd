//! Systems solved without factors: by iteration, with incomplete factors.

use costate_ad::{At, LinearMap, Real, RightHandSide};
use costate_linalg::{Gmres, IncompleteLu, LinalgError, LinearSolver, Linearisation, StepMatrix};
use nalgebra_sparse::{CooMatrix, CscMatrix};

/// Diffusion and transport on a ring of `n` points: not symmetric.
struct Ring;

impl RightHandSide for Ring {
    fn eval<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
        let n = y.len();
        for i in 0..n {
            let (left, right) = (y[(i + n - 1) % n], y[(i + 1) % n]);
            dy[i] = p[0] * (left - 2.0 * y[i] + right) + p[1] * (left - right) - y[i] * y[i];
        }
    }
}

#[test]
fn step_matrices_solve_by_iteration_as_by_factors() {
    let n = 400;
    let y: Vec<f64> = (0..n).map(|i| (i as f64 * 0.1).sin()).collect();
    let mut linearisation = Linearisation::new(n);
    linearisation.evaluate(&Ring, At { t: 0.0, y: &y, p: &[1e3, 3e2] });
    let [mut direct, mut iterative] = [(); 2].map(|_| StepMatrix::new(n));
    iterative.set_solver(LinearSolver::Iterative(Gmres::default()));
    for shift in [1e4, 10.0] {
        direct.factor(shift, None, linearisation.jacobian()).unwrap();
        iterative.factor(shift, None, linearisation.jacobian()).unwrap();
        let b: Vec<f64> = (0..n).map(|i| 1.0 + (i as f64).cos()).collect();
        for transposed in [false, true] {
            let (mut x, mut expected) = (b.clone(), b.clone());
            if transposed {
                iterative.apply_transposed(&b, &mut x);
                direct.apply_transposed(&b, &mut expected);
            } else {
                iterative.apply(&b, &mut x);
                direct.apply(&b, &mut expected);
            }
            let size = expected.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
            for (x, expected) in x.iter().zip(&expected) {
                assert!((x - expected).abs() < 1e-9 * size, "{shift} {transposed}: {x} {expected}");
            }
        }
    }
}

fn tridiagonal(n: usize) -> CscMatrix<f64> {
    let mut matrix = CooMatrix::new(n, n);
    for i in 0..n {
        matrix.push(i, i, 4.0 + i as f64 * 0.1);
        if i > 0 {
            matrix.push(i, i - 1, -1.5);
            matrix.push(i - 1, i, 0.5);
        }
    }
    CscMatrix::from(&matrix)
}

/// Elimination of a band leaves it a band, so nothing is dropped.
#[test]
fn incomplete_factors_of_a_band_are_complete() {
    let (n, matrix) = (30, tridiagonal(30));
    let mut incomplete = IncompleteLu::new(matrix.pattern()).unwrap();
    incomplete.factor(matrix.values()).unwrap();
    let x: Vec<f64> = (0..n).map(|i| 1.0 - i as f64 * 0.3).collect();
    let (mut product, mut transposed) = (vec![0.0; n], vec![0.0; n]);
    for (i, j, value) in matrix.triplet_iter() {
        product[i] += value * x[j];
        transposed[j] += value * x[i];
    }
    incomplete.solve(&mut product);
    incomplete.solve_transposed(&mut transposed);
    for i in 0..n {
        assert!((product[i] - x[i]).abs() < 1e-13 && (transposed[i] - x[i]).abs() < 1e-13, "{i}");
    }
    // With them the first direction is the solution.
    let apply = |x: &[f64], y: &mut [f64]| {
        y.fill(0.0);
        matrix.triplet_iter().for_each(|(i, j, value)| y[i] += value * x[j]);
    };
    let mut found = vec![0.0; n];
    let iterations = Gmres::default().solve(apply, |b| incomplete.solve(b), &x, &mut found).unwrap();
    assert!(iterations <= 2, "{iterations}");
}

#[test]
fn what_does_not_converge_is_refused() {
    // A rotation of the coordinates: no direction helps before the last.
    let shift = |x: &[f64], y: &mut [f64]| (0..x.len()).for_each(|i| y[(i + 1) % x.len()] = x[i]);
    let b: Vec<f64> = (0..20).map(|i| f64::from(i == 0)).collect();
    let short = Gmres { restart: 5, max_iterations: 50, ..Gmres::default() };
    let refused = short.solve(shift, |_| (), &b, &mut [0.0; 20]);
    assert!(matches!(refused, Err(LinalgError::DidNotConverge { iterations: 50, .. })), "{refused:?}");
    let whole = Gmres { restart: 20, ..Gmres::default() };
    assert_eq!(whole.solve(shift, |_| (), &b, &mut [0.0; 20]).unwrap(), 20);
    assert_eq!(whole.solve(shift, |_| (), &[0.0; 20], &mut [1.0; 20]).unwrap(), 0);

    let mut hollow = CooMatrix::new(2, 2);
    hollow.push(0, 1, 1.0);
    hollow.push(1, 0, 1.0);
    let refused = IncompleteLu::new(CscMatrix::from(&hollow).pattern()).map(|_| ());
    assert_eq!(refused, Err(LinalgError::Singular { pivot: 0, size: 2 }));
    let zero = tridiagonal(3);
    let mut incomplete = IncompleteLu::new(zero.pattern()).unwrap();
    assert!(matches!(incomplete.factor(&[0.0; 7]), Err(LinalgError::Singular { pivot: 0, size: 3 })));
}
