//! One row for each method: its tableau is consistent and satisfies exactly the order conditions of the order it claims,
//! and so does its interpolant; and both are seen to converge with that order, in the value and in the derivative.

mod conditions;
mod convergence;
mod manufactured;

use conditions::check_conditions;
use convergence::{Inside, Whole, check_convergence, check_symplectic};
use costate_solvers::*;
use manufactured::{Curve, Manufactured, Term};

/// Checks a Runge-Kutta method: a whole run, and one step with a save inside.
fn check(method: impl Method + Copy, whole: (Term, Curve, f64, usize), inside: (Term, Curve, f64, f64, f64)) {
    let tableau = method.tableau().expect("a Runge-Kutta method");
    assert_eq!(tableau.flaw(), None, "{}", method.name());
    check_conditions(tableau);
    let (term, curve, stiffness, steps) = whole;
    let whole = Whole { model: Manufactured { term, curve, stiffness }, steps };
    let (term, curve, stiffness, h, theta) = inside;
    let inside = Inside { model: Manufactured { term, curve, stiffness }, h, theta };
    check_convergence(method, tableau.interpolant_order, whole, inside);
}

/// The models and the steps are such that the leading error dominates and rounding does not disturb. For the methods of
/// high order that leaves little room: their leading coefficients are small, and their errors soon those of rounding.
#[test]
fn every_method_and_its_interpolant_have_the_claimed_orders() {
    use {Curve::*, Term::*};
    check(Euler, (Sine, Hyperbola, 2.0, 160), (Cube, Decay, -4.0, 0.4, 0.3));
    check(Midpoint, (Sine, Hyperbola, 2.0, 100), (Square, Wave, 0.5, 0.03, 0.3));
    check(Heun, (Sine, Hyperbola, 2.0, 160), (Square, SlowWave, -0.5, 0.03, 0.3));
    check(Ralston, (Sine, Hyperbola, 2.0, 100), (Square, SlowWave, -0.5, 0.03, 0.6));
    check(Rk4, (Sine, Hyperbola, 2.0, 100), (Cube, Decay, -2.0, 0.8, 0.6));
    check(Bs3, (Sine, Hyperbola, 2.0, 100), (Square, SlowWave, -0.5, 0.02, 0.6));
    check(Dopri5, (Square, SlowWave, -1.0, 50), (Cube, Decay, -2.0, 0.25, 0.3));
    check(Tsit5, (Sine, Hyperbola, 2.0, 100), (Sine, Wave, -1.0, 0.12, 0.3));
    check(Vern6, (Sine, Wave, 2.0, 6), (Square, Decay, 2.0, 0.5, 0.6));
    check(Vern7, (Sine, Hyperbola, 2.0, 64), (Cube, Decay, 0.5, 0.7, 0.6));
    check(Vern8, (Square, SlowWave, 1.0, 12), (Sine, Hyperbola, 2.0, 0.3, 0.3));
    check(Vern9, (Cube, Hyperbola, 2.0, 12), (Square, Decay, -2.0, 0.8, 0.3));
    check(Dop853, (Sine, Hyperbola, 2.0, 8), (Square, Wave, 1.0, 0.35, 0.3));
}

#[test]
fn every_symplectic_method_and_its_interpolant_have_the_claimed_orders() {
    check_symplectic(SymplecticEuler, 1, 400, 0.01);
    check_symplectic(VelocityVerlet, 2, 100, 0.01);
    check_symplectic(Yoshida4, 3, 200, 0.01);
    check_symplectic(Yoshida6, 3, 60, 0.01);
}

#[test]
fn a_backward_solve_returns_to_where_the_forward_one_started() {
    let swing = ode!(|_t, [angle, speed], [gravity]| [speed, -gravity * angle.sin()]);
    let (p, tolerance) = (nalgebra::dvector![9.81], Tolerance::new(1e-11, 1e-11));
    let there = Problem::ode(swing, [1.0, 0.0], &p, 0.0..3.0).solve(Tsit5, &tolerance, SaveAt::end()).unwrap();
    let back = Problem::ode(swing, there.last(), &p, 3.0..0.0).solve(Tsit5, &tolerance, SaveAt::end()).unwrap();
    assert!((back.last() - nalgebra::dvector![1.0, 0.0]).amax() < 1e-8);
}
