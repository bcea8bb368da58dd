//! The reverse sweeps of implicit methods, step by step at the level of their stages, against dual numbers through the same steps: whatever
//! is saved, wherever the span leads, with stops, events and mass matrices, dense and sparse, from every kind of checkpoint. One method of
//! each family; `stiff.rs` has all of them.

#[path = "implicit_stages/algebraic.rs"]
mod algebraic;
#[path = "../../solvers/tests/stiff/brusselator.rs"]
mod brusselator;
mod charges;
#[path = "implicit_stages/model.rs"]
mod model;

use brusselator::Brusselator;
use costate_ad::{Dual, Real, Var, try_gradient};
use costate_sensitivity::{Checkpoints, DiscreteAdjoint, Forward, GradientStrategy, last_sweep};
use costate_solvers::{
    Bdf, Control, FixedStep, Gmres, ImplicitMidpoint, Kvaerno5, LinearSolver, Method, Problem, RadauIIA5, Rodas5P,
    SaveAt, Solution, SolveError, Tolerance,
};
use model::Model;
use nalgebra::{DMatrix, DVector, dvector};

/// A run and what is asked of it: the inputs are the three parameters, then the first and the last state.
struct Case {
    states: usize,
    event: bool,
    span: [f64; 2],
    mass: Option<DMatrix<f64>>,
    save: SaveAt,
    dense: bool,
    solver: LinearSolver,
}

impl Case {
    fn plain(states: usize, save: SaveAt) -> Case {
        let solver = LinearSolver::Direct;
        Case { states, event: false, span: [0.0, 1.5], mass: None, save, dense: false, solver }
    }

    fn loss(&self, solution: &Solution<Var>) -> Var {
        if self.dense {
            return solution.at(0.7123).unwrap().sum() * solution.at(0.3).unwrap()[0];
        }
        let weighted = solution.states().iter().enumerate().map(|(i, state)| state.sum() * (1.0 + i as f64).sin());
        weighted.sum::<Var>() + solution.last().norm_squared()
    }

    fn gradient<G: GradientStrategy, M: Method + Copy + 'static>(
        &self,
        strategy: G,
        method: M,
        control: &Control,
    ) -> (f64, DVector<f64>) {
        let solve = |x: &DVector<Var>| {
            let start = DVector::from_fn(self.states, |i, _| match i {
                0 => x[3],
                i if i + 1 == self.states => x[4],
                i => Var::from(0.4 + (i as f64 * 1.7).sin() * 0.3),
            });
            let (p, [from, to]) = (x.rows(0, 3).into_owned(), self.span);
            let problem =
                Problem::ode(Model::Row { event: self.event }, start, &p, from..to).with_linear_solver(self.solver);
            let problem = match &self.mass {
                Some(mass) => problem.with_mass_matrix(mass.clone()),
                None => problem,
            };
            strategy.solve(&problem, method, control, self.save.clone()).map(|solution| self.loss(&solution))
        };
        try_gradient::<SolveError>(solve, &dvector![2.0, 1.5, 8.0, 0.8, 0.5])
            .unwrap_or_else(|error| panic!("{}: {error}", method.name()))
    }

    fn check<M: Method + Copy + 'static>(&self, what: &str, method: M, control: impl Into<Control>) {
        let control = control.into();
        let (value, forward) = self.gradient(Forward, method, &control);
        for checkpoints in [Checkpoints::All, Checkpoints::Every(4), Checkpoints::MemoryLimit(20_000)] {
            let (same, adjoint) = self.gradient(DiscreteAdjoint { checkpoints }, method, &control);
            assert_eq!(value, same, "{}, {what}, {checkpoints:?}", method.name());
            let difference = (&adjoint - &forward).amax() / forward.amax();
            let text = format!("{}, {what}, {checkpoints:?}: {difference:e}", method.name());
            assert!(difference < 1e-10, "{text}\n{adjoint}{forward}");
            assert!(last_sweep().is_some(), "{text}");
        }
    }
}

fn check<M: Method + Copy + 'static>(method: M) {
    let adaptive = || Tolerance::new(1e-4, 1e-6);
    for states in [3, 30] {
        let saves = [SaveAt::end(), SaveAt::steps(), SaveAt::every(0.037), SaveAt::times([0.3, 0.3, 0.31, 1.2])];
        for (number, save) in saves.into_iter().enumerate() {
            let case = Case::plain(states, save);
            case.check(&format!("{states} states, save {number}"), method, adaptive());
            if number == 2 {
                case.check(&format!("{states} states, save {number}"), method, FixedStep(0.04));
            }
        }
        let what = format!("{states} states");
        let case = Case { dense: true, ..Case::plain(states, SaveAt::dense()) };
        case.check(&format!("{what}, dense"), method, adaptive());
        let event = Case { event: true, ..Case::plain(states, SaveAt::every(0.037)) };
        event.check(&format!("{what}, events"), method, adaptive());
        let event = Case { event: true, dense: true, ..Case::plain(states, SaveAt::dense()) };
        event.check(&format!("{what}, events, dense"), method, adaptive());
        let backward = Case { span: [0.3, 0.0], ..Case::plain(states, SaveAt::every(0.037)) };
        backward.check(&format!("{what}, backward"), method, adaptive());
        if method.takes_mass_matrix() {
            let mass = DMatrix::from_fn(states, states, |i, j| match i.abs_diff(j) {
                0 => 2.0 + i as f64 * 0.1,
                1 => 0.3 + 0.1 * j as f64 / states as f64,
                _ => 0.0,
            });
            let case = Case { mass: Some(mass), ..Case::plain(states, SaveAt::every(0.037)) };
            case.check(&format!("{what}, mass matrix"), method, adaptive());
        }
    }
}

#[test]
fn rosenbrock_methods_are_swept_back_exactly() {
    check(Rodas5P);
}

#[test]
fn differentiation_formulas_are_swept_back_exactly() {
    check(Bdf::default());
    check(Bdf { max_order: 2 });
}

#[test]
fn implicit_runge_kutta_methods_are_swept_back_exactly() {
    check(Kvaerno5);
    check(RadauIIA5);
    check_steps_of_one_size(ImplicitMidpoint);
}

/// For methods without an error estimate.
fn check_steps_of_one_size<M: Method + Copy + 'static>(method: M) {
    for save in [SaveAt::every(0.037), SaveAt::steps()] {
        Case::plain(5, save).check("steps of one size", method, FixedStep(0.04));
    }
    let event = Case { event: true, ..Case::plain(5, SaveAt::every(0.037)) };
    event.check("steps of one size, events", method, FixedStep(0.04));
}

/// Where factors serve several steps, the iteration makes the same of it.
#[test]
fn factors_of_other_steps_leave_nothing_of_their_own() {
    let control = Tolerance::new(1e-4, 1e-6);
    let many = || Case::plain(100, SaveAt::times([0.31, 1.5]));
    many().check("100 states", Bdf::default(), control.clone());
    many().check("100 states", Kvaerno5, control.clone());
    many().check("100 states", RadauIIA5, control.clone());
    let free = LinearSolver::Products(Gmres { tolerance: 1e-4, ..Gmres::default() });
    let without_a_matrix = Case { solver: free, ..many() };
    without_a_matrix.check("100 states, by products", Bdf::default(), control);
}

/// The sum of the first species of the Brusselator in the plane, by all of its initial state and its terms in one sweep: against dual
/// numbers along each of the terms and some directions of the initial state, which take the same steps.
#[test]
fn a_gradient_by_many_states_is_that_of_dual_numbers_in_every_direction() {
    const DIRECTIONS: usize = 8;
    let model = Brusselator { side: 8 };
    let (start, control) = (model.start(), Tolerance::new(1e-6, 1e-6));
    let states = start.len();
    fn last<R: Real>(solution: &Solution<R>) -> R {
        solution.last().iter().step_by(2).fold(R::zero(), |sum, &u| sum + u)
    }
    let inputs = DVector::from_iterator(states + 3, start.iter().copied().chain(Brusselator::TERMS));
    let reverse = |x: &DVector<Var>| {
        let problem = Problem::ode(
            Model::Plane(model),
            x.rows(0, states).into_owned(),
            &x.rows(states, 3).into_owned(),
            0.0..2.0,
        );
        DiscreteAdjoint::default().solve(&problem, Bdf::default(), &control, SaveAt::end()).map(|y| last(&y))
    };
    let (value, gradient) = try_gradient::<SolveError>(reverse, &inputs).unwrap();
    let direction = |k: usize, i: usize| match k {
        0..3 => f64::from(i == states + k),
        _ if i < states => 0.2 + ((1 + i * k) as f64 * 0.618_033_988_749_895).fract(),
        _ => 0.0,
    };
    let moving = DVector::from_fn(states + 3, |i, _| {
        let derivatives = std::array::from_fn(|k| direction(k, i));
        Dual::<f64, DIRECTIONS> { value: inputs[i], derivatives }
    });
    let (start, terms) = (moving.rows(0, states).into_owned(), moving.rows(states, 3).into_owned());
    let along = Problem::ode(Model::Plane(model), start, &terms, 0.0..2.0)
        .solve(Bdf::default(), &control, SaveAt::end())
        .unwrap();
    let along = last(&along);
    assert_eq!(value, along.value);
    let largest = along.derivatives.iter().fold(0.0, |most: f64, slope| most.max(slope.abs()));
    for (k, expected) in along.derivatives.into_iter().enumerate() {
        let found: f64 = (0..states + 3).map(|i| direction(k, i) * gradient[i]).sum();
        let difference = (found - expected).abs() / largest;
        assert!(difference < 1e-11, "direction {k}: {found} instead of {expected}: {difference:e}");
    }
}
