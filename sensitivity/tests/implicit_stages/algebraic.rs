//! Events of problems with algebraic equations, swept back: what a reset leaves is made consistent, and so are its derivatives.

use crate::charges::Charges;
use crate::model::Model;
use costate_ad::{Real, Var, try_gradient};
use costate_sensitivity::{Checkpoints, DiscreteAdjoint, Forward, GradientStrategy};
use costate_solvers::{
    Bdf, Control, FixedStep, ImplicitMidpoint, Method, Problem, RadauIIA5, Rodas5P, SaveAt, Solution, SolveError,
    Tolerance,
};
use nalgebra::DVector;

fn problem<R: Real>(x: &DVector<R>) -> Problem<Model, R> {
    let (p, start) = (x.rows(0, 3).into_owned(), x.rows(3, 3).into_owned());
    let problem = Problem::ode(Model::Charges, start, &p, 0.0..3.0).with_mass_matrix(Charges::mass());
    problem.with_consistent_start().expect("the voltage follows")
}

#[derive(Clone, Copy, Debug)]
enum Ask {
    Saves,
    Behind,
    Dense,
    Events,
}

impl Ask {
    fn save(self) -> SaveAt {
        match self {
            Ask::Saves => SaveAt::every(0.137),
            Ask::Behind => SaveAt::every(0.25).after_events(),
            Ask::Dense => SaveAt::dense(),
            Ask::Events => SaveAt::end(),
        }
    }

    fn loss<R: Real>(self, solution: &Solution<R>) -> R {
        match self {
            Ask::Dense => {
                solution.at(0.712).unwrap().sum() * solution.at(2.2).unwrap()[2] + solution.at(1.6).unwrap()[0]
            }
            Ask::Events => {
                assert!(solution.events().len() >= 4, "roots and times");
                let seen = solution.events().iter().map(|event| event.time * event.after[2] + event.before[2]);
                seen.fold(R::zero(), |sum, seen| sum + seen) + solution.last()[1]
            }
            Ask::Saves | Ask::Behind => {
                let weights = (0..).map(|i| 1.0 + f64::from(i).sin());
                let sums = solution.saves().zip(weights).map(|((_, y), weight)| (y[0] + y[1] * y[2] + y[2]) * weight);
                sums.fold(R::zero(), |sum, one| sum + one)
            }
        }
    }

    fn gradient<G: GradientStrategy, M: Method + Copy + 'static>(
        self,
        strategy: G,
        method: M,
        control: &Control,
    ) -> (f64, DVector<f64>) {
        let solve = |x: &DVector<Var>| {
            strategy.solve(&problem(x), method, control, self.save()).map(|solution| self.loss(&solution))
        };
        try_gradient::<SolveError>(solve, &Charges::inputs())
            .unwrap_or_else(|error| panic!("{}: {error}", method.name()))
    }

    /// Central differences of sixth order of solves at a tight tolerance.
    fn differences(self) -> DVector<f64> {
        let value = |x: &DVector<f64>| {
            let tight = Tolerance::new(1e-11, 1e-11);
            self.loss(&problem(x).solve(Rodas5P, &tight, self.save()).expect("it is solvable"))
        };
        DVector::from_fn(6, |i, _| {
            let moved = |k: f64| DVector::from_fn(6, |j, _| Charges::inputs()[j] + if i == j { k * 2e-3 } else { 0.0 });
            let odd = |k: f64| value(&moved(k)) - value(&moved(-k));
            (45.0 * odd(1.0) - 9.0 * odd(2.0) + odd(3.0)) / (60.0 * 2e-3)
        })
    }
}

const ASKS: [Ask; 4] = [Ask::Saves, Ask::Behind, Ask::Dense, Ask::Events];

fn check<M: Method + Copy + 'static>(method: M, control: impl Into<Control>) {
    let control = control.into();
    for ask in ASKS {
        let (value, forward) = ask.gradient(Forward, method, &control);
        for checkpoints in [Checkpoints::All, Checkpoints::Every(3)] {
            let (same, adjoint) = ask.gradient(DiscreteAdjoint { checkpoints }, method, &control);
            let difference = (&adjoint - &forward).amax() / forward.amax();
            assert_eq!(value, same, "{}, {ask:?}", method.name());
            assert!(difference < 1e-11, "{}, {ask:?}: {difference:e}\n{adjoint}{forward}", method.name());
        }
    }
}

#[test]
fn events_of_algebraic_equations_are_swept_back_exactly() {
    let control = || Tolerance::new(1e-5, 1e-7);
    check(Rodas5P, control());
    check(RadauIIA5, control());
    check(Bdf::default(), control());
    check(ImplicitMidpoint, FixedStep(0.05));
}

/// Where a start was moved to be consistent, no derivative is left by where it was.
#[test]
fn events_of_algebraic_equations_have_the_derivatives_of_the_solution() {
    for ask in [Ask::Saves, Ask::Behind, Ask::Events] {
        let expected = ask.differences();
        let control = Tolerance::new(1e-9, 1e-9).into();
        let (_, found) = ask.gradient(DiscreteAdjoint::default(), Rodas5P, &control);
        let off = (&found - &expected).amax() / expected.amax();
        assert!(off < 2e-8 && found[5] == 0.0, "{ask:?}: {off:e}\n{found}{expected}");
    }
}
