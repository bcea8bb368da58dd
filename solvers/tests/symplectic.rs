//! What symplectic methods are for: no drift of the energy, over a hundred thousand steps.

use costate_solvers::*;
use nalgebra::dvector;

/// Energies at the ends of a run's steps, by `energy(q, v)`, for a model with one position and one momentum.
fn energies(
    method: impl Method,
    model: impl Ode,
    start: [f64; 2],
    h: f64,
    steps: usize,
    energy: impl Fn(f64, f64) -> f64,
) -> Vec<f64> {
    let problem = Problem::ode(model, start, &dvector![], 0.0..h * steps as f64);
    let solution = problem.solve(method, FixedStep(h), SaveAt::steps()).unwrap();
    assert_eq!(solution.statistics().accepted, steps);
    solution.states().iter().map(|state| energy(state[0], state[1])).collect()
}

fn spread(values: &[f64]) -> f64 {
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), &x| (low.min(x), high.max(x)));
    high - low
}

const STEPS: usize = 100_000;

/// On `q' = v, v' = -q` every step is a linear map, and what a symplectic one conserves exactly is a quadratic form known in
/// closed form: `q^2 + v^2 - h q v` for symplectic Euler with the kick first, `(1 - h^2/4) q^2 + v^2` for velocity Verlet
/// (Hairer, Lubich & Wanner, Geometric Numerical Integration, section IX.3). For a symmetric composition with the matrix
/// `[a b; c a]` it is `b v^2 - c q^2`.
#[test]
fn the_modified_energy_of_the_oscillator_is_conserved_to_rounding() {
    let oscillator = ode!(|_t, [q, v], []| [v, -q]);
    let h = 0.2;
    let composed = |kicks: &[f64], drifts: &[f64]| {
        let mut matrix = [[1.0, 0.0], [0.0, 1.0]];
        for (i, kick) in kicks.iter().enumerate() {
            matrix[1] = [0, 1].map(|j| matrix[1][j] - kick * h * matrix[0][j]);
            if let Some(drift) = drifts.get(i) {
                matrix[0] = [0, 1].map(|j| matrix[0][j] + drift * h * matrix[1][j]);
            }
        }
        let [[a, b], [c, d]] = matrix;
        assert!((a - d).abs() < 1e-14 && (a * d - b * c - 1.0).abs() < 1e-14, "symmetric and symplectic");
        move |q: f64, v: f64| (v * v - c / b * q * q) / 2.0
    };
    let (yoshida4, yoshida6) = (Yoshida4::COMPOSITION, Yoshida6::COMPOSITION);
    let start = [1.0, 0.0];
    let runs = [
        energies(SymplecticEuler, oscillator, start, h, STEPS, |q, v| (q * q + v * v - h * q * v) / 2.0),
        energies(VelocityVerlet, oscillator, start, h, STEPS, |q, v| ((1.0 - h * h / 4.0) * q * q + v * v) / 2.0),
        energies(Yoshida4, oscillator, start, h, STEPS, composed(yoshida4.kicks, yoshida4.drifts)),
        energies(Yoshida6, oscillator, start, h, STEPS, composed(yoshida6.kicks, yoshida6.drifts)),
    ];
    for energies in runs {
        assert!(spread(&energies) < 1e-12, "{:e}", spread(&energies));
    }
}

/// The true energy of a pendulum oscillates within a band that shrinks with the method's order, and does not leave it: its
/// mean over the last tenth of the run is that over the first. A Runge-Kutta method of the same order drifts.
#[test]
fn the_energy_of_a_pendulum_stays_in_its_band() {
    let pendulum = ode!(|_t, [angle, speed], []| [speed, -angle.sin()]);
    let energy = |angle: f64, speed: f64| 0.5 * speed * speed - angle.cos();
    let band = |method: &dyn Fn(f64) -> Vec<f64>, h: f64| {
        let energies = method(h);
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
        let drift = mean(&energies[..STEPS / 10]) - mean(&energies[STEPS - STEPS / 10..]);
        (spread(&energies), drift.abs())
    };
    type Run<'a> = &'a dyn Fn(f64) -> Vec<f64>;
    let table: [(&str, f64, Run); 4] = [
        ("SymplecticEuler", 1.0, &|h| energies(SymplecticEuler, pendulum, [1.5, 0.0], h, STEPS, energy)),
        ("VelocityVerlet", 2.0, &|h| energies(VelocityVerlet, pendulum, [1.5, 0.0], h, STEPS, energy)),
        ("Yoshida4", 4.0, &|h| energies(Yoshida4, pendulum, [1.5, 0.0], h, STEPS, energy)),
        ("Yoshida6", 6.0, &|h| energies(Yoshida6, pendulum, [1.5, 0.0], h, STEPS, energy)),
    ];
    for (name, order, run) in table {
        let ((wide, drift), (narrow, _)) = (band(run, 0.2), band(run, 0.1));
        println!("{name}: band {wide:.2e} at h = 0.2, {narrow:.2e} at h = 0.1, drift of the mean {drift:.1e}");
        assert!(((wide / narrow).log2() - order).abs() < 0.3, "{name}: {wide:e}, {narrow:e}");
        assert!(drift < 0.02 * wide, "{name}: the mean drifts by {drift:e}");
    }
    let runge_kutta = energies(Rk4, pendulum, [1.5, 0.0], 0.2, STEPS, energy);
    assert!(runge_kutta[STEPS] < runge_kutta[0] - 0.04, "Rk4 loses energy: {}", runge_kutta[STEPS] - runge_kutta[0]);
}

#[test]
fn a_backward_run_retraces_a_symmetric_method() {
    let pendulum = ode!(|_t, [angle, speed], []| [speed, -angle.sin()]);
    let there = Problem::ode(pendulum, [1.5, 0.0], &dvector![], 0.0..100.0);
    let there: Solution<f64> = there.solve(Yoshida6, FixedStep(0.1), SaveAt::end()).unwrap();
    let back = Problem::ode(pendulum, there.last(), &dvector![], 100.0..0.0);
    let back = back.solve(Yoshida6, FixedStep(0.1), SaveAt::end()).unwrap();
    assert!((back.last() - dvector![1.5, 0.0]).amax() < 1e-11);
}

#[test]
fn symplectic_methods_refuse_what_they_cannot_step() {
    let three = ode!(|_t, [x, y, z], []| [y, z, x]);
    let problem = Problem::<_, f64>::ode(three, [1.0; 3], &dvector![], 0.0..1.0);
    let error = problem.solve(VelocityVerlet, FixedStep(0.1), SaveAt::end()).unwrap_err();
    assert_eq!(error, SolveError::OddState { method: "VelocityVerlet", states: 3 });
    assert!(error.to_string().contains("3 elements: pass an even number"), "{error}");
    let two = ode!(|_t, [x, v], []| [v, -x]);
    let problem = Problem::<_, f64>::ode(two, [1.0; 2], &dvector![], 0.0..1.0);
    let error = problem.solve(Yoshida4, Tolerance::new(1e-6, 1e-6), SaveAt::end()).unwrap_err();
    assert!(error.to_string().contains("Yoshida4") && error.to_string().contains("FixedStep"), "{error}");
}
