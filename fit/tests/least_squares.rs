//! Levenberg-Marquardt on problems with certified answers.

#[path = "support/more_garbow_hillstrom.rs"]
mod more_garbow_hillstrom;

use costate_ad::Real;
use costate_fit::{
    Cause, Fitted, JacobianMode, LevenbergMarquardt, NoUncertainty, Parameters, Residuals, Scale, Stop,
    fit_least_squares, linearise, quiet,
};
use costate_solvers::{Problem, SaveAt, Tolerance, Vern9, ode};
use nalgebra::{DMatrix, DVector, dvector};
use serde_json::Value;
use std::f64::consts::PI;

fn read(file: &str) -> String {
    std::fs::read_to_string(format!("{}/../data/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    let number = |x: &Value| x.as_f64().or_else(|| x.as_str()?.parse().ok()).unwrap();
    value.as_array().unwrap().iter().map(number).collect()
}

/// A problem of the Statistical Reference Datasets of NIST: the response, then the predictors, in each row.
struct Regression {
    name: String,
    rows: Vec<Vec<f64>>,
}

impl Residuals for Regression {
    fn residuals<R: Real>(&self, b: &DVector<R>) -> Result<DVector<R>, Cause> {
        let residual = |row: &Vec<f64>| {
            let x = row[1];
            let bell = |k: usize| b[k] * (-((x - b[k + 1]) / b[k + 2]).powi(2)).exp();
            let angle = |period: R| R::from(2.0 * PI * x) / period;
            let wave = |a: R, b: R, period: R| a * angle(period).cos() + b * angle(period).sin();
            let model = match self.name.as_str() {
                "Bennett5" => b[0] * (b[1] + x).powf(-b[2].recip()),
                "BoxBOD" => b[0] * (1.0 - (-b[1] * x).exp()),
                "Chwirut1" | "Chwirut2" => (-b[0] * x).exp() / (b[1] + b[2] * x),
                "DanWood" => b[0] * R::from(x).powf(b[1]),
                "ENSO" => b[0] + wave(b[1], b[2], 12.0.into()) + wave(b[4], b[5], b[3]) + wave(b[7], b[8], b[6]),
                "Eckerle4" => b[0] / b[1] * (((x - b[2]) / b[1]).powi(2) * -0.5).exp(),
                "Gauss1" | "Gauss2" | "Gauss3" => b[0] * (-b[1] * x).exp() + bell(2) + bell(5),
                "Kirby2" => (b[0] + b[1] * x + b[2] * (x * x)) / (1.0 + b[3] * x + b[4] * (x * x)),
                "Lanczos1" | "Lanczos2" | "Lanczos3" => {
                    let decay = |k: usize| b[k] * (-b[k + 1] * x).exp();
                    decay(0) + decay(2) + decay(4)
                }
                "MGH09" => b[0] * (b[1] * x + x * x) / (b[2] * x + b[3] + x * x),
                "MGH10" => b[0] * (b[1] / (b[2] + x)).exp(),
                "MGH17" => b[0] + b[1] * (-b[3] * x).exp() + b[2] * (-b[4] * x).exp(),
                "Misra1a" => b[0] * (1.0 - (-b[1] * x).exp()),
                "Misra1b" => b[0] * (1.0 - (1.0 + b[1] * (x / 2.0)).powi(-2)),
                "Misra1c" => b[0] * (1.0 - (1.0 + b[1] * (2.0 * x)).powf(R::from(-0.5))),
                "Misra1d" => b[0] * b[1] * x / (1.0 + b[1] * x),
                "Nelson" => b[0] - b[1] * x * (-b[2] * row[2]).exp(),
                "Rat42" => b[0] / (1.0 + (b[1] - b[2] * x).exp()),
                "Rat43" => b[0] / (1.0 + (b[1] - b[2] * x).exp()).powf(b[3].recip()),
                "Roszman1" => b[0] - b[1] * x - (b[2] / (x - b[3])).atan() / PI,
                "Hahn1" | "Thurber" => {
                    let cubic = |c: [R; 4]| c[0] + c[1] * x + c[2] * (x * x) + c[3] * (x * x * x);
                    cubic([b[0], b[1], b[2], b[3]]) / cubic([1.0.into(), b[4], b[5], b[6]])
                }
                other => panic!("no model for {other}"),
            };
            let observed = if self.name == "Nelson" { row[0].ln() } else { row[0] };
            model - observed
        };
        Ok(DVector::from_iterator(self.rows.len(), self.rows.iter().map(residual)))
    }
}

fn named(scale: Scale, start: &[f64]) -> Parameters {
    start.iter().zip(1..).fold(Parameters::new(), |all, (&start, i)| all.with(&format!("b{i}"), scale, start))
}

/// What three problems of the higher level of difficulty want from their farther start.
fn advice(name: &str, start: &str) -> (Scale, LevenbergMarquardt) {
    let usual = LevenbergMarquardt::default();
    match (name, start) {
        // From (1, 1) an undamped step leads to a plateau where the rate is so large that it no longer matters.
        ("BoxBOD", "start1") => (Scale::Linear, LevenbergMarquardt { first_damping: 100.0, ..usual }),
        // A curved valley that takes 562 steps to follow.
        ("MGH17", "start1") => (Scale::Linear, LevenbergMarquardt { iterations: 1000, ..usual }),
        // All three are positive and up to three decades from the answer.
        ("MGH10", _) => (Scale::Log, usual),
        _ => (Scale::Linear, usual),
    }
}

fn fit_model(model: &impl Residuals, parameters: &Parameters) -> Fitted {
    let optimiser = LevenbergMarquardt::default();
    fit_least_squares(|x| linearise(model, x, JacobianMode::BySize), parameters, &optimiser, quiet).unwrap()
}

#[test]
fn certified_regressions_from_both_starts_to_six_digits() {
    let problems: Value = serde_json::from_str(&read("nist_strd/problems.json")).unwrap();
    for (name, problem) in problems.as_object().unwrap() {
        let rows = problem["data"].as_array().unwrap().iter().map(numbers).collect();
        let model = Regression { name: name.clone(), rows };
        let certified = [numbers(&problem["certified"]), numbers(&problem["certified_sd"])];
        for start in ["start1", "start2"] {
            let (scale, optimiser) = advice(name, start);
            let residuals = |x: &DVector<f64>| linearise(&model, x, JacobianMode::BySize);
            let parameters = named(scale, &numbers(&problem[start]));
            let fitted = fit_least_squares(residuals, &parameters, &optimiser, quiet).unwrap();
            println!("{name}, {start}: {} steps, {}", fitted.iterations(), fitted.stop());
            assert!(fitted.converged(), "{name}, {start}: {}", fitted.stop());
            // The data of Lanczos1 are exact: what is left of them, and the standard errors with it, is rounding.
            let columns = if name == "Lanczos1" { 1 } else { 2 };
            let found = [fitted.estimates(), fitted.standard_errors().expect("a full rank")];
            for (found, certified) in found.into_iter().zip(&certified).take(columns) {
                for (found, certified) in found.iter().zip(certified) {
                    assert!(
                        (found - certified).abs() <= 1e-6 * certified.abs(),
                        "{name}, {start}: {found}, {certified}"
                    );
                }
            }
            let rss: f64 = problem["certified_rss"].as_str().unwrap().parse().unwrap();
            // Eleven digits of the certified sum, in the unit of the data.
            let rounding = if name == "Lanczos1" { 1e-24 } else { 1e-9 * rss };
            assert!((fitted.value() - rss).abs() <= rounding, "{name}, {start}: {}", fitted.value());
        }
    }
}

/// Rows of a table: time, then the states.
struct Kinetics {
    pinene: bool,
    times: Vec<f64>,
    rows: Vec<Vec<f64>>,
}

impl Kinetics {
    fn read(file: &str, pinene: bool) -> Self {
        let rows: Vec<Vec<f64>> =
            read(file).lines().skip(1).map(|row| row.split(',').map(|x| x.parse().unwrap()).collect()).collect();
        Self { pinene, times: rows.iter().map(|row| row[0]).collect(), rows }
    }
}

impl Residuals for Kinetics {
    fn residuals<R: Real>(&self, k: &DVector<R>) -> Result<DVector<R>, Cause> {
        let end = self.times[self.times.len() - 1];
        let (tolerance, save) = (Tolerance::new(1e-9, 1e-9), SaveAt::times(&self.times));
        let solution = if self.pinene {
            let system = ode!(|_t, [a, _b, c, _d, e], [k1, k2, k3, k4, k5]| [
                -(k1 + k2) * a,
                k1 * a,
                k2 * a - (k3 + k4) * c + k5 * e,
                k3 * c,
                k4 * c - k5 * e,
            ]);
            Problem::ode(system, [100.0, 0.0, 0.0, 0.0, 0.0], k, 0.0..end).solve(Vern9, tolerance, save)?
        } else {
            let system = ode!(|_t, [a, b], [k1, k2, k3]| [-(k1 + k3) * a * a, k1 * a * a - k2 * b]);
            Problem::ode(system, [1.0, 0.0], k, 0.0..end).solve(Vern9, tolerance, save)?
        };
        let pairs = solution.states().iter().zip(&self.rows);
        let residuals: Vec<R> =
            pairs.flat_map(|(state, row)| state.iter().zip(&row[1..]).map(|(&x, &y)| x - y)).collect();
        Ok(DVector::from_vec(residuals))
    }
}

#[test]
fn the_published_optima_of_the_cops_kinetics() {
    let published: Value = serde_json::from_str(&read("cops/problems.json")).unwrap();
    let rows = [
        ("alpha_pinene", Kinetics::read("cops/alpha_pinene.csv", true), vec![0.0; 5], 19.8721, 1e-5),
        ("gas_oil_cracking", Kinetics::read("cops/gas_oil_cracking.csv", false), vec![0.0; 3], 5.2366e-3, 1e-5),
    ];
    for (name, model, start, optimum, digits) in rows {
        let names = (1..).map(|i| format!("k{i}"));
        let parameters =
            start.iter().zip(names).fold(Parameters::new(), |all, (&k, name)| all.linear(&name, k).within(0.0, 100.0));
        let fitted = fit_model(&model, &parameters);
        assert!(fitted.converged(), "{name}: {fitted}");
        assert!((fitted.value() / optimum - 1.0).abs() < digits, "{name}: {}", fitted.value());
        let recomputed = numbers(&published[name]["recomputed"]["k"]);
        for (found, expected) in fitted.estimates().iter().zip(recomputed) {
            assert!((found / expected - 1.0).abs() < 1e-5, "{name}: {found}, not {expected}");
        }
    }
}

#[test]
fn both_jacobians_are_the_same() {
    let model = Kinetics::read("cops/gas_oil_cracking.csv", false);
    let x = dvector![10.0, 8.0, 1.2];
    let forward = linearise(&model, &x, JacobianMode::Forward).unwrap();
    let reverse = linearise(&model, &x, JacobianMode::Reverse).unwrap();
    assert_eq!(forward.0, reverse.0);
    assert!((&forward.1 - reverse.1).amax() < 1e-12 * forward.1.amax());
}

/// Nearer to (3, -1) than bounds allow.
fn plane(x: &DVector<f64>) -> Result<(DVector<f64>, DMatrix<f64>), Cause> {
    let matrix = DMatrix::from_row_slice(3, 2, &[1.0, 0.5, 0.0, 2.0, 1.0, 1.0]);
    Ok((&matrix * (x - dvector![3.0, -1.0]) + dvector![0.0, 0.1, 0.0], matrix))
}

#[test]
fn bounds_hold_and_the_optimum_on_them_is_found() {
    let parameters = Parameters::new().linear("x", 0.0).within(-1.0, 2.0).linear("y", 0.0).within(-5.0, 5.0);
    let fitted = fit_least_squares(plane, &parameters, &LevenbergMarquardt::default(), quiet).unwrap();
    assert!(fitted.converged(), "{fitted}");
    assert_eq!(fitted.estimates()[0], 2.0);
    // With x = 2 the problem in y alone: the normal equation of the three residuals.
    let y = -1.0 + (0.5 - 2.0 * 0.1 + 1.0) / 5.25;
    assert!((fitted.estimates()[1] - y).abs() < 1e-12, "{}", fitted.estimates()[1]);
    assert_eq!(fitted.standard_errors().unwrap()[0], 0.0);
    let outside = Parameters::new().linear("x", 7.0).within(-1.0, 2.0).linear("y", 0.0);
    let fitted = fit_least_squares(plane, &outside, &LevenbergMarquardt::default(), quiet).unwrap();
    assert_eq!(fitted.estimates()[0], 2.0);
}

#[test]
fn a_wall_of_failures_is_backed_away_from() {
    let mut valley = |x: &DVector<f64>| {
        if x[0] > 1.02 {
            return Err("the solver failed at t = 3".into());
        }
        let matrix = DMatrix::from_row_slice(2, 2, &[-20.0 * x[0], 10.0, -1.0, 0.0]);
        Ok((dvector![10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]], matrix))
    };
    let found = LevenbergMarquardt::default().minimise(&mut valley, &dvector![-1.2, 1.0], &mut quiet).unwrap();
    assert!(found.optimum.stop.converged(), "{}", found.optimum.stop);
    assert!((found.optimum.point - dvector![1.0, 1.0]).amax() < 1e-9);
    let error = LevenbergMarquardt::default().minimise(&mut valley, &dvector![2.0, 1.0], &mut quiet).unwrap_err();
    assert!(error.to_string().contains("t = 3"), "{error}");
}

#[test]
fn what_is_not_determined_is_said() {
    // Only the sum of the two shows.
    let sum = |x: &DVector<f64>| {
        let rows = DMatrix::from_element(4, 2, 1.0);
        Ok::<_, Cause>((&rows * x - dvector![1.0, 1.1, 0.9, 1.2], rows))
    };
    let fitted =
        fit_least_squares(sum, &named(Scale::Linear, &[0.0, 0.3]), &LevenbergMarquardt::default(), quiet).unwrap();
    assert!(matches!(fitted.uncertainty(), Err(NoUncertainty::NotIdentifiable { .. })), "{fitted}");
    let two = |x: &DVector<f64>| Ok::<_, Cause>((x - dvector![1.0, 2.0], DMatrix::identity(2, 2)));
    let fitted =
        fit_least_squares(two, &named(Scale::Linear, &[0.0, 0.3]), &LevenbergMarquardt::default(), quiet).unwrap();
    assert!(matches!(fitted.uncertainty(), Err(NoUncertainty::NoFreedom { .. })), "{fitted}");
    let bad = LevenbergMarquardt { first_damping: 0.0, ..LevenbergMarquardt::default() };
    assert!(fit_least_squares(two, &named(Scale::Linear, &[0.0, 0.3]), &bad, quiet).is_err());
    let stopped = LevenbergMarquardt { iterations: 0, ..LevenbergMarquardt::default() };
    let fitted = fit_least_squares(two, &named(Scale::Linear, &[0.0, 0.3]), &stopped, quiet).unwrap();
    assert_eq!(*fitted.stop(), Stop::IterationLimit);
}
