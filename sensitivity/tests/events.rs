//! Derivatives through events: the times of roots move, and what happens there is seen by all that follows.

mod rows;

use costate_ad::{Var, derivative, try_gradient};
use costate_sensitivity::{Checkpoints, Direct, DiscreteAdjoint, Forward, GradientStrategy, Strategy};
use costate_solvers::{
    Direction, Event, Method, Ode, Problem, Real, SaveAt, Solution, SolveError, Tolerance, Trigger, Tsit5, Vern7,
    condition, ode, reset,
};
use nalgebra::{DVector, dvector};

fn tight() -> Tolerance {
    Tolerance::new(1e-12, 1e-12)
}

/// Models with events of their own: one type, so that the strategies are compiled once.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Model {
    /// Some balls above the ground: heights and speeds; gravity and the restitution of each.
    Balls(usize),
    /// One ball, until it lands.
    Landing,
    /// Falls at a rate, and is thrown up by an amount whenever it reaches zero: `rate, top`.
    Falling,
    /// Lotka-Volterra; above a moving limit a share of the prey is taken, and the parameters change.
    Hunted,
    /// Runs at a speed until the clock reaches a parameter: `stop, speed`.
    Stopwatch,
    /// Doses into a depot at given times, the first at the start: `rate, dose`; kept positive at every step.
    Dosed,
}

impl Ode for Model {
    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        match self {
            Model::Balls(_) | Model::Landing => {
                for ball in 0..y.len() / 2 {
                    dy[2 * ball] = y[2 * ball + 1];
                    dy[2 * ball + 1] = -p[0];
                }
            }
            Model::Falling => dy[0] = -p[0],
            Model::Hunted => {
                dy[0] = p[0] * y[0] - p[1] * y[0] * y[1];
                dy[1] = p[3] * y[0] * y[1] - p[2] * y[1];
            }
            Model::Stopwatch => dy[0] = p[1],
            Model::Dosed => {
                dy[0] = -p[0] * y[0];
                dy[1] = p[0] * y[0] - (0.2 + 0.1 * t.sin()) * y[1];
            }
        }
    }

    fn triggers(&self) -> Vec<Trigger> {
        let root = |direction, terminal| Trigger::Root { direction, terminal };
        match self {
            Model::Balls(count) => vec![root(Direction::Falling, false); *count],
            Model::Landing => vec![root(Direction::Falling, true)],
            Model::Falling => vec![root(Direction::Falling, false)],
            Model::Hunted => vec![root(Direction::Rising, false)],
            Model::Stopwatch => vec![root(Direction::Any, false)],
            Model::Dosed => vec![Trigger::Times(vec![0.0, 2.0, 3.0]), Trigger::EveryStep],
        }
    }

    fn condition<R: Real>(&self, event: usize, t: R, y: &[R], p: &[R]) -> R {
        match self {
            Model::Balls(_) => y[2 * event],
            Model::Landing | Model::Falling => y[0],
            Model::Hunted => y[0] + 0.1 * y[1] - p[4] - 0.02 * t,
            Model::Stopwatch => t - p[0],
            Model::Dosed => R::one(),
        }
    }

    fn reset<R: Real>(&self, event: usize, t: R, y: &mut [R], p: &mut [R]) {
        match self {
            Model::Balls(_) => y[2 * event + 1] = -p[1 + event] * y[2 * event + 1],
            Model::Landing => {}
            Model::Falling => y[0] = p[1],
            Model::Hunted => {
                y[1] += 0.1 * y[0] * t;
                y[0] *= 1.0 - p[5];
                p[1] *= 1.1;
            }
            Model::Stopwatch => p[1] = R::from(0.0),
            Model::Dosed if event == 0 => {
                y[0] += p[1];
                p[1] *= 0.5;
            }
            Model::Dosed => y[1] *= 0.99,
        }
    }
}

/// A solve with events, and a loss.
struct Scenario {
    name: &'static str,
    model: Model,
    /// The parameters, and the initial state: all are inputs.
    p: Vec<f64>,
    y0: Vec<f64>,
    end: f64,
    save: SaveAt,
    loss: fn(&Solution<Var>) -> Var,
    expected: Expected,
}

/// What tells that the gradient is right, beside that every strategy has the same.
#[derive(Clone)]
enum Expected {
    /// It is known, to this relative accuracy.
    Known(Vec<f64>, f64),
    /// Central differences.
    Differences,
    /// Nothing: the loss depends on the mesh, which differences do not freeze.
    Nothing,
}

impl Scenario {
    fn gradient<G: GradientStrategy, M: Method + Clone + 'static>(
        &self,
        strategy: G,
        method: M,
        x: &DVector<f64>,
    ) -> (f64, DVector<f64>) {
        let count = self.p.len();
        let loss = |x: &DVector<Var>| {
            let (p, y0) = (x.rows(0, count).into_owned(), x.rows(count, self.y0.len()).into_owned());
            let problem = Problem::ode(self.model, y0, &p, 0.0..self.end);
            strategy.solve(&problem, method.clone(), tight(), self.save.clone()).map(|solution| (self.loss)(&solution))
        };
        try_gradient(loss, x).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    fn inputs(&self) -> DVector<f64> {
        DVector::from_vec([self.p.clone(), self.y0.clone()].concat())
    }

    /// Central differences of sixth order.
    fn differences(&self) -> Vec<f64> {
        const STEP: f64 = 5e-4;
        let at = |i: usize, steps: f64| {
            let mut x = self.inputs();
            x[i] += steps * STEP;
            self.gradient(Forward, Tsit5, &x).0
        };
        let odd = |i, steps: f64| at(i, steps) - at(i, -steps);
        let difference = |i| (45.0 * odd(i, 1.0) - 9.0 * odd(i, 2.0) + odd(i, 3.0)) / (60.0 * STEP);
        (0..self.inputs().len()).map(difference).collect()
    }
}

fn balls(name: &'static str, end: f64, loss: fn(&Solution<Var>) -> Var) -> Scenario {
    let (p, y0) = (vec![9.8, 0.8], vec![50.0, 0.0]);
    Scenario { name, model: Model::Balls(1), p, y0, end, save: SaveAt::end(), loss, expected: Expected::Differences }
}

fn scenarios() -> Vec<Scenario> {
    let (g, h): (f64, f64) = (9.8, 50.0);
    let t = (2.0 * h / g).sqrt();
    // Of one bounce: height v s - g s^2 / 2 and speed v - g s, with v = e g t the speed behind it and s = 5 - t.
    let by_gravity = |e: f64| {
        let (slope_t, s) = (-0.5 * t / g, 5.0 - t);
        let (v, slope_v) = (e * g * t, e * (t + g * slope_t));
        slope_v * s - v * slope_t - 0.5 * s * s + g * s * slope_t + slope_v - s + g * slope_t
    };
    let by_restitution = g * t * (5.0 - t + 1.0);
    // A ball thrown down a little lands as one dropped from a little higher: the derivative by the first speed.
    let weights = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        let saves = [(0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (1.5, 1.0), (2.0, 1.0), (2.5, 2.0), (3.0, 2.0)];
        saves.iter().enumerate().map(|(i, &(t, k))| f(t, k) * (i as f64 + 1.0)).sum()
    };
    let one = |name, model, p: &[f64], y0: &[f64], end, loss| Scenario {
        name,
        model,
        p: p.to_vec(),
        y0: y0.to_vec(),
        end,
        save: SaveAt::end(),
        loss,
        expected: Expected::Differences,
    };
    vec![
        balls("one bounce", 5.0, |solution| solution.last().sum()),
        balls("three bounces", 15.0, |solution| solution.last()[0]),
        Scenario {
            save: SaveAt::dense(),
            ..balls("dense", 9.0, |s| s.at(2.0).unwrap()[0] + s.at(4.0).unwrap()[1] + s.at(8.7).unwrap()[0])
        },
        Scenario {
            save: SaveAt::steps(),
            expected: Expected::Nothing,
            ..balls("steps", 9.0, |s| s.saves().enumerate().map(|(i, (_, y))| y[0] * (i as f64).sin()).sum())
        },
        Scenario {
            expected: Expected::Known(vec![-0.5 * t / g, 0.0, 0.5 * t / h, 1.0 / g], 1e-10),
            ..balls("the time of a bounce", 5.0, |solution| solution.events()[0].time)
        },
        Scenario {
            // Two equal balls with restitutions of their own: their bounces coincide.
            expected: Expected::Known(vec![by_gravity(0.7) + by_gravity(0.9), by_restitution, by_restitution], 1e-9),
            ..one("twins", Model::Balls(2), &[g, 0.7, 0.9], &[h, 0.0, h, 0.0], 5.0, |solution| solution.last().sum())
        },
        Scenario {
            // Before throw k + 1, y = y0 + k top - rate t; a save at t = 1, 2, 3 is still before it.
            save: SaveAt::every(0.5),
            expected: Expected::Known(vec![weights(&|t, _| -t), weights(&|_, k| k), weights(&|_, _| 1.0)], 1e-10),
            ..one("saves on events", Model::Falling, &[1.0, 1.0], &[1.0], 3.0, |solution| {
                solution.saves().enumerate().map(|(i, (_, y))| y[0] * (i as f64 + 1.0)).sum()
            })
        },
        Scenario {
            save: SaveAt::every(0.37),
            ..one("hunted", Model::Hunted, &[1.5, 1.0, 3.0, 1.0, 2.5, 0.3], &[1.0, 1.0], 10.0, |solution| {
                assert!(solution.events().len() > 2);
                let events: Var =
                    solution.events().iter().map(|event| event.time * event.after[0] + event.before[1]).sum();
                solution.saves().map(|(_, y)| y[0] * y[0] + y[1]).sum::<Var>() + events
            })
        },
        Scenario {
            // The dynamics stop at t*: the later state is t* times the speed.
            expected: Expected::Known(vec![1.0, 0.7, 1.0], 1e-12),
            ..one("stopwatch", Model::Stopwatch, &[0.7, 1.0], &[0.0], 2.0, |solution| solution.last()[0])
        },
        Scenario {
            // It lands with the speed -sqrt(2 g h + v^2).
            save: SaveAt::every(1.0),
            expected: Expected::Known(vec![-h / (g * t), -g / (g * t), 0.0], 1e-10),
            ..one("landing", Model::Landing, &[g], &[h, 0.0], 15.0, |solution| solution.last()[1])
        },
        Scenario {
            save: SaveAt::every(0.5).after_events(),
            expected: Expected::Nothing,
            ..one("doses", Model::Dosed, &[0.7, 2.0], &[0.1, 0.2], 5.0, |solution| {
                solution.saves().map(|(_, y)| y[0] * y[1] + y[1]).sum()
            })
        },
    ]
}

#[test]
fn every_strategy_differentiates_through_events() {
    for scenario in scenarios() {
        let x = scenario.inputs();
        let (_, reference) = scenario.gradient(Direct, Tsit5, &x);
        let every = DiscreteAdjoint { checkpoints: Checkpoints::Every(3) };
        let gradients = [
            ("forward", scenario.gradient(Forward, Tsit5, &x).1),
            ("adjoint", scenario.gradient(DiscreteAdjoint::default(), Tsit5, &x).1),
            ("adjoint with checkpoints", scenario.gradient(every, Tsit5, &x).1),
        ];
        let size = reference.amax();
        for (strategy, gradient) in &gradients {
            let difference = (gradient - &reference).amax() / size;
            let name = if *strategy == "forward" { Forward.name() } else { DiscreteAdjoint::default().name() };
            rows::row("events", Tsit5.name(), name, difference, "of the tape's");
            assert!(difference <= 1e-11, "{}, {strategy}: {gradient}{reference}", scenario.name);
        }
        let (expected, tolerance) = match scenario.expected.clone() {
            Expected::Known(expected, tolerance) => (expected, tolerance),
            Expected::Differences => (scenario.differences(), 1e-8),
            Expected::Nothing => (reference.as_slice().to_vec(), 0.0),
        };
        for (i, (found, expected)) in reference.iter().zip(&expected).enumerate() {
            assert!((found - expected).abs() <= tolerance * size, "{}, {i}: {found} {expected}", scenario.name);
        }
        // A method whose interpolant has stages of its own.
        let (direct, adjoint) =
            (scenario.gradient(Direct, Vern7, &x).1, scenario.gradient(DiscreteAdjoint::default(), Vern7, &x).1);
        let difference = (&direct - &adjoint).amax() / size;
        rows::row("events", Vern7.name(), DiscreteAdjoint::default().name(), difference, "of the tape's");
        assert!(difference <= 1e-11, "{}, Vern7: {direct}{adjoint}", scenario.name);
    }
}

#[test]
fn a_bouncing_ball_has_its_published_sensitivities() {
    // data/gradient_scenarios, "bouncing_ball_sensitivities_t5", and the height at t = 15 by the restitution.
    let one = balls("", 5.0, |solution| solution.last().sum());
    let (_, slope) = one.gradient(DiscreteAdjoint::default(), Tsit5, &one.inputs());
    for (found, expected) in slope.iter().zip([-0.2503327358738261, 87.82971011456198, 0.7809347835063818]) {
        assert!((found - expected).abs() < 1e-7, "{found} {expected}");
    }
    let three = balls("", 15.0, |solution| solution.last()[0]);
    let (value, slope) = three.gradient(DiscreteAdjoint::default(), Tsit5, &three.inputs());
    assert!((value - 8.4942170076).abs() < 1e-8 && (slope[1] - 314.568840).abs() < 1e-5, "{value} {slope}");
}

#[test]
fn the_second_derivative_of_three_bounces_is_that_of_the_first() {
    fn height<R: Real>(restitution: R) -> R {
        let p = dvector![R::from(9.8), restitution];
        let problem = Problem::ode(Model::Balls(1), [50.0, 0.0], &p, 0.0..15.0);
        problem.solve(Tsit5, tight(), SaveAt::end()).unwrap().last()[0]
    }
    let slope = |restitution: f64| derivative(height, restitution).1;
    let (_, curvature) = derivative(|restitution| derivative(height, restitution).1, 0.8);
    let difference = (8.0 * (slope(0.801) - slope(0.799)) - slope(0.802) + slope(0.798)) / 0.012;
    assert!((curvature - difference).abs() < 1e-6 * difference.abs(), "{curvature} {difference}");
}

#[test]
fn a_grazing_event_has_no_derivative_and_says_so() {
    let flat = Event::when(condition!(|t, [_y], [_p]| (t - 0.5).powi(3))).then(reset!(|_t, [y], [p]| [y * p]));
    let growth = ode!(|_t, [y], [p]| [p * y]);
    let outcome = try_gradient(
        |p| {
            let problem = Problem::ode(growth, [1.0], p, 0.0..1.0).with_event(flat.clone());
            Direct.solve(&problem, Tsit5, tight(), SaveAt::end()).map(|solution| solution.last()[0])
        },
        &dvector![1.0],
    );
    if !matches!(outcome, Err(SolveError::NoEventTimeDerivative { event: 0, .. })) {
        // Found to rounding, the rate may be tiny rather than zero: then the event says that it grazes.
        let problem = Problem::ode(growth, [1.0], &dvector![1.0], 0.0..1.0).with_event(flat);
        assert!(problem.solve(Tsit5, tight(), SaveAt::end()).unwrap().events()[0].grazing, "{outcome:?}");
    }
}
