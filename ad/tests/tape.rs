//! The tape as a resource: misuse is found, nesting works, memory is bounded.

use costate_ad::{Dual, Real, Tape, Var, custom, gradient, gradient_forward, try_gradient};
use nalgebra::{DMatrix, DVector, dvector};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// The message of the panic that `f` must end in.
fn panic_message<T>(f: impl FnOnce() -> T) -> String {
    let payload = match catch_unwind(AssertUnwindSafe(f)) {
        Ok(_) => panic!("this was to panic"),
        Err(payload) => payload,
    };
    payload.downcast_ref::<String>().cloned().expect("the message is formatted")
}

fn leak() -> Var {
    let leaked = Cell::new(Var::constant(0.0));
    gradient(
        |x| {
            leaked.set(x[0]);
            x[0] * 2.0
        },
        &dvector![1.0],
    );
    leaked.get()
}

#[test]
fn a_variable_outlives_neither_its_tape_nor_its_thread() {
    let leaked = leak();
    for (what, message) in [
        ("product", panic_message(|| leaked * leaked)),
        ("scaled", panic_message(|| leaked * 2.0)),
        ("function", panic_message(|| leaked.sin())),
        ("inside another", panic_message(|| gradient(|x| x[0] * leaked, &dvector![1.0]))),
        ("returned from another", panic_message(|| gradient(|_| leaked, &dvector![1.0]))),
        ("custom", panic_message(|| custom(&[leaked], &[1.0], |_, _| ()))),
        ("sum", panic_message(|| Var::sum(&[leaked, leaked]))),
    ] {
        assert!(message.contains("has ended") && message.contains(".value()"), "{what}: {message}");
    }
    let message = panic_message(|| {
        gradient(
            |x| {
                let x = x[0];
                std::thread::spawn(move || panic_message(|| x * x)).join().map(|m| panic!("{m}")).unwrap()
            },
            &dvector![1.0],
        )
    });
    assert!(message.contains("another thread"), "{message}");
}

#[test]
fn a_panic_inside_leaves_the_thread_usable() {
    for _ in 0..3 {
        let outcome = catch_unwind(|| gradient(|_| panic!("of the user"), &dvector![1.0]));
        assert!(outcome.is_err());
    }
    assert!(try_gradient(|x| if x[0] > 2.0 { Ok(x[0]) } else { Err(()) }, &dvector![1.0]).is_err());
    assert_eq!(gradient(|x| x[0] * x[0], &dvector![3.0]), (9.0, dvector![6.0]));
}

#[test]
fn an_outer_variable_is_refused_in_an_inner_gradient() {
    let message = panic_message(|| {
        gradient(
            |x| {
                let outer = x[0];
                gradient(|y| y[0] * outer, &dvector![1.0]);
                outer
            },
            &dvector![1.0],
        )
    });
    assert!(message.contains("the gradient around this one") && message.contains("Dual<Var>"), "{message}");
}

#[test]
fn gradients_nest() {
    // An inner gradient of plain numbers, in the middle of an outer one.
    let (value, slope) = gradient(
        |x| {
            let before = x[0].exp() * x[1];
            let (_, inner) = gradient(|y| y[0].powi(3), &dvector![2.0]);
            before * inner[0] + x[0] * x[1].sin() * before
        },
        &dvector![0.5, 0.25],
    );
    let f = |x: f64, y: f64| x.exp() * y * 12.0 + x * y.sin() * x.exp() * y;
    assert!((value - f(0.5, 0.25)).abs() < 1e-14);
    let dx = 0.5_f64.exp() * 0.25 * 12.0 + (0.5 + 1.0) * 0.25_f64.sin() * 0.5_f64.exp() * 0.25;
    assert!((slope[0] - dx).abs() < 1e-14);

    // Forward inside reverse: the gradient of |grad f|^2 is 2 H grad f.
    let quartic = |x: &DVector<Dual<Var, 8>>| x[0].powi(4) + x[0] * x[1] * x[1];
    let (_, slope) = gradient(|x| gradient_forward(quartic, x).1.norm_squared(), &dvector![2.0, 3.0]);
    let (g, h) = (dvector![4.0 * 8.0 + 9.0, 12.0], DMatrix::from_row_slice(2, 2, &[48.0, 6.0, 6.0, 4.0]));
    assert!((slope - h * g * 2.0).amax() < 1e-11);
}

#[test]
fn a_pullback_may_open_a_gradient_of_its_own() {
    let calls = Rc::new(Cell::new(0));
    let counter = calls.clone();
    let (value, slope) = gradient(
        |x| {
            let cube = x[0].value().powi(3);
            let at = x[0].value();
            let y = custom(&[x[0], Var::constant(1.0)], &[cube], move |output, input| {
                counter.set(counter.get() + 1);
                input[0] += output[0] * gradient(|x| x[0] * x[0] * x[0], &dvector![at]).1[0];
                input[1] += f64::NAN; // of a constant: goes nowhere
            })[0];
            y * y + x[0]
        },
        &dvector![2.0],
    );
    assert_eq!((value, slope[0], calls.get()), (66.0, 2.0 * 8.0 * 12.0 + 1.0, 1));
}

#[test]
fn several_customs_run_in_reverse_order_and_only_where_reached() {
    let order = Rc::new(RefCell::new(Vec::new()));
    let (_, slope) = gradient(
        |x| {
            let node = |name: &'static str, x: Var| {
                let order = order.clone();
                let twice = [2.0 * x.value(), 3.0 * x.value()];
                custom(&[x], &twice, move |output, input| {
                    order.borrow_mut().push(name);
                    input[0] += 2.0 * output[0] + 3.0 * output[1];
                })
            };
            let (a, _unused) = (node("a", x[0]), node("unused", x[0]));
            let b = node("b", a[0] * a[1]);
            b[1]
        },
        &dvector![1.5],
    );
    assert_eq!(*order.borrow(), ["b", "a"]);
    assert_eq!(slope[0], 3.0 * 6.0 * 2.0 * 1.5);
    let constants = custom(&[Var::constant(2.0)], &[4.0], |_, _| panic!("nothing depends on an input"));
    assert_eq!(constants[0].value(), 4.0);
}

#[test]
fn fused_sums_cost_one_node_and_agree_with_plain_ones() {
    let x = DVector::from_fn(1000, |i, _| (i as f64).sin());
    let fused = gradient(
        |x| {
            let s = Var::sum(x.as_slice());
            s * Var::dot(x.as_slice(), x.as_slice())
        },
        &x,
    );
    let plain = gradient(|x| x.iter().sum::<Var>() * x.iter().map(|&x| x * x).sum::<Var>(), &x);
    assert_eq!(fused.0, plain.0);
    assert!((fused.1 - plain.1).amax() < 1e-12);
    let (value, slope) = gradient(|x| Real::linear_combination(x[0], [2.0, 3.0], |i| x[1 - i]), &dvector![1.0, 10.0]);
    assert_eq!((value, slope), (24.0, dvector![4.0, 2.0]));
    assert_eq!(Var::sum(&[]).value(), 0.0);
}

#[test]
fn zeros_and_ones_that_vary_are_not_skipped_by_nalgebra() {
    // d/da det [[a, 1], [1, a]] at 0 is 0, but d/db det [[0, b], [1, 0]] at 0 is -1: the zero must not be passed over.
    let (_, slope) =
        gradient(|x| DMatrix::from_row_slice(2, 2, &[x[0], x[1], 1.0.into(), x[0]]).determinant(), &dvector![0.0, 0.0]);
    assert_eq!(slope, dvector![0.0, -1.0]);
    let rhs = dvector![1.0, 2.0, 3.0];
    let solve = |x: &DVector<Var>| {
        let a = DMatrix::from_fn(3, 3, |i, j| if i == j { Var::from(2.0) } else { x[0] * (i as f64 - j as f64) });
        a.lu().solve(&rhs.map(Var::from)).expect("regular").sum()
    };
    let (_, slope) = gradient(solve, &dvector![0.0]);
    // d/dx sum(A^-1 b) at A = 2 I: -sum(K b) / 4 with K_ij = i - j
    let k = DMatrix::from_fn(3, 3, |i, j| i as f64 - j as f64);
    assert!((slope[0] + (k * rhs).sum() / 4.0).abs() < 1e-15);
}

#[test]
fn long_tapes_cross_chunks_and_wide_nodes_fit() {
    let n = 300_000;
    let (value, slope) = gradient(
        |x| {
            let mut y = x[0];
            for _ in 0..n {
                y = y * x[1] + x[2] * y.sin() * x[0];
            }
            let many = vec![y; n];
            Var::sum(&many) + y
        },
        &dvector![0.5, 0.999, 1e-6],
    );
    let f = |p: [Dual<f64, 3>; 3]| {
        let mut y = p[0];
        for _ in 0..n {
            y = y * p[1] + p[2] * y.sin() * p[0];
        }
        y * (n as f64) + y
    };
    let forward = f([Dual::variable(0.5, 0), Dual::variable(0.999, 1), Dual::variable(1e-6, 2)]);
    assert!((value - forward.value).abs() <= 1e-9 * value.abs());
    for i in 0..3 {
        assert!((slope[i] - forward.derivatives[i]).abs() <= 1e-9 * slope[i].abs(), "{i}");
    }
}

#[test]
fn statistics_tell_what_a_recording_holds() {
    let holds = || Tape::recording().map(|tape| (tape.nodes, tape.edges));
    assert_eq!(holds(), None);
    gradient(
        |x| {
            assert_eq!(holds(), Some((4, 0)));
            // Pending: two parents at most.
            let pending = [x[0].sin() * x[0] + 2.0 * x[1], x[2].exp() / x[3]];
            assert_eq!(holds(), Some((4, 0)));
            let all = pending[0] * pending[1];
            assert_eq!(holds(), Some((5, 4)));
            let more = all * x[0] * x[1];
            assert_eq!(holds(), Some((6, 7)));
            let sum = Var::sum(&[more, all, x[2]]);
            assert_eq!(holds(), Some((7, 10)));
            let outputs = custom(&[sum, x[0]], &[1.0, 2.0, 3.0], |_, _| ());
            assert_eq!(holds(), Some((10, 10)));
            let before = Tape::recording().expect("a recording is open");
            gradient(
                |y| {
                    assert_eq!(holds(), Some((1, 0)), "the innermost recording counts");
                    y[0]
                },
                &dvector![1.0],
            );
            assert_eq!(Tape::recording(), Some(before));
            // A long history: three edges for a node, 40 bytes.
            let mut y = outputs[0];
            (0..100_000).for_each(|_| y = y * x[0] * x[1]);
            let after = Tape::recording().expect("a recording is open");
            assert_eq!((after.nodes - before.nodes, after.edges - before.edges), (100_000, 300_000));
            assert_eq!(after.bytes - before.bytes, 4_000_000);
            y
        },
        &dvector![0.1, 0.2, 0.3, 0.4],
    );
    assert_eq!(holds(), None);
}
