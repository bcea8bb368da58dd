//! Step size control: rules, norms, tolerances by component, and derivatives under control.

use costate_ad::{Dual, gradient_forward, try_gradient};
use costate_solvers::{
    Controller, Ended, Fallible, Norm, Ode, Problem, Progress, Real, SaveAt, SolveError, Tolerance, TryOde, Tsit5,
    Vern7, ode,
};
use nalgebra::{DVector, dvector};

fn lotka_volterra() -> impl Ode + Copy {
    ode!(|_t, [u, v], [a, b, c, d]| [a * u - b * u * v, d * u * v - c * v])
}

const RATES: [f64; 4] = [1.5, 1.0, 3.0, 1.0];

#[test]
fn every_controller_and_norm_keeps_the_tolerance() {
    let problem = Problem::ode(lotka_volterra(), [1.0, 1.0], &dvector![1.5, 1.0, 3.0, 1.0], 0.0..10.0);
    let truth = problem.solve(Vern7, Tolerance::new(1e-13, 1e-13), SaveAt::end()).unwrap();
    let plain = Tolerance::new(1e-8, 1e-8);
    let tolerances = [
        ("PI", plain.clone()),
        ("I", plain.clone().with_controller(Controller::I)),
        ("H312", plain.clone().with_controller(Controller::Pid([1.0 / 18.0, 1.0 / 9.0, 1.0 / 18.0]))),
        ("Gustafsson", plain.clone().with_controller(Controller::Gustafsson)),
        ("largest component", plain.clone().with_norm(Norm::Max)),
        ("a norm of one's own", plain.clone().with_norm(Norm::Of(|e| e.iter().map(|e| e.abs()).sum::<f64>() / 2.0))),
        ("each component", plain.clone().with_component_atol([1e-8, 1e-9])),
        ("cautious", plain.with_safety(0.8).with_factors(0.5, 2.0)),
    ];
    for (name, tolerance) in tolerances {
        let solution = problem.solve(Tsit5, tolerance, SaveAt::end()).unwrap();
        let (error, cost) = ((solution.last() - truth.last()).amax(), solution.statistics());
        assert!(error < 1e-6, "{name}: {error:e}");
        assert!(cost.accepted < 400 && cost.rejected * 5 < cost.accepted, "{name}: {cost}");
    }
}

/// One component is large and smooth, the other small and quick: only a tolerance of its own, or the largest norm, sees it.
#[test]
fn a_component_has_the_tolerance_it_is_given() {
    let pair = ode!(|t, [_big, _small], []| [R::from(1.0), 1e-6 * 40.0 * (40.0 * t).cos()]);
    let problem = Problem::ode(pair, [0.0, 0.0], &DVector::<f64>::zeros(0), 0.0..3.0);
    let error =
        |tolerance| (problem.solve(Tsit5, tolerance, SaveAt::end()).unwrap().last()[1] - 1e-6 * 120.0_f64.sin()).abs();
    assert!(error(Tolerance::new(1e-4, 1e-4)) > 1e-8);
    assert!(error(Tolerance::new(1e-4, 1e-4).with_component_atol([1e-4, 1e-10])) < 1e-9);
}

/// systems.md 8.1: Lotka-Volterra started in its equilibrium. The values never move, so without derivatives in the norm the
/// steps grow without bound, and the derivative is wrong at every tolerance.
#[test]
fn derivatives_are_held_to_the_tolerance_on_request() {
    fn sum<R: Real>(rate: R, tolerance: &Tolerance) -> R {
        let p = DVector::from_vec(vec![rate, R::from(1.0), rate, R::from(1.0)]);
        let problem = Problem::ode(lotka_volterra(), [1.0, 1.0], &p, 0.0..10.0);
        let solution = problem.solve(Tsit5, tolerance, SaveAt::every(0.1)).unwrap();
        solution.saves().map(|(_, y)| y[0] + y[1]).fold(R::zero(), |a, b| a + b)
    }
    // The derivatives turn around: their sum is 2 - 2 cos t.
    let exact: f64 = (0..=100).map(|k| 2.0 - 2.0 * (0.1 * f64::from(k)).cos()).sum();
    assert!((exact - 212.7104252168).abs() < 1e-10);
    let slope = |tolerance: &Tolerance| sum(Dual::<f64>::variable(1.0, 0), tolerance).derivatives[0];
    for tolerance in [1e-3, 1e-6, 1e-9, 1e-12] {
        let plain = Tolerance::new(tolerance, tolerance);
        let wrong = slope(&plain);
        let right = slope(&plain.clone().including_tangents());
        println!("tolerance {tolerance:e}: without tangents {wrong:.6}, with {right:.10}");
        assert!((wrong - exact).abs() > 1000.0);
        assert!((right - exact).abs() < 30.0 * tolerance.max(1e-10), "{tolerance:e}: {right}");

        let (_, chunked) = gradient_forward(|x| sum(x[0], &plain.clone().including_tangents()), &dvector![1.0]);
        assert!((chunked[0] - right).abs() < 1e-12 * right);
    }
    // On a tape the derivatives are not known in time, and that is said.
    let tolerance = Tolerance::new(1e-6, 1e-6).including_tangents();
    let outcome = try_gradient(
        |p| {
            let problem = Problem::ode(lotka_volterra(), [1.0, 1.0], p, 0.0..10.0);
            problem.solve(Tsit5, &tolerance, SaveAt::end()).map(|solution| solution.last()[0])
        },
        &DVector::from_row_slice(&RATES),
    );
    assert_eq!(outcome.unwrap_err(), SolveError::TangentsOutOfReach);
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let problem = Problem::ode(lotka_volterra(), [1.0, 1.0], &dvector![1.5, 1.0, 3.0, 1.0], 0.0..10.0);
    let plain = Tolerance::new(1e-8, 1e-8);
    let rows = [
        (plain.clone().with_safety(1.0), "Tolerance::with_safety is 1"),
        (plain.clone().with_factors(2.0, 3.0), "Tolerance::with_factors is 2"),
        (plain.clone().with_factors(0.1, 0.5), "Tolerance::with_factors is 0.5"),
        (plain.clone().with_component_atol([1e-8]), "1 elements for 2 states"),
        (plain.with_component_atol([1e-8, -1.0]), "atol is -1"),
    ];
    for (tolerance, message) in rows {
        let error = problem.solve(Tsit5, tolerance, SaveAt::end()).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    let uneven = SaveAt::every(1.0).with(|t, y: &[f64]| if t < 2.5 { vec![y[0]] } else { y.to_vec() });
    let error = problem.solve(Tsit5, Tolerance::new(1e-8, 1e-8), uneven).unwrap_err();
    assert_eq!(error, SolveError::UnevenSaves { t: 3.0, expected: 1, found: 2 });
    let dense = problem.solve(Tsit5, Tolerance::new(1e-8, 1e-8), SaveAt::dense().with(|_t, y: &[f64]| [y[0]]));
    assert_eq!(dense.unwrap_err(), SolveError::DenseFunction);
}

/// What was computed before a failure, or before somebody lost patience, is kept.
#[test]
fn a_solve_that_ends_early_keeps_what_it_has() {
    let blow_up = ode!(|_t, [y], []| [y * y]);
    let problem = Problem::ode(blow_up, [1.0], &DVector::<f64>::zeros(0), 0.0..2.0);
    let tolerance = Tolerance::new(1e-8, 1e-8);
    let (kept, failure) = problem.solve_partially(Tsit5, &tolerance, SaveAt::every(0.25), &mut ()).unwrap();
    assert_eq!(kept.ended(), Ended::ByError);
    assert_eq!(kept.times()[..4], [0.0, 0.25, 0.5, 0.75]);
    assert!(kept.times().len() == 6 && (kept.times()[5] - 1.0).abs() < 1e-6, "{:?}", kept.times());
    let Some(SolveError::StepTooSmall { state, .. }) = failure else { panic!("{failure:?}") };
    assert_eq!(state[0], kept.last()[0]);

    let mut seen = Vec::new();
    let mut progress = Progress::new(|t, h, steps| {
        seen.push((t, h, steps));
        t < 0.5
    });
    let stopped = problem.solve_observed(Tsit5, &tolerance, SaveAt::end(), &mut progress).unwrap();
    assert_eq!(stopped.ended(), Ended::ByObserver);
    assert_eq!(stopped.times(), [seen.last().unwrap().0]);
    assert!(seen.iter().enumerate().all(|(i, (_, _, steps))| *steps == i + 1));
    assert!((stopped.last()[0] - 1.0 / (1.0 - stopped.times()[0])).abs() < 1e-6);
}

#[test]
fn a_model_that_refuses_is_asked_again_with_a_smaller_step() {
    /// Cools towards 1 from above, and is not defined below 1: large steps overshoot, small ones never do.
    #[derive(Clone)]
    struct Above;

    impl TryOde for Above {
        type Error = String;
        const STATES: Option<usize> = Some(1);

        fn try_rhs<R: Real>(&self, _t: R, y: &[R], _p: &[R], dy: &mut [R]) -> Result<(), String> {
            if y[0].value() < 1.0 {
                return Err(format!("the temperature {} is below 1", y[0].value()));
            }
            dy[0] = -50.0 * (y[0] - 1.0);
            Ok(())
        }
    }
    let problem = Problem::ode(Fallible::new(Above), [2.0], &DVector::<f64>::zeros(0), 0.0..0.5);
    let solution = problem.solve(Tsit5, Tolerance::new(1e-3, 1e-3).with_initial_step(0.4), SaveAt::end()).unwrap();
    assert!(solution.statistics().rejected > 0);
    assert!((solution.last()[0] - 1.0 - (-25.0_f64).exp()).abs() < 1e-3);
}
