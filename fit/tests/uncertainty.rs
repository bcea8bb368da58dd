//! What a fit says about its own certainty, against closed forms and simulations.

use costate_fit::{
    Bands, Cause, Evaluation, FitError, Fitted, Information, Lbfgs, LogPosterior, Multistart, Parameters, Random, fit,
    profile, quiet,
};
use nalgebra::{DMatrix, DVector, dvector};
use std::ops::ControlFlow;

/// Normal measurements with unknown mean and standard deviation.
fn normal(measured: &[f64]) -> impl Fn(&DVector<f64>) -> Result<Evaluation, String> + '_ {
    move |p| {
        let (n, sigma) = (measured.len() as f64, p[1]);
        let squares: f64 = measured.iter().map(|x| (x - p[0]).powi(2)).sum();
        let pull: f64 = measured.iter().map(|x| x - p[0]).sum();
        let value = n * sigma.ln() + squares / (2.0 * sigma * sigma);
        Ok((value, dvector![-pull / (sigma * sigma), n / sigma - squares / sigma.powi(3)]))
    }
}

#[test]
fn profiles_of_a_normal_sample_are_their_closed_forms() {
    let measured = [4.9, 5.3, 5.1, 4.6, 5.6, 5.0];
    let parameters = Parameters::new().linear("mean", 1.0).log("sigma", 1.0);
    let fitted = fit(normal(&measured), &parameters, &Lbfgs::default(), quiet).unwrap();
    let n = measured.len() as f64;
    let mean = measured.iter().sum::<f64>() / n;
    let variance = measured.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    for (level, z) in [(0.95, 1.959_963_984_540_054_f64), (0.5, 0.674_489_750_196_081_7)] {
        let of_mean = profile(normal(&measured), &parameters, &fitted, "mean", level, &Lbfgs::default()).unwrap();
        // n/2 ln(1 + (m - mean)^2 / variance) = z^2 / 2
        let half = (variance * ((z * z / n).exp() - 1.0)).sqrt();
        assert!((of_mean.lower.unwrap() - (mean - half)).abs() < 1e-4 * half, "{of_mean:?}");
        assert!((of_mean.upper.unwrap() - (mean + half)).abs() < 1e-4 * half, "{of_mean:?}");
        assert!(of_mean.points.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let of_sigma = profile(normal(&measured), &parameters, &fitted, "sigma", level, &Lbfgs::default()).unwrap();
        for end in [of_sigma.lower.unwrap(), of_sigma.upper.unwrap()] {
            let share = variance / (end * end);
            let rise = 0.5 * n * (share - 1.0 - share.ln());
            assert!((rise - 0.5 * z * z).abs() < 1e-4, "sigma = {end}: {rise}");
        }
        assert!(of_sigma.lower.unwrap() < variance.sqrt() && variance.sqrt() < of_sigma.upper.unwrap());
    }
    assert!(profile(normal(&measured), &parameters, &fitted, "median", 0.95, &Lbfgs::default()).is_err());
    assert!(profile(normal(&measured), &parameters, &fitted, "mean", 1.0, &Lbfgs::default()).is_err());
}

#[test]
fn a_side_without_a_limit_is_open() {
    // A saturating rise seen only at saturation: the rate has a lower limit, but no upper.
    let objective = |p: &DVector<f64>| {
        let miss = (-p[0]).exp();
        Ok::<_, Cause>((50.0 * miss * miss + 1.0, dvector![-100.0 * miss * miss]))
    };
    let parameters = Parameters::new().log("rate", 8.0);
    let fitted = fit(objective, &parameters, &Lbfgs { gradient_tolerance: 1e-4, ..Lbfgs::default() }, quiet).unwrap();
    let open = profile(objective, &parameters, &fitted, "rate", 0.95, &Lbfgs::default()).unwrap();
    assert_eq!(open.upper, None);
    let exact = -0.5 * (1.920_729_410_347_062_f64 / 50.0 + (fitted.value() - 1.0) / 50.0).ln();
    assert!((open.lower.unwrap() - exact).abs() < 1e-4, "{open:?}, {exact}");
}

/// Twelve measurements of an exponential decay with noise of known size.
struct Decay {
    times: Vec<f64>,
    seen: Vec<f64>,
}

const NOISE: f64 = 0.1;

impl Decay {
    fn simulated(seed: u64) -> Self {
        let mut random = Random::new(seed, 9);
        let times: Vec<f64> = (0..12).map(|i| 0.3 * f64::from(i)).collect();
        let seen = times.iter().map(|t| 2.0 * (-0.7 * t).exp() + NOISE * random.normal()).collect();
        Self { times, seen }
    }

    fn objective(&self, p: &DVector<f64>) -> Result<Evaluation, Cause> {
        let (mut value, mut gradient) = (0.0, dvector![0.0, 0.0]);
        for (t, seen) in self.times.iter().zip(&self.seen) {
            let decayed = (-p[1] * t).exp();
            let residual = (p[0] * decayed - seen) / NOISE;
            value += 0.5 * residual * residual;
            gradient += dvector![decayed, -t * p[0] * decayed] * (residual / NOISE);
        }
        Ok((value, gradient))
    }

    fn fit(&self) -> (Parameters, Fitted) {
        let parameters = Parameters::new().log("amount", 1.0).log("rate", 1.0);
        let fitted = fit(|p| self.objective(p), &parameters, &Lbfgs::default(), quiet).unwrap();
        (parameters, fitted)
    }
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    let runs = 400;
    let (mut by_error, mut by_profile, mut by_band) = (0, 0, 0);
    for seed in 0..runs {
        let decay = Decay::simulated(seed);
        let (parameters, fitted) = decay.fit();
        let error = fitted.standard_errors().unwrap()[1];
        by_error += i32::from((fitted.estimates()[1] - 0.7).abs() < 1.959_964 * error);
        let interval = profile(|p| decay.objective(p), &parameters, &fitted, "rate", 0.95, &Lbfgs::default()).unwrap();
        by_profile += i32::from(interval.lower.unwrap() < 0.7 && 0.7 < interval.upper.unwrap());
        // The value at t = 2 that the fit predicts.
        let (amount, decayed) = (fitted.estimates()[0], (-2.0 * fitted.estimates()[1]).exp());
        let prediction =
            (dvector![amount * decayed], DMatrix::from_row_slice(1, 2, &[decayed, -2.0 * amount * decayed]));
        let band = Bands::new(&prediction, fitted.covariance().unwrap(), 0.95).unwrap();
        let truth = 2.0 * (-1.4_f64).exp();
        by_band += i32::from(band.lower[0] < truth && truth < band.upper[0]);
    }
    // Three standard deviations of a binomial count.
    let expected = 0.95 * runs as f64;
    let allowed = 3.0 * (expected * 0.05).sqrt();
    for (what, count) in [("standard errors", by_error), ("profiles", by_profile), ("bands", by_band)] {
        println!("{what}: {count} of {runs}");
        assert!((f64::from(count) - expected).abs() <= allowed, "{what}: {count} of {runs}");
    }
}

#[test]
fn bands_check_their_shapes() {
    let prediction = (dvector![1.0], DMatrix::from_element(1, 2, 1.0));
    assert!(matches!(Bands::new(&prediction, &DMatrix::identity(3, 3), 0.95), Err(FitError::Shape { .. })));
    assert!(matches!(Bands::new(&prediction, &DMatrix::identity(2, 2), 1.5), Err(FitError::Option { .. })));
    let wide = Bands::with_noise(&prediction, &DMatrix::identity(2, 2), &dvector![2.0_f64.sqrt()], 0.95).unwrap();
    assert!((wide.upper[0] - (1.0 + 2.0 * 1.959_963_984_540_054)).abs() < 1e-10);
}

#[test]
fn the_combination_that_data_leave_open_is_named() {
    // Michaelis-Menten far below saturation: only the ratio of the two shows.
    let doses: Vec<f64> = (1..8).map(|i| 1e-4 * f64::from(i)).collect();
    let jacobian = DMatrix::from_fn(7, 2, |i, k| {
        let (x, v, km) = (doses[i], 2.0, 3.0);
        if k == 0 { x / (km + x) } else { -v * x / (km + x).powi(2) }
    });
    let parameters = Parameters::new().log("vmax", 2.0).log("km", 3.0);
    let information = Information::of_residuals(&jacobian, 1e-3, &parameters).unwrap();
    let open = information.undetermined(1e-6);
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].to_string(), "0.707 ln(km) + 0.707 ln(vmax)");
    assert_eq!(information.combinations()[0].to_string(), "0.707 ln(km) - 0.707 ln(vmax)");
    assert!(Information::of_residuals(&jacobian, 1e-3, &Parameters::new().log("vmax", 2.0)).is_err());

    let decay = Decay::simulated(3);
    let (parameters, fitted) = decay.fit();
    let information = Information::observed(|p| decay.objective(p), &parameters, fitted.estimates()).unwrap();
    let covariance = information.matrix().clone().try_inverse().unwrap();
    let found = fitted.covariance().unwrap();
    for (i, j) in [(0, 0), (0, 1), (1, 1)] {
        let natural = covariance[(i, j)] * fitted.estimates()[i] * fitted.estimates()[j];
        assert!((natural / found[(i, j)] - 1.0).abs() < 1e-6);
    }
    assert!(information.undetermined(1e-6).is_empty());
}

#[test]
fn a_posterior_has_its_gradient_on_every_scale() {
    let decay = Decay::simulated(5);
    let parameters = Parameters::new().log10("amount", 1.5).between("rate", 0.6, 0.1, 3.0);
    let mut posterior = LogPosterior::new(|p: &DVector<f64>| decay.objective(p), parameters);
    let at = posterior.start().unwrap();
    let (_, gradient) = posterior.evaluate(&at).unwrap();
    for i in 0..2 {
        let mut value = |by: f64| {
            let mut at = at.clone();
            at[i] += by;
            posterior.evaluate(&at).unwrap().0
        };
        let difference = (value(1e-5) - value(-1e-5)) / 2e-5;
        assert!(
            (gradient[i] - difference).abs() < 1e-5 * (1.0 + difference.abs()),
            "{i}: {} {difference}",
            gradient[i]
        );
    }
}

/// A valley at -1 with the value 1, and a deeper one at 2.
fn two_valleys(x: &DVector<f64>) -> Result<Evaluation, Cause> {
    if x[0] > 6.0 {
        return Err("too far".into());
    }
    let well = |centre: f64, depth: f64| {
        let bell = depth * (-(x[0] - centre).powi(2)).exp();
        (-bell, 2.0 * (x[0] - centre) * bell)
    };
    let ((a, da), (b, db)) = (well(-1.0, 1.0), well(2.0, 2.0));
    Ok((3.0 + a + b + 0.01 * x[0] * x[0] + x[1] * x[1], dvector![da + db + 0.02 * x[0], 2.0 * x[1]]))
}

#[test]
fn many_starts_find_the_deepest_valley_with_the_same_bits_on_any_number_of_threads() {
    let parameters = Parameters::new().linear("x", -1.5).within(-4.0, 8.0).linear("y", 0.5);
    let multistart = Multistart { starts: 16, seed: 4, ..Multistart::default() };
    let starts = multistart.starts(&parameters).unwrap();
    assert_eq!(starts[0], dvector![-1.5, 0.5]);
    let mut strata: Vec<i32> = starts[1..].iter().map(|start| ((start[0] + 4.0) / 0.75).floor() as i32).collect();
    strata.sort_unstable();
    strata.dedup();
    assert_eq!(strata.len(), 15, "each stratum once");
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let go = |_| ControlFlow::Continue(());
        pool.install(|| multistart.fit(two_valleys, &parameters, &Lbfgs::default(), go).unwrap())
    };
    let (one, four) = (run(1), run(4));
    assert!((one.best.estimates()[0] - 2.0).abs() < 0.05, "{}", one.best);
    assert_eq!(one.waterfall(), four.waterfall());
    assert_eq!(one.best.estimates(), four.best.estimates());
    assert!(one.agreeing(1e-6) >= 4 && one.agreeing(1e-6) < one.waterfall().len(), "{:?}", one.waterfall());
    assert!(one.runs.iter().any(Result::is_err), "some starts are too far out");
    let alone = fit(two_valleys, &parameters, &Lbfgs::default(), quiet).unwrap();
    assert!(alone.value() > one.best.value() + 0.5, "a single start ends in the near valley");
    assert!(Multistart { starts: 0, ..multistart }.starts(&parameters).is_err());
    let wrong = Parameters::new().log("x", 1.0).within(-1.0, 1.0);
    assert!(matches!(multistart.starts(&wrong), Err(FitError::ParameterOutsideDomain { .. })));
}
