//! Checks of a gradient: a right one is found right, a wrong one wrong; and the strategy that chooses by itself.

use costate_ad::{Real, Var, try_gradient};
use costate_sensitivity::{
    Auto, Checkpoints, Direct, DiscreteAdjoint, Forward, GradientStrategy, GradientVerdict, Objective, Strategy,
    last_choice, last_sweep, verify_gradient,
};
use costate_solvers::{
    Control, FixedStep, Method, Ode, Problem, Rk4, Save, SaveAt, Solution, SolveError, Tolerance, Tsit5, ode,
};
use nalgebra::{DVector, dvector};

/// The sum of squares of Lotka-Volterra over 0.1, 0.2 .. 10, by four rates and the two initial values.
struct SumOfSquares(Control);

fn lotka_volterra() -> impl Ode + Copy + 'static {
    ode!(|_t, [u, v], [a, b, c, d]| [a * u - b * u * v, d * u * v - c * v])
}

impl Objective for SumOfSquares {
    fn loss<G: GradientStrategy>(&self, x: &DVector<Var>, strategy: &G) -> Result<Var, SolveError> {
        let problem = Problem::ode(lotka_volterra(), [x[4], x[5]], &x.rows(0, 4).into_owned(), 0.0..10.0);
        let solution = strategy.solve(&problem, Tsit5, &self.0, SaveAt::every(0.1))?;
        Ok(solution.saves().skip(1).map(|(_, y)| Var::dot(y, y)).sum())
    }
}

fn inputs() -> DVector<f64> {
    dvector![1.5, 1.0, 3.0, 1.0, 1.0, 1.0]
}

const TRUTH: [f64; 6] = [69.55371430, -1105.12225686, 1030.65889981, -3627.01786252, -1041.42851193, -259.99415436];

/// Loses the derivative by the first parameter, as a constant where a variable was meant does.
struct Forgetful;

impl Strategy for Forgetful {
    fn name(&self) -> &'static str {
        "forgetful"
    }
}

impl GradientStrategy for Forgetful {
    fn solve<S: Ode + Clone + 'static, M: Method + Clone + 'static>(
        &self,
        problem: &Problem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: impl Save<Var>,
    ) -> Result<Solution<Var>, SolveError> {
        let (mut position, states) = (0, problem.initial_state().len());
        let partly = problem.map(|&number| {
            position += 1;
            if position == states + 1 { Var::from(number.value()) } else { number }
        });
        Direct.solve(&partly, method, control, save)
    }
}

#[test]
fn a_right_gradient_is_exact_and_its_error_estimate_honest() {
    for control in [Control::from(Tolerance::new(1e-6, 1e-6)), FixedStep(0.01).into()] {
        let report = verify_gradient(&SumOfSquares(control), &inputs(), &DiscreteAdjoint::default()).unwrap();
        assert_eq!(report.verdict(), GradientVerdict::Exact, "{report}");
        assert!(report.dot_test() < 1e-11, "{report}");
        assert!((report.taylor_slope().unwrap() - 2.0).abs() < 0.1, "{report}");
        for i in 0..6 {
            let (error, estimate) = ((report.gradient[i] - TRUTH[i]).abs(), report.discretisation[i]);
            assert!(
                error < 1.5 * estimate + 1e-6 && estimate < 3.0 * error + 1e-6,
                "{i}: {error:e}, estimated {estimate:e}"
            );
        }
        let printed = report.to_string();
        assert!(
            printed.contains("Exact") && printed.contains("d/dx[5]") && printed.contains("Taylor test, slope"),
            "{printed}"
        );
    }
}

#[test]
fn a_wrong_gradient_is_found_out() {
    let report = verify_gradient(&SumOfSquares(Tolerance::new(1e-8, 1e-8).into()), &inputs(), &Forgetful).unwrap();
    assert_eq!(report.verdict(), GradientVerdict::Wrong, "{report}");
    assert!((report.taylor_slope().unwrap() - 1.0).abs() < 0.2, "{report}");
}

/// A loss that is linear in its input leaves no remainder at all.
#[test]
fn a_linear_loss_is_exact() {
    struct Linear;
    impl Objective for Linear {
        fn loss<G: GradientStrategy>(&self, x: &DVector<Var>, strategy: &G) -> Result<Var, SolveError> {
            let decay = ode!(|_t, [y], []| [-y]);
            let problem = Problem::ode(decay, [x[0]], &DVector::zeros(0), 0.0..1.0);
            Ok(strategy.solve(&problem, Rk4, FixedStep(0.1), SaveAt::end())?.last()[0])
        }
    }
    let report = verify_gradient(&Linear, &dvector![2.0], &Forward).unwrap();
    assert_eq!((report.verdict(), report.taylor_slope()), (GradientVerdict::Exact, None), "{report}");
}

#[test]
fn the_automatic_choice_is_right_and_says_why() {
    let objective = SumOfSquares(Tolerance::new(1e-10, 1e-10).into());
    let (value, slope) = try_gradient(|x| objective.loss(x, &Auto::default()), &inputs()).unwrap();
    assert!((value - 1715.3587265).abs() < 1e-6);
    for i in 0..6 {
        assert!(((slope[i] - TRUTH[i]) / TRUTH[i]).abs() < 1e-6, "component {i}: {}", slope[i]);
    }
    let choice = last_choice().expect("Auto has chosen");
    let printed = choice.to_string();
    assert!(["forward", "discrete-adjoint"].contains(&choice.strategy), "{printed}");
    assert!(printed.contains("2 states, 4 parameters, 6 inputs") && printed.contains("measured"), "{printed}");
}

/// The limit is kept, but for the one state on which the sweep works, and what was foreseen comes to pass.
#[test]
fn a_memory_limit_is_kept_and_foreseen() {
    let objective = SumOfSquares(FixedStep(0.0005).into());
    let gradient = |checkpoints| {
        let strategy = DiscreteAdjoint { checkpoints };
        let (_, slope) = try_gradient(|x| objective.loss(x, &strategy), &inputs()).unwrap();
        (slope, last_sweep().expect("a sweep has run"))
    };
    let (expected, all) = gradient(Checkpoints::All);
    assert_eq!((all.steps, all.actual.factor), (20_000, 1.0));
    for (share, most) in [(2, 2.0), (10, 2.0), (100, 2.8), (1_000, 8.0)] {
        let limit = all.actual.bytes / share;
        let (slope, report) = gradient(Checkpoints::MemoryLimit(limit));
        assert!((&slope - &expected).amax() <= 1e-13 * expected.amax(), "1/{share}: {slope}");
        let (foreseen, actual) = (report.forecast, report.actual);
        let most_bytes = limit + report.unit_bytes[0];
        assert!(actual.bytes <= most_bytes, "1/{share}: {actual:?}, the limit is {limit}");
        assert!((actual.factor / foreseen.factor - 1.0).abs() < 0.1, "1/{share}: {report:?}");
        assert!(actual.bytes <= foreseen.bytes && foreseen.bytes <= most_bytes, "1/{share}: {report:?}");
        let before = Checkpoints::MemoryLimit(limit).forecast(20_000, report.unit_bytes[0], report.unit_bytes[1]);
        assert_eq!(before, foreseen, "1/{share}");
        assert!(actual.factor < most, "1/{share}: {actual:?}");
    }
}
