//! Patterns are exact, colours few, and sparse derivatives those of dense ones.

use costate_ad::{
    Dual, HessianPattern, JacobianPattern, Real, ScalarFunction, SparseHessian, SparseJacobian, Tracer, VectorFunction,
    derivative, gradient, sparse_hessian, sparse_jacobian,
};
use nalgebra::{DMatrix, DVector, dvector};
use nalgebra_sparse::CscMatrix;
use proptest::prelude::*;

/// The reaction-diffusion problem of arXiv 1812.01892 on an `n` by `n` grid with periodic boundaries: first all `u`, then
/// all `v`.
struct Brusselator {
    n: usize,
    t: f64,
}

impl Brusselator {
    fn start(&self) -> Vec<f64> {
        let at = |k: usize| k as f64 / (self.n - 1) as f64;
        let u = (0..self.n * self.n).map(|c| 22.0 * (at(c / self.n) * (1.0 - at(c / self.n))).powf(1.5));
        let v = (0..self.n * self.n).map(|c| 27.0 * (at(c % self.n) * (1.0 - at(c % self.n))).powf(1.5));
        u.chain(v).collect()
    }

    fn neighbours(&self, cell: usize) -> [usize; 4] {
        let (n, i, j) = (self.n, cell / self.n, cell % self.n);
        [(i + 1) % n * n + j, (i + n - 1) % n * n + j, i * n + (j + 1) % n, i * n + (j + n - 1) % n]
    }
}

impl VectorFunction for Brusselator {
    fn eval<R: Real>(&self, x: &[R], y: &mut [R]) {
        let cells = self.n * self.n;
        let (u, v) = x.split_at(cells);
        let rate = 10.0 * ((self.n - 1) as f64).powi(2);
        for c in 0..cells {
            let around = |w: &[R]| {
                let [a, b, d, e] = self.neighbours(c);
                rate * (w[a] + w[b] + w[d] + w[e] - 4.0 * w[c])
            };
            let (px, py) = ((c % self.n) as f64 / self.n as f64, (c / self.n) as f64 / self.n as f64);
            let inside = (px - 0.3).powi(2) + (py - 0.6).powi(2) <= 0.01;
            let forcing = if inside && self.t >= 1.1 { 5.0 } else { 0.0 };
            let reaction = u[c] * u[c] * v[c];
            y[c] = around(u) + 1.0 + reaction - 4.4 * u[c] + forcing;
            y[cells + c] = around(v) + 3.4 * u[c] - reaction;
        }
    }
}

/// `y[0]` depends on everything, and everything on `x[0]` and on itself.
struct Arrow;

impl VectorFunction for Arrow {
    fn eval<R: Real>(&self, x: &[R], y: &mut [R]) {
        y[0] = x.iter().fold(R::zero(), |total, &x| total + x.sin());
        for i in 1..x.len() {
            y[i] = x[0] * x[i];
        }
    }
}

impl ScalarFunction for Arrow {
    fn eval<R: Real>(&self, x: &[R]) -> R {
        x.iter().fold(R::zero(), |total, &other| total + x[0] * other * other)
    }
}

/// `y[i]` depends on the inputs at most `.0` away.
struct Banded(usize);

impl VectorFunction for Banded {
    fn eval<R: Real>(&self, x: &[R], y: &mut [R]) {
        for i in 0..x.len() {
            let near = i.saturating_sub(self.0)..(i + self.0 + 1).min(x.len());
            y[i] = near.fold(R::one(), |product, j| product * (x[j] + 2.0)).ln();
        }
    }
}

impl ScalarFunction for Banded {
    fn eval<R: Real>(&self, x: &[R]) -> R {
        x.windows(self.0 + 1).fold(R::zero(), |total, w| total + R::sum(w).exp())
    }
}

struct Norms;

impl VectorFunction for Norms {
    fn eval<R: Real>(&self, x: &[R], y: &mut [R]) {
        let square = R::dot(x, x);
        for i in 0..x.len() {
            y[i] = x[i] / square;
        }
    }
}

impl ScalarFunction for Norms {
    fn eval<R: Real>(&self, x: &[R]) -> R {
        R::dot(x, x).sqrt()
    }
}

/// The Jacobian by one dual direction at a time.
fn dense<F: VectorFunction>(f: &F, x: &[f64]) -> DMatrix<f64> {
    let outputs = f.outputs(x.len());
    let mut jacobian = DMatrix::zeros(outputs, x.len());
    for j in 0..x.len() {
        let mut inputs: Vec<Dual<f64>> = x.iter().map(|&x| Dual::constant(x)).collect();
        inputs[j] = Dual::variable(x[j], 0);
        let mut y = vec![Dual::constant(0.0); outputs];
        f.eval(&inputs, &mut y);
        for i in 0..outputs {
            jacobian[(i, j)] = y[i].derivatives[0];
        }
    }
    jacobian
}

fn dense_hessian<F: ScalarFunction>(f: &F, x: &DVector<f64>) -> DMatrix<f64> {
    let mut hessian = DMatrix::zeros(x.len(), x.len());
    for j in 0..x.len() {
        let slope = |x: &DVector<_>| {
            let seeded = |i| if i == j { Dual::<_>::variable(x[i], 0) } else { Dual::constant(x[i]) };
            f.eval(&(0..x.len()).map(seeded).collect::<Vec<_>>()).derivatives[0]
        };
        hessian.set_column(j, &gradient(slope, x).1);
    }
    hessian
}

fn close(sparse: &CscMatrix<f64>, dense: &DMatrix<f64>) -> bool {
    (DMatrix::from(sparse) - dense).amax() <= 1e-13 * dense.amax().max(1.0)
}

fn point(n: usize) -> Vec<f64> {
    (0..n).map(|i| 0.5 + (i as f64 * 0.7).sin() * 0.4).collect()
}

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
        assert_eq!((value, slope), gradient(|x| ScalarFunction::eval(&Banded(2), x.as_slice()), &x));
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

/// A system whose row `i` is made of the given inputs, each in one of several ways.
#[derive(Debug, Clone)]
struct Random(Vec<Vec<(usize, u8)>>);

impl VectorFunction for Random {
    fn eval<R: Real>(&self, x: &[R], y: &mut [R]) {
        for (y, terms) in y.iter_mut().zip(&self.0) {
            *y = terms.iter().fold(R::one(), |so_far, &(j, kind)| match kind {
                0 => so_far + x[j],
                1 => so_far * (x[j] + 2.0),
                2 => so_far - (x[j] * 0.5).sin(),
                3 => so_far / (x[j] * x[j] + 1.0),
                4 => so_far.max(x[j]),
                _ => so_far.atan2(x[j] + 3.0),
            });
        }
    }
}

impl ScalarFunction for Random {
    fn eval<R: Real>(&self, x: &[R]) -> R {
        let mut y = vec![R::zero(); self.0.len()];
        VectorFunction::eval(self, x, &mut y);
        R::sum(&y)
    }
}

fn random() -> impl Strategy<Value = (Random, Vec<f64>)> {
    (1_usize..40).prop_flat_map(|n| {
        let row = prop::collection::vec((0..n, 0_u8..6), 0..6);
        (prop::collection::vec(row, n).prop_map(Random), prop::collection::vec(-1.0..1.0, n))
    })
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
