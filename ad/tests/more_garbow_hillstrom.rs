//! The test functions of More, Garbow and Hillstrom (1981, ACM TOMS 7, 17-41) at their starting points: values, gradients
//! and Hessians against 20 digits of exact differentiation.

use costate_ad::{Dual, Real, Var, gradient, gradient_forward};
use nalgebra::{DMatrix, DVector};
use serde_json::Value;
use std::f64::consts::PI;

/// The residuals of a problem, whose squares the objective sums up.
fn residuals<R: Real>(name: &str, x: &[R]) -> Vec<R> {
    let times = |n: i32, step: f64| (1..=n).map(move |i| f64::from(i) * step);
    match name {
        "rosenbrock" => vec![(x[1] - x[0] * x[0]) * 10.0, 1.0 - x[0]],
        "powell_badly_scaled" => vec![x[0] * x[1] * 1e4 - 1.0, (-x[0]).exp() + (-x[1]).exp() - 1.0001],
        "beale" => [1.5, 2.25, 2.625].into_iter().zip(1..).map(|(y, n)| y - x[0] * (1.0 - x[1].powi(n))).collect(),
        "helical_valley" => {
            let turns = x[1].atan2(x[0]) / (2.0 * PI);
            vec![(x[2] - turns * 10.0) * 10.0, (x[0].hypot(x[1]) - 1.0) * 10.0, x[2]]
        }
        "gaussian" => {
            let y = [0.0009, 0.0044, 0.0175, 0.054, 0.1295, 0.242, 0.3521, 0.3989];
            let t = |i: i32| f64::from(8 - i) * 0.5;
            (1..=15)
                .map(|i| x[0] * (-x[1] * (t(i) - x[2]).powi(2) / 2.0).exp() - y[(i.min(16 - i) - 1) as usize])
                .collect()
        }
        "box_3d" => times(10, 0.1)
            .map(|t| (-x[0] * t).exp() - (-x[1] * t).exp() - x[2] * ((-t).exp() - (-10.0 * t).exp()))
            .collect(),
        "wood" => {
            let ten = 10.0_f64.sqrt();
            vec![
                (x[1] - x[0] * x[0]) * 10.0,
                1.0 - x[0],
                (x[3] - x[2] * x[2]) * 90.0_f64.sqrt(),
                1.0 - x[2],
                (x[1] + x[3] - 2.0) * ten,
                (x[1] - x[3]) / ten,
            ]
        }
        "brown_dennis" => times(20, 0.2)
            .map(|t| (x[0] + x[1] * t - t.exp()).powi(2) + (x[2] + x[3] * t.sin() - t.cos()).powi(2))
            .collect(),
        "biggs_exp6" => times(13, 0.1)
            .map(|t| {
                let y = (-t).exp() - 5.0 * (-10.0 * t).exp() + 3.0 * (-4.0 * t).exp();
                x[2] * (-x[0] * t).exp() - x[3] * (-x[1] * t).exp() + x[5] * (-x[4] * t).exp() - y
            })
            .collect(),
        other => panic!("no residuals for {other}"),
    }
}

fn objective<R: Real>(name: &str, x: &[R]) -> R {
    let residuals = residuals(name, x);
    R::dot(&residuals, &residuals)
}

/// Row `i` of the Hessian, reverse over forward.
fn reverse_over_forward(name: &str, x: &DVector<f64>, i: usize) -> DVector<f64> {
    let along = |x: &DVector<Var>| {
        let direction = |j: usize| if i == j { Dual::variable(x[j], 0) } else { Dual::constant(x[j]) };
        objective::<Dual<Var>>(name, &(0..x.len()).map(direction).collect::<Vec<_>>()).derivatives[0]
    };
    gradient(along, x).1
}

/// Row `i` of the Hessian, forward over forward.
fn forward_over_forward(name: &str, x: &DVector<f64>, i: usize) -> DVector<f64> {
    let x = DVector::from_fn(x.len(), |j, _| if i == j { Dual::<f64>::variable(x[j], 0) } else { Dual::from(x[j]) });
    gradient_forward(|x| objective(name, x.as_slice()), &x).1.map(|slope| slope.derivatives[0])
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| value.as_str().expect("a number or its digits").parse().expect("digits"))
}

fn vector(value: &Value) -> DVector<f64> {
    DVector::from_vec(value.as_array().expect("an array").iter().map(number).collect())
}

fn assert_close(what: &str, got: &[f64], expected: &[f64]) {
    let scale = expected.iter().fold(0.0_f64, |s, x| s.max(x.abs())).max(f64::MIN_POSITIVE);
    for (a, b) in got.iter().zip(expected) {
        assert!((a - b).abs() <= 1e-10 * scale, "{what}: {got:?} against {expected:?}");
    }
}

#[test]
fn gradients_and_hessians_at_the_start() {
    let problems: Value =
        serde_json::from_str(include_str!("../../data/more_garbow_hillstrom/problems.json")).expect("valid JSON");
    let problems = problems.as_array().expect("an array");
    assert_eq!(problems.len(), 9);
    for problem in problems {
        let name = problem["name"].as_str().expect("a name");
        let (x, slope) = (vector(&problem["x0"]), vector(&problem["grad_at_x0"]));
        for (mode, got) in [
            ("reverse", gradient(|x| objective(name, x.as_slice()), &x)),
            ("forward", gradient_forward(|x| objective(name, x.as_slice()), &x)),
        ] {
            assert_close(&format!("{name}, {mode}, value"), &[got.0], &[number(&problem["f_at_x0"])]);
            assert_close(&format!("{name}, {mode}"), got.1.as_slice(), slope.as_slice());
        }
        let rows: Option<Vec<DVector<f64>>> =
            problem["hessian_at_x0"].as_array().map(|h| h.iter().map(vector).collect());
        let hessians = [reverse_over_forward, forward_over_forward]
            .map(|row| DMatrix::from_columns(&(0..x.len()).map(|i| row(name, &x, i)).collect::<Vec<_>>()));
        match rows {
            Some(rows) => {
                let expected = DMatrix::from_columns(&rows);
                for hessian in hessians {
                    assert_close(&format!("{name}, Hessian"), hessian.as_slice(), expected.as_slice());
                }
            }
            None => assert_close(&format!("{name}, Hessian"), hessians[0].as_slice(), hessians[1].as_slice()),
        }
    }
}
