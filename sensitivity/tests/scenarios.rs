//! Gradients that other systems test themselves with: `data/gradient_scenarios/scenarios.json`, where each scenario names its source.

use costate_ad::{Var, try_gradient};
use costate_sensitivity::{Direct, DiscreteAdjoint, Forward, GradientStrategy};
use costate_solvers::{Ode, Problem, Real, SaveAt, Solution, SolveError, Tolerance, Vern7};
use nalgebra::DVector;
use serde_json::Value;
use std::ops::Range;

/// One type for all models: the strategies are compiled once.
#[derive(Clone, Copy)]
enum Model {
    LotkaVolterra,
    Seasonal,
    Linear,
    /// The decay, and the two integrals of it that are the losses.
    Decay,
    Logistic,
    Constant,
    Sine,
    Exponential,
}

impl Ode for Model {
    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        match self {
            Model::LotkaVolterra => {
                dy[0] = p[0] * y[0] - p[1] * y[0] * y[1];
                dy[1] = p[3] * y[0] * y[1] - p[2] * y[1];
            }
            Model::Seasonal => {
                dy[0] = p[0] * y[0] - p[1] * y[0] * y[1] * t;
                dy[1] = t * p[3] * y[0] * y[1] - p[2] * y[1];
            }
            Model::Linear => {
                dy[0] = p[0] * y[0] + p[1] * y[1];
                dy[1] = p[2] * y[0] + p[3] * y[1];
            }
            Model::Decay => {
                dy[0] = -p[0] * y[0];
                dy[1] = -p[0] * y[1];
                dy[2] = y[0] + 2.0 * y[1];
                dy[3] = 3.0 * y[0] + 4.0 * y[1];
            }
            Model::Logistic => dy[0] = p[0] * y[0] * (1.0 - y[0] / p[1]),
            Model::Constant => dy[0] = p[0] + (y[0] - (p[0] * t + p[1])).powi(5),
            Model::Sine => dy[0] = 2.0 * y[0] / t + t.powi(4) * (2.0 * t).sin() - t * t + 4.0 * t.powi(3),
            Model::Exponential => dy[0] = -0.1 * (-0.1 * t).exp(),
        }
    }
}

struct Scenario {
    name: &'static str,
    model: Model,
    p: &'static [f64],
    y0: &'static [f64],
    span: Range<f64>,
    save: SaveAt,
    loss: fn(&Solution<Var>) -> Var,
    /// Where the expected numbers are: the loss, then the gradient by the parameters and by the initial state.
    expected: fn(&Value) -> (f64, Vec<f64>),
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().map(|value| value.as_f64().unwrap()).collect(),
        Value::Object(values) => values.values().map(|value| value.as_f64().unwrap()).collect(),
        _ => panic!("{value} is no list of numbers"),
    }
}

/// `loss`, `dp` (in the order of the parameters' names) and `dy0`, as most scenarios have them.
fn usual(value: &Value) -> (f64, Vec<f64>) {
    let slope = [numbers(&value["dp"]), numbers(&value["dy0"])].concat();
    (value["loss"].as_f64().unwrap(), slope)
}

/// The scenarios whose loss is the state at the end.
fn last(value: &Value) -> (f64, Vec<f64>) {
    let slope = [value.get("dp").map(numbers).unwrap_or_default(), value.get("dy0").map(numbers).unwrap_or(vec![1.0])];
    (value["yT"][0].as_f64().unwrap(), slope.concat())
}

fn scenarios() -> Vec<Scenario> {
    let sum = |solution: &Solution<Var>| solution.last().sum();
    let first = |solution: &Solution<Var>| solution.last()[0];
    let row = |name, model, p, y0, span, expected| Scenario {
        name,
        model,
        p,
        y0,
        span,
        save: SaveAt::end(),
        loss: first,
        expected,
    };
    let rates: &[f64] = &[1.5, 1.0, 3.0, 1.0];
    vec![
        Scenario {
            save: SaveAt::every(0.1),
            loss: |solution| solution.saves().map(|(_, y)| y[0] + y[1]).sum(),
            ..row("lv_sum_saveat_0.1", Model::LotkaVolterra, rates, &[1.0, 1.0], 0.0..10.0, usual)
        },
        Scenario {
            save: SaveAt::every(0.5),
            loss: |solution| {
                let squares = |y: &[Var]| 0.5 * ((2.0 - y[0]).powi(2) + (2.0 - y[1]).powi(2));
                solution.saves().map(|(_, y)| squares(y)).sum()
            },
            ..row("lv_time_dependent_discrete_adjoint", Model::Seasonal, rates, &[1.0, 1.0], 0.0..10.0, usual)
        },
        Scenario {
            loss: sum,
            ..row("diffrax_linear_adjoint", Model::Linear, &[0.1, -1.0, 1.0, -0.1], &[0.9, 5.4], 0.3..9.5, usual)
        },
        Scenario {
            loss: |solution| solution.last()[2],
            ..row("diffsol_exponential_decay_adjoint", Model::Decay, &[0.1], &[1.0, 1.0, 0.0, 0.0], 0.0..9.0, |value| {
                // The state's initial values are one parameter there: here its derivative is the sum of two, 1 : 2.
                let (loss, by_start) = (value["g"][0].as_f64().unwrap(), value["dg_dy0"][0].as_f64().unwrap());
                (loss, vec![value["dg_dk"][0].as_f64().unwrap(), by_start / 3.0, by_start / 1.5, 1.0, 0.0])
            })
        },
        row("diffsol_logistic_sensitivities", Model::Logistic, &[1.0, 1.0], &[0.1], 0.0..9.0, |value| {
            let by = |name: &str| value["dp"][name].as_f64().unwrap();
            (value["loss"].as_f64().unwrap(), vec![by("r"), by("k"), value["dy0"][0].as_f64().unwrap()])
        }),
        row("torchdiffeq_constant", Model::Constant, &[0.2, 3.0], &[3.2], 1.0..8.0, last),
        row("torchdiffeq_sine", Model::Sine, &[], &[4.450278076139419], 1.0..8.0, last),
        row("torchdiffeq_exp", Model::Exponential, &[], &[0.9048374180359595], 1.0..8.0, last),
    ]
}

#[test]
fn the_scenarios_of_other_systems_have_their_gradients() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/gradient_scenarios/scenarios.json");
    let all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let find = |name| all.as_array().unwrap().iter().find(|entry| entry["name"] == name).expect(name);
    for scenario in scenarios() {
        let (loss, slope) = (scenario.expected)(&find(scenario.name)["recomputed"]);
        let x =
            DVector::from_iterator(scenario.p.len() + scenario.y0.len(), scenario.p.iter().chain(scenario.y0).copied());
        let direct = gradient(&Direct, &scenario, &x);
        let all = [
            ("direct", &direct),
            ("forward", &gradient(&Forward, &scenario, &x)),
            ("discrete-adjoint", &gradient(&DiscreteAdjoint::default(), &scenario, &x)),
        ];
        let size = slope.iter().fold(1e-3_f64, |most, value| most.max(value.abs()));
        for (strategy, (value, found)) in all {
            assert!(
                (value - loss).abs() <= 1e-9 * loss.abs().max(1.0),
                "{}, {strategy}: {value} {loss}",
                scenario.name
            );
            assert!((found - &direct.1).amax() <= 1e-11 * size, "{}: {strategy} and direct disagree", scenario.name);
            for (i, (found, expected)) in found.iter().zip(&slope).enumerate() {
                // The reference has about eight digits where it is a difference.
                let difference = (found - expected).abs();
                assert!(difference <= 1e-7 * size, "{}, {strategy}, {i}: {found} {expected}", scenario.name);
            }
        }
    }
}

fn gradient<G: GradientStrategy>(strategy: &G, scenario: &Scenario, x: &DVector<f64>) -> (f64, DVector<f64>) {
    let count = scenario.p.len();
    let loss = |x: &DVector<Var>| {
        let (p, y0) = (x.rows(0, count).into_owned(), x.rows(count, x.len() - count).into_owned());
        let problem = Problem::ode(scenario.model, y0, &p, scenario.span.clone());
        let solution = strategy.solve(&problem, Vern7, Tolerance::new(1e-12, 1e-12), scenario.save.clone())?;
        Ok::<_, SolveError>((scenario.loss)(&solution))
    };
    try_gradient(loss, x).unwrap()
}
