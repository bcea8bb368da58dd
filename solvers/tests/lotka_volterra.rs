//! The published figure of the Lotka-Volterra problem, forward and with every kind of save.

use costate_solvers::{Problem, SaveAt, Tolerance, Tsit5, ode};
use nalgebra::dvector;

/// `u' = a u - b u v, v' = -c v + d u v` from (1, 1) over 0..10; the sum of `u^2 + v^2` at 0.1, 0.2, .. 10.
#[test]
fn the_sum_of_squares_is_the_published_one() {
    let lotka_volterra = ode!(|_t, [prey, predators], [a, b, c, d]| [
        a * prey - b * prey * predators,
        -c * predators + d * prey * predators
    ]);
    let problem = Problem::ode(lotka_volterra, [1.0, 1.0], &dvector![1.5, 1.0, 3.0, 1.0], 0.0..10.0);
    let solution = problem.solve(Tsit5, Tolerance::new(1e-10, 1e-10), SaveAt::every(0.1)).unwrap();
    assert_eq!(solution.times().len(), 101);
    let total: f64 = solution.states()[1..].iter().map(|y| y.norm_squared()).sum();
    assert!((total - 1715.3587265).abs() < 1e-6, "{total}");
}
