//! Times with derivatives: the ends of a span and the times of saves.

use costate_ad::{Dual, derivative};
use costate_solvers::{
    Event, Kvaerno5, MovedTimeError, Problem, Real, SaveAt, SolveError, Tolerance, Tsit5, condition, ode,
};
use nalgebra::{DVector, dmatrix, dvector};

const TIGHT: f64 = 1e-12;

/// `y' = -k t y`, so `y(t) = y0 exp(-k (t^2 - start^2) / 2)`: the right-hand side depends on the time.
fn fading<R: Real>(start: R, end: R) -> Result<R, SolveError> {
    let model = ode!(|t, [y], [k]| [-k * t * y]);
    let problem = Problem::ode(model, [2.0], &dvector![R::from(0.5)], start.value()..end.value()).starting_at(start)?;
    let save = SaveAt::times([0.5 * (start.value() + end.value()), end.value()]);
    let solution = problem.solve(Tsit5, Tolerance::new(TIGHT, TIGHT), save)?;
    let middle = (start + end) * 0.5;
    let moved = problem.at_times(&solution, &[middle, end])?;
    assert_eq!(moved.times(), solution.times());
    assert_eq!(moved.last()[0].value(), solution.last()[0].value());
    Ok(moved.states()[0][0] + moved.states()[1][0])
}

fn closed<R: Real>(start: R, end: R) -> R {
    let at = |t: R| (-(t * t - start * start) * 0.25).exp() * 2.0;
    at((start + end) * 0.5) + at(end)
}

/// By either end, forward and backward, the first and the second derivatives.
#[test]
fn ends_of_a_span_have_the_derivatives_of_the_closed_form() {
    type Second = Dual<Dual<f64>>;
    for [start, end] in [[0.3, 1.7], [1.7, 0.3]] {
        for by_start in [true, false] {
            let ends = |x: Second| if by_start { [x, end.into()] } else { [start.into(), x] };
            let second = |f: &dyn Fn([Second; 2]) -> Second| {
                let slope = |x: Dual<f64>| derivative(|x: Second| f(ends(x)), x).1;
                derivative(slope, if by_start { start } else { end })
            };
            let found = second(&|[start, end]| fading(start, end).unwrap());
            let expected = second(&|[start, end]| closed(start, end));
            assert!((found.0 - expected.0).abs() < 1e-9, "{found:?}, expected {expected:?}");
            assert!((found.1 - expected.1).abs() < 1e-8, "{found:?}, expected {expected:?}");
        }
    }
}

/// An implicit method's saves are moved as any other's.
#[test]
fn the_method_does_not_matter() {
    let model = ode!(|_t, [y], [k]| [-k * y]);
    let (value, slope) = derivative(
        |end| {
            let problem = Problem::ode(model, [1.0], &dvector![3.0.into()], 0.0..1.0);
            let solution = problem.solve(Kvaerno5, Tolerance::new(1e-10, 1e-10), SaveAt::end()).unwrap();
            problem.at_times(&solution, &[end]).unwrap().last()[0]
        },
        1.0,
    );
    assert_eq!(slope, -3.0 * value);
}

#[test]
fn what_cannot_be_moved_is_refused() {
    let model = ode!(|_t, [y], []| [-y]);
    let p = DVector::<f64>::zeros(0);
    let problem = Problem::ode(model, [1.0], &p, 0.0..1.0);
    let solution = problem.solve(Tsit5, Tolerance::new(1e-6, 1e-6), SaveAt::every(0.5)).unwrap();
    let reason = |result: Result<_, SolveError>| match result.map(|_: ()| ()) {
        Err(SolveError::Refused(refusal)) => refusal.reason::<MovedTimeError>().cloned(),
        _ => None,
    };
    let moved = |times: &[f64]| problem.at_times(&solution, times).map(|_| ());
    assert_eq!(reason(moved(&[0.0, 0.5])), Some(MovedTimeError::WrongCount { expected: 3, found: 2 }));
    let other = MovedTimeError::OtherTime { index: 1, expected: 0.5, found: 0.6 };
    assert_eq!(reason(moved(&[0.0, 0.6, 1.0])), Some(other));
    let started = problem.clone().starting_at(0.1).map(|_| ());
    assert_eq!(reason(started), Some(MovedTimeError::OtherTime { index: 0, expected: 0.0, found: 0.1 }));

    let pairs = SaveAt::end().with(|_t, y: &[f64]| [y[0], y[0]]);
    let kept = problem.solve(Tsit5, Tolerance::new(1e-6, 1e-6), pairs).unwrap();
    let not_a_state = MovedTimeError::NotAState { index: 0, expected: 1, found: 2 };
    assert_eq!(reason(problem.at_times(&kept, &[1.0]).map(|_| ())), Some(not_a_state));

    let massive = problem.clone().with_mass_matrix(dmatrix![2.0]);
    assert_eq!(reason(massive.clone().starting_at(0.0).map(|_| ())), Some(MovedTimeError::MassMatrix));
    assert_eq!(reason(massive.at_times(&solution, &[0.0, 0.5, 1.0]).map(|_| ())), Some(MovedTimeError::MassMatrix));

    let event = Event::when(condition!(|_t, [y], []| y - 0.5)).falling();
    let eventful = problem.clone().with_event(event).at_times(&solution, &[0.0, 0.5, 1.0]).map(|_| ());
    assert_eq!(reason(eventful), Some(MovedTimeError::Events));
}
