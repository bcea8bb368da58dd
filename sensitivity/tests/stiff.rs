//! Implicit methods under every way to differentiate: tape, dual numbers and differences on a frozen mesh.

#[path = "../../benches/stiff/pollution.rs"]
mod pollution;
mod rows;

use costate_ad::{Dual, Real, Var, derivative, jacobian, try_gradient};
use costate_sensitivity::{Direct, DiscreteAdjoint, Forward, GradientStrategy, Strategy};
use costate_solvers::{
    AutoMethod, Bdf, Control, FixedStep, KenCarp4, Kvaerno5, Mesh, Method, Ode, Problem, RadauIIA5, Rodas4, Rodas5P,
    Rosenbrock23, SaveAt, SolveError, SplitOde, Tolerance, TrBdf2, ode,
};
use nalgebra::{DMatrix, DVector, dmatrix, dvector};
use pollution::Pollution;

/// Robertson's reactions, or as a differential-algebraic problem with the sum of the concentrations as third equation; both
/// depend on time a little, so that the derivative by time is differentiated as well.
#[derive(Clone, Copy)]
struct Robertson {
    algebraic: bool,
}

impl Ode for Robertson {
    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        let warmth = 1.0 + 0.1 * (p[0] * t).sin();
        let (slow, back, fast) = (p[0] * y[0] * warmth, p[1] * y[1] * y[2], p[2] * y[1] * y[1]);
        dy[0] = back - slow;
        dy[1] = slow - back - fast;
        dy[2] = if self.algebraic { y[0] + y[1] + y[2] - 1.0 } else { fast };
    }
}

const RATES: [f64; 3] = [0.04, 1e4, 3e7];
/// Rates that steps of one size can follow from the start.
const MILD: [f64; 3] = [0.5, 20.0, 50.0];

fn problem<R: Real>(algebraic: bool, p: &DVector<R>, end: f64) -> Problem<Robertson, R> {
    let problem = Problem::ode(Robertson { algebraic }, [1.0, 0.0, 0.0], p, 0.0..end);
    if !algebraic {
        return problem;
    }
    problem.with_mass_matrix(dmatrix![1.0, 0.0, 0.0; 0.0, 1.0, 0.0; 0.0, 0.0, 0.0])
}

/// A number of order 1 from every component and from the middle of a step.
fn loss<R: Real>(solution: &costate_solvers::Solution<R>) -> R {
    let middle = solution.state(1);
    let last = solution.last();
    last[0] + last[1] * 1e4 + middle[0] * middle[2] + middle[1] * 1e4
}

/// The parameters are factors on the rates.
fn rates<R: Real>(control: &Control, factors: &DVector<R>) -> DVector<R> {
    let rates = if matches!(control, Control::Fixed(_)) { MILD } else { RATES };
    DVector::from_fn(3, |i, _| factors[i] * rates[i])
}

type Gradient = (f64, DVector<f64>);

fn gradient<G: GradientStrategy, M: Method + Copy + 'static>(
    strategy: G,
    method: M,
    algebraic: bool,
    control: &Control,
    end: f64,
) -> Gradient {
    let save = SaveAt::times([0.0, 0.37 * end, end]);
    let solve = |factors: &DVector<Var>| {
        let problem = problem(algebraic, &rates(control, factors), end);
        Ok::<_, SolveError>(loss(&strategy.solve(&problem, method, control, save.clone())?))
    };
    try_gradient(solve, &dvector![1.0, 1.0, 1.0]).unwrap_or_else(|error| panic!("{}: {error}", method.name()))
}

/// Central differences of six points, where the mesh does not depend on the parameters.
fn differences<M: Method + Copy>(method: M, algebraic: bool, control: &Control, end: f64) -> DVector<f64> {
    let save = SaveAt::times([0.0, 0.37 * end, end]);
    let value = |factors: DVector<f64>| {
        loss(
            &problem(algebraic, &rates(control, &factors), end)
                .solve(method, control, save.clone())
                .expect("it is solvable"),
        )
    };
    DVector::from_fn(3, |i, _| {
        let at = |k: f64| value(DVector::from_fn(3, |j, _| 1.0 + if i == j { k * 2e-3 } else { 0.0 }));
        let d = |k: f64| at(k) - at(-k);
        (45.0 * d(1.0) - 9.0 * d(2.0) + d(3.0)) / (60.0 * 2e-3)
    })
}

fn assert_near(what: &str, found: &DVector<f64>, expected: &DVector<f64>, tolerance: f64) {
    let difference = (found - expected).amax() / expected.amax();
    assert!(difference <= tolerance, "{what}: {difference:e}\n{found}{expected}");
}

/// On steps of one size, and on steps chosen for the values; the derivatives of the Jacobian included.
fn check<M: Method + Copy + 'static>(method: M) {
    for algebraic in [false, true] {
        if algebraic && !method.takes_mass_matrix() {
            continue;
        }
        let what = format!("{}, algebraic: {algebraic}", method.name());
        let fixed = FixedStep(0.01).into();
        let (value, direct) = gradient(Direct, method, algebraic, &fixed, 0.4);
        let (same, forward) = gradient(Forward, method, algebraic, &fixed, 0.4);
        assert_eq!(value, same, "{what}");
        assert_near(&what, &forward, &direct, 1e-11);
        assert_near(&format!("{what}, differences"), &direct, &differences(method, algebraic, &fixed, 0.4), 1e-8);

        let adaptive = Tolerance::new(1e-5, 1e-9).into();
        let (value, direct) = gradient(Direct, method, algebraic, &adaptive, 40.0);
        let (same, forward) = gradient(Forward, method, algebraic, &adaptive, 40.0);
        assert_eq!(value, same, "{what}");
        assert_near(&what, &forward, &direct, 1e-10);
        let (same, adjoint) = gradient(DiscreteAdjoint::default(), method, algebraic, &adaptive, 40.0);
        assert_eq!(value, same, "{what}");
        assert_near(&what, &adjoint, &direct, 1e-10);
        let problem = if algebraic { "stiff, algebraic" } else { "stiff" };
        for (strategy, slope) in [(Forward.name(), &forward), (DiscreteAdjoint::default().name(), &adjoint)] {
            let difference = (slope - &direct).amax() / direct.amax();
            rows::row(problem, method.name(), strategy, difference, "of the tape's");
        }
    }
}

#[test]
fn every_mode_agrees_with_every_other_and_with_differences() {
    check(Rosenbrock23);
    check(Rodas4);
    check(Rodas5P);
    check(RadauIIA5);
    check(TrBdf2);
    check(Bdf::default());
    check(Kvaerno5);
    check(KenCarp4);
    check(AutoMethod);
}

/// The 25 rates of the pollution problem, as factors, on the steps of an adaptive run: dual numbers against differences.
#[test]
fn the_pollution_problem_has_its_sensitivities() {
    let (start, end) = (pollution::start(), 60.0);
    let plain = Problem::ode(Pollution, start, &pollution::rates(), 0.0..end);
    let adaptive = plain.solve(Rodas5P, Tolerance::new(1e-7, 1e-9), SaveAt::steps()).unwrap();
    let control: Control = Mesh::new(&adaptive.times()[1..]).into();
    fn ends<R: Real>(factors: &DVector<R>, start: [f64; 20], control: &Control) -> DVector<R> {
        let p = DVector::from_fn(25, |i, _| factors[i] * pollution::rates()[i]);
        let problem = Problem::ode(Pollution, start, &p, 0.0..60.0);
        problem.solve(Rodas5P, control, SaveAt::end()).expect("it is solvable").last().clone_owned()
    }
    let ones = DVector::from_element(25, 1.0);
    let (values, forward) = jacobian(|factors: &DVector<_>| ends(factors, start, &control), &ones);
    let size = values.amax();
    for i in 0..25 {
        let at =
            |k: f64| ends(&DVector::from_fn(25, |j, _| if i == j { 1.0 + k * 2e-3 } else { 1.0 }), start, &control);
        let d = |k: f64| at(k) - at(-k);
        let differences = (d(1.0) * 45.0 - d(2.0) * 9.0 + d(3.0)) / (60.0 * 2e-3);
        let worst = (forward.column(i) - differences).amax() / size;
        assert!(worst < 1e-9, "rate {i}: {worst:e}");
    }
    // Reverse mode, and steps chosen anew: the derivatives of the solution, not of one mesh.
    let weights = DVector::from_fn(20, |i, _| 1.0 + 0.1 * i as f64);
    let solve = |factors: &DVector<Var>| {
        let p = DVector::from_fn(25, |i, _| factors[i] * pollution::rates()[i]);
        let problem = Problem::ode(Pollution, start, &p, 0.0..end);
        let solution =
            DiscreteAdjoint::default().solve(&problem, Rodas5P, Tolerance::new(1e-8, 1e-10), SaveAt::end())?;
        Ok::<_, SolveError>(solution.last().iter().zip(&weights).fold(Var::from(0.0), |sum, (&y, &w)| sum + y * w))
    };
    let (_, reverse) = try_gradient(solve, &ones).unwrap();
    assert_near("pollution", &reverse, &(forward.transpose() * &weights), 1e-5);
}

/// A sum by an additive pair: tape, dual numbers, the adjoint of its steps, and differences.
#[test]
fn a_sum_is_differentiated_through_both_parts() {
    fn sum<R: Real>(p: &DVector<R>) -> Problem<SplitOde<impl Ode + Clone + use<R>, impl Ode + Clone + use<R>>, R> {
        let implicit = ode!(|t, [x, y], [rate, _k]| [rate * (t.cos() - x), rate * (x - 2.0 * y)]);
        let explicit = ode!(|t, [x, y], [_rate, k]| [t.sin() - k * x * y, k * x * x - 0.5 * y]);
        Problem::ode(SplitOde::new(implicit, explicit), [1.0, 0.5], p, 0.0..2.0)
    }
    fn reverse<G: GradientStrategy>(strategy: G, control: &Control) -> Gradient {
        let solve = |p: &DVector<Var>| {
            let solution = strategy.solve(&sum(p), KenCarp4, control, SaveAt::end())?;
            Ok::<_, SolveError>(solution.last()[0] + solution.last()[1] * 2.0)
        };
        try_gradient(solve, &dvector![30.0, 0.8]).unwrap()
    }
    for control in [Control::from(FixedStep(0.05)), Tolerance::new(1e-6, 1e-6).into()] {
        let (value, direct) = reverse(Direct, &control);
        for (same, gradient) in [reverse(Forward, &control), reverse(DiscreteAdjoint::default(), &control)] {
            assert_eq!(value, same);
            assert_near("a sum", &gradient, &direct, 1e-10);
        }
        if matches!(control, Control::Fixed(_)) {
            let at = |p: DVector<f64>| {
                let solution = sum(&p).solve(KenCarp4, &control, SaveAt::end()).unwrap();
                solution.last()[0] + solution.last()[1] * 2.0
            };
            let p = dvector![30.0, 0.8];
            let differences = DVector::from_fn(2, |i, _| {
                let moved = |k: f64| DVector::from_fn(2, |j, _| if i == j { p[j] * (1.0 + k * 1e-3) } else { p[j] });
                let d = |k: f64| at(moved(k)) - at(moved(-k));
                (45.0 * d(1.0) - 9.0 * d(2.0) + d(3.0)) / (60.0 * 1e-3 * p[i])
            });
            assert_near("a sum, differences", &direct, &differences, 1e-8);
        }
    }
}

/// Bounds move values by less than the tolerance and no derivative: every strategy agrees, and the gradient is the solution's.
#[test]
fn bounds_leave_derivatives_alone() {
    fn solve<G: GradientStrategy>(strategy: G, control: &Control, bounded: bool) -> Gradient {
        let solve = |factors: &DVector<Var>| {
            let problem = problem(false, &rates(control, factors), 1e6);
            let problem = if bounded { problem.with_lower_bounds([0.0; 3]) } else { problem };
            let solution = strategy.solve(&problem, Rodas4, control, SaveAt::times([1e3, 1e6]))?;
            let middle = solution.state(0);
            Ok::<_, SolveError>(solution.last()[0] * 1e3 + middle[2])
        };
        try_gradient(solve, &dvector![1.0, 1.0, 1.0]).unwrap()
    }
    let coarse = Tolerance::new(1e-3, 1e-6).into();
    let (value, direct) = solve(Direct, &coarse, true);
    for (same, gradient) in [solve(Forward, &coarse, true), solve(DiscreteAdjoint::default(), &coarse, true)] {
        assert_eq!(value, same);
        assert_near("bounded", &gradient, &direct, 1e-10);
    }
    let (_, free) = solve(Forward, &Tolerance::new(1e-6, 1e-10).into(), false);
    let (_, bounded) = solve(Forward, &Tolerance::new(1e-6, 1e-10).into(), true);
    assert_near("bounded, against a run that is free", &bounded, &free, 1e-4);
}

/// Steps by two methods: at a tight tolerance their derivatives are those of the solution, as any method finds them.
#[test]
fn an_automatic_choice_has_the_derivatives_of_the_solution() {
    let control = Tolerance::new(1e-8, 1e-12).into();
    let (value, expected) = gradient(Forward, Rodas5P, false, &control, 40.0);
    let (found, automatic) = gradient(Forward, AutoMethod, false, &control, 40.0);
    assert!((value / found - 1.0).abs() < 1e-6, "{value} {found}");
    assert_near("AutoMethod", &automatic, &expected, 1e-5);
}

/// The sensitivities of Robertson's problem at t = 0.4 and 40 as SUNDIALS prints them at a relative tolerance of 1e-4 (file
/// examples/cvodes/serial/cvsRoberts_FSA_dns_-sensi_sim_t.out of its sources).
#[test]
fn robertson_has_its_published_sensitivities() {
    struct Plain;
    impl Ode for Plain {
        fn rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
            let (slow, back, fast) = (p[0] * y[0], p[1] * y[1] * y[2], p[2] * y[1] * y[1]);
            dy[0] = back - slow;
            dy[1] = slow - back - fast;
            dy[2] = fast;
        }
    }
    let early = dmatrix![
        -3.5595e-1, 9.5431e-8, -1.5833e-11;
        3.9025e-4, -2.1309e-10, -5.2900e-13;
        3.5556e-1, -9.5218e-8, 1.6362e-11
    ];
    let late = dmatrix![
        -4.2475, 1.3731e-5, -2.2883e-9;
        4.5913e-5, -2.3573e-10, -1.1380e-13;
        4.2475, -1.3730e-5, 2.2884e-9
    ];
    let p = DVector::from_fn(3, |i, _| Dual::<f64, 3>::variable(RATES[i], i));
    let control = Tolerance::new(1e-7, 1e-12);
    for (t, published, most) in [(0.4, early, 3e-4), (40.0, late, 1e-3)] {
        let problem = Problem::ode(Plain, [1.0, 0.0, 0.0], &p, 0.0..t);
        let solution = problem.solve(Rodas5P, &control, SaveAt::end()).unwrap();
        let found = DMatrix::from_fn(3, 3, |i, j| solution.last()[i].derivatives[j]);
        for (found, published) in found.iter().zip(&published) {
            let difference = (found / published - 1.0).abs();
            assert!(difference < most, "{found:e} instead of {published:e} at t = {t}: {difference:e}");
        }
    }
}

/// Two corrections a stage: the second derivative of a solve is exact too.
#[test]
fn second_derivatives_are_those_of_the_computed_numbers() {
    fn at<R: Real>(factor: R) -> R {
        let p = dvector![factor * MILD[0], factor * MILD[1], R::from(MILD[2])];
        let solution = problem(false, &p, 0.4).solve(Rodas4, FixedStep(0.02), SaveAt::end()).expect("it is solvable");
        solution.last()[0] + solution.last()[1] * 1e4
    }
    let slope = |x: f64| derivative(at, x).1;
    let (_, second) = derivative(|x| derivative(at, x).1, 1.0);
    let d = |k: f64| slope(1.0 + k * 2e-3) - slope(1.0 - k * 2e-3);
    let difference = (45.0 * d(1.0) - 9.0 * d(2.0) + d(3.0)) / (60.0 * 2e-3);
    assert!((second / difference - 1.0).abs() < 1e-7, "{second} against {difference}");
}
