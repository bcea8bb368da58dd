//! States that are held within bounds, and starts and Jacobians that are refused.

use super::models::Model;
use costate_ad::{At, JacobianPattern};
use costate_solvers::*;
use nalgebra::{DVector, dmatrix, dvector};
use nalgebra_sparse::pattern::SparsityPattern;

fn robertson(end: f64) -> Problem<Model, f64> {
    Problem::ode(Model("robertson"), [1.0, 0.0, 0.0], &dvector![0.04, 1e4, 3e7], 0.0..end)
}

/// The most negative state of a run; minus infinity for one that fails.
fn lowest(problem: &Problem<Model, f64>, method: impl Method, tolerance: [f64; 2], save: SaveAt) -> f64 {
    let solution = problem.solve(method, Tolerance::new(tolerance[0], tolerance[1]), save);
    solution
        .map_or(f64::NEG_INFINITY, |solution| solution.states().iter().map(|y| y.min()).fold(f64::INFINITY, f64::min))
}

/// Coarse tolerances lead some methods below zero; with bounds none, at the ends of steps and between them.
#[test]
fn concentrations_are_never_negative_within_bounds() {
    let (free, bounded) = (robertson(1e11), robertson(1e11).with_lower_bounds([0.0; 3]));
    let mut below = 0;
    fn check(method: impl Method + Copy, free: &Problem<Model, f64>, bounded: &Problem<Model, f64>) -> usize {
        let tolerances = [[1e-2, 1e-4], [1e-3, 1e-6], [1e-4, 1e-8]];
        let saves = [SaveAt::steps(), SaveAt::times((0..=21).map(|k| 10.0_f64.powf(0.5 * f64::from(k))))];
        let mut negative = 0;
        for (tolerance, save) in
            tolerances.into_iter().flat_map(|tolerance| saves.clone().map(|save| (tolerance, save)))
        {
            negative += usize::from(lowest(free, method, tolerance, save.clone()) < 0.0);
            let held = lowest(bounded, method, tolerance, save);
            assert!(held >= 0.0, "{} at {tolerance:?}: {held:e}", method.name());
        }
        negative
    }
    below += check(Rosenbrock23, &free, &bounded);
    below += check(Rodas4, &free, &bounded);
    below += check(Bdf::default(), &free, &bounded);
    below += check(KenCarp4, &free, &bounded);
    assert!(below > 0, "without bounds no run goes below zero: the test shows nothing");
}

#[test]
fn bounds_cost_no_accuracy_and_hold_on_given_steps() {
    let tight = robertson(40.0).solve(Rodas5P, Tolerance::new(1e-11, 1e-15), SaveAt::end()).unwrap();
    let bounded = robertson(40.0).with_lower_bounds([0.0; 3]).with_upper_bounds([1.0; 3]);
    let solution = bounded.solve(Rodas5P, Tolerance::new(1e-6, 1e-10), SaveAt::end()).unwrap();
    for (y, end) in solution.last().iter().zip(tight.last().iter()) {
        assert!((y - end).abs() < 3e-5 * end, "{y} {end}");
    }
    // One explicit step of 1 from 1 at the rate 2 leads to -1.
    let decay = Problem::ode(Model("decay"), [1.0], &dvector![2.0], 0.0..1.0);
    assert_eq!(decay.solve(Euler, FixedStep(1.0), SaveAt::end()).unwrap().last()[0], -1.0);
    assert_eq!(decay.with_lower_bounds([0.0]).solve(Euler, FixedStep(1.0), SaveAt::end()).unwrap().last()[0], 0.0);
}

/// What `solve` has to say.
fn refusal<S: Ode>(problem: &Problem<S, f64>, method: impl Method) -> SolveError {
    problem.solve(method, Tolerance::new(1e-6, 1e-6), SaveAt::end()).expect_err("it is refused")
}

#[test]
fn bounds_that_do_not_fit_are_refused() {
    let wrong = refusal(&robertson(1.0).with_lower_bounds([0.0; 2]), Rodas5P);
    assert_eq!(wrong, SolveError::BoundCount { expected: 3, found: 2 });
    let beyond = refusal(&robertson(1.0).with_upper_bounds([0.5, 1.0, 1.0]), Rodas5P);
    assert!(beyond.to_string().contains("component 0 of the initial state is 1, outside of its bounds -inf and 0.5"));
}

/// 30 states that decay, of which some rest; what it says of its Jacobian is right, or wrong in some way.
#[derive(Clone, Copy)]
struct Claim(&'static str);

const STATES: usize = 30;

impl Ode for Claim {
    fn rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
        for i in 0..y.len() {
            dy[i] = if i % 3 == 0 { R::from(0.0) } else { p[0] * (y[i - 1] - y[i]) };
        }
    }

    fn sparsity(&self, states: usize) -> Option<JacobianPattern> {
        let columns = if self.0 == "a small pattern" { states - 1 } else { states };
        // The diagonal, and the place below it.
        let column = |j: usize| if self.0 == "a pattern without couplings" { vec![j] } else { vec![j, j + 1] };
        let columns: Vec<Vec<usize>> =
            (0..columns).map(|j| column(j).into_iter().filter(|&i| i < states).collect()).collect();
        let offsets = std::iter::once(0)
            .chain(columns.iter().scan(0, |sum, c| {
                Some({
                    *sum += c.len();
                    *sum
                })
            }))
            .collect();
        let pattern = SparsityPattern::try_from_offsets_and_indices(columns.len(), states, offsets, columns.concat());
        (self.0 != "nothing").then(|| JacobianPattern::known(pattern.expect("rows ascend")))
    }

    fn jacobian(&self, at: At<'_>, entry: &mut dyn FnMut(usize, usize, f64)) -> bool {
        for i in (0..at.y.len()).filter(|i| i % 3 != 0) {
            entry(i, i, -at.p[0]);
            entry(i, i - 1, if self.0 == "a wrong sign" { -at.p[0] } else { at.p[0] });
        }
        match self.0 {
            "an entry outside of the pattern" => entry(2, 20, 1.0),
            "an entry outside of the matrix" => entry(STATES, 0, 1.0),
            _ => {}
        }
        matches!(
            self.0,
            "a wrong sign" | "a Jacobian" | "an entry outside of the pattern" | "an entry outside of the matrix"
        )
    }
}

fn claim(name: &'static str) -> Problem<Claim, f64> {
    Problem::ode(Claim(name), DVector::from_fn(STATES, |i, _| 1.0 + i as f64), &dvector![1e3], 0.0..1.0)
}

/// Rows without any entry are no trouble where they need none, and what a model says rightly changes nothing.
#[test]
fn empty_rows_are_solved_and_right_claims_are_used() {
    for name in ["nothing", "a pattern", "a Jacobian"] {
        let solution = claim(name).solve(Rodas5P, Tolerance::new(1e-8, 1e-8), SaveAt::end()).unwrap();
        for (i, y) in solution.last().iter().enumerate() {
            let rests_at = 1.0 + (i - i % 3) as f64;
            assert!((y - rests_at).abs() < 1e-6, "{name}: {i} {y}");
        }
    }
}

#[test]
fn wrong_claims_on_the_jacobian_are_refused_at_once() {
    let table = [
        ("a small pattern", "pattern is 30 x 29 for 30 states"),
        ("a pattern without couplings", "row 1 of the right-hand side's own Jacobian"),
        ("a wrong sign", "row 1 of the right-hand side's own Jacobian"),
        ("an entry outside of the pattern", "the entry 1 at row 2, column 20, outside of its pattern"),
        ("an entry outside of the matrix", "the entry 1 at row 30, column 0, outside of its pattern for 30 states"),
    ];
    for (name, words) in table {
        fn check(name: &str, words: &str, error: SolveError) {
            let typed = matches!(error, SolveError::Implicit(ImplicitError::WrongJacobian { t: 0.0, .. }));
            assert!(typed && error.to_string().contains(words), "{name}: {error}");
        }
        check(name, words, refusal(&claim(name), Rodas5P));
        check(name, words, refusal(&claim(name), Bdf::default()));
        check(name, words, refusal(&claim(name), RadauIIA5));
    }
}

#[test]
fn starts_that_miss_the_algebraic_equations_are_refused() {
    // Decay of y, and z = y^2 as an algebraic equation.
    let model = ode!(|_t, [y, z], []| [-y, z - y * y]);
    let problem =
        |z: f64| Problem::ode(model, [1.0, z], &dvector![], 0.0..1.0).with_mass_matrix(dmatrix![1.0, 0.0; 0.0, 0.0]);
    let error = refusal(&problem(1.5), Rodas5P);
    let SolveError::Implicit(ImplicitError::InconsistentStart { equation, component, correction, .. }) = error else {
        panic!("{error}")
    };
    assert_eq!((equation, component, correction), (1, 1, -0.5));
    assert!(error.to_string().contains("with_consistent_start"), "{error}");
    let fixed = problem(1.5).solve(RadauIIA5, FixedStep(0.1), SaveAt::end());
    assert!(matches!(fixed, Err(SolveError::Implicit(ImplicitError::InconsistentStart { .. }))));
    for mended in [problem(1.5).with_consistent_start().unwrap(), problem(1.0 + 1e-9)] {
        let solution = mended.solve(Rodas5P, Tolerance::new(1e-8, 1e-8), SaveAt::end()).unwrap();
        assert!((solution.last()[1] - (-2.0_f64).exp()).abs() < 1e-7);
    }
}

/// Without any equation for one of the states: neither the mass matrix nor the Jacobian has a row for it, however small the step.
#[test]
fn matrices_without_factors_are_named() {
    let nothing = ode!(|_t, [x, _y], []| [-x, 0.0.into()]);
    let problem =
        Problem::ode(nothing, [1.0, 1.0], &dvector![], 0.0..1.0).with_mass_matrix(dmatrix![1.0, 0.0; 0.0, 0.0]);
    fn check(error: SolveError) {
        let typed = matches!(error, SolveError::Implicit(ImplicitError::NoFactors { t: 0.0, step: 0, .. }));
        assert!(typed && error.to_string().contains("singular: no pivot in column 1"), "{error}");
    }
    check(refusal(&problem, Rodas5P));
    check(refusal(&problem, Bdf::default()));
    check(refusal(&problem, RadauIIA5));
}
