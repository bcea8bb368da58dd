//! One row for each method: its tableau is consistent, and its step and its interpolant have the claimed orders.

use costate_solvers::{FixedStep, Method, Ode, Problem, Rk4, SaveAt, Solution, Tsit5, ode};
use nalgebra::{DVector, dvector};

/// The error of every save against the exact solution: the largest.
fn largest_error(solution: &Solution<f64>, exact: impl Fn(f64) -> DVector<f64>) -> f64 {
    let errors = solution.times().iter().zip(solution.states()).map(|(&t, y)| (y - exact(t)).norm());
    errors.fold(0.0, f64::max)
}

/// The error of a whole solve in `steps` steps. The nonlinear, time-dependent problem stays on the unit circle only
/// where it is exact; its terms are strong enough for the leading error to dominate at moderate steps.
fn global_error(method: impl Method, steps: usize) -> f64 {
    let circle = ode!(|t, [x, v], [pull]| [v + pull * (t.sin() - x) * v, -x * (x * x + v * v)]);
    let (start, end) = (0.3, 2.3);
    let problem = Problem::ode(circle, [f64::sin(start), f64::cos(start)], &dvector![5.0], start..end);
    let solution = problem.solve(method, FixedStep((end - start) / steps as f64), SaveAt::steps()).unwrap();
    largest_error(&solution, |t| dvector![t.sin(), t.cos()])
}

/// The error of the interpolant inside one step of size `h` from an exact state.
fn local_error(method: impl Method, h: f64, theta: f64) -> f64 {
    let season = ode!(|t, [x], [rate]| [rate * x * t.cos()]);
    let problem = Problem::ode(season, [1.0], &dvector![1.0], 0.0..h);
    let solution = problem.solve(method, FixedStep(h), SaveAt::times([theta * h])).unwrap();
    largest_error(&solution, |t| dvector![t.sin().exp()])
}

fn check<M: Method + Copy>(method: M) {
    let (name, tableau) = (method.name(), method.tableau().expect("a Runge-Kutta method"));
    assert_eq!(tableau.flaw(), None, "{name}");
    let order = (global_error(method, 40) / global_error(method, 80)).log2();
    assert!((order - method.order() as f64).abs() < 0.2, "{name}: observed order {order}");
    for theta in [0.3, 0.5] {
        let order = (local_error(method, 0.05, theta) / local_error(method, 0.025, theta)).log2() - 1.0;
        let claimed = tableau.interpolant_order as f64;
        assert!((order - claimed).abs() < 0.2, "{name}: observed order {order} of the interpolant at {theta}");
    }
}

#[test]
fn every_method_and_its_interpolant_have_the_claimed_orders() {
    check(Rk4);
    check(Tsit5);
}

#[test]
fn a_backward_solve_returns_to_where_the_forward_one_started() {
    let swing = ode!(|_t, [angle, speed], [gravity]| [speed, -gravity * angle.sin()]);
    assert_eq!(swing.states(), Some(2));
    let (p, tolerance) = (dvector![9.81], costate_solvers::Tolerance::new(1e-11, 1e-11));
    let there = Problem::ode(swing, [1.0, 0.0], &p, 0.0..3.0).solve(Tsit5, &tolerance, SaveAt::end()).unwrap();
    let back = Problem::ode(swing, there.last(), &p, 3.0..0.0).solve(Tsit5, &tolerance, SaveAt::end()).unwrap();
    assert!((back.last() - dvector![1.0, 0.0]).amax() < 1e-8);
}
