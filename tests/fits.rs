//! The examples that fit data: each one's number.

#[path = "../examples/influenza.rs"]
#[allow(dead_code)]
mod influenza;
#[path = "../examples/kinetics.rs"]
#[allow(dead_code)]
mod kinetics;
#[path = "../examples/theophylline.rs"]
#[allow(dead_code)]
mod theophylline;

use kinetics::Kinetics;

#[test]
fn influenza_in_a_boarding_school() {
    let (fitted, [lower, upper]) = influenza::run().unwrap();
    println!("{fitted}\n{lower} {upper}");
    assert!(fitted.converged(), "{fitted}");
    let ratio = fitted.estimate("contact").unwrap() / fitted.estimate("recovery").unwrap();
    // Posterior means of the same model by Grinsztajn et al. (2021, Statistics in Medicine 40:6209): 1.73, 0.54, ratio 3.2.
    for (name, published, within) in [("contact", 1.73, 0.03), ("recovery", 0.54, 0.03)] {
        let found = fitted.estimate(name).unwrap();
        assert!((found - published).abs() < within, "{name}: {found}, published {published}");
    }
    assert!((3.0..3.4).contains(&ratio), "{ratio}");
    assert!(lower < ratio && ratio < upper && lower > 2.5 && upper < 5.0, "{lower} {ratio} {upper}");
}

#[test]
fn kinetics_reach_the_published_optima() {
    let (pinene, oil) = (Kinetics::alpha_pinene().unwrap().fit().unwrap(), Kinetics::gas_oil().unwrap().fit().unwrap());
    assert!(pinene.converged() && oil.converged(), "{pinene}\n{oil}");
    assert!((pinene.value() / 19.8721 - 1.0).abs() < 1e-5, "{pinene}");
    assert!((oil.value() / 5.2366e-3 - 1.0).abs() < 1e-5, "{oil}");
}

/// The concentration in closed form (Bateman's function), fitted by itself.
#[test]
fn theophylline_is_batemans_function() {
    let subjects = theophylline::subjects().unwrap();
    assert_eq!(subjects.iter().count(), 12);
    for subject in subjects.iter() {
        let fitted = theophylline::fit_subject(subject).unwrap();
        assert!(fitted.converged(), "subject {}: {fitted}", subject.name);
        let [absorption, clearance, volume] = [0, 1, 2].map(|i| fitted.estimates()[i]);
        let (dose, elimination) = (subject.setting("Dose").unwrap(), clearance / volume);
        let bateman = |t: f64| {
            dose * absorption / (volume * (absorption - elimination))
                * ((-elimination * t).exp() - (-absorption * t).exp())
        };
        let (times, seen) = subject.data.observed(0);
        let squares: f64 = times.iter().zip(&seen).map(|(&t, seen)| (bateman(t) - seen).powi(2)).sum();
        assert!((squares / fitted.value() - 1.0).abs() < 1e-6, "subject {}: {squares}, {fitted}", subject.name);
        // No neighbour explains the data better.
        let gradient = fitted.optimum().gradient.amax();
        assert!(gradient < 1e-4 * fitted.value(), "subject {}: {gradient}", subject.name);
    }
    let first = theophylline::fit_subject(subjects.get("1").unwrap()).unwrap();
    // R: nls(conc ~ SSfol(Dose, Time, lKe, lKa, lCl), Theoph.1) gives lKe -2.9196, lKa 0.5752, lCl -3.9159.
    let [absorption, clearance, volume] = [0, 1, 2].map(|i| first.estimates()[i]);
    for (found, published) in
        [(absorption.ln(), 0.5752), ((clearance / volume).ln(), -2.9196), (clearance.ln(), -3.9159)]
    {
        assert!((found - published).abs() < 2e-4, "{found}, published {published}");
    }
}
