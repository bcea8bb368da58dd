//! Roots and fixed points in every mode, against closed forms; and how the iterations fail.

mod modes;

use costate_ad::{Real, derivative, gradient};
use costate_linalg::{Equations, FixedPoint, LinalgError, Newton, fixed_point, root};
use modes::{Program, check, numbers, weighted};
use nalgebra::{DMatrix, DVector, dvector};
use std::cell::Cell;

/// Where a circle of squared radius p0 meets the hyperbola x y = p1.
struct Circle;

impl Equations for Circle {
    fn evaluate<R: Real>(&self, x: &[R], p: &[R], f: &mut [R]) {
        f[0] = x[0] * x[0] + x[1] * x[1] - p[0];
        f[1] = x[0] * x[1] - p[1];
    }
}

impl Program for Circle {
    fn ours<R: Real>(&self, p: &[R]) -> R {
        weighted(&root(self, &dvector![3.0, 0.5], &DVector::from_column_slice(p)).unwrap())
    }

    fn reference<R: Real>(&self, p: &[R]) -> R {
        let (sum, difference) = ((p[0] + 2.0 * p[1]).sqrt(), (p[0] - 2.0 * p[1]).sqrt());
        weighted(&[(sum + difference) * 0.5, (sum - difference) * 0.5])
    }
}

/// A linear contraction `x <- C x / 4 + p` with more unknowns than one chunk of duals.
struct Contraction;

const N: usize = 9;

fn contraction<R: Real>() -> DMatrix<R> {
    DMatrix::from_vec(N, N, numbers(N * N, 13)).map(|c| R::from(0.25 * c / 3.0))
}

impl Equations for Contraction {
    fn evaluate<R: Real>(&self, x: &[R], p: &[R], f: &mut [R]) {
        let moved = contraction::<R>() * DVector::from_column_slice(x);
        (0..N).for_each(|i| f[i] = moved[i] + p[i % p.len()] * p[0].sin());
    }
}

impl Program for Contraction {
    fn ours<R: Real>(&self, p: &[R]) -> R {
        weighted(&fixed_point(self, &DVector::zeros(N), &DVector::from_column_slice(p)).unwrap())
    }

    fn reference<R: Real>(&self, p: &[R]) -> R {
        let b = DVector::from_fn(N, |i, _| p[i % p.len()] * p[0].sin());
        weighted(&(DMatrix::identity(N, N) - contraction()).lu().solve(&b).unwrap())
    }
}

#[test]
fn every_mode() {
    check("circle", &Circle, &[5.0, 1.5], 1e-13);
    check("contraction", &Contraction, &[0.3, -0.6, 1.1], 1e-12);
}

/// Counts evaluations that carry derivatives in the parameters.
struct Counted(Cell<usize>);

impl Equations for Counted {
    fn evaluate<R: Real>(&self, x: &[R], p: &[R], f: &mut [R]) {
        // A parameter that is a variable is no constant zero, whatever its value.
        self.0.set(self.0.get() + usize::from(!(p[0] - p[0].value()).is_zero()));
        f[0] = x[0].exp() * x[0] - p[0];
    }
}

#[test]
fn derivatives_cost_one_evaluation_per_order() {
    let f = Counted(Cell::new(0));
    gradient(|p| root(&f, &dvector![1.0], p).unwrap()[0], &dvector![2.0]);
    assert_eq!(f.0.take(), 1);
    derivative(|p| derivative(|p| root(&f, &dvector![1.0], &dvector![p]).unwrap()[0], p).1, 2.0);
    assert_eq!(f.0.take(), 2);
}

/// `x^2 + p`.
struct Parabola;

impl Equations for Parabola {
    fn evaluate<R: Real>(&self, x: &[R], p: &[R], f: &mut [R]) {
        f[0] = x[0] * x[0] + p[0];
    }
}

#[test]
fn failures_are_named() {
    let at = |guess: f64, p: f64| root(&Parabola, &dvector![guess], &dvector![p]).unwrap_err();
    assert!(matches!(at(1.0, 1.0), LinalgError::DidNotConverge { .. } | LinalgError::SingularJacobian { .. }));
    assert_eq!(at(0.0, -1.0), LinalgError::SingularJacobian { iterations: 0, pivot: 0, residual: 1.0 });
    assert!(matches!(at(1.0, 0.0), LinalgError::DegenerateRoot { .. }));
    assert!(matches!(at(f64::NAN, 0.0), LinalgError::NotFinite { what: "the guess", .. }));
    let few = Newton { max_iterations: 2, ..Newton::default() };
    let error = few.root(&Parabola, &dvector![100.0], &dvector![-1.0]).unwrap_err();
    assert!(matches!(error, LinalgError::DidNotConverge { iterations: 2, .. }), "{error}");
    let wild = FixedPoint { max_iterations: 20, ..FixedPoint::default() };
    let error = wild.fixed_point(&Parabola, &dvector![0.5], &dvector![-1.5]).unwrap_err();
    assert!(matches!(error, LinalgError::DidNotConverge { iterations: 20, .. }), "{error}");
    let error = fixed_point(&Parabola, &dvector![3.0], &dvector![1.0]).unwrap_err();
    assert!(matches!(error, LinalgError::NotFinite { what: "the iterate", .. }), "{error}");
}

#[test]
fn a_far_guess_is_reached_by_the_line_search() {
    /// The arctangent, on which undamped Newton diverges from beyond 1.39.
    struct Arctangent;
    impl Equations for Arctangent {
        fn evaluate<R: Real>(&self, x: &[R], p: &[R], f: &mut [R]) {
            f[0] = (x[0] - p[0]).atan();
        }
    }
    let (x, slope) = gradient(|p| root(&Arctangent, &dvector![30.0], p).unwrap()[0], &dvector![2.0]);
    assert!((x - 2.0).abs() < 1e-15 && (slope[0] - 1.0).abs() < 1e-15);
}
