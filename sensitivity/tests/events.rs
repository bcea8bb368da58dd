//! Derivatives through events: the times of roots move, and what happens there is seen by all that follows.

use costate_ad::{Var, derivative, try_gradient};
use costate_sensitivity::{Direct, Forward, GradientStrategy};
use costate_solvers::{
    Event, Ode, Problem, Real, SaveAt, Solution, SolveError, Tolerance, Tsit5, condition, ode, reset,
};
use nalgebra::{DVector, dvector};

fn tight() -> Tolerance {
    Tolerance::new(1e-12, 1e-12)
}

/// Of the central differences: what they leave out is of sixth order in it.
const STEP: f64 = 5e-4;

/// A solve with events, and a loss: written for any strategy.
trait Scenario {
    fn inputs(&self) -> DVector<f64>;
    fn loss<G: GradientStrategy>(&self, strategy: &G, x: &DVector<Var>) -> Result<Var, SolveError>;
}

/// Every strategy has the expected gradient, to `tolerance`; and so have central differences, where nothing coincides.
fn check<S: Scenario>(what: &str, scenario: &S, expected: Option<DVector<f64>>, tolerance: f64) {
    let x = scenario.inputs();
    let at = |x: &DVector<f64>| try_gradient(|x| scenario.loss(&Direct, x), x).unwrap().0;
    let expected = expected.unwrap_or_else(|| {
        DVector::from_fn(x.len(), |i, _| {
            // Differences of sixth order.
            let shifted = |steps: f64| {
                let mut x = x.clone();
                x[i] += steps * STEP;
                at(&x)
            };
            let odd = |steps: f64| shifted(steps) - shifted(-steps);
            (45.0 * odd(1.0) - 9.0 * odd(2.0) + odd(3.0)) / (60.0 * STEP)
        })
    });
    let gradients = [
        ("direct", try_gradient(|x| scenario.loss(&Direct, x), &x).unwrap()),
        ("forward", try_gradient(|x| scenario.loss(&Forward, x), &x).unwrap()),
    ];
    let reference = gradients[0].1.1.clone();
    for (name, (_, slope)) in gradients {
        let size = reference.amax();
        assert!((&slope - &reference).amax() <= 1e-11 * size, "{what}: {name} and direct disagree: {slope}{reference}");
        assert!((&slope - &expected).amax() <= tolerance * size, "{what}, {name}: {slope} instead of {expected}");
    }
}

fn ball() -> impl Ode + Copy + 'static {
    ode!(|_t, [_height, speed], [gravity, _restitution]| [speed, -gravity])
}

/// Inputs: gravity, restitution, height.
struct Ball {
    end: f64,
    loss: fn(&Solution<Var>) -> Var,
}

impl Scenario for Ball {
    fn inputs(&self) -> DVector<f64> {
        dvector![9.8, 0.8, 50.0]
    }

    fn loss<G: GradientStrategy>(&self, strategy: &G, x: &DVector<Var>) -> Result<Var, SolveError> {
        let bounce = Event::when(condition!(|_t, [height, _speed], [_g, _e]| height))
            .falling()
            .then(reset!(|_t, [height, speed], [_g, restitution]| [height, -restitution * speed]));
        let start = [x[2], Var::constant(0.0)];
        let problem = Problem::ode(ball(), start, &x.rows(0, 2).into_owned(), 0.0..self.end).with_event(bounce);
        strategy.solve(&problem, Tsit5, tight(), SaveAt::end()).map(|solution| (self.loss)(&solution))
    }
}

#[test]
fn a_bouncing_ball_has_its_published_sensitivities() {
    // data/gradient_scenarios, "bouncing_ball_sensitivities_t5".
    let sum = Ball { end: 5.0, loss: |solution| solution.last().sum() };
    let expected = dvector![-0.2503327358738261, 87.82971011456198, 0.7809347835063818];
    check("one bounce", &sum, Some(expected), 1e-8);
    let height = Ball { end: 15.0, loss: |solution| solution.last()[0] };
    let (value, slope) = try_gradient(|x| height.loss(&Direct, x), &height.inputs()).unwrap();
    assert!((value - 8.4942170076).abs() < 1e-8 && (slope[1] - 314.568840).abs() < 1e-5, "{value} {slope}");
    check("three bounces", &height, None, 1e-8);
    // The time of the first bounce is sqrt(2 h / g).
    let time = Ball { end: 5.0, loss: |solution| solution.events()[0].time };
    let t: f64 = (100.0_f64 / 9.8).sqrt();
    check("time of the bounce", &time, Some(dvector![-0.5 * t / 9.8, 0.0, 0.5 * t / 50.0]), 1e-11);
}

/// At the parameter at which (y(15) has its maximum, a gradient that ignores the bounce would say something else.
#[test]
fn the_second_derivative_of_three_bounces_is_that_of_the_first() {
    fn height<R: Real>(restitution: R) -> R {
        let bounce = Event::when(condition!(|_t, [height, _speed], [_g, _e]| height))
            .falling()
            .then(reset!(|_t, [height, speed], [_g, restitution]| [height, -restitution * speed]));
        let p = dvector![R::from(9.8), restitution];
        let problem = Problem::ode(ball(), [50.0, 0.0], &p, 0.0..15.0).with_event(bounce);
        problem.solve(Tsit5, tight(), SaveAt::end()).unwrap().last()[0]
    }
    let slope = |restitution: f64| derivative(height, restitution).1;
    let (_, curvature) = derivative(|restitution| derivative(height, restitution).1, 0.8);
    let difference = (8.0 * (slope(0.801) - slope(0.799)) - slope(0.802) + slope(0.798)) / 0.012;
    assert!((curvature - difference).abs() < 1e-6 * difference.abs(), "{curvature} {difference}");
}

/// Inputs: the rate of falling, and the height to which an event throws back. Saves fall on the events.
struct Coincidence;

impl Scenario for Coincidence {
    fn inputs(&self) -> DVector<f64> {
        dvector![1.0, 1.0]
    }

    fn loss<G: GradientStrategy>(&self, strategy: &G, x: &DVector<Var>) -> Result<Var, SolveError> {
        let fall = ode!(|_t, [_y], [rate, _top]| [-rate]);
        let up =
            Event::when(condition!(|_t, [y], [_rate, _top]| y)).falling().then(reset!(|_t, [_y], [_rate, top]| [top]));
        let problem = Problem::ode(fall, [1.0], x, 0.0..3.0).with_event(up);
        let solution = strategy.solve(&problem, Tsit5, tight(), SaveAt::every(0.5))?;
        Ok(solution.saves().enumerate().map(|(i, (_, y))| y[0] * (i as f64 + 1.0)).sum())
    }
}

#[test]
fn an_event_on_a_save_time_keeps_its_derivative() {
    // Before the k-th throw, y = 1 + k top - rate t; a save at t = 1, 2, 3 is still before it.
    let saves = [(0.0, 0), (0.5, 0), (1.0, 0), (1.5, 1), (2.0, 1), (2.5, 2), (3.0, 2)];
    let weighted = |f: &dyn Fn((f64, i32)) -> f64| -> f64 {
        saves.iter().enumerate().map(|(i, &save)| f(save) * (i as f64 + 1.0)).sum()
    };
    let expected = dvector![weighted(&|(t, _)| -t), weighted(&|(_, k)| f64::from(k))];
    check("coincidence", &Coincidence, Some(expected), 1e-10);
}

/// Two equal balls with restitutions of their own, thrown together: their bounces coincide.
struct Twins;

impl Scenario for Twins {
    fn inputs(&self) -> DVector<f64> {
        dvector![9.8, 0.7, 0.9]
    }

    fn loss<G: GradientStrategy>(&self, strategy: &G, x: &DVector<Var>) -> Result<Var, SolveError> {
        let twins = ode!(|_t, [_h, v, _k, w], [g, _e, _f]| [v, -g, w, -g]);
        let one =
            Event::when(condition!(|_t, [h, _v, _k, _w], [_g, _e, _f]| h))
                .falling()
                .then(reset!(|_t, [h, v, k, w], [_g, e, _f]| [h, -e * v, k, w]));
        let other =
            Event::when(condition!(|_t, [_h, _v, k, _w], [_g, _e, _f]| k))
                .falling()
                .then(reset!(|_t, [h, v, k, w], [_g, _e, f]| [h, v, k, -f * w]));
        let problem = Problem::ode(twins, [50.0, 0.0, 50.0, 0.0], x, 0.0..5.0).with_event(one).with_event(other);
        Ok(strategy.solve(&problem, Tsit5, tight(), SaveAt::end())?.last().sum())
    }
}

#[test]
fn simultaneous_events_keep_their_derivatives() {
    // Each ball by itself: height v s - g s^2 / 2 and speed v - g s, with v = e g t the speed behind the bounce and s = 5 - t.
    let (g, h): (f64, f64) = (9.8, 50.0);
    let t = (2.0 * h / g).sqrt();
    let (slope_t, s) = (-0.5 * t / g, 5.0 - t);
    let by_gravity = |e: f64| {
        let (v, slope_v) = (e * g * t, e * (t + g * slope_t));
        slope_v * s - v * slope_t - 0.5 * s * s + g * s * slope_t + slope_v - s + g * slope_t
    };
    let expected = dvector![by_gravity(0.7) + by_gravity(0.9), g * t * (s + 1.0), g * t * (s + 1.0)];
    check("twins", &Twins, Some(expected), 1e-10);
}

/// A state-dependent reset on a nonlinear system, triggered by a surface with parameters of its own.
struct Predators;

impl Scenario for Predators {
    fn inputs(&self) -> DVector<f64> {
        dvector![1.5, 1.0, 3.0, 1.0, 2.5, 0.3]
    }

    fn loss<G: GradientStrategy>(&self, strategy: &G, x: &DVector<Var>) -> Result<Var, SolveError> {
        let system = ode!(|_t, [u, v], [a, b, c, d, _limit, _share]| [a * u - b * u * v, d * u * v - c * v]);
        let hunt = Event::when(condition!(|t, [u, v], [_a, _b, _c, _d, limit, _share]| u + 0.1 * v - limit - 0.02 * t))
            .rising()
            .then(reset!(|t, [u, v], [a, b, c, d, limit, share]| {
                ([u * (1.0 - share), v + 0.1 * u * t], [a, b * 1.1, c, d, limit, share])
            }));
        let problem = Problem::ode(system, [1.0, 1.0], x, 0.0..10.0).with_event(hunt);
        let solution = strategy.solve(&problem, Tsit5, tight(), SaveAt::every(0.37))?;
        assert!(solution.events().len() > 2, "{}", solution.events().len());
        Ok(solution.saves().map(|(_, y)| y[0] * y[0] + y[1]).sum())
    }
}

#[test]
fn a_reset_of_state_and_parameters_on_a_moving_surface_is_differentiated() {
    check("predators", &Predators, None, 1e-8);
}

/// The dynamics stop when the clock reaches an input: the later state is that time.
struct Stopwatch;

impl Scenario for Stopwatch {
    fn inputs(&self) -> DVector<f64> {
        dvector![0.7, 1.0]
    }

    fn loss<G: GradientStrategy>(&self, strategy: &G, x: &DVector<Var>) -> Result<Var, SolveError> {
        let run = ode!(|_t, [_y], [_stop, speed]| [speed]);
        let stop = Event::when(condition!(|t, [_y], [stop, _speed]| t - stop))
            .then(reset!(|_t, [y], [stop, _speed]| ([y], [stop, R::from(0.0)])));
        let problem = Problem::ode(run, [0.0], x, 0.0..2.0).with_event(stop);
        Ok(strategy.solve(&problem, Tsit5, tight(), SaveAt::end())?.last()[0])
    }
}

#[test]
fn the_time_of_an_event_is_an_input_like_any_other() {
    check("stopwatch", &Stopwatch, Some(dvector![1.0, 0.7]), 1e-12);
}

/// The last state of a terminal event is the one at the moving time. Inputs: gravity and height.
struct Landing;

impl Scenario for Landing {
    fn inputs(&self) -> DVector<f64> {
        dvector![9.8, 50.0]
    }

    fn loss<G: GradientStrategy>(&self, strategy: &G, x: &DVector<Var>) -> Result<Var, SolveError> {
        let landing = Event::when(condition!(|_t, [height, _speed], [_g, _e]| height)).falling().terminal();
        let start = [x[1], Var::constant(0.0)];
        let problem = Problem::ode(ball(), start, &dvector![x[0], Var::constant(0.0)], 0.0..15.0).with_event(landing);
        let solution = strategy.solve(&problem, Tsit5, tight(), SaveAt::every(1.0))?;
        Ok(solution.last()[1])
    }
}

#[test]
fn a_terminal_event_moves_the_end() {
    // The speed is -sqrt(2 g h).
    let speed = (2.0 * 9.8 * 50.0_f64).sqrt();
    check("landing", &Landing, Some(dvector![-50.0 / speed, -9.8 / speed]), 1e-11);
}

#[test]
fn a_grazing_event_has_no_derivative_and_says_so() {
    let flat = Event::when(condition!(|t, [_y], [_p]| (t - 0.5).powi(3))).then(reset!(|_t, [y], [p]| [y * p]));
    let problem =
        |p: &DVector<Var>| Problem::ode(ode!(|_t, [y], [p]| [p * y]), [1.0], p, 0.0..1.0).with_event(flat.clone());
    let outcome = try_gradient(
        |p| Direct.solve(&problem(p), Tsit5, tight(), SaveAt::end()).map(|solution| solution.last()[0]),
        &dvector![1.0],
    );
    match outcome {
        Err(SolveError::NoEventTimeDerivative { event: 0, .. }) => {}
        // The root is found to rounding, where the slope may be tiny rather than zero: then the event must say that it grazes.
        Ok(_) => {
            let plain = Problem::ode(ode!(|_t, [y], [p]| [p * y]), [1.0], &dvector![1.0], 0.0..1.0).with_event(flat);
            assert!(plain.solve(Tsit5, tight(), SaveAt::end()).unwrap().events()[0].grazing);
        }
        Err(error) => panic!("{error}"),
    }
}
