//! Estimates and standard errors where they are known in closed form, and what is said where there are none.

use costate_fit::{Evaluation, FitError, Fitted, Lbfgs, NoUncertainty, Parameters, Stop, fit, quiet};
use nalgebra::{DVector, dvector};
use std::convert::Infallible;
use std::ops::ControlFlow;

const MEASURED: [f64; 6] = [4.9, 5.3, 5.1, 4.6, 5.6, 5.05];

/// The negative log-likelihood of a Gaussian sample, in units of its own.
fn sample(p: &DVector<f64>, unit: f64) -> Result<Evaluation, Infallible> {
    let (mean, sigma, n) = (p[0], p[1], MEASURED.len() as f64);
    let squares: f64 = MEASURED.iter().map(|x| (unit * x - mean).powi(2)).sum();
    let pull: f64 = MEASURED.iter().map(|x| unit * x - mean).sum();
    let value = n * sigma.ln() + squares / (2.0 * sigma * sigma);
    Ok((value, dvector![-pull / (sigma * sigma), n / sigma - squares / sigma.powi(3)]))
}

fn known() -> (f64, f64) {
    let n = MEASURED.len() as f64;
    let mean = MEASURED.iter().sum::<f64>() / n;
    (mean, (MEASURED.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt())
}

fn sample_fit(unit: f64) -> Fitted {
    let parameters = Parameters::new().linear("mean", 3.0 * unit).log("sigma", unit);
    fit(|p| sample(p, unit), &parameters, &Lbfgs { gradient_tolerance: 1e-12, ..Lbfgs::default() }, quiet).unwrap()
}

#[test]
fn a_gaussian_sample_gives_the_textbook_errors_in_any_unit() {
    let ((mean, sigma), n) = (known(), MEASURED.len() as f64);
    for unit in [1e-6, 1e-2, 1.0, 1e3] {
        let fitted = sample_fit(unit);
        let errors = fitted.standard_errors().unwrap();
        let near =
            |found: f64, expected: f64| assert!((found / expected / unit - 1.0).abs() < 1e-6, "{unit}\n{fitted}");
        near(fitted.estimate("mean").unwrap(), mean);
        near(fitted.estimate("sigma").unwrap(), sigma);
        near(errors[0], sigma / n.sqrt());
        near(errors[1], sigma / (2.0 * n).sqrt());
        assert!(fitted.correlation().unwrap()[(0, 1)].abs() < 1e-5);
        assert!((fitted.covariance().unwrap()[(1, 1)].sqrt() / errors[1] - 1.0).abs() < 1e-12);
    }
}

#[test]
fn a_direction_the_data_do_not_determine_is_named() {
    // Only the product of scale and weight matters; sigma is determined.
    let product = |p: &DVector<f64>| {
        let (value, g) = sample(&dvector![p[0] * p[1], p[2]], 1.0)?;
        Ok::<_, Infallible>((value, dvector![g[0] * p[1], g[0] * p[0], g[1]]))
    };
    let parameters = Parameters::new().log("scale", 1.0).log("weight", 2.0).log("sigma", 1.0);
    let fitted = fit(product, &parameters, &Lbfgs::default(), quiet).unwrap();
    assert!(fitted.converged() && fitted.standard_errors().is_none());
    match fitted.uncertainty().unwrap_err() {
        NoUncertainty::NotIdentifiable { parameter, .. } => assert!(["scale", "weight"].contains(&parameter.as_str())),
        other => panic!("{other}"),
    }
    assert!(fitted.to_string().contains("no standard errors: the data do not determine"), "{fitted}");

    // A parameter without any influence.
    let idle = |p: &DVector<f64>| {
        let (value, g) = sample(&dvector![p[0], p[1]], 1.0)?;
        Ok::<_, Infallible>((value, dvector![g[0], g[1], 0.0]))
    };
    let parameters = Parameters::new().linear("mean", 3.0).log("sigma", 1.0).linear("idle", 0.0);
    let fitted = fit(idle, &parameters, &Lbfgs::default(), quiet).unwrap();
    let reason = fitted.uncertainty().unwrap_err();
    assert!(matches!(reason, NoUncertainty::NotIdentifiable { parameter, .. } if parameter == "idle"), "{reason}");
}

#[test]
fn a_fit_that_is_stopped_says_so_and_has_no_errors() {
    let parameters = Parameters::new().linear("mean", 3.0).log("sigma", 1.0);
    let fitted = fit(|p| sample(p, 1.0), &parameters, &Lbfgs::default(), |_| ControlFlow::Break(())).unwrap();
    assert_eq!((fitted.stop(), fitted.converged()), (&Stop::Callback, false));
    assert!(matches!(fitted.uncertainty(), Err(NoUncertainty::NotConverged { .. })));
}

#[test]
fn wrong_parameters_are_refused() {
    let run = |parameters: Parameters| fit(|p| sample(p, 1.0), &parameters, &Lbfgs::default(), quiet).unwrap_err();
    for start in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = run(Parameters::new().linear("mean", 3.0).log("sigma", start));
        assert!(matches!(&error, FitError::ParameterOutsideDomain { name, .. } if name == "sigma"), "{error}");
    }
    let error = run(Parameters::new().linear("same", 3.0).log("same", 1.0));
    assert!(matches!(error, FitError::RepeatedParameter { .. }), "{error}");
    let error = Parameters::new().log("only", 1.0).starting_at(&dvector![1.0, 2.0]).unwrap_err();
    assert!(error.to_string().contains("expected 1, found 2"), "{error}");
    let error = sample_fit(1.0).estimate("man").unwrap_err();
    assert!(error.to_string().contains("`mean`, `sigma`"), "{error}");
}

#[test]
fn a_table_is_aligned_and_takes_references() {
    let fitted = sample_fit(1.0);
    let table = fitted.table().with_reference("published", &[("sigma", 0.31)]).to_string();
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("parameter") && lines[0].ends_with("published"), "{table}");
    assert!(lines[1].starts_with("mean") && lines[1].contains("5.09167") && lines[1].ends_with('%'), "{table}");
    assert!(lines[2].ends_with("0.31") && lines[2].len() == lines[0].len(), "{table}");
    assert!(lines[3].contains("L-BFGS") && lines[4].starts_with("converged"), "{table}");
}
