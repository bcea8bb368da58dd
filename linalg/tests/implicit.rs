//! Linearisations of right-hand sides, and the matrices of implicit steps.

use costate_ad::{At, LinearMap, Real, RightHandSide, jacobian};
use costate_linalg::{
    LinalgError, Linearisation, MassMatrix, PairMatrix, StageMatrix, StateJacobian, StepMatrix, along,
};
use nalgebra::{DMatrix, DVector, dmatrix};
use std::sync::Arc;

/// The Brusselator with diffusion on a periodic `side x side` grid: the u of all points, then the v.
struct Brusselator {
    side: usize,
}

impl RightHandSide for Brusselator {
    fn eval<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        let (side, points) = (self.side, self.side * self.side);
        let diffusion = |field: &[R], i: usize, j: usize| {
            let at = |i: usize, j: usize| field[(i % side) * side + j % side];
            let around = at(i + 1, j) + at(i + side - 1, j) + at(i, j + 1) + at(i, j + side - 1);
            (around - 4.0 * at(i, j)) * p[0]
        };
        let (u, v) = y.split_at(points);
        for i in 0..side {
            for j in 0..side {
                let k = i * side + j;
                let reaction = u[k] * u[k] * v[k];
                dy[k] = 1.0 + reaction - 4.4 * u[k] + diffusion(u, i, j) + 0.1 * t * t;
                dy[points + k] = 3.4 * u[k] - reaction + diffusion(v, i, j);
            }
        }
    }
}

fn dense_jacobian(f: &impl RightHandSide, at: At<'_>) -> DMatrix<f64> {
    let run = |y: &DVector<_>| {
        let p: Vec<_> = at.p.iter().map(|&p| p.into()).collect();
        let mut dy = y.clone();
        f.eval(at.t.into(), y.as_slice(), &p, dy.as_mut_slice());
        dy
    };
    jacobian(run, &DVector::from_column_slice(at.y)).1
}

fn state(n: usize) -> Vec<f64> {
    (0..n).map(|i| 1.0 + 0.3 * (i as f64 * 1.3).sin()).collect()
}

/// Six entries in every row: the point, its four neighbours, and the other substance.
#[test]
fn many_states_have_a_sparse_jacobian_that_is_the_dense_one() {
    for side in [4, 8] {
        let (f, y) = (Brusselator { side }, state(2 * side * side));
        let at = At { t: 1.5, y: &y, p: &[2.0] };
        let mut linearisation = Linearisation::new(y.len());
        linearisation.evaluate(&f, at);
        let StateJacobian::Sparse(sparse) = &**linearisation.jacobian() else { panic!("it is sparse") };
        assert_eq!(sparse.nnz(), 6 * y.len());
        assert_eq!(linearisation.jacobian().to_dense(), dense_jacobian(&f, at));
        let time = linearisation.time_derivative().expect("it depends on the time");
        for (i, slope) in time.iter().enumerate() {
            assert_eq!(*slope, if i < side * side { 0.1 * 2.0 * 1.5 } else { 0.0 });
        }
    }
}

#[test]
fn few_states_are_linearised_with_and_without_time() {
    for (states, time) in [(2, true), (3, true), (4, false), (4, true), (8, false), (9, true), (20, true)] {
        struct Ring(bool);
        impl RightHandSide for Ring {
            fn eval<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
                for i in 0..y.len() {
                    dy[i] = y[i].sin() * p[i % p.len()] - y[(i + 1) % y.len()];
                    if self.0 {
                        dy[i] += t * t * y[i];
                    }
                }
            }
        }
        let (f, y, p) = (Ring(time), state(states), state(18));
        let at = At { t: 0.7, y: &y, p: &p };
        let mut linearisation = Linearisation::new(states);
        for _ in 0..2 {
            linearisation.evaluate(&f, at);
            assert_eq!(linearisation.jacobian().to_dense(), dense_jacobian(&f, at), "{states} {time}");
            let slope = linearisation.time_derivative();
            assert_eq!(slope.is_some(), time, "{states}");
            let expected = y.iter().map(|y| 1.4 * y);
            assert!(slope.into_iter().flatten().zip(expected).all(|(s, e)| (s - e).abs() < 1e-15));
        }
        let direction = state(states);
        let (mut moved, mut at_rest) = (vec![0.0; states], vec![0.0; states]);
        along(&f, [0.7, 0.0], [&y, &direction], &p, &mut at_rest);
        along(&f, [0.7, 2.0], [&y, &direction], &p, &mut moved);
        let product = linearisation.jacobian().to_dense() * DVector::from_vec(direction);
        assert!((DVector::from_vec(at_rest.clone()) - product).amax() < 1e-14);
        let slope = if time { 2.0 * 1.4 } else { 0.0 };
        assert!((0..states).all(|i| (moved[i] - at_rest[i] - slope * y[i]).abs() < 1e-14));
    }
}

/// A branch decides which entries there are: the pattern is traced at every point.
#[test]
fn no_entry_is_missed_where_branches_change() {
    struct Switch;
    impl RightHandSide for Switch {
        fn eval<R: Real>(&self, _t: R, y: &[R], _p: &[R], dy: &mut [R]) {
            let n = y.len();
            for i in 0..n {
                dy[i] = -y[i];
            }
            dy[0] = if y[n - 1] > 0.0 { dy[0] + y[n / 2] * y[n / 2] } else { dy[0] };
        }
    }
    let n = 30;
    let mut linearisation = Linearisation::new(n);
    for last in [-1.0, 1.0, -2.0] {
        let mut y = state(n);
        y[n - 1] = last;
        let at = At { t: 0.0, y: &y, p: &[] };
        linearisation.evaluate(&Switch, at);
        assert_eq!(linearisation.jacobian().to_dense(), dense_jacobian(&Switch, at));
        assert!(linearisation.time_derivative().is_some(), "nobody knows whether another branch asks for the time");
    }
}

fn column(x: &[f64]) -> DVector<f64> {
    DVector::from_column_slice(x)
}

/// The largest element of `matrix * x - b`.
fn residual(matrix: &DMatrix<f64>, x: &[f64], b: &DVector<f64>) -> f64 {
    (matrix * column(x) - b).amax()
}

#[test]
fn step_matrices_solve_what_they_say() {
    let jacobian = dmatrix![-3.0, 1.0, 0.0; 2.0, -1.0, 4.0; 0.5, 0.0, -2.0];
    let mass = MassMatrix::from(dmatrix![1.0, 0.5, 0.0; 0.0, 2.0, 0.0; 0.0, 0.0, 0.0]);
    let m = dmatrix![1.0, 0.5, 0.0; 0.0, 2.0, 0.0; 0.0, 0.0, 0.0];
    let b = column(&[1.0, -2.0, 3.0]);
    let state_jacobian = StateJacobian::Dense(jacobian.clone());

    let mut step = StepMatrix::new(3);
    step.factor(7.0, Some(&mass), &state_jacobian).unwrap();
    let matrix: DMatrix<f64> = &m * 7.0 - &jacobian;
    let mut x = [0.0; 3];
    step.apply(b.as_slice(), &mut x);
    assert!(residual(&matrix, &x, &b) < 1e-14);
    step.apply_transposed(b.as_slice(), &mut x);
    assert!(residual(&matrix.transpose(), &x, &b) < 1e-14);

    let mut pair = PairMatrix::new(3);
    pair.factor([3.0, 4.0], Some(&mass), &state_jacobian).unwrap();
    let mut x = [1.0, -2.0, 3.0, 0.5, 0.0, -1.0];
    pair.solve(&mut x);
    let (re, im) = (column(&x[..3]), column(&x[3..]));
    let diagonal: DMatrix<f64> = &m * 3.0 - &jacobian;
    let real: DVector<f64> = &diagonal * &re - &m * &im * 4.0;
    let imaginary: DVector<f64> = &diagonal * &im + &m * &re * 4.0;
    assert!((real - &b).amax() < 1e-13 && (imaginary - column(&[0.5, 0.0, -1.0])).amax() < 1e-13);

    let shift = dmatrix![5.0, 1.0; -2.0, 6.0];
    let other = jacobian.map(|x| 0.5 * x);
    let jacobians = [Arc::new(state_jacobian), Arc::new(StateJacobian::Dense(other.clone()))];
    let stages = StageMatrix::new(|i, j| shift[(i, j)], Some(&mass), &jacobians).unwrap();
    let mut whole: DMatrix<f64> = shift.kronecker(&m);
    whole.view_mut((0, 0), (3, 3)).zip_apply(&jacobian, |x, j| *x -= j);
    whole.view_mut((3, 3), (3, 3)).zip_apply(&other, |x, j| *x -= j);
    let b: DVector<f64> = DVector::from_fn(6, |i, _| 1.0 + i as f64);
    let mut x = [0.0; 6];
    stages.apply(b.as_slice(), &mut x);
    assert!(residual(&whole, &x, &b) < 1e-13);
}

#[test]
fn what_has_no_factors_is_refused() {
    let mut step = StepMatrix::new(2);
    let singular = StateJacobian::Dense(dmatrix![1.0, 2.0; 3.0, 1.0]);
    let mass = MassMatrix::from(DMatrix::zeros(2, 2));
    assert!(step.factor(1.0, Some(&mass), &singular).is_ok());
    let empty_row = StateJacobian::Dense(dmatrix![1.0, 2.0; 0.0, 0.0]);
    assert!(matches!(step.factor(1.0, Some(&mass), &empty_row), Err(LinalgError::Singular { .. })));
    assert!(step.factor(1.5, None, &empty_row).is_ok());
    let undefined = StateJacobian::Dense(dmatrix![1.0, f64::NAN; 0.0, 0.0]);
    assert!(!undefined.is_finite());
    assert!(matches!(step.factor(1.0, None, &undefined), Err(LinalgError::NotFinite { .. })));
    assert!(matches!(mass.check(3), Err(LinalgError::Shape { .. })));
}
