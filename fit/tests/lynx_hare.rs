//! The lynx-hare counts: the maximum-likelihood optimum, from the poor start and from many others.

mod support;

use costate_fit::{Fitted, Horizons, Lbfgs, Parameters, Stop, fit, quiet};
use nalgebra::DVector;
use std::ops::ControlFlow;

fn assert_optimal(fitted: &Fitted) {
    assert!(fitted.converged(), "{fitted}");
    assert!((fitted.value() - support::SMALLEST).abs() < 1e-6, "{fitted}");
    let errors = fitted.standard_errors().expect("all parameters are determined");
    for (i, (name, estimate, error)) in support::OPTIMUM.into_iter().enumerate() {
        assert!((fitted.estimate(name).unwrap() / estimate - 1.0).abs() < 1e-5, "{name}\n{fitted}");
        assert!((errors[i] / error - 1.0).abs() < 1e-5, "{name}: {}, not {error}", errors[i]);
    }
}

#[test]
fn the_gradient_written_by_hand_is_right() {
    let (data, p) = (support::data(), support::poor_start().start());
    let value = |p: &DVector<f64>| support::objective(&data, p).unwrap().0;
    let gradient = support::objective(&data, &p).unwrap().1;
    for i in 0..8 {
        let h = 1e-5 * p[i];
        let shifted = |by: f64| DVector::from_fn(8, |j, _| if i == j { p[j] + by } else { p[j] });
        let difference = (value(&shifted(h)) - value(&shifted(-h))) / (2.0 * h);
        assert!((difference / gradient[i] - 1.0).abs() < 1e-6, "{i}: {difference} against {}", gradient[i]);
    }
}

#[test]
fn growing_horizons_lead_from_the_poor_start_to_the_optimum() {
    let horizons = Horizons::equal(&support::data(), 3).unwrap();
    let fitted = horizons.fit(support::objective, &support::poor_start(), &Lbfgs::default(), quiet).unwrap();
    println!("{fitted}");
    assert_optimal(&fitted);
    assert!(fitted.gradients() <= 200, "{} gradients", fitted.gradients());
    let correlation = fitted.correlation().unwrap();
    assert!((correlation[(0, 2)] + 0.9557894587).abs() < 1e-5 && (correlation[(0, 1)] - 0.8999857849).abs() < 1e-5);
}

#[test]
fn a_start_near_the_published_means_needs_no_horizons() {
    let near = [0.55, 0.028, 0.8, 0.024, 34.0, 5.9, 0.25, 0.25];
    let start = support::poor_start().starting_at(&DVector::from_row_slice(&near)).unwrap();
    let data = support::data();
    assert_optimal(&fit(|p| support::objective(&data, p), &start, &Lbfgs::default(), quiet).unwrap());
}

/// The likelihood has a valley for each number of periods, and the poor start lies in one of about half the true
/// period (the path of steepest descent ends there too): the very thing growing horizons are for. Should this begin
/// to fail because the optimum is found, the advice in the documentation of `Lbfgs` wants rewriting.
#[test]
fn all_data_at_once_end_in_the_valley_of_another_period() {
    let data = support::data();
    let fitted = fit(|p| support::objective(&data, p), &support::poor_start(), &Lbfgs::default(), quiet).unwrap();
    assert!(fitted.converged() && (fitted.value() - 166.34062466).abs() < 1e-6, "{fitted}");
}

/// Starts by a linear congruential generator, up to a factor of two around the poor one.
fn scattered_starts(count: usize) -> Vec<Parameters> {
    let mut seed = 1_u64;
    let mut uniform = move || {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 11) as f64 / (1_u64 << 53) as f64
    };
    let poor = support::poor_start();
    let mut scatter = |value: f64| value * 2_f64.powf(2.0 * uniform() - 1.0);
    (0..count).map(|_| poor.clone().starting_at(&poor.start().map(&mut scatter)).unwrap()).collect()
}

#[test]
fn growing_horizons_reach_the_optimum_from_scattered_starts() {
    let horizons = Horizons::equal(&support::data(), 3).unwrap();
    for start in scattered_starts(20) {
        assert_optimal(&horizons.fit(support::objective, &start, &Lbfgs::default(), quiet).unwrap());
    }
}

#[test]
fn a_callback_stops_all_horizons() {
    let horizons = Horizons::equal(&support::data(), 3).unwrap();
    assert_eq!(horizons.parts().iter().map(|part| part.len()).collect::<Vec<_>>(), [7, 14, 21]);
    let mut calls = 0;
    let stop = |_: &costate_fit::Iteration| {
        calls += 1;
        if calls == 4 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let fitted = horizons.fit(support::objective, &support::poor_start(), &Lbfgs::default(), stop).unwrap();
    assert_eq!((fitted.stop(), calls), (&Stop::Callback, 4));
    assert!(Horizons::equal(&support::data(), 0).is_err() && Horizons::equal(&support::data(), 22).is_err());
}
