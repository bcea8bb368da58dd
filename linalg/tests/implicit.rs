//! Linearisations of right-hand sides, and the matrices of implicit steps.

use costate_ad::{At, Directional, JacobianPattern, LinearMap, Real, RightHandSide, jacobian};
use costate_linalg::{LinalgError, Linearisation, MassMatrix, PairMatrix, StageMatrix, StateJacobian, StepMatrix};
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
        for (dt, slope) in [(0.0, &mut at_rest), (2.0, &mut moved)] {
            let run = |t, y: &[_], p: &[_], dy: &mut [_]| f.eval(t, y, p, dy);
            Directional::default().along_with_time((0.7, &y, &p), (dt, &direction), run, slope);
        }
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
    let mut stages = StageMatrix::new(2, 3);
    stages.factor(|i, j| shift[(i, j)], Some(&mass), &jacobians).unwrap();
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

/// The step matrices of a sparse Jacobian are those of the dense one, with one order of elimination for all of them.
#[test]
fn sparse_and_dense_step_matrices_solve_alike() {
    let side = 8;
    let n = 2 * side * side;
    let (f, y) = (Brusselator { side }, state(n));
    let mut linearisation = Linearisation::new(n);
    let mass = MassMatrix::from(DMatrix::from_fn(n, n, |i, j| match i.abs_diff(j) {
        0 if i < n / 2 => 2.0,
        1 if i < n / 2 => 0.5,
        _ => 0.0,
    }));
    let [mut sparse, mut dense] = [(); 2].map(|_| StepMatrix::new(n));
    let [mut sparse_pair, mut dense_pair] = [(); 2].map(|_| PairMatrix::new(n));
    let [mut sparse_stages, mut dense_stages] = [(); 2].map(|_| StageMatrix::new(2, n));
    let b: Vec<f64> = (0..2 * n).map(|i| (i as f64 * 0.7).cos()).collect();
    for (t, mass) in [(0.5, None), (1.5, None), (2.5, Some(&mass))] {
        linearisation.evaluate(&f, At { t, y: &y, p: &[2.0] });
        let jacobian = linearisation.jacobian().clone();
        let full = Arc::new(StateJacobian::Dense(jacobian.to_dense()));
        sparse.factor(20.0 + t, mass, &jacobian).unwrap();
        dense.factor(20.0 + t, mass, &full).unwrap();
        assert!(sparse.is_sparse() && !dense.is_sparse());
        let another = sparse.another();
        check_alike(&sparse, &dense, &b[..n]);
        sparse = another;
        sparse.factor(3.0, mass, &jacobian).unwrap();
        dense.factor(3.0, mass, &full).unwrap();
        check_alike(&sparse, &dense, &b[..n]);

        sparse_pair.factor([3.0, 4.0], mass, &jacobian).unwrap();
        dense_pair.factor([3.0, 4.0], mass, &full).unwrap();
        let (mut x, mut expected) = (b.clone(), b.clone());
        sparse_pair.solve(&mut x);
        dense_pair.solve(&mut expected);
        assert_alike(&x, &expected);

        let shift = |i: usize, j: usize| [[5.0, 1.0], [-2.0, 6.0]][i][j];
        sparse_stages.factor(shift, mass, &[jacobian.clone(), jacobian]).unwrap();
        dense_stages.factor(shift, mass, &[full.clone(), full]).unwrap();
        check_alike(&sparse_stages, &dense_stages, &b);
    }
}

fn assert_alike(x: &[f64], expected: &[f64]) {
    let size = expected.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    for (x, expected) in x.iter().zip(expected) {
        assert!((x - expected).abs() <= 1e-12 * size, "{x} instead of {expected}");
    }
}

fn check_alike(sparse: &impl LinearMap, dense: &impl LinearMap, b: &[f64]) {
    let (mut x, mut expected) = (b.to_vec(), b.to_vec());
    sparse.apply(b, &mut x);
    dense.apply(b, &mut expected);
    assert_alike(&x, &expected);
    sparse.apply_transposed(b, &mut x);
    dense.apply_transposed(b, &mut expected);
    assert_alike(&x, &expected);
}

/// 100 states in a ring, of which some have no equation: the matrix is singular in structure, or in its numbers.
#[test]
fn a_singular_sparse_matrix_is_refused() {
    let n = 100;
    let jacobian = |entry: &dyn Fn(usize, usize) -> f64, empty: usize| {
        let mut coo = nalgebra_sparse::CooMatrix::new(n, n);
        for i in (0..n).filter(|&i| i != empty) {
            coo.push(i, i, entry(i, i));
            coo.push(i, (i + 1) % n, entry(i, (i + 1) % n));
        }
        StateJacobian::Sparse(nalgebra_sparse::CscMatrix::from(&coo))
    };
    let regular = |i: usize, j: usize| if i == j { -2.0 } else { 1.0 };
    let nothing = MassMatrix::from(nalgebra_sparse::CscMatrix::zeros(n, n));
    let mut step = StepMatrix::new(n);
    step.factor(5.0, None, &jacobian(&regular, n)).unwrap();
    step.factor(5.0, Some(&nothing), &jacobian(&regular, n)).unwrap();
    assert!(step.is_sparse());
    // With the identity in front of the slope a state without a slope is no trouble.
    step.factor(5.0, None, &jacobian(&regular, 17)).unwrap();
    let refused = step.factor(5.0, Some(&nothing), &jacobian(&regular, 17));
    assert!(matches!(refused, Err(LinalgError::Singular { .. })), "{refused:?}");
    // Every row sums to 0.
    let refused = step.factor(5.0, Some(&nothing), &jacobian(&|i, j| if i == j { -1.0 } else { 1.0 }, n));
    assert!(matches!(refused, Err(LinalgError::Singular { .. })), "{refused:?}");
    let refused = step.factor(5.0, None, &jacobian(&|i, _| if i == 3 { f64::NAN } else { 1.0 }, n));
    assert!(matches!(refused, Err(LinalgError::NotFinite { row: 3, .. })), "{refused:?}");
}

/// What the author knows better is believed: the pattern is not traced, and no dual number is run.
#[test]
fn an_own_pattern_and_an_own_jacobian_are_used() {
    struct Chain {
        own: bool,
    }
    impl RightHandSide for Chain {
        fn eval<R: Real>(&self, _t: R, y: &[R], _p: &[R], dy: &mut [R]) {
            for i in 0..y.len() {
                let next = y[(i + 1) % y.len()];
                dy[i] = if y[i] > 0.0 { next * next - y[i] } else { -y[i] };
            }
        }

        fn sparsity(&self, states: usize) -> Option<JacobianPattern> {
            let mut coo = nalgebra_sparse::CooMatrix::new(states, states);
            for i in 0..states {
                coo.push(i, i, 1.0);
                coo.push(i, (i + 1) % states, 1.0);
            }
            Some(JacobianPattern::known(nalgebra_sparse::CscMatrix::from(&coo).pattern().clone()))
        }

        fn jacobian(&self, at: At<'_>, entry: &mut dyn FnMut(usize, usize, f64)) -> bool {
            let n = at.y.len();
            for i in (0..n).filter(|_| self.own) {
                entry(i, i, -1.0);
                entry(i, (i + 1) % n, if at.y[i] > 0.0 { 2.0 * at.y[(i + 1) % n] } else { 0.0 });
            }
            self.own
        }
    }
    for n in [5, 60] {
        for sign in [1.0, -1.0] {
            let y: Vec<f64> = state(n).iter().enumerate().map(|(i, y)| if i == 1 { sign * y } else { *y }).collect();
            let at = At { t: 0.0, y: &y, p: &[] };
            let expected = dense_jacobian(&Chain { own: false }, at);
            for own in [false, true] {
                let mut linearisation = Linearisation::new(n);
                linearisation.evaluate(&Chain { own }, at);
                assert_eq!(linearisation.jacobian().to_dense(), expected, "{n} {sign} {own}");
                let sparse = matches!(**linearisation.jacobian(), StateJacobian::Sparse(_));
                // A few states whose pattern depends on the point stay dense.
                assert_eq!(sparse, n == 60);
            }
        }
    }
}
