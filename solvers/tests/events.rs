//! Events on plain numbers: where they happen, in which order, and what they leave behind.

use costate_solvers::{
    Condition, Dop853, Ended, Event, FixedStep, Ode, Problem, Real, Rk4, SaveAt, Solution, SolveError, Tolerance,
    Tsit5, Vern7, condition, ode, reset,
};
use nalgebra::{DVector, dvector};

fn tight() -> Tolerance {
    Tolerance::new(1e-12, 1e-12)
}

fn ball() -> impl Ode + Copy {
    ode!(|_t, [_height, speed], [gravity, _restitution]| [speed, -gravity])
}

fn bounce() -> Event<impl Condition, impl costate_solvers::Reset> {
    Event::when(condition!(|_t, [height, _speed], [_gravity, _restitution]| height)).falling().then(reset!(|_t,
                                                                                                            [
        _height,
        speed,
    ],
                                                                                                            [
        _gravity,
        restitution,
    ]| [
        R::from(0.0),
        -restitution * speed
    ]))
}

/// Height of a ball dropped from `y0`, at `t`, by adding up its parabolas.
fn exact_height(t: f64, y0: f64, gravity: f64, restitution: f64) -> f64 {
    let (mut start, mut speed, mut height) = (0.0, 0.0, y0);
    loop {
        let fall: f64 = speed / gravity + ((speed / gravity).powi(2) + 2.0 * height / gravity).sqrt();
        if start + fall > t {
            let s = t - start;
            return height + speed * s - 0.5 * gravity * s * s;
        }
        speed = restitution * (gravity * fall - speed);
        (start, height) = (start + fall, 0.0);
    }
}

fn drop_ball(end: f64, save: SaveAt) -> Solution<f64> {
    let problem = Problem::ode(ball(), [50.0, 0.0], &dvector![9.8, 0.8], 0.0..end).with_event(bounce());
    problem.solve(Tsit5, tight(), save).unwrap()
}

#[test]
fn a_bouncing_ball_follows_its_parabolas() {
    // paper.md 3.5: the height at t = 15.
    assert!((drop_ball(15.0, SaveAt::end()).last()[0] - 8.4942170076).abs() < 1e-8);
    let solution = drop_ball(15.0, SaveAt::every(0.25));
    for (t, y) in solution.saves() {
        assert!((y[0] - exact_height(t, 50.0, 9.8, 0.8)).abs() < 1e-8, "at {t}");
    }
    let first = &solution.events()[0];
    assert!((first.time - (100.0_f64 / 9.8).sqrt()).abs() < 1e-12);
    assert!((first.before[1] + 31.30495168499705).abs() < 1e-10 && (first.after[1] - 25.04396134799764).abs() < 1e-10);
    assert_eq!(solution.events().len(), 3);
    assert_eq!(solution.ended(), Ended::AtSpanEnd);
}

/// With every kind of interpolant, with fixed steps, and where a step could jump over the ground and back.
#[test]
fn no_bounce_is_missed_by_long_steps() {
    let problem = Problem::ode(ball(), [50.0, 0.0], &dvector![9.8, 0.8], 0.0..15.0).with_event(bounce());
    let truth = exact_height(15.0, 50.0, 9.8, 0.8);
    let runs = [
        problem.solve(Vern7, Tolerance::new(1e-3, 1e-3), SaveAt::end()),
        problem.solve(Dop853, Tolerance::new(1e-3, 1e-3), SaveAt::end()),
        problem.solve(Rk4, FixedStep(5.0), SaveAt::end()),
        problem.solve(Rk4, FixedStep(0.3), SaveAt::end()),
    ];
    for run in runs {
        // The motion between bounces is a parabola: every method is exact, whatever its steps.
        assert!((run.unwrap().last()[0] - truth).abs() < 1e-8);
    }
    // Two roots within one step: sin(t) - 0.999 is above zero for 0.09 of time around each maximum.
    let clock = ode!(|_t, [_y], []| [R::from(1.0)]);
    let peak = Event::when(condition!(|_t, [y], []| y.sin() - 0.999));
    let problem = Problem::ode(clock, [0.0], &DVector::<f64>::zeros(0), 0.0..20.0).with_event(peak);
    let solution = problem.solve(Tsit5, tight(), SaveAt::end()).unwrap();
    let expected: Vec<f64> = (0..3)
        .flat_map(|k| {
            [0.999_f64.asin(), std::f64::consts::PI - 0.999_f64.asin()]
                .map(|t| t + f64::from(k) * std::f64::consts::TAU)
        })
        .collect();
    let found: Vec<f64> = solution.events().iter().map(|event| event.time).collect();
    assert_eq!(found.len(), expected.len(), "{found:?}");
    assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-10), "{found:?}");
}

#[test]
fn an_event_on_a_save_time_saves_the_state_before_or_behind_it() {
    // y falls from 1 at rate 1 and is thrown back to 1 whenever it reaches 0: at t = 1, 2, 3.
    let fall = ode!(|_t, [_y], []| [R::from(-1.0)]);
    let up = Event::when(condition!(|_t, [y], []| y)).falling().then(reset!(|_t, [_y], []| [R::from(1.0)]));
    let problem = Problem::ode(fall, [1.0], &DVector::<f64>::zeros(0), 0.0..3.5).with_event(up);
    let solve = |save: SaveAt| problem.solve(Rk4, FixedStep(0.25), save).unwrap();
    let values =
        |solution: &Solution<f64>| solution.saves().map(|(_, y)| (y[0] * 1e9).round() / 1e9).collect::<Vec<_>>();
    assert_eq!(values(&solve(SaveAt::every(0.5))), [1.0, 0.5, 0.0, 0.5, 0.0, 0.5, 0.0, 0.5]);
    assert_eq!(values(&solve(SaveAt::every(0.5).after_events())), [1.0, 0.5, 1.0, 0.5, 1.0, 0.5, 1.0, 0.5]);
    let dense = solve(SaveAt::dense());
    assert_eq!(
        [dense.at(0.9).unwrap()[0], dense.at(1.0).unwrap()[0], dense.at(1.1).unwrap()[0]].map(|y| (y * 10.0).round()),
        [1.0, 10.0, 9.0]
    );
    assert_eq!(dense.events().iter().map(|event| event.time.round()).collect::<Vec<_>>(), [1.0, 2.0, 3.0]);
}

#[test]
fn simultaneous_events_happen_in_the_order_of_declaration() {
    let still = ode!(|_t, [_a, _b], []| [R::from(-1.0), R::from(-2.0)]);
    let double = Event::when(condition!(|_t, [a, _b], []| a)).then(reset!(|_t, [a, b], []| [a + 3.0, b * 2.0 + 1.0]));
    let add = Event::when(condition!(|_t, [_a, b], []| b)).then(reset!(|_t, [a, b], []| [a * 2.0, b + 10.0]));
    let start = Problem::ode(still, [1.0, 2.0], &DVector::<f64>::zeros(0), 0.0..1.25);
    let one = start.clone().with_event(double.clone()).with_event(add.clone()).solve(Tsit5, tight(), SaveAt::end());
    let other = start.with_event(add).with_event(double).solve(Tsit5, tight(), SaveAt::end());
    // a = b = 0 at t = 1: first (3, 1), then (6, 11); or first (0, 10), then (3, 21). Behind it a quarter of time.
    let expected = [dvector![5.75, 10.5], dvector![2.75, 20.5]];
    for (solution, expected) in [one, other].into_iter().zip(expected) {
        let solution = solution.unwrap();
        assert!((solution.last() - &expected).amax() < 1e-11, "{} instead of {expected}", solution.last());
        assert_eq!(solution.events().iter().map(|event| event.event).collect::<Vec<_>>(), [0, 1]);
    }
}

#[test]
fn doses_are_given_on_time_also_at_the_start_and_change_parameters() {
    let decay = ode!(|_t, [y], [rate, _dose]| [-rate * y]);
    let dose = Event::at([4.0, 0.0, 2.0, 99.0]).then(reset!(|_t, [y], [rate, dose]| ([y + dose], [rate, 0.5 * dose])));
    let problem = Problem::ode(decay, [0.0], &dvector![0.3, 8.0], 0.0..5.0).with_event(dose);
    let solution = problem.solve(Tsit5, tight(), SaveAt::times([0.0, 2.0, 5.0])).unwrap();
    let f = |t: f64| (-0.3 * t).exp();
    let expected = [0.0, 8.0 * f(2.0), 8.0 * f(5.0) + 4.0 * f(3.0) + 2.0 * f(1.0)];
    assert!(solution.saves().zip(expected).all(|((_, y), expected)| (y[0] - expected).abs() < 1e-10));
    assert_eq!(solution.events().iter().map(|event| event.time).collect::<Vec<_>>(), [0.0, 2.0, 4.0]);
    // Backward the same doses are met in the other order; those at the end happen, too.
    let none = DVector::<f64>::zeros(0);
    let back = Problem::ode(ode!(|_t, [_y], []| [R::from(0.0)]), [0.0], &none, 5.0..0.0)
        .with_event(Event::at([4.0, 0.0, 2.0]).then(reset!(|t, [y], []| [10.0 * y + t])));
    let solution = back.solve(Tsit5, tight(), SaveAt::end()).unwrap();
    assert_eq!(solution.events().iter().map(|event| event.after[0]).collect::<Vec<_>>(), [4.0, 42.0, 420.0]);
}

/// A right-hand side that jumps costs a method its order unless the jump is a stop.
#[test]
fn stops_keep_the_order_across_a_jump() {
    fn switched<R: Real>(t: R, y: &[R], p: &[R], dy: &mut [R]) {
        dy[0] = if t.value() < p[0].value() { y[0] } else { -2.0 * y[0] };
    }
    let jump = 0.7310585786300049;
    let problem = Problem::ode(ode!(switched), [1.0], &dvector![jump], 0.0..1.0).with_stops([jump, 7.0]);
    let solution = problem.solve(Tsit5, FixedStep(0.05), SaveAt::end()).unwrap();
    let exact = (jump - 2.0 * (1.0 - jump)).exp();
    assert!((solution.last()[0] - exact).abs() < 1e-8, "{:e}", solution.last()[0] - exact);
    let error = problem.with_stops([f64::NAN]).solve(Tsit5, FixedStep(0.05), SaveAt::end()).unwrap_err();
    assert!(matches!(error, SolveError::NonFiniteStop { .. }));
}

#[test]
fn a_terminal_event_ends_the_solve_and_is_its_last_state() {
    let landing = Event::when(condition!(|_t, [height, _speed], [_g, _e]| height)).falling().terminal();
    let problem = Problem::ode(ball(), [50.0, 0.0], &dvector![9.8, 0.8], 0.0..15.0).with_event(landing);
    for save in [SaveAt::end(), SaveAt::every(1.0), SaveAt::steps(), SaveAt::dense()] {
        let solution = problem.solve(Tsit5, tight(), save).unwrap();
        assert_eq!(solution.ended(), Ended::ByEvent(0));
        assert!((solution.times().last().unwrap() - 3.1943828249997).abs() < 1e-10);
        assert!((solution.last()[1] + 31.30495168499705).abs() < 1e-10 && solution.last()[0].abs() < 1e-12);
    }
}

#[test]
fn a_graze_is_reported_and_a_storm_is_an_error() {
    // (t - 1)^2: touches zero without passing; (t - 1)^3 passes it flatly.
    let clock = ode!(|_t, [_y], []| [R::from(1.0)]);
    let touch = Event::when(condition!(|_t, [y], []| (y - 1.0) * (y - 1.0)));
    let flat = Event::when(condition!(|_t, [y], []| (y - 1.5).powi(3)));
    let problem = Problem::ode(clock, [0.0], &DVector::<f64>::zeros(0), 0.0..2.0).with_event(touch).with_event(flat);
    let solution = problem.solve(Tsit5, FixedStep(0.4), SaveAt::end()).unwrap();
    let found: Vec<_> = solution.events().iter().map(|event| (event.event, event.grazing, event.happened)).collect();
    assert!(found.contains(&(0, true, false)) && found.contains(&(1, true, true)), "{found:?}");

    let problem = Problem::ode(ball(), [1.0, 0.0], &dvector![9.8, 0.5], 0.0..15.0).with_event(bounce());
    let error = problem.solve(Tsit5, tight(), SaveAt::end()).unwrap_err();
    let SolveError::EventStorm { event: 0, t, .. } = error else { panic!("{error}") };
    // The ball comes to rest after sqrt(2/g) (1 + e) / (1 - e).
    assert!((t - (2.0_f64 / 9.8).sqrt() * 3.0).abs() < 1e-7, "{t}");
}

#[test]
fn an_event_of_every_step_keeps_a_constraint() {
    let turn = ode!(|_t, [x, y], [rate]| [-rate * y, rate * x]);
    fn onto_circle<R: Real>(_t: R, y: &mut [R], _p: &mut [R]) {
        let radius = (y[0] * y[0] + y[1] * y[1]).sqrt();
        y.iter_mut().for_each(|y| *y /= radius);
    }
    let problem = Problem::ode(turn, [1.0, 0.0], &dvector![1.0], 0.0..10.0);
    let drift = |solution: Solution<f64>| (solution.last().norm() - 1.0).abs();
    let free = drift(problem.solve(Rk4, FixedStep(0.5), SaveAt::end()).unwrap());
    let kept = problem.with_event(Event::every_step().then(reset!(onto_circle)));
    let kept = kept.solve(Rk4, FixedStep(0.5), SaveAt::steps()).unwrap();
    assert!(kept.events().is_empty());
    let kept = drift(kept);
    assert!(free > 1e-3 && kept < 1e-15, "{free:e} {kept:e}");
}

/// A replay from any checkpoint goes through the events again, bit for bit.
#[test]
fn a_replay_repeats_the_events() {
    let problem = Problem::ode(ball(), [50.0, 0.0], &dvector![9.8, 0.8], 0.0..15.0).with_event(bounce());
    let mut whole = problem.begin(Tsit5, tight()).unwrap();
    let mut parts = whole.clone();
    problem.advance(Tsit5, tight(), &mut whole, usize::MAX, &mut ()).unwrap();
    while parts.t() < 15.0 {
        parts = parts.clone();
        problem.advance(Tsit5, tight(), &mut parts, 1, &mut ()).unwrap();
    }
    assert_eq!(parts, whole);
    assert!((whole.y()[0] - 8.4942170076).abs() < 1e-8);
}
