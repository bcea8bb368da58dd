//! One program in every mode, against a reference in the arithmetic of the same scalar and against finite differences.

use costate_ad::{Dual, Real, gradient, gradient_forward};
use nalgebra::{DMatrix, DVector};

/// A function of some numbers, by this crate and by other means.
pub trait Program {
    fn ours<R: Real>(&self, x: &[R]) -> R;
    fn reference<R: Real>(&self, x: &[R]) -> R;
}

/// Second derivatives by duals in duals.
fn hessian_by_duals(f: impl Fn(&[Dual<Dual<f64>>]) -> Dual<Dual<f64>>, x: &DVector<f64>) -> DMatrix<f64> {
    let n = x.len();
    DMatrix::from_fn(n, n, |i, j| {
        let seeded = |k| {
            let mut dual = Dual::constant(Dual::constant(x[k]));
            if k == i {
                dual.value = Dual::variable(x[k], 0);
            }
            if k == j {
                dual.derivatives[0] = Dual::constant(1.0);
            }
            dual
        };
        f(&(0..n).map(seeded).collect::<Vec<_>>()).derivatives[0].derivatives[0]
    })
}

/// `x + e1 u + e2 u + e3 u`: its derivative part in all three is the third derivative along `u`.
fn along<R: Real>(x: R, u: f64) -> Dual<Dual<R>> {
    let inner = Dual { value: x, derivatives: [R::from(u)] };
    Dual { value: inner, derivatives: [Dual::constant(R::from(u))] }
}

fn close(what: &str, ours: f64, expected: f64, scale: f64, tolerance: f64) {
    let error = (ours - expected).abs();
    assert!(error <= tolerance * scale, "{what}: {ours:e} against {expected:e}, error {error:.1e} of {scale:.1e}");
}

/// Compares values, gradients, Hessians and third derivatives in all modes; `tolerance` is relative to the largest entry.
pub fn check(name: &str, program: &impl Program, x: &[f64], tolerance: f64) {
    let x = DVector::from_column_slice(x);
    let n = x.len();
    let (value, forward) = gradient_forward(|x| program.reference(x.as_slice()), &x);
    close(&format!("{name} value"), program.ours(x.as_slice()), value, 1.0 + value.abs(), tolerance);

    let scale = 1.0 + forward.amax();
    let (forward_value, by_duals) = gradient_forward(|x| program.ours(x.as_slice()), &x);
    let (tape_value, by_tape) = gradient(|x| program.ours(x.as_slice()), &x);
    assert_eq!([forward_value, tape_value], [program.ours(x.as_slice()); 2], "{name}: values differ between scalars");
    for i in 0..n {
        close(&format!("{name} forward gradient {i}"), by_duals[i], forward[i], scale, tolerance);
        close(&format!("{name} reverse gradient {i}"), by_tape[i], forward[i], scale, tolerance);
        let h = 1e-5;
        let at = |step: f64| {
            let mut x = x.clone();
            x[i] += step;
            program.reference(x.as_slice())
        };
        let difference = (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h);
        close(&format!("{name} finite difference {i}"), by_tape[i], difference, scale, 1e-7);
    }

    let expected = hessian_by_duals(|x| program.reference(x), &x);
    let ours = hessian_by_duals(|x| program.ours(x), &x);
    let scale = 1.0 + expected.amax();
    for i in 0..n {
        let (_, row) = gradient(
            |x| {
                let seeded: Vec<_> = (0..n)
                    .map(|k| if k == i { Dual::variable(x[k], 0) } else { Dual::<_, 1>::constant(x[k]) })
                    .collect();
                program.ours(&seeded).derivatives[0]
            },
            &x,
        );
        for j in 0..n {
            close(&format!("{name} Hessian {i} {j} by duals"), ours[(i, j)], expected[(i, j)], scale, 10.0 * tolerance);
            close(&format!("{name} Hessian {i} {j} over the tape"), row[j], expected[(i, j)], scale, 10.0 * tolerance);
        }
    }
    third(name, program, &x, tolerance);
}

fn third(name: &str, program: &impl Program, x: &DVector<f64>, tolerance: f64) {
    let u: Vec<f64> = (0..x.len()).map(|i| 1.0 - 0.3 * i as f64).collect();
    let seeded: Vec<Dual<Dual<Dual<f64>>>> =
        x.iter().zip(&u).map(|(&x, &u)| along(Dual { value: x, derivatives: [u] }, u)).collect();
    let deepest = |y: Dual<Dual<Dual<f64>>>| y.derivatives[0].derivatives[0].derivatives[0];
    let (ours, expected) = (deepest(program.ours(&seeded)), deepest(program.reference(&seeded)));
    let scale = 1.0 + expected.abs();
    close(&format!("{name} third derivative"), ours, expected, scale, 100.0 * tolerance);
    let (_, slopes) = gradient(
        |x| {
            let seeded: Vec<_> = x.iter().zip(&u).map(|(&x, &u)| along(x, u)).collect();
            program.ours(&seeded).derivatives[0].derivatives[0]
        },
        x,
    );
    let over_tape: f64 = slopes.iter().zip(&u).map(|(s, u)| s * u).sum();
    close(&format!("{name} third derivative over the tape"), over_tape, expected, scale, 100.0 * tolerance);
}

/// A weighted sum, so that every result has its own cotangent.
pub fn weighted<'a, R: Real>(results: impl IntoIterator<Item = &'a R>) -> R {
    results.into_iter().enumerate().fold(R::zero(), |sum, (i, &y)| sum + y * (1.0 + 0.7 * i as f64).sin())
}

/// Numbers in -1..1 that are the same at each run.
pub fn numbers(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 * 2.0_f64.powi(-52) - 1.0
    };
    (0..count).map(|_| next()).collect()
}
