//! Checkpoints: the same derivatives, a second run, less memory, and no derivative lost.

use costate_ad::{Dual, Real, Var, checkpoint, forward_block, gradient, gradient_forward, hook, hook_all, hvp};
use costate_ad::{derivative, hessian, stop_gradient};
use nalgebra::{DVector, dvector};
use proptest::prelude::*;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

fn panic_message<T>(f: impl FnOnce() -> T) -> String {
    let payload = match catch_unwind(AssertUnwindSafe(f)) {
        Ok(_) => panic!("this was to panic"),
        Err(payload) => payload,
    };
    payload.downcast_ref::<String>().cloned().or_else(|| payload.downcast_ref::<&str>().map(|m| m.to_string())).unwrap()
}

/// Three functions, each behind the checkpoint of the one before; counts their runs.
fn nested(x: &DVector<Var>, runs: &Rc<[Cell<u32>; 3]>) -> Var {
    let count = runs.clone();
    let third = move |x: &[Var]| {
        count[2].set(count[2].get() + 1);
        vec![x[0].sin() * x[1]]
    };
    let (count, third) = (runs.clone(), Rc::new(third));
    let second = move |x: &[Var]| {
        count[1].set(count[1].get() + 1);
        let third = third.clone();
        vec![checkpoint(move |x: &[Var]| third(x), x)[0].exp() + x[1], x[0] * x[1]]
    };
    let (count, second) = (runs.clone(), Rc::new(second));
    let first = move |x: &[Var]| {
        count[0].set(count[0].get() + 1);
        let (second, y) = (second.clone(), [x[0] * x[1], x[0]]);
        checkpoint(move |x: &[Var]| second(x), &y)
    };
    let y = checkpoint(first, x.as_slice());
    y[0] * y[1].cos()
}

#[test]
fn each_level_adds_a_run() {
    let runs = Rc::new([const { Cell::new(0) }; 3]);
    let at = dvector![0.7, 1.3];
    let (value, slope) = gradient(|x| nested(x, &runs), &at);
    assert_eq!(runs.each_ref().map(Cell::get), [2, 3, 4]);
    let plain = |x: &DVector<Dual<f64, 8>>| {
        let y = [x[0] * x[1], x[0]];
        ((y[0].sin() * y[1]).exp() + y[1]) * (y[0] * y[1]).cos()
    };
    let expected = gradient_forward(plain, &at);
    assert_eq!(value, expected.0);
    assert!((slope - expected.1).amax() < 1e-14);
}

/// A model in pieces, generic in its scalar: each piece behind a checkpoint inside the checkpoint of all.
fn model<R: Real>(x: &[R], runs: &Rc<[Cell<u32>; 2]>) -> R {
    let runs = runs.clone();
    let whole = move |x: &[R]| {
        runs[0].set(runs[0].get() + 1);
        let runs = runs.clone();
        let piece = move |x: &[R]| {
            runs[1].set(runs[1].get() + 1);
            vec![x[0].sin() * x[1], x[1] * 0.5]
        };
        checkpoint(piece, x)
    };
    R::sum(&checkpoint(whole, x)) * x[0]
}

#[test]
fn a_generic_model_may_hold_checkpoints() {
    let runs = Rc::new([const { Cell::new(0) }; 2]);
    let took = || runs.each_ref().map(|runs| runs.take());
    let (at, v) = (dvector![0.7, 1.3], dvector![1.0, -2.0]);
    let value = model(at.as_slice(), &runs);
    assert_eq!((value, took()), (0.7 * (0.7_f64.sin() * 1.3 + 0.65), [1, 1]));
    let forward = gradient_forward(|x| model(x.as_slice(), &runs), &at);
    assert_eq!(took(), [1, 1]);
    let reverse = gradient(|x| model(x.as_slice(), &runs), &at);
    assert_eq!(took(), [2, 3]);
    assert!(reverse.0 == value && forward.0 == value && (&reverse.1 - &forward.1).amax() < 1e-15);
    // A sweep for the gradient and one for the product with the Hessian.
    let product = hvp(|x| model(x.as_slice(), &runs), &at, &v);
    assert_eq!(took(), [3, 5]);
    let expected =
        gradient_forward(|x| gradient_forward(|x| model(x.as_slice(), &runs), x).1.dot(&v.map(Dual::from)), &at);
    assert!((product.1 - forward.1).amax() < 1e-15 && (product.2 - expected.1).amax() < 1e-14);
}

#[test]
fn without_a_sweep_or_a_variable_there_is_one_run() {
    let runs = Rc::new(Cell::new(0));
    let counted = |runs: &Rc<Cell<u32>>| {
        let runs = runs.clone();
        move |x: &[Var]| {
            runs.set(runs.get() + 1);
            vec![x[0] * x[0]]
        }
    };
    let (value, slope) = gradient(|x| checkpoint(counted(&runs), &[Var::from(3.0)])[0] + x[0], &dvector![1.0]);
    assert_eq!((value, slope[0], runs.get()), (10.0, 1.0, 1));
    let (_, slope) = gradient(
        |x| {
            checkpoint(counted(&runs), &[x[0]]);
            x[0]
        },
        &dvector![1.0],
    );
    assert_eq!((slope[0], runs.get()), (1.0, 2));
    assert_eq!(checkpoint(|x: &[f64]| vec![x[0] + 1.0], &[2.0]), [3.0]);
    assert_eq!(checkpoint(|_: &[f64]| vec![], &[2.0]), [0.0; 0]);
}

#[test]
fn what_would_lose_a_derivative_is_refused() {
    let captured = |x: &DVector<Var>| {
        let outer = x[0];
        checkpoint(move |y: &[Var]| vec![y[0] * outer], &[x[1]])[0]
    };
    let returned = |x: &DVector<Var>| {
        let outer = x[0];
        checkpoint(move |_: &[Var]| vec![outer], &[x[1]])[0]
    };
    let within = |x: &DVector<Var>| {
        let outer = x[0];
        checkpoint(move |y: &[Var]| checkpoint(move |z: &[Var]| vec![z[0] * outer], y), &[x[1]])[0]
    };
    // The inner closure captures what is an input of the outer one: a constant in the first run, a variable in the second.
    let between = |x: &DVector<Var>| {
        checkpoint(
            |y: &[Var]| {
                let outer = y[0];
                checkpoint(move |z: &[Var]| vec![z[0] * outer], &y[1..])
            },
            x.as_slice(),
        )[0]
    };
    let at = dvector![2.0, 3.0];
    for (what, message) in [
        ("captured", panic_message(|| gradient(captured, &at))),
        ("returned", panic_message(|| gradient(returned, &at))),
        ("within", panic_message(|| gradient(within, &at))),
        ("between", panic_message(|| gradient(between, &at))),
    ] {
        assert!(message.contains("captured") && message.contains("`inputs`"), "{what}: {message}");
    }
    let fickle = Cell::new(0.0);
    let message = panic_message(|| {
        gradient(
            |x| {
                let fickle = fickle.clone();
                let other = move |x: &[Var]| {
                    fickle.set(fickle.get() + 1.0);
                    vec![x[0] * fickle.get()]
                };
                checkpoint(other, x.as_slice())[0]
            },
            &dvector![1.0],
        )
    });
    assert!(message.contains("same each time"), "{message}");
    assert_eq!(gradient(|x| x[0] * x[0], &dvector![3.0]).1[0], 6.0, "the thread is usable after it");
}

fn orbit<R: Real>(x: &[R]) -> Vec<R> {
    let (mut a, mut b) = (x[0], x[1]);
    for _ in 0..20 {
        (a, b) = (a - 0.1 * b.sin(), b + 0.1 * a * x[2]);
    }
    vec![a, b, x[2]]
}

fn pieces<T: Real>(x: &[T], sparing: bool) -> T {
    let mut y = x.to_vec();
    for _ in 0..10 {
        y = if sparing { checkpoint(orbit, &y) } else { orbit(&y) };
    }
    y[0] * y[1]
}

proptest! {
    #[test]
    fn every_mode_agrees_with_the_plain_program(a in -2.0..2.0_f64, b in -2.0..2.0_f64, c in 0.1..1.5_f64) {
        let x = dvector![a, b, c];
        let close = |p: &DVector<f64>, q: &DVector<f64>| (p - q).amax() <= 1e-11 * (1.0 + q.amax());
        let (plain, sparing) = (gradient(|x| pieces(x.as_slice(), false), &x), gradient(|x| pieces(x.as_slice(), true), &x));
        prop_assert_eq!(plain.0, sparing.0);
        prop_assert!(close(&plain.1, &sparing.1));
        let blocked = gradient(|x| {
            let y = (0..10).fold(x.as_slice().to_vec(), |y, _| forward_block(orbit, &y));
            y[0] * y[1]
        }, &x);
        prop_assert_eq!(blocked.0, plain.0);
        prop_assert!(close(&plain.1, &blocked.1));
        let v = dvector![1.0, -0.5, 0.25];
        let (plain, sparing) =
            (hvp(|x| pieces(x.as_slice(), false), &x, &v), hvp(|x| pieces(x.as_slice(), true), &x, &v));
        prop_assert!(close(&plain.1, &sparing.1) && close(&plain.2, &sparing.2));
        let (_, _, curvature) = hessian(|x| pieces(x.as_slice(), true), &x);
        prop_assert!(close(&(curvature * v), &plain.2));
    }
}

#[test]
fn forward_blocks_hang_on_unsettled_inputs_and_skip_constants() {
    let block = |x: &[Dual<f64, 8>]| vec![x[0] * x[1] + x[2], x[2] * x[2], 1.0.into()];
    let (_, slope) = gradient(
        |x| {
            let y = forward_block(block, &[x[0] * x[1], 2.0.into(), x[1].sin()]);
            assert_eq!(y[2].value(), 1.0);
            y[0] + y[1] * x[0] + y[2]
        },
        &dvector![0.5, 2.0],
    );
    let (s, c) = 2.0_f64.sin_cos();
    assert!((slope - dvector![4.0 + s * s, 1.0 + c + s * c]).amax() < 1e-15);
    // 20 inputs take three runs.
    let runs = Cell::new(0);
    let norm = |x: &[Dual<f64, 8>]| {
        runs.set(runs.get() + 1);
        vec![x.iter().map(|&x| x * x).sum()]
    };
    let x = DVector::from_fn(20, |i, _| i as f64);
    assert_eq!(gradient(|x| forward_block(norm, x.as_slice())[0], &x).1, x * 2.0);
    assert_eq!(runs.get(), 3);
}

#[test]
fn hooks_see_and_change_cotangents() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = seen.clone();
    let (value, slope) = gradient(
        |x| {
            let y = hook(x[0], move |c| {
                log.borrow_mut().push(c);
                2.0 * c
            });
            y * x[1] + y
        },
        &dvector![3.0, 5.0],
    );
    assert_eq!((value, slope), (18.0, dvector![12.0, 3.0]));
    assert_eq!(*seen.borrow(), [6.0]);
    let reversed = gradient(
        |x| {
            let y = hook_all(x.as_slice(), |c| c.reverse());
            y[0] * 10.0 + y[1]
        },
        &dvector![1.0, 1.0],
    );
    assert_eq!(reversed.1, dvector![1.0, 10.0]);
    assert_eq!(hook(Var::from(2.0), |_| panic!("a constant has no cotangent")).value(), 2.0);
}

#[test]
fn stopped_numbers_are_constants_in_every_mode() {
    assert_eq!(stop_gradient(2.0), 2.0);
    assert_eq!(derivative(|x| stop_gradient(x) * x, 3.0).1, 3.0);
    assert_eq!(gradient(|x| stop_gradient(x[0]) * x[0], &dvector![3.0]).1[0], 3.0);
    assert_eq!(hessian(|x| stop_gradient(x[0]) * x[0] * x[0], &dvector![3.0]).2[(0, 0)], 6.0);
}
