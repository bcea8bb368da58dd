//! Bad input is refused with a typed error that names the numbers and ends with the remedy.

use costate_solvers::{Control, FixedStep, Problem, Rk4, SaveAt, Solution, SolveError, Tolerance, Tsit5, ode};
use nalgebra::{DVector, dvector};
use std::ops::Range;

fn tight() -> Tolerance {
    Tolerance::new(1e-6, 1e-6)
}

fn solve(
    y0: &[f64],
    p: &[f64],
    span: Range<f64>,
    control: impl Into<Control>,
    save: SaveAt,
) -> Result<Solution<f64>, SolveError> {
    let oscillator = ode!(|_t, [x, v], [k]| [v, -k * x]);
    Problem::ode(oscillator, y0, &DVector::from_row_slice(p), span).solve(Tsit5, control, save)
}

#[test]
fn every_mistake_in_the_input_has_its_error() {
    let (y0, p, nan, end) = ([0.0, 1.0], [1.0], f64::NAN, SaveAt::end);
    type Row = (Result<Solution<f64>, SolveError>, &'static [&'static str]);
    let table: Vec<Row> = vec![
        (solve(&[1.0; 3], &p, 0.0..1.0, tight(), end()), &["2 states", "has 3", "pass 2 initial values"]),
        (solve(&y0, &[1.0; 4], 0.0..1.0, tight(), end()), &["1 parameters", "has 4", "pass 1 parameters"]),
        (solve(&y0, &p, 2.0..2.0, tight(), end()), &["t = 2", "choose an end"]),
        (solve(&y0, &p, 0.0..nan, tight(), end()), &["0..NaN", "finite ends"]),
        (solve(&y0, &p, -f64::MAX..f64::MAX, tight(), end()), &["finite ends"]),
        (solve(&[0.0, nan], &p, 0.0..1.0, tight(), end()), &["component 1", "NaN", "finite initial values"]),
        (solve(&y0, &[f64::INFINITY], 0.0..1.0, tight(), end()), &["parameter 0", "inf", "finite parameters"]),
        (solve(&y0, &p, 0.0..1.0, Tolerance::new(0.0, 1e-6), end()), &["rtol is 0", "positive"]),
        (solve(&y0, &p, 0.0..1.0, Tolerance::new(1e-6, -1.0), end()), &["atol is -1", "positive"]),
        (solve(&y0, &p, 0.0..1.0, Tolerance::new(nan, 1e-6), end()), &["rtol is NaN", "positive"]),
        (solve(&y0, &p, 0.0..1.0, tight().with_initial_step(-1.0), end()), &["with_initial_step is -1", "positive"]),
        (solve(&y0, &p, 0.0..1.0, tight().with_min_step(nan), end()), &["with_min_step is NaN", "positive"]),
        (solve(&y0, &p, 0.0..1.0, tight().with_max_step(0.0), end()), &["with_max_step is 0", "positive"]),
        (solve(&y0, &p, 0.0..1.0, FixedStep(-0.1), end()), &["FixedStep is -0.1", "positive"]),
        (solve(&y0, &p, 0.0..1.0, FixedStep(1e-300), end()), &["FixedStep", "choose a larger step"]),
        (solve(&y0, &p, 0.0..1.0, tight(), SaveAt::every(0.0)), &["every(0)", "must be positive"]),
        (solve(&y0, &p, 0.0..1.0, tight(), SaveAt::every(1e-300)), &["length 1", "at most 1e8"]),
        (
            solve(&y0, &p, 0.0..1.0, tight(), SaveAt::times([0.5, 1.5])),
            &["time 1", "t = 1.5", "0..1", "inside the span"],
        ),
        (solve(&y0, &p, 0.0..1.0, tight(), SaveAt::times([nan])), &["time 0", "t = NaN", "inside the span"]),
        (solve(&y0, &p, 0.0..1.0, tight(), SaveAt::times([0.5, 0.4])), &["time 1", "t = 0.4", "t = 0.5", "sort"]),
        (solve(&y0, &p, 1.0..0.0, tight(), SaveAt::times([0.5, 0.6])), &["time 1", "t = 0.6", "sort"]),
        (solve(&y0, &p, 0.0..1.0, tight(), SaveAt::times(Vec::<f64>::new())), &["at least one"]),
        (solve(&y0, &p, 0.0..100.0, tight().with_max_steps(5), end()), &["5 steps", "of 100", "with_max_steps"]),
    ];
    for (row, (result, words)) in table.into_iter().enumerate() {
        let message = result.expect_err(&format!("row {row}")).to_string();
        for word in words {
            assert!(message.contains(word), "row {row}: {word:?} is not in {message:?}");
        }
    }
}

/// Solves `x' = f(t, x)` by a closure and returns the message of its failure.
fn failure(f: impl Fn(f64, f64) -> f64, control: impl Into<Control>) -> SolveError {
    let field = |t: f64, y: &[f64], _: &[f64], dy: &mut [f64]| dy[0] = f(t, y[0]);
    let problem = Problem::closure(field, [1.0], &dvector![], 0.0..2.0);
    problem.solve(Tsit5, control, SaveAt::end()).unwrap_err()
}

#[test]
fn numbers_that_are_not_finite_are_found_where_they_appear() {
    let SolveError::NonFinite { component: 0, t, step: 0, .. } = failure(|_, _| f64::NAN, tight()) else {
        panic!("the initial slope is NaN")
    };
    assert_eq!(t, 0.0);
    let wall = |t: f64, _: f64| if t > 1.0 { f64::NAN } else { 1.0 };
    let error = failure(wall, tight());
    let SolveError::NonFinite { t, component: 0, .. } = error else { panic!("{error}") };
    assert!((t - 1.0).abs() < 1e-6 && error.to_string().contains("check the model there"), "{error}");
    let error = failure(wall, FixedStep(0.3));
    let SolveError::NonFinite { t, step: 3, .. } = error else { panic!("{error}") };
    assert!(t > 1.0 && t <= 1.2, "{error}");
}

#[test]
fn a_step_into_numbers_that_are_not_finite_is_shortened_rather_than_fatal() {
    let rooted = ode!(|_t, [x], []| [-2.0 * x.sqrt()]);
    let problem = Problem::ode(rooted, [1.0], &dvector![], 0.0..0.99);
    let solution: Solution<f64> = problem.solve(Tsit5, tight().with_initial_step(0.9), SaveAt::end()).unwrap();
    assert!(solution.statistics().rejected > 0);
    assert!((solution.last()[0] - 0.01_f64.powi(2)).abs() < 1e-5, "{}", solution.last());
}

#[test]
fn a_blow_up_ends_with_a_step_that_is_too_small() {
    let error = failure(|_, x| x * x, tight());
    let SolveError::StepTooSmall { t, .. } = error else { panic!("{error}") };
    assert!((t - 1.0).abs() < 1e-3, "{error}");
    let message = error.to_string();
    assert!(message.contains("step size fell below") && message.ends_with("or loosen rtol"), "{message}");
    let error = failure(|_, x| x * x, tight().with_min_step(1e-3));
    assert!(matches!(error, SolveError::StepTooSmall { h: 1e-3, .. }), "{error}");
}

#[test]
fn methods_and_solutions_refuse_what_they_cannot_do() {
    let growth = ode!(|_t, [x], []| [x]);
    let problem = Problem::ode(growth, [1.0], &dvector![], 0.0..1.0);
    let message = problem.solve(Rk4, tight(), SaveAt::end()).unwrap_err().to_string();
    assert!(message.contains("Rk4") && message.contains("FixedStep(h)"), "{message}");
    let empty: [f64; 0] = [];
    let field = |_: f64, _: &[f64], _: &[f64], _: &mut [f64]| ();
    let nothing = Problem::closure(field, empty, &dvector![], 0.0..1.0);
    assert_eq!(nothing.solve(Rk4, FixedStep(0.1), SaveAt::end()).unwrap_err(), SolveError::EmptyState);
    let sparse: Solution<f64> = problem.solve(Rk4, FixedStep(0.1), SaveAt::steps()).unwrap();
    let message = sparse.at(0.5).unwrap_err().to_string();
    assert!(message.contains("t = 0.5") && message.ends_with("SaveAt::dense()"), "{message}");
    let dense = problem.solve(Rk4, FixedStep(0.1), SaveAt::dense()).unwrap();
    for t in [-0.1, 1.1, f64::NAN] {
        let error = dense.at(t).unwrap_err();
        assert!(matches!(error, SolveError::OutsideSpan { start: 0.0, end: 1.0, .. }), "{error}");
    }
}
