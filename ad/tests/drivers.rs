//! The drivers against each other: every way to the same derivative gives the same numbers.

use costate_ad::{
    Dual, Real, gradient, gradient_chunked, gradient_forward, hessian, hvp, jacobian, jacobian_reverse, jvp,
};
use costate_ad::{try_hessian, try_hessian_chunked, try_hvp, try_jacobian, try_jacobian_chunked, try_jacobian_reverse};
use costate_ad::{try_jvp, try_vjp, vjp};
use nalgebra::{DMatrix, DVector, dvector};
use proptest::prelude::*;

/// Two outputs for each input, and one more.
fn model<R: Real>(x: &DVector<R>) -> DVector<R> {
    let n = x.len();
    DVector::from_fn(2 * n + 1, |i, _| match i {
        i if i == 2 * n => x.iter().fold(R::one(), |product, &x| product * x.cos()),
        i if i % 2 == 0 => x[i / 2] * x[(i / 2 + 1) % n].sin(),
        _ => (x[i / 2] * 0.5).exp(),
    })
}

fn scalar<R: Real>(x: &DVector<R>) -> R {
    model(x).norm_squared()
}

fn close(a: &DMatrix<f64>, b: &DMatrix<f64>) -> bool {
    (a - b).amax() <= 1e-12 * (1.0 + a.amax())
}

fn points() -> impl Strategy<Value = (DVector<f64>, DVector<f64>)> {
    // Across the width of a chunk: below, at, and above.
    (1..19_usize).prop_flat_map(|n| {
        let vector = || prop::collection::vec(-2.0..2.0_f64, n).prop_map(DVector::from_vec);
        (vector(), vector())
    })
}

fn matrix(columns: &[DVector<f64>]) -> DMatrix<f64> {
    DMatrix::from_columns(columns)
}

proptest! {
    #[test]
    fn first_derivatives_agree((x, v) in points()) {
        let (value, forward) = jacobian(model, &x);
        prop_assert_eq!(&value, &model(&x));
        let (reverse_value, reverse) = jacobian_reverse(model, &x);
        prop_assert_eq!(&reverse_value, &value);
        prop_assert!(close(&forward, &reverse));
        let (_, narrow) = try_jacobian_chunked::<3, _, ()>(|x| Ok(model(x)), &x).unwrap();
        prop_assert_eq!(&narrow, &forward);
        let (_, tangent) = jvp(model, &x, &v);
        prop_assert!(close(&matrix(&[tangent]), &matrix(&[&forward * &v])));
        let w = DVector::from_fn(value.len(), |i, _| (i as f64).sin());
        let (_, cotangent) = vjp(model, &x, &w);
        prop_assert!(close(&matrix(&[cotangent]), &matrix(&[forward.tr_mul(&w)])));
        let (_, wide) = gradient_forward(scalar, &x);
        prop_assert_eq!(&gradient_chunked::<1, _>(scalar, &x).1, &wide);
        prop_assert!(close(&matrix(&[gradient(scalar, &x).1]), &matrix(&[wide])));
    }

    #[test]
    fn second_derivatives_agree((x, v) in points()) {
        let (value, slope, curvature) = hessian(scalar, &x);
        prop_assert_eq!(value, scalar(&x));
        prop_assert!(close(&matrix(&[gradient(scalar, &x).1]), &matrix(std::slice::from_ref(&slope))));
        prop_assert!(close(&curvature, &curvature.transpose()));
        let (_, forward) = jacobian(|x| gradient_forward(scalar, x).1, &x);
        prop_assert!(close(&curvature, &forward), "{} {}", curvature, forward);
        let (_, over_slope, product) = hvp(scalar, &x, &v);
        prop_assert!(close(&matrix(&[slope, &curvature * v]), &matrix(&[over_slope, product])));
        let (_, _, narrow) = try_hessian_chunked::<1, ()>(|x| Ok(scalar(x)), &x).unwrap();
        prop_assert!(close(&narrow, &curvature));
    }
}

#[test]
fn errors_pass_through() {
    let x = dvector![1.0, 2.0];
    let w = dvector![1.0];
    assert_eq!(try_jacobian(|_| Err::<DVector<_>, _>("no"), &x), Err("no"));
    assert_eq!(try_jacobian_reverse(|_| Err("no"), &x), Err("no"));
    assert_eq!(try_jvp(|_| Err("no"), &x, &x), Err("no"));
    assert_eq!(try_vjp(|_| Err("no"), &x, &w), Err("no"));
    assert_eq!(try_hessian(|_| Err("no"), &x), Err("no"));
    assert_eq!(try_hvp(|_| Err("no"), &x, &x), Err("no"));
    assert_eq!(try_vjp(|x| Ok::<_, ()>(dvector![x[0] * x[1]]), &x, &w), Ok((dvector![2.0], dvector![2.0, 1.0])));
}

#[test]
fn nothing_in_and_nothing_out() {
    let empty = DVector::zeros(0);
    assert_eq!(jacobian(|_| dvector![1.0.into()], &empty).1.shape(), (1, 0));
    assert_eq!(jacobian(|_| DVector::zeros(0), &dvector![1.0, 2.0]).1.shape(), (0, 2));
    assert_eq!(jacobian_reverse(|_| DVector::zeros(0), &dvector![1.0]).1.shape(), (0, 1));
    assert_eq!(hessian(|_| Dual::from(3.0), &empty).0, 3.0);
    assert_eq!(hessian(|_| Dual::from(3.0), &dvector![1.0]).2[(0, 0)], 0.0);
}

/// Inside a gradient: a Jacobian on the outer tape's variables, and drivers on plain numbers.
#[test]
fn drivers_nest() {
    let x = dvector![0.4, 1.1];
    let (_, slope) = gradient(|x| jacobian(model, x).1.norm_squared(), &x);
    let (_, forward) = gradient_chunked::<2, _>(|x| jacobian(model, x).1.norm_squared(), &x);
    assert!((slope - forward).amax() < 1e-12);
    let (_, slope) = gradient(|y| y[0] * hvp(scalar, &x, &x).2[0] + y[1] * jacobian_reverse(model, &x).1[(0, 0)], &x);
    assert_eq!(slope, dvector![hvp(scalar, &x, &x).2[0], jacobian(model, &x).1[(0, 0)]]);
}
