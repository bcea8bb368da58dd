//! Every strategy agrees with every other, with published values and with finite differences.

mod rows;

use costate_ad::{Var, try_gradient};
use costate_sensitivity::{Checkpoints, Direct, DiscreteAdjoint, Forward, GradientStrategy, Strategy};
use costate_solvers::{
    Control, Dop853, FixedStep, Method, Ode, Problem, Real, Rk4, SaveAt, Solution, SolveError, Tolerance, Tsit5,
    VelocityVerlet, Vern7, Yoshida4, ode,
};
use nalgebra::{DVector, dvector};
use std::ops::Range;

type Gradient = (f64, DVector<f64>);

/// A problem and a loss, run by any strategy. The inputs are the parameters, then the initial state.
struct Case<S> {
    system: S,
    inputs: DVector<f64>,
    states: usize,
    span: Range<f64>,
    save: SaveAt,
    loss: fn(&Solution<Var>) -> Var,
}

impl<S: Ode + Clone + 'static> Case<S> {
    fn gradient<G: GradientStrategy, M: Method + Clone + 'static>(
        &self,
        strategy: G,
        method: M,
        control: &Control,
    ) -> Gradient {
        let solve = |x: &DVector<Var>| {
            let (p, y0) = (
                x.rows(0, x.len() - self.states).into_owned(),
                x.rows(x.len() - self.states, self.states).into_owned(),
            );
            let problem = Problem::ode(self.system.clone(), y0, &p, self.span.clone());
            strategy.solve(&problem, method.clone(), control, self.save.clone()).map(|solution| (self.loss)(&solution))
        };
        try_gradient(solve, &self.inputs).unwrap_or_else(|error| panic!("{}: {error}", strategy.name()))
    }

    fn all<M: Method + Clone + 'static>(&self, method: M, control: impl Into<Control>) -> Vec<(String, Gradient)> {
        let control = &control.into();
        let mut all = vec![
            (Direct.name().to_string(), self.gradient(Direct, method.clone(), control)),
            (Forward.name().to_string(), self.gradient(Forward, method.clone(), control)),
        ];
        for checkpoints in [
            Checkpoints::All,
            Checkpoints::Every(1),
            Checkpoints::Every(7),
            Checkpoints::Every(100_000),
            Checkpoints::Binomial(3),
            Checkpoints::MemoryLimit(3_000),
        ] {
            let strategy = DiscreteAdjoint { checkpoints };
            all.push((format!("{strategy:?}"), self.gradient(strategy, method.clone(), control)));
        }
        let (_, (_, direct)) = &all[0];
        for (name, (_, slope)) in &all[1..] {
            let strategy = if name == Forward.name() { name } else { DiscreteAdjoint::default().name() };
            let difference = (slope - direct).amax() / direct.amax().max(1e-300);
            rows::row("not stiff", method.name(), strategy, difference, "of the tape's");
        }
        all
    }
}

fn assert_agreement(what: &str, all: &[(String, Gradient)], tolerance: f64) {
    let (_, (value, slope)) = &all[0];
    for (name, (other_value, other)) in &all[1..] {
        assert_eq!(value, other_value, "{what}: value by {name}");
        let difference = (slope - other).amax() / slope.amax().max(1e-300);
        assert!(difference <= tolerance, "{what}: {name} differs by {difference:e}\n{slope}{other}");
    }
}

fn lotka_volterra(save: SaveAt, loss: fn(&Solution<Var>) -> Var) -> Case<impl Ode + Clone + 'static> {
    let system = ode!(|_t, [u, v], [a, b, c, d]| [a * u - b * u * v, d * u * v - c * v]);
    Case { system, inputs: dvector![1.5, 1.0, 3.0, 1.0, 1.0, 1.0], states: 2, span: 0.0..10.0, save, loss }
}

fn squares_after_the_start(solution: &Solution<Var>) -> Var {
    solution.states()[1..].iter().map(|state| state.norm_squared()).sum()
}

#[test]
fn lotka_volterra_has_its_published_gradient() {
    let case = lotka_volterra(SaveAt::every(0.1), squares_after_the_start);
    let all = case.all(Tsit5, Tolerance::new(1e-10, 1e-10));
    assert_agreement("Lotka-Volterra", &all, 1e-10);
    let expected = dvector![69.55371430, -1105.12225686, 1030.65889981, -3627.01786252, -1041.42851193, -259.99415436];
    for (name, (value, slope)) in all {
        assert!((value - 1715.3587265).abs() < 1e-6, "{name}: {value}");
        for i in 0..6 {
            assert!(((slope[i] - expected[i]) / expected[i]).abs() < 1e-6, "{name}, component {i}: {}", slope[i]);
        }
    }
}

/// Driven, with time in the right-hand side and ten parameters: more inputs than one chunk of dual numbers carries.
#[derive(Clone)]
struct Driven;

impl Ode for Driven {
    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        for i in 0..y.len() {
            let coupling = y[(i + 1) % y.len()] * p[(i + 3) % p.len()];
            dy[i] = coupling.sin() - p[i % p.len()] * y[i] + (t * p[(i + 1) % p.len()]).cos();
        }
    }
}

/// Every way of saving, both directions, small and large systems, few and many inputs; methods with and without an error
/// estimate, with and without extra stages behind their interpolants.
#[test]
fn strategies_agree_to_rounding_whatever_is_saved() {
    type Row = (&'static str, fn() -> SaveAt, fn(&Solution<Var>) -> Var);
    let everything = |solution: &Solution<Var>| {
        let weighted = solution.states().iter().enumerate().map(|(i, state)| state.sum() * (1.0 + i as f64).sin());
        weighted.sum::<Var>() + solution.last().norm_squared()
    };
    let rows: &[Row] = &[
        ("end", SaveAt::end, everything),
        ("steps", SaveAt::steps, everything),
        ("every", || SaveAt::every(0.037), everything),
        ("times", || SaveAt::times([0.5, 0.55, 0.55, 0.9]), everything),
        ("dense", SaveAt::dense, |solution| solution.at(0.7123).unwrap().sum() * solution.at(0.3).unwrap()[0]),
    ];
    for (what, save, loss) in rows {
        for states in [1, 2, 9] {
            for parameters in [1, 6, 10, 17] {
                let inputs = DVector::from_fn(parameters + states, |i, _| 0.4 + (i as f64 * 1.7).sin());
                let case = Case { system: Driven, inputs, states, span: 0.0..1.0, save: save(), loss: *loss };
                let what = format!("{what}, {states} states, {parameters} parameters");
                assert_agreement(&what, &case.all(Tsit5, Tolerance::new(1e-6, 1e-8)), 1e-11);
                assert_agreement(&what, &case.all(Rk4, FixedStep(0.04)), 1e-11);
                if parameters == 6 {
                    assert_agreement(&format!("Vern7, {what}"), &case.all(Vern7, Tolerance::new(1e-6, 1e-8)), 1e-10);
                    assert_agreement(&format!("Dop853, {what}"), &case.all(Dop853, Tolerance::new(1e-6, 1e-8)), 1e-10);
                }
            }
        }
        let inputs = DVector::from_fn(5, |i, _| 0.4 + (i as f64 * 1.7).sin());
        let save = if *what == "times" { SaveAt::times([0.9, 0.55, 0.5]) } else { save() };
        let backward = Case { system: Driven, inputs, states: 2, span: 1.0..0.0, save, loss: *loss };
        assert_agreement(&format!("{what}, backward"), &backward.all(Tsit5, Tolerance::new(1e-6, 1e-8)), 1e-11);
    }
}

/// A symplectic method has no tableau: its stepper is recorded, and carries dual numbers.
#[test]
fn symplectic_methods_are_differentiated_too() {
    let pendulum = ode!(|t, [angle, speed], [gravity, push]| [speed, push * t.cos() - gravity * angle.sin()]);
    let inputs = dvector![9.81, 0.3, 1.0, 0.2];
    let loss: fn(&Solution<Var>) -> Var = squares_after_the_start;
    let case = Case { system: pendulum, inputs, states: 2, span: 0.0..2.0, save: SaveAt::every(0.13), loss };
    assert_agreement("VelocityVerlet", &case.all(VelocityVerlet, FixedStep(0.05)), 1e-12);
    assert_agreement("Yoshida4", &case.all(Yoshida4, FixedStep(0.1)), 1e-12);
}

/// On a fixed mesh a difference quotient has no noise from step control, so it checks the sweep to its own accuracy.
#[test]
fn the_gradient_is_that_of_the_computed_numbers() {
    let case = lotka_volterra(SaveAt::every(0.31), squares_after_the_start);
    let (_, slope) = case.gradient(DiscreteAdjoint::default(), Tsit5, &FixedStep(0.1).into());
    let value = |inputs: DVector<f64>| {
        let case = Case { inputs, ..lotka_volterra(SaveAt::every(0.31), squares_after_the_start) };
        case.gradient(Forward, Tsit5, &FixedStep(0.1).into()).0
    };
    for i in 0..6 {
        let at = |k: f64| value(DVector::from_fn(6, |j, _| case.inputs[j] + if i == j { k * 1e-3 } else { 0.0 }));
        let d = |k: f64| at(k) - at(-k);
        let difference = (45.0 * d(1.0) - 9.0 * d(2.0) + d(3.0)) / 60e-3;
        assert!((difference - slope[i]).abs() < 1e-8 * slope.amax(), "{i}: {difference} against {}", slope[i]);
    }
}

#[test]
fn constants_among_the_inputs_are_no_inputs() {
    let system = ode!(|_t, [y], [rate, lift]| [lift - rate * y]);
    let run = |strategy: &dyn Fn(&Problem<_, Var>) -> Solution<Var>| {
        try_gradient(
            |x| {
                let problem = Problem::ode(system, [Var::from(2.0)], &dvector![x[0] * x[1], Var::from(0.25)], 0.0..1.0);
                Ok::<_, SolveError>(strategy(&problem).last()[0])
            },
            &dvector![0.5, 3.0],
        )
        .unwrap()
    };
    let control = FixedStep(0.05);
    let direct = run(&|problem| Direct.solve(problem, Rk4, control, SaveAt::end()).unwrap());
    let forward = run(&|problem| Forward.solve(problem, Rk4, control, SaveAt::end()).unwrap());
    let adjoint = run(&|problem| DiscreteAdjoint::default().solve(problem, Rk4, control, SaveAt::end()).unwrap());
    let named = [("direct", direct), ("forward", forward), ("adjoint", adjoint)].map(|(name, g)| (name.to_string(), g));
    assert_agreement("constants", &named, 1e-14);

    let nothing = Problem::ode(system, [Var::from(2.0)], &dvector![Var::from(1.0), Var::from(1.0)], 0.0..1.0);
    for last in [
        Direct.solve(&nothing, Rk4, control, SaveAt::end()).unwrap().last()[0],
        Forward.solve(&nothing, Rk4, control, SaveAt::end()).unwrap().last()[0],
        DiscreteAdjoint::default().solve(&nothing, Rk4, control, SaveAt::end()).unwrap().last()[0],
    ] {
        assert!(last.is_constant(), "nothing in, nothing out");
    }
}

#[test]
fn a_failed_solve_is_an_error_of_the_gradient() {
    let blow_up = ode!(|_t, [y], [rate]| [rate * y * y]);
    type Outcome = Result<Solution<Var>, SolveError>;
    let run = |solve: &dyn Fn(&Problem<_, Var>) -> Outcome| {
        try_gradient(|p| solve(&Problem::ode(blow_up, [1.0], p, 0.0..2.0)).map(|s| s.last()[0]), &dvector![1.0])
    };
    let control = Tolerance::new(1e-8, 1e-8);
    for (name, outcome) in [
        ("direct", run(&|problem| Direct.solve(problem, Tsit5, &control, SaveAt::end()))),
        ("forward", run(&|problem| Forward.solve(problem, Tsit5, &control, SaveAt::end()))),
        ("adjoint", run(&|problem| DiscreteAdjoint::default().solve(problem, Tsit5, &control, SaveAt::end()))),
    ] {
        let message = outcome.expect_err(name).to_string();
        assert!(message.contains("t = 1.0000") || message.contains("t = 0.9999"), "{name}: {message}");
    }
}
