//! Patterns are exact, colours few, and sparse derivatives those of dense ones.

mod sparse_systems;

use costate_ad::{
    Dual, HessianPattern, JacobianPattern, Real, SparseHessian, SparseJacobian, Tracer, VectorFunction, derivative,
    gradient, sparse_hessian, sparse_jacobian,
};
use nalgebra::{DMatrix, DVector, dvector};
use proptest::prelude::*;
use sparse_systems::{Arrow, Banded, Brusselator, Norms, close, dense, dense_hessian, point, random};

#[test]
fn patterns_are_exact_and_colours_few() {
    let brusselator = Brusselator { n: 8, t: 0.0 };
    #[rustfmt::skip]
    let table = [
        ("brusselator", JacobianPattern::of(&brusselator, &brusselator.start()), 6 * 128, 12, dense(&brusselator, &point(128))),
        ("arrow", JacobianPattern::of(&Arrow, &point(300)), 3 * 300 - 2, 300, dense(&Arrow, &point(300))),
        ("diagonal", JacobianPattern::of(&Banded(0), &point(50)), 50, 1, dense(&Banded(0), &point(50))),
        ("tridiagonal", JacobianPattern::of(&Banded(1), &point(50)), 148, 3, dense(&Banded(1), &point(50))),
        ("seven diagonals", JacobianPattern::of(&Banded(3), &point(50)), 50 * 7 - 12, 7, dense(&Banded(3), &point(50))),
        ("dense", JacobianPattern::of(&Norms, &point(40)), 1600, 40, dense(&Norms, &point(40))),
        ("nothing", JacobianPattern::of(&Norms, &[]), 0, 0, DMatrix::zeros(0, 0)),
    ];
    for (name, pattern, nnz, colours, dense) in table {
        assert_eq!(pattern.nnz(), nnz, "{name}");
        for j in 0..pattern.columns() {
            let rows: Vec<usize> = (0..pattern.rows()).filter(|&i| dense[(i, j)] != 0.0).collect();
            assert_eq!(pattern.column(j), rows, "{name}, column {j}");
        }
        let colouring = pattern.colour();
        assert!(colouring.count() <= colours, "{name}: {} colours", colouring.count());
        assert!(pattern.holds_everywhere(), "{name}");
    }
}

#[test]
fn hessian_patterns_are_exact_and_colours_few() {
    #[rustfmt::skip]
    let table = [
        ("arrow", HessianPattern::of(&Arrow, &point(200)), 200 * 3 - 2, 2, dense_hessian(&Arrow, &point(200).into())),
        ("diagonal", HessianPattern::of(&Banded(0), &point(30)), 30, 1, dense_hessian(&Banded(0), &point(30).into())),
        ("tridiagonal", HessianPattern::of(&Banded(1), &point(30)), 88, 3, dense_hessian(&Banded(1), &point(30).into())),
        ("five diagonals", HessianPattern::of(&Banded(2), &point(30)), 30 * 5 - 6, 5, dense_hessian(&Banded(2), &point(30).into())),
        ("dense", HessianPattern::of(&Norms, &point(20)), 400, 20, dense_hessian(&Norms, &point(20).into())),
        ("nothing", HessianPattern::of(&Norms, &[]), 0, 0, DMatrix::zeros(0, 0)),
    ];
    for (name, pattern, nnz, colours, dense) in table {
        assert_eq!(pattern.nnz(), nnz, "{name}");
        for j in 0..pattern.inputs() {
            let rows: Vec<usize> = (0..pattern.inputs()).filter(|&i| dense[(i, j)] != 0.0).collect();
            assert_eq!(pattern.column(j), rows, "{name}, column {j}");
        }
        assert!(pattern.colour().count() <= colours, "{name}: {} colours", pattern.colour().count());
    }
}

/// Each function of one or two arguments: which of x, y, z it depends on, and in which pairs.
#[test]
fn every_kind_of_operation_is_followed() {
    type Program = fn(Tracer, Tracer, Tracer) -> Tracer;
    type Row<'a> = (&'a str, Program, &'a [usize], &'a [(usize, usize)]);
    #[rustfmt::skip]
    let table: [Row; 28] = [
        ("constant", |_, _, _| 1.0.into(), &[], &[]),
        ("sum", |x, y, z| x + 2.0 * y - z, &[0, 1, 2], &[]),
        ("product", |x, y, _| x * y, &[0, 1], &[(0, 1)]),
        ("product with zero", |x, y, _| x * 0.0 + y * Tracer::from(0.0), &[0, 1], &[]),
        ("quotient", |x, y, _| x / y, &[0, 1], &[(0, 1), (1, 1)]),
        ("quotient by a number", |x, _, _| x / 3.0, &[0], &[]),
        ("reciprocal", |x, _, _| 1.0 / x, &[0], &[(0, 0)]),
        ("remainder", |x, y, _| x % y, &[0, 1], &[]),
        ("difference from a number", |x, _, _| 1.0 - x, &[0], &[]),
        ("square", |x, _, _| x * x, &[0], &[(0, 0)]),
        ("sine of a sum", |x, y, _| (x + y).sin(), &[0, 1], &[(0, 0), (0, 1), (1, 1)]),
        ("sine and cosine", |x, y, _| x.sin_cos().0 + y.sinh_cosh().1, &[0, 1], &[(0, 0), (1, 1)]),
        ("absolute value", |x, _, _| x.abs(), &[0], &[]),
        ("power 0", |x, _, _| x.powi(0), &[], &[]),
        ("power 1", |x, _, _| x.powi(1), &[0], &[]),
        ("power 3", |x, _, _| x.powi(3), &[0], &[(0, 0)]),
        ("real power", |x, y, _| x.powf(y), &[0, 1], &[(0, 0), (0, 1), (1, 1)]),
        ("number to a power", |_, y, _| Tracer::from(2.0).powf(y), &[1], &[(1, 1)]),
        ("arctangent of two", |x, y, _| x.atan2(y), &[0, 1], &[(0, 0), (0, 1), (1, 1)]),
        ("copysign", |x, y, _| x.copysign(y), &[0, 1], &[]),
        ("larger, both sides", |x, y, z| x.max(y) + z.min(x), &[0, 1, 2], &[]),
        ("clamp, all three", |x, y, z| x.clamp(y, z), &[0, 1, 2], &[]),
        ("fused", |x, y, z| x.mul_add(y, z), &[0, 1, 2], &[(0, 1)]),
        ("steps", |x, y, z| x.floor() + y.signum() + z.round(), &[], &[]),
        ("later linear", |x, y, z| x * y + z - x * y * 0.5, &[0, 1, 2], &[(0, 1)]),
        ("dead code", |x, y, _| { let _ = (x * y).exp(); x + y }, &[0, 1], &[]),
        ("overwritten", |x, y, _| { let mut z = [x * 2.0]; z[0] = y; z[0] * y }, &[1], &[(1, 1)]),
        ("triple product", |x, y, z| x * y * z, &[0, 1, 2], &[(0, 1), (0, 2), (1, 2)]),
    ];
    for (name, program, depends, interacts) in table {
        let x = [0.3, 0.6, 0.9];
        let jacobian = JacobianPattern::trace(|x, y| y[0] = program(x[0], x[1], x[2]), &x, 1);
        let found: Vec<usize> = (0..3).filter(|&j| !jacobian.column(j).is_empty()).collect();
        assert_eq!(found, depends, "{name}");
        let hessian = HessianPattern::trace(|x| program(x[0], x[1], x[2]), &x);
        let found: Vec<_> = (0..3).flat_map(|j| hessian.column(j).iter().map(move |&i| (i, j))).collect();
        let expected: Vec<_> = (0..3)
            .flat_map(|j| (0..3).map(move |i| (i, j)))
            .filter(|&(i, j)| interacts.contains(&(i.min(j), i.max(j))))
            .collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_look_at_a_value_is_remembered() {
    type Program = fn(&[Tracer]) -> Tracer;
    #[rustfmt::skip]
    let table: [(&str, Program, bool); 8] = [
        ("arithmetic", |x| (x[0] * x[1]).exp() - x[0].abs().sqrt(), true),
        ("max and min", |x| x[0].max(x[1]).min(x[0] * 2.0), true),
        ("comparison", |x| if x[0] > x[1] { x[0] } else { x[1] }, false),
        ("comparison with a number", |x| if x[0] > 3.0 { x[0] } else { x[1] }, false),
        ("comparison of constants", |x| if Tracer::from(1.0) > 0.5 { x[0] } else { x[1] }, true),
        ("value", |x| x[0] * x[1].value(), false),
        ("floor", |x| x[x[0].floor().value() as usize], false),
        ("equality", |x| if x[0] == x[1] { x[0] } else { x[1] }, false),
    ];
    for (name, program, everywhere) in table {
        let pattern = JacobianPattern::trace(|x, y| y[0] = program(x), &[0.5, 1.5], 1);
        assert_eq!(pattern.holds_everywhere(), everywhere, "{name}");
        assert_eq!(HessianPattern::trace(program, &[0.5, 1.5]).holds_everywhere(), everywhere, "{name}");
    }
    let branches = |x: &[f64]| JacobianPattern::trace(|x, y| y[0] = if x[0] > 0.0 { x[0] * x[1] } else { x[2] }, x, 1);
    let (above, below) = (branches(&[1.0, 0.0, 0.0]), branches(&[-1.0, 0.0, 0.0]));
    assert_eq!((above.nnz(), below.nnz(), above.union(&below).nnz()), (2, 1, 3));
    assert_eq!(above.union(&above), above);
}

#[test]
fn derivatives_are_those_of_the_dense_ones() {
    let brusselator = Brusselator { n: 6, t: 2.0 };
    let (value, jacobian) = sparse_jacobian(&brusselator, &brusselator.start().into());
    let mut y = vec![0.0; 72];
    brusselator.eval(&brusselator.start(), &mut y);
    assert_eq!(value.as_slice(), y);
    assert!(close(&jacobian, &dense(&brusselator, &brusselator.start())));
    for n in [0, 1, 2, 7, 40] {
        let x = DVector::from(point(n));
        if n > 0 {
            assert!(close(&sparse_jacobian(&Arrow, &x).1, &dense(&Arrow, x.as_slice())));
            assert!(close(&sparse_hessian(&Arrow, &x).2, &dense_hessian(&Arrow, &x)));
        }
        assert!(close(&sparse_jacobian(&Banded(2), &x).1, &dense(&Banded(2), x.as_slice())));
        assert!(close(&sparse_hessian(&Banded(2), &x).2, &dense_hessian(&Banded(2), &x)));
        assert!(close(&sparse_hessian(&Norms, &x).2, &dense_hessian(&Norms, &x)));
        let (value, slope, _) = sparse_hessian(&Banded(2), &x);
        assert_eq!((value, slope), gradient(|x| costate_ad::ScalarFunction::eval(&Banded(2), x.as_slice()), &x));
    }
}

/// The determinant of the Jacobian of a function with 3 inputs, and the derivative of that in a direction.
#[test]
fn a_jacobian_is_differentiated_itself() {
    let pattern = JacobianPattern::of(&Banded(1), &point(3));
    let colouring = pattern.colour();
    let trace_of = |s| {
        let x: Vec<_> = point(3).iter().map(|&x| s * x).collect();
        let mut jacobian = SparseJacobian::new(&pattern, &colouring);
        let matrix = jacobian.evaluate(&Banded(1), &x);
        matrix.triplet_iter().fold(Dual::constant(0.0), |total, (i, j, &v)| total + v * (1.0 + (i + 2 * j) as f64))
    };
    let (_, slope) = derivative(trace_of, 1.0);
    let h = 1e-5;
    let plain = |s: f64| trace_of(Dual::constant(s)).value;
    assert!((slope - (plain(1.0 + h) - plain(1.0 - h)) / (2.0 * h)).abs() < 1e-8);
}

#[test]
fn values_that_are_not_finite_stay_where_they_belong() {
    let x = dvector![f64::NAN, 1.0, f64::INFINITY, 1.0, 1.0, 1.0, 1.0];
    let (value, jacobian) = sparse_jacobian(&Banded(1), &x);
    assert!(value[0].is_nan() && value[5].is_finite());
    assert_eq!(jacobian.pattern(), JacobianPattern::of(&Banded(1), &point(7)).sparsity());
    for (i, j, derivative) in jacobian.triplet_iter().filter(|(i, ..)| *i > 3) {
        assert_eq!(*derivative, 1.0 / (x[j] + 2.0), "({i}, {j})");
    }
}

#[test]
fn more_outputs_than_inputs_and_rows_of_zeros() {
    struct Powers;
    impl VectorFunction for Powers {
        fn eval<R: Real>(&self, x: &[R], y: &mut [R]) {
            for (i, y) in y.iter_mut().enumerate().skip(1) {
                *y = x[i % x.len()].powi(i as i32);
            }
        }
        fn outputs(&self, inputs: usize) -> usize {
            3 * inputs
        }
    }
    let x = DVector::from(point(5));
    let (value, jacobian) = sparse_jacobian(&Powers, &x);
    assert_eq!((value.len(), jacobian.nrows(), jacobian.ncols(), jacobian.nnz()), (15, 15, 5, 14));
    assert!(close(&jacobian, &dense(&Powers, x.as_slice())));
}

#[test]
#[should_panic(expected = "its trace has ended")]
fn a_tracer_does_not_outlive_its_trace() {
    let mut kept = None;
    JacobianPattern::trace(|x, _| kept = Some(x[0]), &[1.0], 0);
    let _ = kept.unwrap() + 1.0;
}

#[test]
fn a_trace_inside_a_trace() {
    let outer = JacobianPattern::trace(
        |x, y| {
            let inner = JacobianPattern::trace(|a, b| b[0] = a[1] * 2.0, &[0.0; 3], 1);
            y[0] = x[0] * inner.nnz() as f64;
        },
        &[1.0, 2.0],
        1,
    );
    assert_eq!((outer.nnz(), outer.column(0)), (1, [0].as_slice()));
}

proptest! {
    #[test]
    fn random_jacobians((system, x) in random()) {
        let pattern = JacobianPattern::of(&system, &x);
        let colouring = pattern.colour();
        for i in 0..pattern.rows() {
            let mut seen = vec![false; colouring.count()];
            for j in (0..pattern.columns()).filter(|&j| pattern.column(j).contains(&i)) {
                prop_assert!(!std::mem::replace(&mut seen[colouring.colours()[j] as usize], true));
            }
        }
        let (value, jacobian) = sparse_jacobian(&system, &x.clone().into());
        prop_assert!(value.iter().all(|y| y.is_finite()));
        prop_assert!(close(&jacobian, &dense(&system, &x)));
    }

    #[test]
    fn random_hessians((system, x) in random()) {
        let pattern = HessianPattern::of(&system, &x);
        let colouring = pattern.colour();
        let colours = colouring.colours();
        let neighbours = |v: usize| pattern.column(v).iter().copied().filter(move |&w| w != v);
        for a in 0..x.len() {
            for b in neighbours(a) {
                prop_assert_ne!(colours[a], colours[b]);
                for c in neighbours(b).filter(|&c| c != a && colours[c] == colours[a]) {
                    prop_assert!(neighbours(c).all(|d| d == b || colours[d] != colours[b]), "path {a} {b} {c}");
                }
            }
        }
        let x = DVector::from(x);
        let mut hessian = SparseHessian::new(&pattern, &colouring);
        prop_assert!(close(hessian.evaluate(&system, &x), &dense_hessian(&system, &x)));
    }
}
