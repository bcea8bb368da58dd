//! The examples that learn a network or a process: each one's number.

#[path = "../examples/brusselator_reduction.rs"]
#[allow(dead_code)]
mod brusselator_reduction;
#[path = "../examples/latent_force.rs"]
#[allow(dead_code)]
mod latent_force;
#[path = "../examples/spiral.rs"]
#[allow(dead_code)]
mod spiral;
#[path = "../examples/universal_ode.rs"]
#[allow(dead_code)]
mod universal_ode;

use costate::fit::quiet;

#[test]
fn four_modes_of_the_brusselator_move_as_the_network_says() {
    let truth = brusselator_reduction::snapshots().unwrap();
    let reduced = brusselator_reduction::Reduced::new(&truth).unwrap();
    let projected = brusselator_reduction::relative(&reduced.fields(&reduced.coefficients), &truth);
    let (system, p) = reduced.learn().unwrap();
    let learnt = brusselator_reduction::relative(&reduced.fields(&reduced.forecast(&system, &p).unwrap()), &truth);
    println!("{projected} {learnt}");
    assert!(projected < 0.07 && learnt < 0.08, "{projected} of the modes, {learnt} of the network in them");
}

#[test]
fn the_force_is_inferred_within_its_band() {
    let (times, seen) = latent_force::positions().unwrap();
    let fitted = latent_force::run(&seen).unwrap();
    assert!(fitted.converged(), "{fitted}");
    let errors = fitted.standard_errors().unwrap();
    for (name, truth) in [("stiffness", 4.0), ("damping", 0.5), ("noise", 0.02)] {
        let i = fitted.names().iter().position(|known| known == name).unwrap();
        assert!((fitted.estimates()[i] - truth).abs() < 3.0 * errors[i], "{name}: {fitted}");
    }
    let forces = latent_force::smoothed_force(&seen, fitted.estimates()).unwrap();
    let held =
        times.iter().zip(&forces).filter(|(t, [mean, error])| (latent_force::force(**t) - mean).abs() < 1.96 * error);
    let held = held.count();
    println!("{fitted}\n{held} of {}", times.len());
    assert!(held >= 86, "the band of 95 % holds {held} of {}", times.len());
}

#[test]
fn a_universal_equation_recovers_its_missing_term() {
    let data = universal_ode::data().unwrap();
    let (system, p, loss) = universal_ode::learn(&data).unwrap();
    // 62 squares of noise of standard deviation 0.005.
    assert!(loss < 62.0 * 25e-6, "{loss}");
    let times: Vec<f64> = (2..=30).map(|i| 0.1 * f64::from(i)).collect();
    let terms = universal_ode::terms(&system, &p, &times).unwrap();
    let worst = terms.iter().map(|row| (row[0] - row[2]).abs().max((row[1] - row[3]).abs())).fold(0.0, f64::max);
    println!("{loss} {worst}");
    // The terms themselves reach 1.8; the first two tenths lie before most of the data.
    assert!(worst < 0.1, "{worst}");
}

#[test]
fn a_network_learns_the_spiral() {
    let data = spiral::spiral().unwrap();
    let (system, p) = spiral::train(&data, 2000, &mut quiet).unwrap();
    let (_, error) = spiral::compare(&data, &system, &p).unwrap();
    println!("{error}");
    assert!(error < 0.3, "mean absolute error {error} along a spiral that begins at 2");
}
