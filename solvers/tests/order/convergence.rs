//! Orders as observed: how errors fall with the step size.

use crate::manufactured::{Manufactured, Spring};
use costate_ad::{Dual, Var, gradient};
use costate_solvers::{FixedStep, Method, Ode, Problem, SaveAt, Solution};
use nalgebra::{DVector, dvector};

/// A run over the span, in so many steps.
pub struct Whole {
    pub model: Manufactured,
    pub steps: usize,
}

/// One step of size `h` from an exact state, saved at the fraction `theta`.
pub struct Inside {
    pub model: Manufactured,
    pub h: f64,
    pub theta: f64,
}

const INSIDE: &str = ", inside a step";

/// Steps shrink by this factor from one run to the next.
const REFINEMENT: usize = 3;
const FROM: usize = 2;

/// A fixed-step run of a model whose exact solution does not depend on its one parameter, which is 1.
#[derive(Clone)]
struct Run<'a, S> {
    model: S,
    exact: &'a dyn Fn(f64) -> Vec<f64>,
    start: f64,
    end: f64,
    h: f64,
    save: SaveAt,
}

impl<S: Ode + Copy> Run<'_, S> {
    fn solve<R: costate_solvers::Real>(&self, method: &impl Method, p: R) -> Solution<R> {
        let problem = Problem::ode(self.model, (self.exact)(self.start), &dvector![p], self.start..self.end);
        problem.solve(method, FixedStep(self.h), self.save.clone()).unwrap()
    }

    /// The largest error of the value and of the derivative over all saves, by dual numbers. On the way it makes sure that
    /// plain numbers give the same values, and tape variables the same values and derivatives.
    fn errors(&self, method: &impl Method) -> [f64; 2] {
        let name = method.name();
        let (plain, dual) = (self.solve(method, 1.0), self.solve(method, Dual::<f64>::variable(1.0, 0)));
        let (value, slope) = gradient(|p: &DVector<Var>| self.solve(method, p[0]).last()[0], &dvector![1.0]);
        let last = dual.last()[0];
        assert_eq!(value, last.value, "{name}: the tape changes the value");
        let difference = (slope[0] - last.derivatives[0]).abs();
        assert!(difference < 1e-13 + 1e-9 * slope[0].abs(), "{name}: {} and {last:?}", slope[0]);
        let mut errors = [0.0_f64; 2];
        for ((&t, state), plain) in dual.times().iter().zip(dual.states()).zip(plain.states()) {
            for ((number, plain), exact) in state.iter().zip(plain).zip((self.exact)(t)) {
                assert_eq!(number.value, *plain, "{name}: dual numbers change the value");
                errors[0] = errors[0].max((number.value - exact).abs());
                errors[1] = errors[1].max(number.derivatives[0].abs());
            }
        }
        errors
    }
}

/// The orders with which errors fell, of the value and of the derivative.
fn orders(coarse: [f64; 2], fine: [f64; 2]) -> [f64; 2] {
    let ratio = (REFINEMENT as f64 / FROM as f64).ln();
    [0, 1].map(|i| (coarse[i] / fine[i]).ln() / ratio)
}

fn assert_order(what: &str, claimed: usize, [value, derivative]: [f64; 2]) {
    println!("{what}: claimed {claimed}, observed {value:.2} for the value, {derivative:.2} for the derivative");
    let near = |order: f64, claimed: usize| (order - claimed as f64).abs() < 0.2;
    assert!(near(value, claimed), "{what}: {claimed} but {value}");
    // In one step from an exact state the force of the symplectic problem has no derivative yet: the derivative is better.
    let better = what.ends_with(INSIDE) && derivative > claimed as f64;
    assert!(near(derivative, claimed) || better, "{what}: {claimed} but {derivative} for the derivative");
}

fn check_whole<S: Ode + Copy>(method: impl Method, run: Run<S>, steps: usize) {
    let errors = |steps: usize| Run { h: (run.end - run.start) / steps as f64, ..run.clone() }.errors(&method);
    let observed = orders(errors(steps), errors(steps * REFINEMENT / FROM));
    assert_order(method.name(), method.order(), observed);
}

fn check_inside<S: Ode + Copy>(method: impl Method, claimed: usize, run: Run<S>, h: f64, theta: f64) {
    let errors = |h: f64| {
        let (end, save) = (run.start + h, SaveAt::times([run.start + theta * h]));
        Run { end, h, save, ..run.clone() }.errors(&method)
    };
    let observed = orders(errors(h), errors(h * FROM as f64 / REFINEMENT as f64)).map(|order| order - 1.0);
    assert_order(&format!("{}{INSIDE}", method.name()), claimed, observed);
}

/// Checks the order of a method and the order of its interpolant, which is `interpolant_order`.
pub fn check_convergence(method: impl Method + Copy, interpolant_order: usize, whole: Whole, inside: Inside) {
    fn run(model: Manufactured, exact: &dyn Fn(f64) -> Vec<f64>, start: f64) -> Run<'_, Manufactured> {
        Run { model, exact, start, end: 3.2, h: 1.0, save: SaveAt::steps() }
    }
    let exact = |t: f64| vec![whole.model.curve.at(t)[0]];
    check_whole(method, run(whole.model, &exact, 0.2), whole.steps);
    let exact = |t: f64| vec![inside.model.curve.at(t)[0]];
    check_inside(method, interpolant_order, run(inside.model, &exact, 0.9), inside.h, inside.theta);
}

/// The same for a symplectic method.
pub fn check_symplectic(method: impl Method + Copy, interpolant_order: usize, steps: usize, h: f64) {
    let exact = |t: f64| vec![t.sin(), t.cos()];
    let run = Run { model: Spring, exact: &exact, start: 0.2, end: 4.2, h: 1.0, save: SaveAt::steps() };
    check_whole(method, run.clone(), steps);
    check_inside(method, interpolant_order, run, h, 0.3);
}
