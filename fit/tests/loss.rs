//! Losses against their formulas written out, and what they refuse.

use costate_ad::{derivative, gradient_forward};
use costate_fit::{
    Data, FitError, Lbfgs, Observation, Parameters, Prior, fit, gaussian, log_normal, negative_binomial, poisson,
    quiet, squared_error, student_t,
};
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
fn densities_of_counts_and_of_outliers() {
    let rows = [vec![Some(4.0)], vec![Some(0.0)]];
    let (counts, model) = (Data::new(&["cases"], &[0.0, 1.0], &rows).unwrap(), [dvector![2.5], dvector![0.3]]);
    // By the products of the textbook definitions, in 30 digits.
    let table = [
        (poisson(&model, &counts), 2.312_890_902_851_359),
        (negative_binomial(&model, &counts, &[1.7]), 2.687_311_497_902_337),
        (student_t(&model, &counts, &[0.8], &[3.0]), 3.198_291_368_223_228),
    ];
    for (value, expected) in table {
        let value = value.unwrap();
        assert!((value - expected).abs() < 1e-13, "{value}, not {expected}");
    }
    let limit = negative_binomial(&model, &counts, &[1e7]).unwrap();
    assert!((limit - poisson(&model, &counts).unwrap()).abs() < 1e-6, "a large size is Poisson: {limit}");
    let gaussian_limit = student_t(&model, &counts, &[0.8], &[1e7]).unwrap();
    assert!((gaussian_limit - gaussian(&model, &counts, &[0.8]).unwrap()).abs() < 1e-5, "{gaussian_limit}");
    let half = Data::new(&["cases"], &[0.0], &[vec![Some(0.5)]]).unwrap();
    let refused = poisson(&model[..1], &half).unwrap_err().to_string();
    assert!(refused.contains("`cases` is 0.5 at t = 0, where a count must be a whole number"), "{refused}");
    assert!(matches!(poisson(&[dvector![0.0], dvector![1.0]], &counts), Err(FitError::ModelOutsideDomain { .. })));
    assert!(matches!(negative_binomial(&model, &counts, &[-1.0]), Err(FitError::NoiseScale { .. })));
}

#[test]
fn slopes_of_all_parameters_of_the_noise() {
    let rows = [vec![Some(4.0)], vec![Some(1.0)]];
    let counts = Data::new(&["cases"], &[0.0, 1.0], &rows).unwrap();
    let at = dvector![2.5, 0.3, 1.7, 4.2];
    let losses = |x: &DVector<f64>| {
        let model = [dvector![x[0]], dvector![x[1]]];
        negative_binomial(&model, &counts, &[x[2]]).unwrap() + student_t(&model, &counts, &[x[2]], &[x[3]]).unwrap()
    };
    let (_, slope) = gradient_forward(
        |x| {
            let model = [dvector![x[0]], dvector![x[1]]];
            negative_binomial(&model, &counts, &[x[2]]).unwrap() + student_t(&model, &counts, &[x[2]], &[x[3]]).unwrap()
        },
        &at,
    );
    for i in 0..4 {
        let moved = |by: f64| {
            let mut at = at.clone();
            at[i] += by;
            losses(&at)
        };
        let difference = (8.0 * (moved(1e-3) - moved(-1e-3)) - (moved(2e-3) - moved(-2e-3))) / 12e-3;
        assert!((slope[i] - difference).abs() < 1e-8, "component {i}: {} against {difference}", slope[i]);
    }
}

#[test]
fn a_weight_counts_an_observation_again_and_its_noise_widens_it() {
    let model = [dvector![1.2], dvector![2.0]];
    let once = [(0.0, 0, Observation::new(1.0)), (1.0, 0, Observation::new(3.0))];
    let replicated = [once[0], once[1], once[1]];
    let weighted = [once[0], (1.0, 0, Observation::new(3.0).with_weight(2.0))];
    let [replicated, weighted] =
        [&replicated[..], &weighted].map(|rows| Data::from_observations(&["y"], rows).unwrap());
    type Loss<'a> = &'a dyn Fn(&Data) -> Result<f64, FitError>;
    let losses: [Loss; 6] = [
        &|data| squared_error(&model, data),
        &|data| gaussian(&model, data, &[0.4]),
        &|data| log_normal(&model, data, &[0.4]),
        &|data| student_t(&model, data, &[0.4], &[4.0]),
        &|data| poisson(&model, data),
        &|data| negative_binomial(&model, data, &[2.0]),
    ];
    for (i, loss) in losses.iter().enumerate() {
        let [a, b] = [loss(&replicated).unwrap(), loss(&weighted).unwrap()];
        assert!((a - b).abs() < 1e-13, "loss {i}: {a}, {b}");
    }
    let wide = weighted.map(|_, _, seen| seen.with_weight(1.0).with_noise(2.0));
    let plain = weighted.map(|_, _, seen| seen.with_weight(1.0));
    for (narrow, wide) in [
        (gaussian(&model, &plain, &[0.8]), gaussian(&model, &wide, &[0.4])),
        (log_normal(&model, &plain, &[0.8]), log_normal(&model, &wide, &[0.4])),
        (student_t(&model, &plain, &[0.8], &[3.0]), student_t(&model, &wide, &[0.4], &[3.0])),
    ] {
        assert!((narrow.unwrap() - wide.unwrap()).abs() < 1e-13);
    }
    assert!(Data::from_observations(&["y"], &[(0.0, 1, Observation::new(1.0))]).is_err());
    assert!(Data::from_observations(&["y"], &[(0.0, 0, Observation::new(1.0).with_noise(0.0))]).is_err());
    assert!(Data::from_observations(&["y"], &[(0.0, 0, Observation::new(f64::NAN))]).is_err());
}

#[test]
fn priors_are_the_densities_of_the_textbook() {
    let table = [
        (Prior::Normal { mean: 1.0, deviation: 2.0 }, 1.3, 1.623_335_713_764_618),
        (Prior::LogNormal { median: 2.0, deviation: 0.5 }, 1.3, 0.859_303_458_706_455_5),
        (Prior::HalfNormal { deviation: 0.7 }, 1.3, 1.593_606_204_624_362_4),
        (Prior::Exponential { rate: 3.0 }, 1.3, 2.801_387_711_331_890_3),
        (Prior::Gamma { shape: 1.5, rate: 2.0 }, 1.3, 1.308_314_859_291_091_3),
        (Prior::Beta { shapes: [2.0, 3.5] }, 0.3, -0.661_180_201_098_875_1),
    ];
    for (prior, x, expected) in table {
        let (value, slope) = derivative(|x| prior.negative_log_density(x), x);
        assert!((value - expected).abs() < 1e-14, "{prior:?}: {value}");
        let at = |x: f64| prior.negative_log_density(x);
        let difference = (at(x + 1e-5) - at(x - 1e-5)) / 2e-5;
        assert!((slope - difference).abs() < 1e-8, "{prior:?}: {slope} against {difference}");
    }
}

#[test]
fn a_prior_pulls_the_estimate_to_the_mode_of_the_posterior() {
    // Two observations 3 and 5 of deviation 1 and a prior of mean 0 and deviation 0.5: mean 8 / (2 + 4).
    let likelihood = |p: &DVector<f64>| {
        Ok::<_, String>((0.5 * ((p[0] - 3.0).powi(2) + (p[0] - 5.0).powi(2)), dvector![2.0 * p[0] - 8.0]))
    };
    let parameters = Parameters::new().linear("mean", 1.0).known(Prior::Normal { mean: 0.0, deviation: 0.5 });
    let fitted = fit(likelihood, &parameters, &Lbfgs::default(), quiet).unwrap();
    assert!((fitted.estimate("mean").unwrap() - 8.0 / 6.0).abs() < 1e-8, "{fitted}");
    assert!((fitted.standard_errors().unwrap()[0] - 6.0_f64.powf(-0.5)).abs() < 1e-6, "{fitted}");
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
