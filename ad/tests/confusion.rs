//! Two derivatives of the same scalar type, one inside the other: kept apart, or refused, never confused.

use costate_ad::{
    Dual, Real, Var, derivative, forward_block, gradient, gradient_chunked, gradient_forward, jacobian, jvp,
    try_jacobian, wirtinger,
};
use nalgebra::{DVector, dvector};
use num_complex::Complex;
use std::panic::{AssertUnwindSafe, catch_unwind};

type Outer = Dual<f64>;
type Wide = Dual<f64, 8>;
type Run = Box<dyn Fn() -> f64>;

fn refusal<T>(f: impl FnOnce() -> T) -> Option<String> {
    let payload = catch_unwind(AssertUnwindSafe(f)).err()?;
    Some(payload.downcast_ref::<String>().cloned().expect("the message is formatted"))
}

/// The gradient of a sum over inner derivatives, taken in the outer variable by every driver that is generic in its scalar.
#[test]
fn every_forward_driver_refuses_an_outer_number_of_its_own_type() {
    let one = dvector![1.0];
    let confused: [(&str, Run); 9] = [
        ("derivative", Box::new(|| derivative(|x| x * derivative(|y| x + y, 1.0).1, 1.0).1)),
        (
            "a derivative that depends on it",
            Box::new(|| derivative(|x| Dual::from(derivative(|y| x * y, 2.0).1), 1.0).1),
        ),
        // Nothing of the outer number shows in the value or the slope here.
        ("at 0", Box::new(|| derivative(|x| x + derivative(|t| (x * t).exp(), 0.0).1, 3.0).1)),
        (
            "gradient_forward",
            Box::new(|| {
                let inner = |x: Wide| gradient_forward(|y| y[0] * x, &dvector![1.0]).1[0];
                gradient_forward(|x| x[0] * inner(x[0]), &dvector![2.0]).1[0]
            }),
        ),
        (
            "gradient_chunked",
            Box::new(|| {
                let inner = |x: Dual<f64, 2>| gradient_chunked::<2, _>(|y| y[0] * y[1] + x, &dvector![1.0, 3.0]).0;
                gradient_chunked::<2, _>(|x| x[0] * inner(x[1]), &dvector![2.0, 1.0]).1[0]
            }),
        ),
        (
            "jacobian",
            Box::new(|| {
                let inner = |x: Wide| jacobian(|y| dvector![y[0] * 2.0, y[0] * x], &dvector![1.0]).1[(1, 0)];
                gradient_forward(|x| x[0] * inner(x[0]), &dvector![2.0]).1[0]
            }),
        ),
        (
            "jvp",
            Box::new(|| {
                let inner = |x: Outer| jvp(|y| dvector![y[0] * x], &dvector![1.0], &dvector![1.0]).1[0];
                jvp(|x| dvector![x[0] * inner(x[0])], &dvector![2.0], &dvector![1.0]).1[0]
            }),
        ),
        (
            "wirtinger",
            Box::new(|| {
                let inner = |x: Complex<Dual<f64, 2>>| wirtinger(|z| z * x, Complex::new(1.0, 0.0)).1.re;
                wirtinger(|z| z * Dual::from(inner(z)), Complex::new(2.0, 1.0)).1.re
            }),
        ),
        (
            "forward_block",
            Box::new(|| {
                let inner = |x: Wide| gradient(|v| forward_block(|y| vec![y[0] * x], &[v[0]])[0], &dvector![1.0]).1[0];
                gradient_forward(|x| x[0] * inner(x[0]), &dvector![2.0]).1[0]
            }),
        ),
    ];
    for (what, run) in confused {
        let message = refusal(run).unwrap_or_else(|| panic!("{what}: no refusal"));
        assert!(message.contains("Dual") && message.contains("Dual::constant(x)"), "{what}: {message}");
    }
    // The refusal leaves nothing behind.
    assert_eq!(derivative(|x| x * derivative(|y| y * y, 3.0).1, 1.0), (6.0, 6.0));
    let failing =
        |x: &DVector<Wide>| try_jacobian(|_| Err::<DVector<Wide>, _>("no"), &dvector![1.0]).map(|_| x.clone());
    assert_eq!(try_jacobian(failing, &one).map(|_| ()), Err("no"));
}

/// What is written as the documentation says gives the right number, at any place.
#[test]
fn levels_that_are_told_apart_agree_with_the_exact_value() {
    for x in [0.0, 0.7, 4.0] {
        let (value, slope) = derivative(|x| x * derivative(|y| Dual::constant(x) + y, Dual::from(1.0)).1, x);
        assert_eq!((value, slope), (x, 1.0));
        let (_, slope) = derivative(|x| derivative(|t| (Dual::constant(x) * t).exp(), Dual::from(0.0)).1, x);
        assert_eq!(slope, 1.0);
        let slope = gradient(|x| derivative(|y| Dual::constant(x[0]) * y * y, x[0]).1, &dvector![x]).1[0];
        assert_eq!(slope, 4.0 * x);
    }
}

/// An inner derivative that has nothing to do with the outer one is as good as a number.
#[test]
fn independent_inner_derivatives_are_left_alone() {
    fn newton<R: Real>(target: R) -> f64 {
        let target = target.value();
        (0..20).fold(1.0, |y, _| {
            let (value, slope) = derivative(|y| y * y - target, y);
            y - value / slope
        })
    }
    assert_eq!(derivative(|x| x * newton(x), 4.0), (8.0, 2.0));
    assert_eq!(derivative(|x| x * derivative(|y: Outer| y.sqrt(), 0.25).1, 3.0), (3.0, 1.0));
    let runs = std::cell::Cell::new(0);
    let counted = |y: Outer| {
        runs.set(runs.get() + 1);
        y.sin()
    };
    derivative(counted, 1.0);
    assert_eq!(runs.get(), 1, "outside of another derivative the closure runs once");
    // Within a gradient, the inner runs are of another type than anything outside.
    let slope =
        gradient(|x: &DVector<Var>| derivative(|y| Dual::constant(x[0]) * y, Var::from(2.0)).0, &dvector![3.0]).1;
    assert_eq!(slope, dvector![2.0]);
}
