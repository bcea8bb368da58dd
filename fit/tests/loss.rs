//! Losses against their formulas written out, and what they refuse.

use costate_fit::{Data, FitError, gaussian, log_normal, squared_error};
use nalgebra::{DVector, dvector};
use std::f64::consts::PI;

fn data() -> Data {
    let rows = [vec![Some(2.0), Some(7.0)], vec![None, Some(8.0)], vec![Some(3.0), Some(6.0)]];
    Data::new(&["hare", "lynx"], &[0.0, 1.0, 2.5], &rows).unwrap()
}

fn states() -> Vec<DVector<f64>> {
    vec![dvector![2.5, 7.5], dvector![-1.0, 7.0], dvector![2.0, 6.5]]
}

/// Observed, model and the index of sigma, of everything that was observed.
const SEEN: [(f64, f64, usize); 5] = [(2.0, 2.5, 0), (3.0, 2.0, 0), (7.0, 7.5, 1), (8.0, 7.0, 1), (6.0, 6.5, 1)];

#[test]
fn losses_are_their_formulas_over_what_was_observed() {
    let sigma = [0.3, 0.7];
    let sum = |term: &dyn Fn(f64, f64, f64) -> f64| SEEN.iter().map(|&(o, m, k)| term(o, m, sigma[k])).sum::<f64>();
    let constant = 0.5 * (2.0 * PI).ln();
    let normal = |residual: f64, s: f64| s.ln() + constant + residual * residual / (2.0 * s * s);
    let table = [
        (squared_error(&states(), &data()), sum(&|o, m, _| (o - m).powi(2))),
        (gaussian(&states(), &data(), &sigma), sum(&|o, m, s| normal(o - m, s))),
        (log_normal(&states(), &data(), &sigma), sum(&|o, m, s| o.ln() + normal((o / m).ln(), s))),
    ];
    for (value, expected) in table {
        assert!((value.unwrap() - expected).abs() < 1e-13 * expected.abs());
    }
}

#[test]
fn what_has_no_logarithm_is_refused_by_name() {
    let mut states = states();
    for bad in [0.0, -0.25, f64::NAN, f64::INFINITY] {
        states[2][1] = bad;
        match log_normal(&states, &data(), &[1.0, 1.0]) {
            Err(FitError::ModelOutsideDomain { time, observable, value, .. }) => {
                assert_eq!((time, observable.as_str()), (2.5, "lynx"));
                assert!(value == bad || value.is_nan() && bad.is_nan());
            }
            other => panic!("{bad}: {other:?}"),
        }
    }
    assert!(matches!(squared_error(&states, &data()), Err(FitError::ModelOutsideDomain { .. })));
    let zero = Data::new(&["a"], &[0.0], &[vec![Some(0.0)]]).unwrap();
    let refused = log_normal(&[dvector![1.0]], &zero, &[1.0]);
    assert!(matches!(refused, Err(FitError::ObservationOutsideDomain { .. })));
}

#[test]
fn shapes_and_noise_scales_are_checked() {
    let (data, states) = (data(), states());
    let message = |result: Result<f64, FitError>| result.unwrap_err().to_string();
    assert!(message(squared_error(&states[..2], &data)).contains("expected 3, found 2"));
    assert!(
        message(squared_error(&[dvector![1.0], dvector![1.0], dvector![1.0]], &data)).contains("expected 2, found 1")
    );
    assert!(message(gaussian(&states, &data, &[1.0])).contains("expected 2, found 1"));
    for sigma in [0.0, -1.0, f64::NAN] {
        assert!(message(gaussian(&states, &data, &[1.0, sigma])).starts_with("the noise scale of `lynx`"));
    }
}
