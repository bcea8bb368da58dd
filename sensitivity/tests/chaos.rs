//! Lorenz' system of 1963: growth rates, and derivatives of averages.

use costate_sensitivity::{NilsAdjoint, SensitivityError, growth};
use costate_solvers::{Ode, Problem, Real, SaveAt, SolveError, Tolerance, Tsit5};
use nalgebra::dvector;

#[derive(Clone, Copy)]
enum System {
    Lorenz,
    /// A forced oscillator that forgets its start: no chaos, and the average of its square is known.
    Damped,
}

impl Ode for System {
    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        match self {
            System::Lorenz => {
                dy[0] = p[0] * (y[1] - y[0]);
                dy[1] = y[0] * (p[1] - y[2]) - y[1];
                dy[2] = y[0] * y[1] - p[2] * y[2];
            }
            System::Damped => {
                dy[0] = y[1];
                dy[1] = p[0] * t.cos() - p[1] * y[1] - y[0] * p[2];
            }
        }
    }
}

fn lorenz(end: f64) -> Problem<System, f64> {
    Problem::ode(System::Lorenz, [1.0, 1.0, 25.0], &dvector![10.0, 28.0, 8.0 / 3.0], 0.0..end)
}

fn nils() -> NilsAdjoint {
    NilsAdjoint::default()
}

/// The leading exponent is 0.9056 (Sprott, Chaos and Time-Series Analysis, 2003).
#[test]
fn the_adjoint_of_lorenz_grows_at_its_published_rate() {
    let control = Tolerance::new(1e-8, 1e-8);
    let long = growth(&lorenz(200.0), Tsit5, &control).unwrap();
    assert!((long.rate - 0.9056).abs() < 0.05, "{long}");
    assert!((long.horizon - 1e8_f64.ln() / 0.9056).abs() < 1.5, "{long}");
    let warning = long.warning().expect("there is something to warn of");
    assert!(warning.contains(&format!("{:.1} after the start", long.horizon)), "{warning}");
    assert!(growth(&lorenz(5.0), Tsit5, &control).unwrap().warning().is_none());
    let damped = growth(&damped(100.0), Tsit5, &control).unwrap();
    assert!((damped.rate + 0.25).abs() < 0.01 && damped.horizon.is_infinite(), "{damped}");
}

/// The mean height by all three parameters: against what shadowing has found before (Wang, Hu & Blonigan, J. Comput. Phys. 267 (2014)
/// 210-224: 1.01 for rho), and against differences of long averages themselves.
#[test]
fn averages_of_lorenz_have_their_derivatives() {
    let control = Tolerance::new(1e-6, 1e-6);
    let found = nils().differentiate(&lorenz(510.0), Tsit5, &control, |y| y[2]).unwrap();
    let near = |i: usize, expected: f64, error: f64| {
        let allowed = 3.0 * (found.gradient_error[i].powi(2) + error * error).sqrt();
        assert!((found.gradient[i] - expected).abs() < allowed, "{i}: {expected} against\n{found}");
    };
    assert!(found.gradient_error[1] < 0.03, "{found}");
    near(1, 1.01, 0.01);
    assert!((found.exponents[0] - 0.9056).abs() < 0.05 && found.exponents[1].abs() < 0.05, "{found}");

    let average = |i: usize, change: f64| {
        let mut p = dvector![10.0, 28.0, 8.0 / 3.0];
        p[i] += change;
        let problem = Problem::ode(System::Lorenz, [1.0, 1.0, 25.0], &p, 0.0..2_000.0);
        let sum = |(sum, count): (f64, f64), t: f64, y: &[f64]| {
            if t > 10.0 { (sum + y[2], count + 1.0) } else { (sum, count) }
        };
        let ((sum, count), _) = problem.fold(Tsit5, &control, SaveAt::every(0.02), (0.0, 0.0), sum).unwrap();
        sum / count
    };
    for (i, change) in [(0, 1.0), (1, 2.0), (2, 0.2)] {
        let difference = (average(i, change) - average(i, -change)) / (2.0 * change);
        // An average over 2,000 has a standard error of 0.02.
        near(i, difference, 0.02 * 2.0_f64.sqrt() / (2.0 * change));
    }
}

fn damped(end: f64) -> Problem<System, f64> {
    Problem::ode(System::Damped, [0.0, 0.0], &dvector![0.7, 0.5, 2.0], 0.0..end)
}

/// A forced system without chaos, in closed form: the mean square of `y` is `F^2 / (2 ((k - 1)^2 + c^2))`.
#[test]
fn a_forced_system_has_its_closed_form() {
    let periods = 40.0 * std::f64::consts::PI;
    let strategy = NilsAdjoint { spin_up: 40.0, batches: 2, segment: periods / 80.0, ..nils() };
    let control = Tolerance::new(1e-8, 1e-8);
    let found = strategy.differentiate(&damped(40.0 + 2.0 * periods), Tsit5, &control, |y| y[0] * y[0]).unwrap();
    let [force, damping, stiffness] = [0.7, 0.5, 2.0_f64];
    let below = (stiffness - 1.0_f64).powi(2) + damping * damping;
    let average = force * force / (2.0 * below);
    let expected = dvector![2.0 / force, -2.0 * damping / below, -2.0 * (stiffness - 1.0) / below] * average;
    assert!((found.average - average).abs() < 1e-5, "{found}");
    assert!((&found.gradient - &expected).amax() < 2e-3 * expected.amax(), "{found}\n{expected}");
}

#[test]
fn what_does_not_fit_is_refused() {
    let reason = |strategy: NilsAdjoint, problem: Problem<System, f64>| {
        let outcome = strategy.differentiate(&problem, Tsit5, Tolerance::new(1e-6, 1e-6), |y| y[2]);
        match outcome.unwrap_err() {
            SolveError::Refused(refusal) => refusal.reason::<SensitivityError>().expect("a reason of its own").clone(),
            other => panic!("{other}"),
        }
    };
    let stops = reason(nils(), lorenz(100.0).with_stops([3.0]));
    assert!(matches!(stops, SensitivityError::NotServed { what: "events and stops", .. }), "{stops}");
    let short = reason(nils(), lorenz(12.0));
    assert!(short.to_string().contains("lengthen the span"), "{short}");
    let one = reason(NilsAdjoint { batches: 1, ..nils() }, lorenz(100.0));
    assert!(matches!(one, SensitivityError::BadOption { option: "batches", .. }), "{one}");
}
