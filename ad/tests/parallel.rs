//! Gradients on many threads: each worker its own tape, and the same bits on any number of threads.

use costate_ad::{Var, derivative, gradient, hvp, parallel_gradient, try_parallel_gradient};
use nalgebra::{DVector, dvector};
use proptest::prelude::*;
use rayon::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

fn threads(n: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("threads")
}

fn loss(&(t, y): &(f64, f64), p: &DVector<Var>) -> Var {
    let mut state = p[0] * 0.1;
    for _ in 0..10 {
        state += (p[1] * state * (1.0 - state) + p[2] * t).sin() * 0.01;
    }
    (state - y).powi(2)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]
    #[test]
    fn the_sum_has_the_same_bits_on_any_number_of_threads(
        samples in prop::collection::vec((-1.0..1.0_f64, -1e3..1e3_f64), 0..2000),
    ) {
        let p = dvector![0.3, 1.2, -0.7];
        let run = |n| threads(n).install(|| parallel_gradient(loss, &samples, &p));
        let one = run(1);
        for n in [2, 3, 8] {
            let more = run(n);
            prop_assert_eq!(one.0.to_bits(), more.0.to_bits());
            prop_assert_eq!(one.1.map(f64::to_bits), more.1.map(f64::to_bits));
        }
        let plain = gradient(|p| samples.iter().map(|sample| loss(sample, p)).sum(), &p);
        prop_assert!((one.0 - plain.0).abs() <= 1e-12 * plain.0.abs());
        prop_assert!((&one.1 - &plain.1).amax() <= 1e-11 * (1.0 + samples.len() as f64 * 1e3));
    }

    #[test]
    fn the_first_failure_in_order_is_reported(n in 1..3000_usize, bad in prop::collection::vec(0..3000_usize, 1..5)) {
        let samples: Vec<usize> = (0..n).collect();
        let fails = |&i: &usize, x: &DVector<Var>| if bad.contains(&i) { Err(i) } else { Ok(x[0] * i as f64) };
        let outcome = threads(4).install(|| try_parallel_gradient(fails, &samples, &dvector![1.0]));
        match bad.iter().filter(|&&i| i < n).min() {
            Some(&first) => prop_assert_eq!(outcome, Err(first)),
            None => prop_assert_eq!(outcome, Ok(((n * (n - 1) / 2) as f64, dvector![(n * (n - 1) / 2) as f64]))),
        }
    }
}

/// A worker that waits for its own parallel work inside a gradient takes other gradients meanwhile: they stack up on its tape.
#[test]
fn gradients_nest_inside_workers() {
    let inner = |i: usize| -> f64 {
        let parts =
            (0..20_usize).into_par_iter().map(|j| gradient(|x| x[0].powi(2) * (i + j) as f64, &dvector![1.0]).1[0]);
        parts.collect::<Vec<_>>().iter().sum()
    };
    let outer = |i: usize| {
        gradient(
            |x| {
                let before = x[0].sin() * x[1];
                let weight = inner(i);
                before * weight + hvp(|y| y[0].powi(3), &dvector![2.0], &dvector![1.0]).2[0] * x[1] * before
            },
            &dvector![0.5, 2.0],
        )
    };
    let alone: Vec<_> = threads(1).install(|| (0..40).map(outer).collect());
    let together: Vec<_> = threads(4).install(|| (0..40).into_par_iter().map(outer).collect());
    assert_eq!(alone, together);
    assert_eq!(alone[3].1[0], 0.5_f64.cos() * 2.0 * (inner(3) + 24.0));
}

/// 32 of the program matrix: two partial sums, each on its own thread.
#[test]
fn partial_sums_on_two_threads() {
    let halves = [[0, 1], [2, 3]];
    let sum = |half: &[usize; 2], x: &DVector<Var>| x[half[0]] + x[half[1]];
    assert_eq!(parallel_gradient(sum, &halves, &dvector![1.0, 2.0, 3.0, 4.0]), (10.0, dvector![1.0, 1.0, 1.0, 1.0]));
    let spawned = std::thread::spawn(|| derivative(|x| x * x, 5.0)).join().expect("no panic");
    assert_eq!(spawned, (25.0, 10.0));
}

#[test]
fn a_panic_in_a_worker_leaves_the_pool_usable() {
    let pool = threads(2);
    let panics = |_: &i32, _: &DVector<Var>| -> Var { panic!("of the user") };
    let outcome =
        catch_unwind(AssertUnwindSafe(|| pool.install(|| parallel_gradient(panics, &[1, 2, 3], &dvector![1.0]))));
    assert!(outcome.is_err());
    let fine = pool.install(|| parallel_gradient(|&c: &f64, x| x[0] * c, &[1.0, 2.0, 3.0], &dvector![1.0]));
    assert_eq!(fine, (6.0, dvector![6.0]));
}
