//! Every optimiser on every problem, then what it does where things fail.

use costate_fit::{
    Adam, Evaluation, FitError, Lbfgs, LbfgsState, NelderMead, Optimiser, Resumable, Saved, Schedule, Stop, quiet,
};
use nalgebra::{DVector, dvector};
use std::ops::ControlFlow;

/// A row for each optimiser.
fn optimisers() -> Vec<Box<dyn Optimiser>> {
    vec![Box::new(Lbfgs::default()), Box::new(Lbfgs { memory: 5, iterations: 10_000, ..Lbfgs::default() })]
}

struct Problem {
    name: &'static str,
    objective: fn(&DVector<f64>) -> Evaluation,
    start: DVector<f64>,
    minimum: f64,
    minimiser: Option<DVector<f64>>,
}

/// The sum of squares of residuals given with their gradients.
fn squares(rows: &[(f64, DVector<f64>)]) -> Evaluation {
    let mut gradient = DVector::zeros(rows[0].1.len());
    rows.iter().for_each(|(residual, slope)| gradient.axpy(2.0 * residual, slope, 1.0));
    (rows.iter().map(|(residual, _)| residual * residual).sum(), gradient)
}

/// The sum over pairs of neighbours (2 i, 2 i + 1).
fn rosenbrock(x: &DVector<f64>) -> Evaluation {
    let unit = |i: usize, slope: f64| DVector::from_fn(x.len(), |j, _| if i == j { slope } else { 0.0 });
    let pair = |i: usize| {
        let valley = 10.0 * (x[i + 1] - x[i] * x[i]);
        [(valley, unit(i, -20.0 * x[i]) + unit(i + 1, 10.0)), (1.0 - x[i], unit(i, -1.0))]
    };
    squares(&(0..x.len()).step_by(2).flat_map(pair).collect::<Vec<_>>())
}

fn beale(x: &DVector<f64>) -> Evaluation {
    let row = |(power, constant): (i32, f64)| {
        let y = x[1].powi(power);
        (constant - x[0] * (1.0 - y), dvector![y - 1.0, x[0] * power as f64 * x[1].powi(power - 1)])
    };
    squares(&[(1, 1.5), (2, 2.25), (3, 2.625)].map(row))
}

fn powell_badly_scaled(x: &DVector<f64>) -> Evaluation {
    let (a, b) = ((-x[0]).exp(), (-x[1]).exp());
    squares(&[(1e4 * x[0] * x[1] - 1.0, dvector![1e4 * x[1], 1e4 * x[0]]), (a + b - 1.0001, dvector![-a, -b])])
}

fn wood(x: &DVector<f64>) -> Evaluation {
    let (r90, r10) = (90f64.sqrt(), 10f64.sqrt());
    squares(&[
        (10.0 * (x[1] - x[0] * x[0]), dvector![-20.0 * x[0], 10.0, 0.0, 0.0]),
        (1.0 - x[0], dvector![-1.0, 0.0, 0.0, 0.0]),
        (r90 * (x[3] - x[2] * x[2]), dvector![0.0, 0.0, -2.0 * r90 * x[2], r90]),
        (1.0 - x[2], dvector![0.0, 0.0, -1.0, 0.0]),
        (r10 * (x[1] + x[3] - 2.0), dvector![0.0, r10, 0.0, r10]),
        ((x[1] - x[3]) / r10, dvector![0.0, 1.0 / r10, 0.0, -1.0 / r10]),
    ])
}

fn brown_dennis(x: &DVector<f64>) -> Evaluation {
    let row = |i: i32| {
        let t = f64::from(i) / 5.0;
        let (u, v) = (x[0] + t * x[1] - t.exp(), x[2] + x[3] * t.sin() - t.cos());
        (u * u + v * v, dvector![2.0 * u, 2.0 * t * u, 2.0 * v, 2.0 * t.sin() * v])
    };
    squares(&(1..=20).map(row).collect::<Vec<_>>())
}

/// Curvatures from 1 to 1e6.
fn ill_conditioned(x: &DVector<f64>) -> Evaluation {
    let curved = DVector::from_fn(x.len(), |i, _| 10f64.powf(6.0 * i as f64 / (x.len() - 1) as f64) * (x[i] - 1.0));
    let away = x.map(|x| x - 1.0);
    (0.5 * away.dot(&curved), curved)
}

/// Smooth and convex, but only where all is positive: elsewhere the value is NaN.
fn logarithmic(x: &DVector<f64>) -> Evaluation {
    (x.iter().map(|x| x - x.ln()).sum(), x.map(|x| 1.0 - 1.0 / x))
}

#[rustfmt::skip]
fn problems() -> Vec<Problem> {
    let ones = |n| Some(DVector::from_element(n, 1.0));
    let alternating = DVector::from_fn(20, |i, _| if i % 2 == 0 { -1.2 } else { 1.0 });
    let brown = dvector![-11.594438641502236, 13.203629579351844, -0.40343961240498977, 0.2367788795045728];
    vec![
        Problem { name: "Rosenbrock", objective: rosenbrock, start: dvector![-1.2, 1.0], minimum: 0.0, minimiser: ones(2) },
        Problem { name: "Rosenbrock 20", objective: rosenbrock, start: alternating, minimum: 0.0, minimiser: ones(20) },
        Problem { name: "Beale", objective: beale, start: dvector![1.0, 1.0], minimum: 0.0, minimiser: Some(dvector![3.0, 0.5]) },
        Problem { name: "Powell, badly scaled", objective: powell_badly_scaled, start: dvector![0.0, 1.0], minimum: 0.0, minimiser: None },
        Problem { name: "Wood", objective: wood, start: dvector![-3.0, -1.0, -3.0, -1.0], minimum: 0.0, minimiser: ones(4) },
        Problem { name: "Brown-Dennis", objective: brown_dennis, start: dvector![25.0, 5.0, -5.0, -1.0], minimum: 85822.20162635815, minimiser: Some(brown) },
        Problem { name: "ill-conditioned", objective: ill_conditioned, start: DVector::zeros(10), minimum: 0.0, minimiser: ones(10) },
        Problem { name: "logarithmic", objective: logarithmic, start: dvector![40.0, 1e-3], minimum: 2.0, minimiser: ones(2) },
    ]
}

#[test]
fn every_optimiser_solves_every_problem() {
    for optimiser in optimisers() {
        for Problem { name, objective, start, minimum, minimiser } in problems() {
            let optimum = optimiser.minimise(&mut |x| Ok(objective(x)), &start, &mut quiet).unwrap();
            println!("{name}: {} gradients, {}", optimum.evaluations, optimum.stop);
            assert!(optimum.stop.converged(), "{name}: {}", optimum.stop);
            assert!(optimum.value - minimum < 1e-9 * minimum.max(1.0), "{name}: {}", optimum.value);
            let distance = minimiser.map_or(0.0, |minimiser| (&optimum.point - minimiser).amax());
            assert!(distance < 1e-4, "{name}: {}", optimum.point);
            let values: Vec<f64> = optimum.history.iter().map(|iteration| iteration.value).collect();
            assert!(values.windows(2).all(|pair| pair[1] <= pair[0] * (1.0 + 1e-9)), "{name} goes up: {values:?}");
            assert_eq!(optimum.history.last().unwrap().evaluations, optimum.evaluations, "{name}");
        }
    }
}

/// Rosenbrock's valley, with a solver that fails beyond a wall.
fn walled(x: &DVector<f64>, wall: f64) -> Result<Evaluation, costate_fit::Cause> {
    if x[0] < wall { Ok(rosenbrock(x)) } else { Err(format!("the solver failed beyond {wall}").into()) }
}

#[test]
fn a_search_backs_away_from_failures() {
    let start = dvector![-1.2, 1.0];
    let lbfgs = Lbfgs { first_step: 10.0, ..Lbfgs::default() };
    // A wall behind the minimum: the first step runs into it, and so may later ones.
    for wall in [1.5, 1.05, 1.001] {
        let optimum = lbfgs.minimise(&mut |x| walled(x, wall), &start, &mut quiet).unwrap();
        assert!(optimum.failures > 0 && optimum.stop.converged(), "{wall}: {:?}", optimum.stop);
        assert!((&optimum.point - dvector![1.0, 1.0]).amax() < 1e-5, "{wall}: {}", optimum.point);
    }
    // A wall in front of it: the search ends there, says why, and does not call that a minimum.
    let optimum = lbfgs.minimise(&mut |x| walled(x, 0.5), &start, &mut quiet).unwrap();
    assert!(
        matches!(&optimum.stop, Stop::LineSearchFailed { cause } if cause.contains("beyond 0.5")),
        "{:?}",
        optimum.stop
    );
    assert!(optimum.point[0] < 0.5 && optimum.value < 4.2);
}

#[test]
fn noise_of_the_objective_ends_a_search_in_peace() {
    for noise in [1e-15, 1e-13, 1e-11] {
        let mut objective = |x: &DVector<f64>| {
            let (value, gradient) = rosenbrock(x);
            Ok((1.0 + value + noise * (1e9 * (x[0] + x[1])).sin(), gradient))
        };
        let optimum = Lbfgs::default().minimise(&mut objective, &dvector![-1.2, 1.0], &mut quiet).unwrap();
        assert!(optimum.stop.converged(), "{noise}: {}", optimum.stop);
        assert!((&optimum.point - dvector![1.0, 1.0]).amax() < 1e-5, "{noise}: {}", optimum.point);
    }
}

#[test]
fn a_search_goes_on_from_a_file_as_if_it_had_never_stopped() {
    let start = DVector::from_fn(20, |i, _| if i % 2 == 0 { -1.2 } else { 1.0 });
    let lbfgs = Lbfgs { memory: 5, ..Lbfgs::default() };
    let whole = lbfgs.minimise(&mut |x| Ok(rosenbrock(x)), &start, &mut quiet).unwrap();
    for kind in ["json", "bin"] {
        let path = std::env::temp_dir().join(format!("costate_lbfgs_{}.{kind}", std::process::id()));
        let mut state = LbfgsState::new(&start);
        let stop = lbfgs.run(&mut state, 7, &mut |x| Ok(rosenbrock(x)), &mut quiet).unwrap();
        assert_eq!((stop, state.history().len()), (Stop::IterationLimit, 8));
        state.save(&path).unwrap();
        let mut state = LbfgsState::load_like(&path, &state).unwrap();
        let stop = lbfgs.run(&mut state, usize::MAX, &mut |x| Ok(rosenbrock(x)), &mut quiet).unwrap();
        assert_eq!((stop, state.point()), (whole.stop.clone(), whole.point.clone()), "{kind}");
        assert_eq!(state.history(), whole.history, "{kind}");
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn without_gradients_the_simplex_finds_smooth_minima() {
    for Problem { name, objective, start, minimum, minimiser } in problems() {
        // Twenty dimensions, and curvatures that differ by a million, are beyond the method.
        if matches!(name, "Rosenbrock 20" | "ill-conditioned") {
            continue;
        }
        let optimum = NelderMead::default().minimise(&mut |x| Ok(objective(x)), &start, &mut quiet).unwrap();
        println!("{name}: {} values, {}", optimum.evaluations, optimum.stop);
        assert!(optimum.stop.converged(), "{name}: {}", optimum.stop);
        assert!(optimum.value - minimum < 1e-7 * minimum.max(1.0), "{name}: {}", optimum.value);
        let distance = minimiser.map_or(0.0, |minimiser| (&optimum.point - minimiser).amax());
        assert!(distance < 1e-3, "{name}: {}", optimum.point);
    }
    let optimum = NelderMead::default().minimise(&mut |x| walled(x, 1.02), &dvector![-1.2, 1.0], &mut quiet).unwrap();
    assert!((&optimum.point - dvector![1.0, 1.0]).amax() < 1e-4 && optimum.failures > 0, "{}", optimum.point);
    let bad = NelderMead { edge: 0.0, ..NelderMead::default() };
    assert!(matches!(
        bad.minimise(&mut |x| Ok(rosenbrock(x)), &dvector![1.0, 1.0], &mut quiet),
        Err(FitError::Option { .. })
    ));
    let stopped = NelderMead { iterations: 3, ..NelderMead::default() };
    let optimum = stopped.minimise(&mut |x| Ok(rosenbrock(x)), &dvector![-1.2, 1.0], &mut quiet).unwrap();
    assert_eq!((optimum.stop, optimum.history.len()), (Stop::IterationLimit, 4));
}

#[test]
fn adam_follows_its_schedule_and_backs_away_from_failures() {
    for schedule in [
        Schedule::Cosine { rate: 0.05, last: 1e-5 },
        Schedule::Exponential { rate: 0.05, last: 2e-3 },
        Schedule::Steps { rate: 0.05, factor: 0.7, every: 500 },
        Schedule::WarmUp { rate: 0.05, warm_up: 100 },
    ] {
        let adam = Adam { schedule, iterations: 6000, ..Adam::default() };
        let optimum = adam.minimise(&mut |x| walled(x, 1.5), &dvector![-1.2, 1.0], &mut quiet).unwrap();
        assert!((&optimum.point - dvector![1.0, 1.0]).amax() < 1e-2, "{schedule:?}: {}", optimum.point);
        assert_eq!((optimum.stop, optimum.history.len()), (Stop::IterationLimit, 6001));
    }
    let rates = |schedule: Schedule| [0, 50, 100].map(|iteration| schedule.rate(iteration, 100));
    assert_eq!(rates(Schedule::Steps { rate: 1.0, factor: 0.1, every: 50 })[1], 0.1);
    assert!((rates(Schedule::Cosine { rate: 3.0, last: 1.0 })[1] - 2.0).abs() < 1e-15);
    assert!((rates(Schedule::Exponential { rate: 1.0, last: 1e-4 })[1] - 1e-2).abs() < 1e-15);
    assert_eq!(Schedule::WarmUp { rate: 1.0, warm_up: 10 }.rate(4, 100), 0.5);
    // A wall in front of the minimum: it stays on the near side, and what failed is counted.
    let adam = Adam { schedule: Schedule::Constant(0.1), iterations: 300, ..Adam::default() };
    let optimum = adam.minimise(&mut |x| walled(x, 0.5), &dvector![-1.2, 1.0], &mut quiet).unwrap();
    assert!(optimum.failures > 0 && optimum.point[0] < 0.5);
    let settled = Adam { gradient_tolerance: 1e-3, iterations: 100_000, ..adam };
    let optimum = settled.minimise(&mut |x| Ok((x.norm_squared(), 2.0 * x)), &dvector![1.0, 1.0], &mut quiet).unwrap();
    assert_eq!(optimum.stop, Stop::GradientTolerance);
    for bad in [
        Adam { schedule: Schedule::Constant(-1.0), ..Adam::default() },
        Adam { memory: [1.0, 0.9], ..Adam::default() },
        Adam { epsilon: 0.0, ..Adam::default() },
    ] {
        let refused = bad.minimise(&mut |x| Ok(rosenbrock(x)), &dvector![1.0, 1.0], &mut quiet);
        assert!(matches!(refused, Err(FitError::Option { .. })), "{bad:?}");
    }
}

#[test]
fn a_search_says_why_it_stopped() {
    let start = dvector![-1.2, 1.0];
    let run = |lbfgs: Lbfgs| lbfgs.minimise(&mut |x| Ok(rosenbrock(x)), &start, &mut quiet).unwrap();
    let exact = Lbfgs { gradient_tolerance: 0.0, ..Lbfgs::default() };
    assert_eq!(run(Lbfgs::default()).stop, Stop::GradientTolerance);
    assert_eq!(run(Lbfgs { iterations: 5, ..Lbfgs::default() }).stop, Stop::IterationLimit);
    assert_eq!(run(Lbfgs { iterations: 5, ..Lbfgs::default() }).iterations(), 5);
    assert_eq!(run(Lbfgs { function_tolerance: 0.9, ..exact.clone() }).stop, Stop::FunctionTolerance);
    assert_eq!(run(Lbfgs { step_tolerance: 0.1, ..exact }).stop, Stop::StepTolerance);

    let mut third = |iteration: &costate_fit::Iteration| match iteration.number {
        3 => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let optimum = Lbfgs::default().minimise(&mut |x| Ok(rosenbrock(x)), &start, &mut third).unwrap();
    assert_eq!((optimum.stop, optimum.history.len()), (Stop::Callback, 4));

    // A gradient that points uphill: nothing along it decreases.
    let mut wrong = |x: &DVector<f64>| Ok((x.norm_squared(), -2.0 * x));
    let optimum = Lbfgs::default().minimise(&mut wrong, &start, &mut quiet).unwrap();
    assert!(matches!(optimum.stop, Stop::LineSearchFailed { .. }), "{:?}", optimum.stop);
    assert_eq!(optimum.point, start);
}

#[test]
fn no_step_is_longer_than_allowed() {
    let short = Lbfgs { longest_step: 0.5, ..Lbfgs::default() };
    let start = dvector![-30.0, 40.0];
    let bowl = short.minimise(&mut |x| Ok((x.norm_squared(), 2.0 * x)), &start, &mut quiet).unwrap();
    assert!(bowl.stop.converged() && bowl.point.norm() < 1e-6, "{}", bowl.point);
    // The value is the squared distance.
    let distances: Vec<f64> = bowl.history.iter().map(|iteration| iteration.value.sqrt()).collect();
    assert!(distances.windows(2).all(|pair| pair[0] - pair[1] < 0.5 + 1e-12), "{distances:?}");
    assert!((100..=102).contains(&bowl.iterations()), "{}", bowl.iterations());
    let valley = short.minimise(&mut |x| Ok(rosenbrock(x)), &dvector![-1.2, 1.0], &mut quiet).unwrap();
    assert!(valley.stop.converged() && (&valley.point - dvector![1.0, 1.0]).amax() < 1e-5, "{}", valley.point);
}

#[test]
fn a_start_or_an_option_that_makes_no_sense_is_refused() {
    let start = dvector![1.0, 1.0];
    let mut fails = |_: &DVector<f64>| Err("step size fell below 1e-14 at t = 3.2".into());
    let error = Lbfgs::default().minimise(&mut fails, &start, &mut quiet).unwrap_err();
    assert!(error.to_string().contains("t = 3.2"), "{error}");
    let mut nan = |x: &DVector<f64>| Ok((f64::NAN, x.clone()));
    let error = Lbfgs::default().minimise(&mut nan, &start, &mut quiet).unwrap_err();
    assert!(matches!(&error, FitError::Start { source } if source.to_string().contains("NaN")), "{error}");
    let mut short = |_: &DVector<f64>| Ok((1.0, dvector![1.0]));
    assert!(Lbfgs::default().minimise(&mut short, &start, &mut quiet).is_err());
    for bad in [
        Lbfgs { memory: 0, ..Lbfgs::default() },
        Lbfgs { first_step: 0.0, ..Lbfgs::default() },
        Lbfgs { gradient_tolerance: f64::NAN, ..Lbfgs::default() },
        Lbfgs { step_tolerance: -1.0, ..Lbfgs::default() },
        Lbfgs { longest_step: 0.0, ..Lbfgs::default() },
    ] {
        let refused = bad.minimise(&mut |x| Ok(rosenbrock(x)), &start, &mut quiet);
        assert!(matches!(refused, Err(FitError::Option { .. })), "{bad:?}");
    }
}
