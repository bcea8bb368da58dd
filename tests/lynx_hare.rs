//! The main job: the example's fit, by every strategy.

#[path = "../examples/lynx_hare.rs"]
#[allow(dead_code)]
mod lynx_hare;

use costate::fit::quiet;
use costate::prelude::*;

/// The maximum-likelihood estimates and their standard errors by SciPy: DOP853 with sensitivities at 1e-11, BFGS, then
/// Newton's method; the standard errors from central differences of the gradient.
const OPTIMUM: [(&str, f64, f64); 8] = [
    ("alpha", 0.54001394729, 0.0548564247),
    ("beta", 0.027156114962, 0.0035715297),
    ("gamma", 0.79659877076, 0.0779405766),
    ("delta", 0.023702037597, 0.003048257),
    ("hare0", 34.599155211, 2.5961106382),
    ("lynx0", 5.8437365881, 0.4492928386),
    ("sigma_hare", 0.21837964540, 0.0338133772),
    ("sigma_lynx", 0.22008428352, 0.0340773186),
];

fn assert_optimal(strategy: impl GradientStrategy) {
    let name = strategy.name();
    let fitted = lynx_hare::fit_pelts(strategy, quiet).unwrap();
    assert!(fitted.converged(), "{name}: {fitted}");
    let errors = fitted.standard_errors().expect("the data determine all parameters");
    for (i, (parameter, estimate, error)) in OPTIMUM.into_iter().enumerate() {
        let found = fitted.estimate(parameter).unwrap();
        assert!((found / estimate - 1.0).abs() < 1e-5, "{name}, {parameter}: {found}, not {estimate}");
        assert!((errors[i] / error - 1.0).abs() < 1e-4, "{name}, {parameter}: error {}, not {error}", errors[i]);
    }
}

#[test]
fn every_strategy_reaches_the_same_optimum_from_the_poor_start() {
    assert_optimal(Direct);
    assert_optimal(Forward);
    assert_optimal(DiscreteAdjoint::default());
    assert_optimal(DiscreteAdjoint { checkpoints: Checkpoints::Every(8) });
}

#[test]
fn strategies_agree_on_the_gradient_of_the_likelihood_and_with_differences() {
    let data = lynx_hare::pelts().unwrap();
    let near_the_optimum = DVector::from_iterator(8, OPTIMUM.iter().map(|row| 1.05 * row.1));
    for x in [lynx_hare::poor_start().start(), near_the_optimum] {
        let direct = try_gradient(|x| lynx_hare::negative_log_likelihood(&Direct, &data, x), &x).unwrap();
        let forward = try_gradient(|x| lynx_hare::negative_log_likelihood(&Forward, &data, x), &x).unwrap();
        let adjoint = DiscreteAdjoint::default();
        let adjoint = try_gradient(|x| lynx_hare::negative_log_likelihood(&adjoint, &data, x), &x).unwrap();
        let value = |x: &DVector<f64>| {
            let x = x.map(Var::constant);
            lynx_hare::negative_log_likelihood(&Direct, &data, &x).unwrap().value()
        };
        for i in 0..8 {
            let slope = direct.1[i];
            for (name, other) in [("forward", &forward), ("discrete adjoint", &adjoint)] {
                assert!((other.1[i] / slope - 1.0).abs() < 1e-10, "{name}, component {i}: {} not {slope}", other.1[i]);
            }
            let difference = central_difference(|step| {
                let mut x = x.clone();
                x[i] += step * x[i];
                value(&x)
            }) / x[i];
            assert!((difference / slope - 1.0).abs() < 1e-6, "component {i}: {difference} not {slope}");
        }
    }
}

/// The derivative at 0, of order 6. The step is long enough to drown the noise of step size control, which is what limits
/// it: a longer step meets curvature, a shorter one the changing mesh.
fn central_difference(f: impl Fn(f64) -> f64) -> f64 {
    let h = 4e-3;
    let d = |k: f64| f(k * h) - f(-k * h);
    (45.0 * d(1.0) - 9.0 * d(2.0) + d(3.0)) / (60.0 * h)
}

#[test]
fn random_starts_end_within_a_tenth_of_a_standard_error() {
    let fits = lynx_hare::fit_from_everywhere(20, 3).unwrap();
    assert_eq!(fits.len(), 20);
    let near = |fitted: &&Fitted| {
        let mut rows = OPTIMUM.iter().zip(fitted.estimates());
        rows.all(|((_, estimate, error), found)| (found - estimate).abs() < 0.1 * error)
    };
    let count = fits.iter().filter(near).count();
    println!("{count} of 20");
    // Every parameter is drawn within a factor of two of a start that is itself a factor of two off.
    assert!(count >= 19, "{count} of 20");
    // What does not end there is a worse valley, which a multistart sees.
    let best = fits.iter().map(Fitted::value).fold(f64::INFINITY, f64::min);
    assert!(fits.iter().filter(|fitted| fitted.value() < best + 1e-3).all(|fitted| near(&fitted)));
}

#[test]
fn profile_intervals_are_a_little_wider_than_standard_errors_say() {
    let fitted = lynx_hare::fit_pelts(Forward, quiet).unwrap();
    for (interval, (parameter, estimate, error)) in lynx_hare::intervals(&fitted).unwrap().iter().zip(OPTIMUM) {
        assert_eq!(interval.name, parameter);
        let (lower, upper) = (interval.lower.unwrap(), interval.upper.unwrap());
        println!("{parameter}: {lower} to {upper}");
        let half = 0.5 * (upper - lower) / (1.96 * error);
        assert!(
            lower < estimate && estimate < upper && (0.97..1.3).contains(&half),
            "{parameter}: {lower} {upper}, {half}"
        );
    }
}

#[test]
fn the_picture_is_drawn() {
    let fitted = lynx_hare::fit_pelts(Forward, quiet).unwrap();
    let folder = std::env::temp_dir().join(format!("costate-lynx-hare-{}", std::process::id()));
    for kind in ["png", "svg"] {
        let path = folder.join(format!("lynx_hare.{kind}"));
        lynx_hare::picture(&fitted).unwrap().save(&path).unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() > 5_000);
    }
    std::fs::remove_dir_all(folder).unwrap();
}
