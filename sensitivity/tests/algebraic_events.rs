//! Events of problems with algebraic equations, swept back: what a reset leaves is made consistent, and so are its derivatives.

mod rows;

use costate_ad::{Real, Var, try_gradient};
use costate_sensitivity::{
    Checkpoints, DiscreteAdjoint, Forward, GaussAdjoint, GradientStrategy, InterpolatingAdjoint, Strategy,
};
use costate_solvers::{
    AutoMethod, Bdf, Control, Direction, ImplicitMidpoint, Mesh, Method, Ode, Problem, RadauIIA5, Rodas5P, SaveAt,
    Solution, SolveError, Tolerance, Trigger,
};
use nalgebra::{DVector, dmatrix, dvector};

/// Two reservoirs of charge behind a voltage that follows from both, and from the time, as an algebraic equation: `leak, share, kick`.
/// Where the voltage falls to a level a charge is added, whose size depends on the voltage; at given times a share of the second charge goes
/// over to the first, and the leak grows.
#[derive(Clone, Copy, Debug)]
struct Charges;

impl Ode for Charges {
    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        dy[0] = -p[0] * y[0] * y[2];
        dy[1] = p[0] * y[0] - 0.4 * y[1] + 0.1 * (2.0 * t).sin();
        dy[2] = y[2] + 0.1 * y[2] * y[2] * y[2] - p[1] * y[0] * y[0] - 0.2 * y[1] - 0.05 * t.cos();
    }

    fn triggers(&self) -> Vec<Trigger> {
        let level = Trigger::Root { direction: Direction::Falling, terminal: false };
        vec![level, Trigger::Times(vec![0.5, 1.5])]
    }

    fn condition<R: Real>(&self, _event: usize, t: R, y: &[R], p: &[R]) -> R {
        y[2] - 0.6 - 0.05 * p[2] * t
    }

    fn reset<R: Real>(&self, event: usize, t: R, y: &mut [R], p: &mut [R]) {
        if event == 0 {
            y[0] += p[2] * (1.0 + y[2] * y[2]) + 0.1 * t;
        } else {
            let share = 0.3 * y[1];
            y[0] += share;
            y[1] -= share * y[2];
            p[0] *= 1.2;
        }
    }
}

/// At these inputs the voltage starts where it belongs: it solves `v + v^3 / 10 = share a^2 + b / 5 + 1 / 20`.
fn problem<R: Real>(x: &DVector<R>) -> Problem<Charges, R> {
    let (p, start) = (x.rows(0, 3).into_owned(), dvector![x[3], x[4], R::from(1.0)]);
    let mass = dmatrix![1.0, 0.2, 0.0; 0.0, 1.5, 0.0; 0.0, 0.0, 0.0];
    let problem = Problem::ode(Charges, start, &p, 0.0..3.0).with_mass_matrix(mass);
    problem.with_consistent_start().expect("the voltage follows")
}

fn inputs() -> DVector<f64> {
    dvector![0.9, 0.8, 0.5, 1.1, 0.3]
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
        try_gradient::<SolveError>(solve, &inputs()).unwrap_or_else(|error| panic!("{}: {error}", method.name()))
    }

    /// Central differences of sixth order of solves by another method, at a tight tolerance.
    fn differences(self) -> DVector<f64> {
        let value = |x: &DVector<f64>| {
            let tight = Tolerance::new(1e-11, 1e-11);
            self.loss(&problem(x).solve(Rodas5P, &tight, self.save()).expect("it is solvable"))
        };
        DVector::from_fn(5, |i, _| {
            let at = |k: f64| value(&DVector::from_fn(5, |j, _| inputs()[j] + if i == j { k * 2e-3 } else { 0.0 }));
            let odd = |k: f64| at(k) - at(-k);
            (45.0 * odd(1.0) - 9.0 * odd(2.0) + odd(3.0)) / (60.0 * 2e-3)
        })
    }
}

const ASKS: [Ask; 4] = [Ask::Saves, Ask::Behind, Ask::Dense, Ask::Events];

fn assert_agreement<M: Method + Copy + 'static>(method: M, control: &Control) {
    for ask in ASKS {
        let (value, forward) = ask.gradient(Forward, method, control);
        for checkpoints in [Checkpoints::All, Checkpoints::Every(3)] {
            let (same, adjoint) = ask.gradient(DiscreteAdjoint { checkpoints }, method, control);
            let difference = (&adjoint - &forward).amax() / forward.amax();
            assert_eq!(value, same, "{}, {ask:?}", method.name());
            let name = DiscreteAdjoint::default().name();
            rows::row("events, algebraic", method.name(), name, difference, "of the dual numbers'");
            assert!(difference < 1e-11, "{}, {ask:?}: {difference:e}\n{adjoint}{forward}", method.name());
        }
    }
}

#[test]
fn discrete_sweeps_pass_events_of_algebraic_equations() {
    let control = Tolerance::new(1e-5, 1e-7).into();
    assert_agreement(Rodas5P, &control);
    assert_agreement(RadauIIA5, &control);
    assert_agreement(Bdf::default(), &control);
    assert_agreement(AutoMethod, &control);
    let mesh = Mesh::new((1..=60).map(|i| 0.05 * f64::from(i)).collect::<Vec<f64>>());
    assert_agreement(ImplicitMidpoint, &mesh.into());
}

/// The adjoint equation too: within the tolerance of a tight solve, which differences confirm.
#[test]
fn events_of_algebraic_equations_have_the_derivatives_of_the_solution() {
    for ask in [Ask::Saves, Ask::Behind, Ask::Events] {
        let expected = ask.differences();
        let off = |found: &DVector<f64>| (found - &expected).amax() / expected.amax();
        let tight = ask.gradient(DiscreteAdjoint::default(), Rodas5P, &Tolerance::new(1e-9, 1e-9).into()).1;
        assert!(off(&tight) < 2e-8, "{ask:?}: {:e}\n{tight}{expected}", off(&tight));
        let tolerance = 1e-7;
        let control = Tolerance::new(tolerance, tolerance).into();
        for (name, found) in [
            (GaussAdjoint::default().name(), ask.gradient(GaussAdjoint::default(), Rodas5P, &control).1),
            (
                InterpolatingAdjoint::default().name(),
                ask.gradient(InterpolatingAdjoint::default(), Rodas5P, &control).1,
            ),
        ] {
            rows::row("events, algebraic", Rodas5P.name(), name, off(&found) / tolerance, "tolerances");
            assert!(off(&found) < 10.0 * tolerance, "{ask:?}, {name}: {:e}\n{found}{expected}", off(&found));
        }
    }
}
