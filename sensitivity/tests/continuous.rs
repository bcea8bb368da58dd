//! The continuous adjoints against published values, closed forms, and dual numbers through a much tighter solve.

mod charges;
mod rows;

use charges::Charges;
use costate_ad::{Real, Var, try_gradient};
use costate_sensitivity::{
    BacksolveAdjoint, DiscreteAdjoint, Forward, GaussAdjoint, GradientStrategy, InterpolatingAdjoint, SensitivityError,
    Strategy, sweep_failure,
};
use costate_solvers::{
    Control, Direction, FixedStep, Method, Ode, Problem, RadauIIA5, Rodas5P, SaveAt, Solution, SolveError, Tolerance,
    Trigger, Tsit5,
};
use nalgebra::{DVector, dmatrix, dvector};
use std::ops::Range;

/// Every model of these tests in one type, so that every strategy is compiled for one model.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Zoo {
    /// `p = (a, b, c, d)`.
    LotkaVolterra,
    /// Robertson's reactions, the parameters as factors on the rates; the last equation may be algebraic.
    Robertson { algebraic: bool },
    /// A forced and damped oscillator.
    Driven,
    /// A bouncing ball: `p = (gravity, restitution)`.
    Ball,
    /// Decay with doses at given times, which also speed the decay up.
    Doses,
    /// A right-hand side that jumps at t = 1.
    Switched,
    /// Fast decay towards a moving value: what cannot be solved backward.
    Forgetful,
    /// An algebraic equation with events.
    Charges,
}

const RATES: [f64; 3] = [0.04, 1e4, 3e7];

impl Ode for Zoo {
    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        match self {
            Zoo::LotkaVolterra => {
                dy[0] = p[0] * y[0] - p[1] * y[0] * y[1];
                dy[1] = p[3] * y[0] * y[1] - p[2] * y[1];
            }
            Zoo::Robertson { algebraic } => {
                let (slow, back) = (p[0] * RATES[0] * y[0], p[1] * RATES[1] * y[1] * y[2]);
                let fast = p[2] * RATES[2] * y[1] * y[1];
                dy[0] = back - slow;
                dy[1] = slow - back - fast;
                dy[2] = if *algebraic { y[0] + y[1] + y[2] - 1.0 } else { fast };
            }
            Zoo::Driven => {
                dy[0] = y[1];
                dy[1] = p[0] * (p[1] * t).cos() - p[2] * y[1] - y[0].sin();
            }
            Zoo::Ball => {
                dy[0] = y[1];
                dy[1] = -p[0];
            }
            Zoo::Doses => {
                dy[0] = -p[0] * y[0];
                dy[1] = p[0] * y[0] - p[1] * y[1];
            }
            Zoo::Switched => {
                let push = if t < 1.0 { p[0] } else { -p[1] };
                dy[0] = y[1];
                dy[1] = push - y[0];
            }
            Zoo::Charges => Charges.rhs(t, y, p, dy),
            Zoo::Forgetful => {
                dy[0] = p[0] * (p[1] * t.cos() - y[0]);
                dy[1] = y[0] - y[1];
            }
        }
    }

    fn triggers(&self) -> Vec<Trigger> {
        match self {
            Zoo::Ball => vec![Trigger::Root { direction: Direction::Falling, terminal: false }],
            Zoo::Doses => vec![Trigger::Times(vec![0.0, 1.0, 2.5])],
            Zoo::Charges => Charges.triggers(),
            _ => Vec::new(),
        }
    }

    fn condition<R: Real>(&self, event: usize, t: R, y: &[R], p: &[R]) -> R {
        if *self == Zoo::Charges { Charges.condition(event, t, y, p) } else { y[0] }
    }

    fn reset<R: Real>(&self, event: usize, t: R, y: &mut [R], p: &mut [R]) {
        match self {
            Zoo::Charges => Charges.reset(event, t, y, p),
            Zoo::Ball => (y[0], y[1]) = (R::from(0.0), -p[1] * y[1]),
            Zoo::Doses => {
                y[0] += p[2];
                p[0] *= 1.2;
            }
            _ => {}
        }
    }
}

/// The inputs are the parameters, then the initial state.
struct Case {
    what: &'static str,
    model: Zoo,
    inputs: DVector<f64>,
    states: usize,
    span: Range<f64>,
    save: SaveAt,
    loss: fn(&[DVector<Var>]) -> Var,
}

impl Case {
    fn problem<R: Real>(&self, x: &DVector<R>) -> Problem<Zoo, R> {
        let split = x.len() - self.states;
        let (p, y0) = (x.rows(0, split).into_owned(), x.rows(split, self.states).into_owned());
        let problem = Problem::ode(self.model, y0, &p, self.span.clone());
        match self.model {
            Zoo::Robertson { algebraic: true } => {
                problem.with_mass_matrix(dmatrix![1.0, 0.0, 0.0; 0.0, 1.0, 0.0; 0.0, 0.0, 0.0])
            }
            Zoo::Charges => problem.with_mass_matrix(Charges::mass()).with_consistent_start().expect("it follows"),
            Zoo::Switched => problem.with_stops([1.0]),
            _ => problem,
        }
    }

    fn gradient<G: GradientStrategy, M: Method + Clone + 'static>(
        &self,
        strategy: G,
        method: M,
        control: &Control,
    ) -> Result<(f64, DVector<f64>), SolveError> {
        let solve = |x: &DVector<Var>| {
            let solution = strategy.solve(&self.problem(x), method.clone(), control, self.save.clone())?;
            Ok((self.loss)(solution.states()))
        };
        try_gradient(solve, &self.inputs)
    }
}

fn squares(states: &[DVector<Var>]) -> Var {
    states.iter().map(|state| state.norm_squared()).sum()
}

fn scaled(states: &[DVector<Var>]) -> Var {
    states.iter().map(|y| y[0] + y[1] * 1e4 + y[0] * y[2]).sum()
}

fn lotka_volterra() -> Case {
    Case {
        what: "Lotka-Volterra",
        model: Zoo::LotkaVolterra,
        inputs: dvector![1.5, 1.0, 3.0, 1.0, 1.0, 1.0],
        states: 2,
        span: 0.0..10.0,
        save: SaveAt::every(0.1),
        loss: |states| squares(&states[1..]),
    }
}

fn cases() -> Vec<(Case, f64)> {
    let robertson = |algebraic| Case {
        what: if algebraic { "Robertson, algebraic" } else { "Robertson" },
        model: Zoo::Robertson { algebraic },
        inputs: dvector![1.0, 1.0, 1.0, 1.0, 0.0, 0.0],
        states: 3,
        span: 0.0..40.0,
        save: SaveAt::times([0.4, 4.0, 40.0]),
        loss: scaled,
    };
    let driven = |what, span, save| {
        let inputs = dvector![0.7, 2.0, 0.15, 0.4, -0.3];
        Case { what, model: Zoo::Driven, inputs, states: 2, span, save, loss: squares }
    };
    let of = |what, model, inputs: DVector<f64>, end, save| {
        let (states, loss) = (2, squares as fn(&[DVector<Var>]) -> Var);
        Case { what, model, inputs, states, span: 0.0..end, save, loss }
    };
    vec![
        (lotka_volterra(), 1e-8),
        (driven("driven", 0.0..6.0, SaveAt::every(0.5)), 1e-8),
        (driven("driven, backward", 3.0..0.0, SaveAt::times([3.0, 2.1, 0.2])), 1e-8),
        (driven("driven, at the end", 0.0..3.0, SaveAt::end()), 1e-8),
        (of("ball", Zoo::Ball, dvector![9.8, 0.8, 50.0, 0.0], 15.0, SaveAt::every(1.5)), 1e-8),
        (of("doses", Zoo::Doses, dvector![1.1, 0.4, 2.0, 0.3, 0.1], 4.0, SaveAt::every(0.4)), 1e-8),
        (
            of("doses at saves", Zoo::Doses, dvector![1.1, 0.4, 2.0, 0.3, 0.1], 4.0, SaveAt::every(0.5).after_events()),
            1e-8,
        ),
        (of("switched", Zoo::Switched, dvector![0.8, 0.5, 0.2, 0.1], 2.0, SaveAt::every(0.3)), 1e-8),
        (robertson(false), 1e-7),
        (robertson(true), 1e-7),
        (
            Case {
                what: "events, algebraic",
                model: Zoo::Charges,
                inputs: Charges::inputs(),
                states: 3,
                span: 0.0..3.0,
                save: SaveAt::every(0.25).after_events(),
                loss: squares,
            },
            1e-7,
        ),
    ]
}

fn error(found: &DVector<f64>, expected: &DVector<f64>) -> f64 {
    (found - expected).amax() / expected.amax()
}

fn at(case: &Case, rtol: f64) -> Control {
    Tolerance::new(rtol, if case.states == 3 { rtol * 1e-5 } else { rtol }).into()
}

fn gauss() -> GaussAdjoint {
    GaussAdjoint::default()
}

/// Interpolants of a few steps at a time, so that the tests go over checkpoints.
fn interpolating() -> InterpolatingAdjoint {
    InterpolatingAdjoint { checkpoint_every: Some(25), ..InterpolatingAdjoint::default() }
}

/// The strategies agree with the reference within this multiple of the tolerance, and their values are those of the plain solve.
fn check<M: Method + Copy + 'static>(
    case: &Case,
    method: M,
    tolerance: f64,
    reference: &DVector<f64>,
    multiples: [f64; 2],
) {
    let control = at(case, tolerance);
    let value = (case.loss)(
        case.problem(&case.inputs.map(Var::from)).solve(method, &control, case.save.clone()).unwrap().states(),
    );
    let outcomes = [case.gradient(interpolating(), method, &control), case.gradient(gauss(), method, &control)];
    for ((outcome, multiple), name) in outcomes.into_iter().zip(multiples).zip(["interpolating", "gauss"]) {
        let what = format!("{}, {}, {name}", case.what, method.name());
        let (same, slope) = outcome.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(value.value(), same, "{what}: the values are those of the plain solve");
        let error = error(&slope, reference) / tolerance;
        rows::row(case.what, method.name(), &format!("{name}-adjoint"), error, "tolerances");
        assert!(error <= multiple, "{what}: off by {error} times the tolerance ({:?})", sweep_failure());
    }
}

fn reference(case: &Case) -> DVector<f64> {
    case.gradient(Forward, Rodas5P, &at(case, 1e-11)).unwrap().1
}

/// Explicit and implicit methods; saves, events, stops, checkpoints; both directions. Every error of the gradient is below 5
/// times the tolerance, stiff and algebraic problems included.
#[test]
fn they_agree_with_a_tight_solve() {
    for (case, tolerance) in cases() {
        let (reference, stiff) = (reference(&case), case.states == 3);
        if !stiff {
            check(&case, Tsit5, tolerance, &reference, [5.0; 2]);
        }
        check(&case, Rodas5P, tolerance, &reference, [5.0; 2]);
        check(&case, RadauIIA5, tolerance, &reference, [5.0; 2]);
    }
}

/// Solving backward serves what does not forget its past, with explicit and implicit methods.
#[test]
fn solving_backward_agrees_where_it_can() {
    let strategy = BacksolveAdjoint::default();
    for (case, tolerance) in cases().into_iter().filter(|(case, _)| case.states == 2) {
        let (reference, control) = (reference(&case), at(&case, tolerance));
        for (method, outcome) in [
            (Tsit5.name(), case.gradient(strategy, Tsit5, &control)),
            (Rodas5P.name(), case.gradient(strategy, Rodas5P, &control)),
        ] {
            let error = error(&outcome.unwrap().1, &reference) / tolerance;
            rows::row(case.what, method, strategy.name(), error, "tolerances");
            assert!(error <= 10.0, "{}: off by {error} times the tolerance ({:?})", case.what, sweep_failure());
        }
    }
    let (case, control) = (lotka_volterra(), Tolerance::new(1e-8, 1e-8).into());
    let (_, slope) = case.gradient(BacksolveAdjoint { reset: false, ..strategy }, Tsit5, &control).unwrap();
    assert!(error(&slope, &reference(&case)) < 3e-7, "without resets: {}", error(&slope, &reference(&case)));
}

/// A refusal with its place and a remedy, in the forward run, and no gradient.
#[test]
fn a_solution_that_forgets_is_not_solved_backward() {
    let case = Case {
        what: "forgetful",
        model: Zoo::Forgetful,
        inputs: dvector![50.0, 1.0, 2.0, 0.0],
        states: 2,
        span: 0.0..3.0,
        save: SaveAt::end(),
        loss: squares,
    };
    let control = Tolerance::new(1e-8, 1e-8).into();
    let refusal = case.gradient(BacksolveAdjoint::default(), Rodas5P, &control).unwrap_err();
    let SolveError::Refused(refusal) = &refusal else { panic!("{refusal}") };
    let reason = refusal.reason::<SensitivityError>().expect("the strategy's own reason");
    assert!(matches!(reason, SensitivityError::Drift { .. }), "{reason}");
    assert!(reason.to_string().contains("GaussAdjoint"), "{reason}");
    check(&case, Rodas5P, 1e-8, &reference(&case), [5.0; 2]);
}

#[test]
fn published_gradients_are_met() {
    let sum = |states: &[DVector<Var>]| states.iter().map(|state| state.sum()).sum::<Var>();
    let distance =
        |states: &[DVector<Var>]| states.iter().map(|y| y.map(|y| (y - 1.0).powi(2) * 0.5).sum()).sum::<Var>();
    type Loss = fn(&[DVector<Var>]) -> Var;
    let rows: [(f64, Loss, f64, &[f64]); 3] = [
        (
            0.1,
            |states| squares(&states[1..]),
            1715.3587265,
            &[69.55371430, -1105.12225686, 1030.65889981, -3627.01786252, -1041.42851193, -259.99415436],
        ),
        (0.1, sum, 450.7640640395, &[8.305362662, -159.484292716, 75.203508214, -339.195092766]),
        (0.5, distance, 102.0421086212, &[25.5006372318, -77.2550774153, 93.5321275643]),
    ];
    let control = Tolerance::new(1e-10, 1e-10).into();
    for (interval, loss, expected_value, expected) in rows {
        let case = Case { save: SaveAt::every(interval), loss, ..lotka_volterra() };
        let all = [
            case.gradient(interpolating(), Tsit5, &control),
            case.gradient(gauss(), Tsit5, &control),
            case.gradient(BacksolveAdjoint::default(), Tsit5, &control),
            case.gradient(DiscreteAdjoint::default(), Tsit5, &control),
        ];
        for (value, slope) in all.map(Result::unwrap) {
            assert!((value - expected_value).abs() < 1e-6, "{value}");
            let off = slope.iter().zip(expected).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
            assert!(off < 1e-8 * slope.amax(), "off by {off}: {slope}");
        }
    }
}

/// The ball has a closed form: y(15) for a restitution of 0.8, and its derivative.
#[test]
fn a_bouncing_ball_has_its_closed_form() {
    let inputs = dvector![9.8, 0.8, 50.0, 0.0];
    let (states, span) = (2, 0.0..15.0);
    let loss: fn(&[DVector<Var>]) -> Var = |states| states[0][0];
    let case = Case { what: "ball", model: Zoo::Ball, inputs, states, span, save: SaveAt::end(), loss };
    let control = Tolerance::new(1e-10, 1e-10).into();
    for (value, slope) in
        [case.gradient(interpolating(), Tsit5, &control), case.gradient(gauss(), Rodas5P, &control)].map(Result::unwrap)
    {
        assert!((value - 8.4942170076).abs() < 1e-8, "{value}");
        assert!((slope[1] - 314.568840).abs() < 1e-5, "{slope}");
    }
    // The time of the first bounce is sqrt(2 y0 / g).
    let time = |x: &DVector<Var>| {
        let solution = gauss().solve(&case.problem(x), Tsit5, &control, SaveAt::end())?;
        Ok::<_, SolveError>(solution.events()[0].time)
    };
    let (value, slope) = try_gradient(time, &case.inputs).unwrap();
    assert!((value - (100.0_f64 / 9.8).sqrt()).abs() < 1e-9);
    assert!((slope[0] + 0.5 * value / 9.8).abs() < 1e-8 && (slope[2] - 0.5 * value / 50.0).abs() < 1e-8, "{slope}");
}

/// Whatever is saved: a function of the state, every step, dense output between the steps.
#[test]
fn every_kind_of_save_is_served() {
    type Solve = fn(&Case, &DVector<Var>, &Control, SaveAt) -> Result<Solution<Var>, SolveError>;
    let case = Case { span: 0.0..3.0, ..lotka_volterra() };
    let strategies: [Solve; 3] = [
        |case, x, control, save| interpolating().solve(&case.problem(x), Tsit5, control, save),
        |case, x, control, save| gauss().solve(&case.problem(x), Tsit5, control, save),
        |case, x, control, save| BacksolveAdjoint::default().solve(&case.problem(x), Tsit5, control, save),
    ];
    type Loss = fn(Solution<Var>) -> Result<Var, SolveError>;
    let losses: [(SaveAt, Loss); 4] = [
        (SaveAt::end(), |solution| Ok(solution.last().norm_squared())),
        (SaveAt::steps(), |solution| Ok(solution.last().norm_squared() + solution.state(0)[0] * 3.0)),
        (SaveAt::times([0.0, 0.5, 0.5, 2.7]), |solution| Ok(squares(solution.states()))),
        (SaveAt::dense(), |solution| {
            Ok(solution.at(0.7123)?.norm_squared() * solution.at(2.31)?[0] + solution.last()[1])
        }),
    ];
    for (save, loss) in losses {
        let tight = Tolerance::new(1e-11, 1e-11).into();
        let run = |solve: Solve, control: &Control| {
            try_gradient(|x| loss(solve(&case, x, control, save.clone())?), &case.inputs).unwrap().1
        };
        let reference = run(|case, x, control, save| Forward.solve(&case.problem(x), Tsit5, control, save), &tight);
        for solve in strategies {
            let error = error(&run(solve, &Tolerance::new(1e-8, 1e-8).into()), &reference);
            assert!(error < 5e-8, "{save:?}: {error}");
        }
    }
    let control = Tolerance::new(1e-9, 1e-9);
    let squared = |x: &DVector<Var>| {
        let save = SaveAt::every(0.5).with(|_t, y: &[Var]| [y[0] * y[0] + y[1] * y[1]]);
        Ok::<_, SolveError>(
            gauss().solve(&case.problem(x), Tsit5, &control, save)?.saves().map(|(_, kept)| kept[0]).sum::<Var>(),
        )
    };
    let plain = Case { save: SaveAt::every(0.5), loss: squares, span: 0.0..3.0, ..lotka_volterra() };
    let (_, slope) = try_gradient(squared, &case.inputs).unwrap();
    let (_, same) = plain.gradient(gauss(), Tsit5, &control.into()).unwrap();
    assert!(error(&slope, &same) < 1e-14, "{slope}{same}");
}

/// Tighter tolerances give better gradients; the scale of the loss does not matter, nor do checkpoints beyond the tolerance.
#[test]
fn the_error_follows_the_tolerance() {
    let case = lotka_volterra();
    let reference = reference(&case);
    for tolerance in [1e-5, 1e-7, 1e-9] {
        check(&case, Tsit5, tolerance, &reference, [20.0; 2]);
    }
    let control = Tolerance::new(1e-8, 1e-8).into();
    let (_, slope) = case.gradient(gauss(), Tsit5, &control).unwrap();
    let huge = Case { loss: |states| squares(&states[1..]) * 1e12, ..lotka_volterra() };
    let (_, scaled) = huge.gradient(gauss(), Tsit5, &control).unwrap();
    assert!(error(&(scaled * 1e-12), &slope) < 1e-10);
    for every in [1, 7] {
        let strategy = GaussAdjoint { checkpoint_every: Some(every), ..gauss() };
        assert!(error(&case.gradient(strategy, Tsit5, &control).unwrap().1, &slope) < 1e-8, "every {every}");
    }
}

/// Steps of one size have no tolerance: the error falls with the order of the method.
#[test]
fn steps_of_one_size_keep_the_order() {
    let case = Case { save: SaveAt::every(1.0), loss: squares, ..lotka_volterra() };
    let reference = reference(&case);
    let at = |h| error(&case.gradient(gauss(), Tsit5, &FixedStep(h).into()).unwrap().1, &reference);
    let order = (at(0.05) / at(0.025)).log2();
    assert!(order > 3.8, "observed order {order}");
}

/// A sweep that fails leaves NaN and a reason, and a tape that is of use.
#[test]
fn a_failed_sweep_says_why() {
    let case = Case { save: SaveAt::end(), loss: squares, ..lotka_volterra() };
    let plain = Tolerance::new(1e-8, 1e-8);
    let statistics = case.problem(&case.inputs).solve(Tsit5, &plain, SaveAt::end()).unwrap().statistics();
    let control = plain.clone().with_max_steps(statistics.accepted + statistics.rejected).into();
    let (_, slope) = case.gradient(GaussAdjoint { tolerance: Some(1e-13), ..gauss() }, Tsit5, &control).unwrap();
    assert!(slope.iter().all(|x| x.is_nan()), "{slope}");
    let reason = sweep_failure().expect("there was a failure");
    assert!(matches!(reason, SolveError::StepLimit { .. }), "{reason}");
    assert!(sweep_failure().is_none(), "asked once");
    let (_, slope) = case.gradient(gauss(), Tsit5, &plain.into()).unwrap();
    assert!(slope.iter().all(|x| x.is_finite()));
}

#[test]
fn options_without_sense_are_refused() {
    let (case, control) = (lotka_volterra(), Tolerance::new(1e-6, 1e-6).into());
    let refused = |outcome: Result<(f64, DVector<f64>), SolveError>| outcome.unwrap_err().to_string();
    let zero = refused(case.gradient(GaussAdjoint { tolerance: Some(0.0), ..gauss() }, Tsit5, &control));
    assert!(zero.contains("tolerance is 0"), "{zero}");
    let drift = refused(case.gradient(
        BacksolveAdjoint { drift_limit: f64::NAN, ..BacksolveAdjoint::default() },
        Tsit5,
        &control,
    ));
    assert!(drift.contains("drift_limit is NaN"), "{drift}");
    let tangents = Tolerance::new(1e-6, 1e-6).including_tangents().into();
    assert!(matches!(case.gradient(gauss(), Tsit5, &tangents), Err(SolveError::TangentsOutOfReach)));
}
