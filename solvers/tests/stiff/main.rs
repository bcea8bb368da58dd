//! Implicit methods: orders, errors on stiff problems against the tolerance, replay, and what is refused.
//! `cargo test --test stiff -- --nocapture` prints the errors.

mod automatic;
mod bounds;
mod brusselator;
#[path = "../order/convergence.rs"]
#[allow(dead_code)]
mod convergence;
mod dae_events;
mod detest;
#[path = "../order/manufactured.rs"]
#[allow(dead_code)]
mod manufactured;
mod models;
#[path = "../../../benches/stiff/pollution.rs"]
#[allow(dead_code)]
mod pollution;
mod reference;
mod split;

use brusselator::Brusselator;
use convergence::{Inside, Whole, check_convergence};
use costate_ad::Dual;
use costate_solvers::*;
use manufactured::{Curve, Manufactured, Term};
use models::Model;
use nalgebra::{DMatrix, DVector, dmatrix, dvector};
use reference::check_errors;

/// A method, the order of its interpolant, a whole run, and one step with a save inside.
fn check_order(
    method: impl Method + Copy,
    interpolant_order: usize,
    whole: (Term, Curve, f64, usize),
    inside: (Term, Curve, f64, f64, f64),
) {
    let (term, curve, stiffness, steps) = whole;
    let whole = Whole { model: Manufactured { term, curve, stiffness }, steps };
    let (term, curve, stiffness, h, theta) = inside;
    let inside = Inside { model: Manufactured { term, curve, stiffness }, h, theta };
    check_convergence(method, interpolant_order, whole, inside);
}

#[test]
fn every_implicit_method_and_its_interpolant_have_the_claimed_orders() {
    use {Curve::*, Term::*};
    check_order(Rosenbrock23, 2, (Sine, Hyperbola, 2.0, 100), (Square, SlowWave, -0.5, 0.03, 0.3));
    check_order(Rodas4, 3, (Sine, SlowWave, -2.0, 40), (Sine, SlowWave, -2.0, 0.1, 0.6));
    check_order(Rodas5P, 4, (Sine, SlowWave, -2.0, 40), (Sine, SlowWave, -2.0, 0.4, 0.6));
    check_order(ImplicitEuler, 1, (Square, SlowWave, -0.5, 160), (Square, SlowWave, -0.5, 0.03, 0.6));
    check_order(ImplicitMidpoint, 2, (Square, Wave, -0.5, 100), (Square, Wave, -0.5, 0.03, 0.6));
    check_order(RadauIIA5, 3, (Square, SlowWave, -0.5, 10), (Sine, SlowWave, -2.0, 0.2, 0.6));
    check_order(TrBdf2, 2, (Square, SlowWave, -0.5, 100), (Square, SlowWave, -0.5, 0.03, 0.6));
    check_order(Kvaerno5, 3, (Square, Wave, -0.5, 20), (Square, Wave, -0.5, 0.1, 0.6));
    check_order(KenCarp4, 3, (Square, Wave, -0.5, 40), (Square, Wave, -0.5, 0.1, 0.6));
}

/// On steps of one size the order rises by one a step; what the first steps did is damped away here, so that the highest order shows.
#[test]
fn every_order_of_bdf_is_observed() {
    let problem = Problem::ode(Model("relaxation"), [16.0 / 17.0], &dvector![4.0], 0.0..12.0);
    let exact = |t: f64| (16.0 * t.cos() + 4.0 * t.sin()) / 17.0;
    for max_order in 1..=5 {
        let error = |steps: f64| {
            let solution = problem.solve(Bdf { max_order }, FixedStep(12.0 / steps), SaveAt::dense()).unwrap();
            // At the end, and inside the last step.
            let inside = 12.0 - 6.0 / steps;
            [(solution.last()[0] - exact(12.0)).abs(), (solution.at(inside).unwrap()[0] - exact(inside)).abs()]
        };
        let (coarse, fine) = (error(240.0), error(480.0));
        let order = (coarse[0] / fine[0]).log2();
        println!("Bdf of order {max_order}: {order:.2} observed, {:.2} between steps", (coarse[1] / fine[1]).log2());
        assert!((order - max_order as f64).abs() < 0.2, "{max_order}: {order}");
        assert!((coarse[1] / fine[1]).log2() > max_order as f64 - 0.3, "{max_order}: {coarse:?} {fine:?}");
    }
}

#[test]
fn coefficients_are_consistent() {
    fn check<M: RosenbrockMethod>(_: M) {
        assert_eq!(M::COEFFICIENTS.flaw(), None, "{}", M::COEFFICIENTS.name);
    }
    check(Rosenbrock23);
    check(Rodas4);
    check(Rodas5P);
    fn check_diagonal<M: DiagonalMethod>(_: M) {
        assert_eq!(M::COEFFICIENTS.flaw(), None, "{}", M::COEFFICIENTS.name);
    }
    check_diagonal(ImplicitEuler);
    check_diagonal(ImplicitMidpoint);
    check_diagonal(TrBdf2);
    check_diagonal(Kvaerno5);
    check_diagonal(KenCarp4);
    let broken = Rosenbrock { c: &[0.0, 0.6, 1.0], ..Rosenbrock23::COEFFICIENTS };
    assert_eq!(broken.flaw(), Some(RosenbrockFlaw::Node { stage: 1 }));
}

#[test]
fn the_error_at_the_end_follows_the_tolerance() {
    check_errors(Rosenbrock23, &[1e-3, 1e-5]);
    check_errors(Rodas4, &[1e-3, 1e-5, 1e-7]);
    check_errors(Rodas5P, &[1e-3, 1e-5, 1e-7, 1e-9]);
    check_errors(RadauIIA5, &[1e-3, 1e-5, 1e-7, 1e-9]);
    check_errors(Bdf::default(), &[1e-3, 1e-5, 1e-7, 1e-9]);
    check_errors(TrBdf2, &[1e-3, 1e-5]);
    // At 1e-3 the phase of van der Pol's relaxation is a matter of the last bits of its steps.
    check_errors(Kvaerno5, &[1e-4, 1e-5, 1e-7, 1e-9]);
    check_errors(KenCarp4, &[1e-3, 1e-5, 1e-7]);
    check_errors(AutoMethod, &[1e-3, 1e-5, 1e-7, 1e-9]);
}

#[derive(Default)]
struct Record(Vec<State<f64>>);

impl Observer<f64> for Record {
    fn accepted(&mut self, step: &AcceptedStep<'_, f64>) {
        self.0.push(step.state.clone());
    }
}

fn check_replay(method: impl Method + Copy) {
    let control = Tolerance::new(1e-6, 1e-10);
    let problem = Problem::ode(Model("robertson"), [1.0, 0.0, 0.0], &dvector![0.04, 1e4, 3e7], 0.0..1e5);
    let mut record = Record::default();
    let solution = problem.solve_observed(method, &control, SaveAt::end(), &mut record).unwrap();
    assert_eq!(solution.statistics().accepted, record.0.len());
    for (index, checkpoint) in record.0.iter().enumerate().step_by(11) {
        let mut state = checkpoint.clone();
        problem.advance(method, &control, &mut state, 7, &mut ()).unwrap();
        if let Some(expected) = record.0.get(index + 7) {
            assert_eq!((state.t(), state.y()), (expected.t(), expected.y()), "{}", method.name());
        }
    }
}

#[test]
fn a_replay_from_any_checkpoint_is_exact() {
    check_replay(Rosenbrock23);
    check_replay(Rodas5P);
    check_replay(Bdf::default());
    check_replay(TrBdf2);
    check_replay(RadauIIA5);
    check_replay(Kvaerno5);
    check_replay(AutoMethod);
}

#[test]
fn statistics_count_the_linear_algebra() {
    let start = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0057];
    let problem: Problem<_, f64> = Problem::ode(Model("hires"), start, &dvector![], 0.0..321.8122);
    let statistics = problem.solve(Rodas4, Tolerance::new(1e-4, 1e-6), SaveAt::end()).unwrap().statistics();
    let (tried, work) = (statistics.accepted + statistics.rejected, statistics.implicit);
    assert_eq!((work.jacobians, work.factorisations, work.iterations), (statistics.accepted, tried, 0));
    assert!(statistics.to_string().contains("Jacobians"), "{statistics}");
}

struct Diffusion;

impl Ode for Diffusion {
    fn rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
        for i in 0..y.len() {
            let left = if i > 0 { y[i - 1] } else { R::zero() };
            let right = y.get(i + 1).copied().unwrap_or(R::zero());
            dy[i] = p[0] * (left - 2.0 * y[i] + right);
        }
    }
}

/// More states than are kept dense, against the exact decay of a wave.
#[test]
fn many_states_are_linearised_by_colours() {
    let n = 40;
    let wave = |i: usize| (std::f64::consts::PI * (i + 1) as f64 / (n + 1) as f64).sin();
    let start: Vec<f64> = (0..n).map(wave).collect();
    let problem = Problem::ode(Diffusion, &start[..], &dvector![1e3], 0.0..0.1);
    let solution = problem.solve(Rodas5P, Tolerance::new(1e-8, 1e-10), SaveAt::end()).unwrap();
    // The wave is an eigenvector of the second difference.
    let rate = 4e3 * (0.5 * std::f64::consts::PI / (n + 1) as f64).sin().powi(2);
    for (i, y) in solution.last().iter().enumerate() {
        assert!((y - wave(i) * (-0.1 * rate).exp()).abs() < 1e-8, "{i}: {y}");
    }
}

/// Coloured dual numbers on a traced pattern against the entries written by hand.
#[test]
fn the_brusselator_has_its_sparse_jacobian() {
    for side in [8, 16, 32] {
        let (model, n) = (Brusselator { side }, 2 * side * side);
        let y = model.start().map(|y| y + 0.1);
        let mut linearisation = Linearisation::new(n);
        VectorField::<f64>::linearise(
            &model,
            At { t: 2.0, y: y.as_slice(), p: &Brusselator::TERMS },
            &mut linearisation,
        );
        let jacobian = linearisation.jacobian().to_dense();
        let [a, _, alpha] = Brusselator::TERMS;
        let spread = alpha * ((side - 1) * (side - 1)) as f64;
        let mut expected = DMatrix::zeros(n, n);
        for point in 0..side * side {
            let (i, j, k) = (point / side, point % side, 2 * point);
            for (i, j) in [(i + 1, j), (i + side - 1, j), (i, j + 1), (i, j + side - 1)] {
                let neighbour = 2 * ((i % side) * side + j % side);
                expected[(k, neighbour)] = spread;
                expected[(k + 1, neighbour + 1)] = spread;
            }
            let (u, v) = (y[k], y[k + 1]);
            expected[(k, k)] = 2.0 * u * v - (a + 1.0) - 4.0 * spread;
            expected[(k, k + 1)] = u * u;
            expected[(k + 1, k)] = a - 2.0 * u * v;
            expected[(k + 1, k + 1)] = -u * u - 4.0 * spread;
        }
        let difference = (&jacobian - &expected).amax() / spread;
        assert!(difference < 1e-15, "{side}: {difference:e}");
        let linearised = linearisation.colours().expect("it is coloured");
        assert_eq!(linearised.entries, 6 * n);
        assert!((6..=16).contains(&linearised.colours), "{side}: {} colours", linearised.colours);
    }
}

/// A fine grid by every family against tight tolerances, and the linear algebra kept dense against sparse.
#[test]
fn the_brusselator_is_solved_by_sparse_factors() {
    let (p, start) = (DVector::from_row_slice(&Brusselator::TERMS), Brusselator { side: 8 }.start());
    let problem = |name| Problem::ode(Model(name), start.clone(), &p, 0.0..2.0);
    let (sparse, full) = (problem("brusselator"), problem("full brusselator"));
    let tight = sparse.solve(Rodas5P, Tolerance::new(1e-10, 1e-10), SaveAt::end()).unwrap();
    let end = tight.last().clone_owned();
    fn check(method: impl Method + Copy, [sparse, full]: [&Problem<Model, f64>; 2], end: &DVector<f64>) {
        let control = FixedStep(0.02);
        let by_sparse = sparse.solve(method, control, SaveAt::end()).unwrap();
        let by_dense = full.solve(method, control, SaveAt::end()).unwrap();
        let difference = (by_sparse.last() - by_dense.last()).amax();
        assert!(difference < 1e-11, "{}: {difference:e} between sparse and dense factors", method.name());
        let iterative = sparse.clone().with_linear_solver(LinearSolver::Iterative(Gmres::default()));
        let by_iteration = iterative.solve(method, control, SaveAt::end()).unwrap();
        let difference = (by_iteration.last() - by_dense.last()).amax();
        assert!(difference < 1e-8, "{}: {difference:e} between iteration and factors", method.name());
        let control = Tolerance::new(1e-5, 1e-5);
        let solution = sparse.solve(method, &control, SaveAt::end()).unwrap();
        let error = (solution.last() - end).amax() / end.amax();
        println!("{}: {error:e} in {}", method.name(), solution.statistics());
        assert!(error < 1e-3, "{}: {error:e}", method.name());
    }
    check(Rodas5P, [&sparse, &full], &end);
    check(RadauIIA5, [&sparse, &full], &end);
    check(Kvaerno5, [&sparse, &full], &end);
    check(Bdf::default(), [&sparse, &full], &end);
}

#[test]
fn dense_output_follows_a_stiff_solution() {
    // y relaxes to the cosine at the rate 1e5; after the transient y = cos t + O(1e-5). Errors are controlled at the ends of steps
    // only, and interpolants have a lower order.
    let problem = Problem::ode(Model("relaxation"), [1.0], &dvector![1e5], 0.0..6.0);
    fn check(method: impl Method, problem: &Problem<Model, f64>, most: f64) {
        let name = method.name();
        let solution = problem.solve(method, Tolerance::new(1e-6, 1e-6), SaveAt::dense()).unwrap();
        let error = |k: i32| (solution.at(0.1 * f64::from(k)).unwrap()[0] - (0.1 * f64::from(k)).cos()).abs();
        let worst = (1..60).map(error).fold(0.0, f64::max);
        println!("{name}: {worst:e} between the ends of {} steps", solution.statistics().accepted);
        assert!(worst < most, "{name}: {worst:e}");
    }
    check(Rosenbrock23, &problem, 1e-4);
    // The interpolant of Rodas4 loses orders on such problems, which is what Rodas5P was made for.
    check(Rodas4, &problem, 1e-3);
    check(Rodas5P, &problem, 1e-4);
    // A cubic over steps of length 0.5 to 1, which is how far this method goes here, cannot be nearer to a cosine.
    check(RadauIIA5, &problem, 1e-3);
    check(Bdf::default(), &problem, 1e-4);
}

#[test]
fn what_cannot_be_stepped_is_refused() {
    let closure = |_: f64, y: &[f64], _: &[f64], dy: &mut [f64]| dy[0] = -y[0];
    let refusal = |outcome: Result<Solution<f64>, SolveError>| outcome.expect_err("it is refused").to_string();
    let (control, save) = (Tolerance::new(1e-6, 1e-6), SaveAt::end);
    let plain = Problem::closure(closure, [1.0], &dvector![], 0.0..1.0);
    let message = refusal(plain.solve(Rodas5P, &control, save()));
    assert!(message.contains("Rodas5P needs the Jacobian") && message.contains("ode!"), "{message}");

    let decay = ode!(|_t, [y], []| [-y]);
    let with_mass = |mass| Problem::ode(decay, [1.0], &dvector![], 0.0..1.0).with_mass_matrix(mass);
    let message = refusal(with_mass(dmatrix![2.0]).solve(Tsit5, &control, save()));
    assert!(message.contains("Tsit5 has an explicit stage") && message.contains("Rodas5P"), "{message}");
    let message = refusal(with_mass(dmatrix![2.0]).solve(Bdf { max_order: 6 }, &control, save()));
    assert!(message.contains("none of order 6") && message.contains("max_order"), "{message}");
    let message = refusal(with_mass(dmatrix![1.0, 0.0]).solve(Rodas5P, &control, save()));
    assert!(message.contains("1 x 2") && message.contains("1 x 1"), "{message}");
    let message = refusal(with_mass(dmatrix![f64::NAN]).solve(Rodas5P, &control, save()));
    assert!(message.contains("NaN"), "{message}");

    // Without any equation for y: neither M nor J has a row for it.
    let nothing = ode!(|_t, [_y], []| [0.0.into()]);
    let problem = Problem::ode(nothing, [1.0], &dvector![], 0.0..1.0).with_mass_matrix(dmatrix![0.0]);
    let message = refusal(problem.solve(Rodas5P, &control, save()));
    assert!(message.contains("singular"), "{message}");
}

/// A mass matrix that mixes the equations changes nothing but their form.
#[test]
fn a_regular_mass_matrix_is_its_inverse_on_the_right() {
    let swing = ode!(|_t, [a, b], []| [b, -4.0 * a]);
    let mixed = ode!(|_t, [a, b], []| [2.0 * b - 4.0 * a, b + 4.0 * a]);
    let control = Tolerance::new(1e-9, 1e-9);
    let plain = Problem::ode(swing, [1.0, 0.0], &dvector![], 0.0..2.0);
    let mass = Problem::ode(mixed, [1.0, 0.0], &dvector![], 0.0..2.0).with_mass_matrix(dmatrix![2.0, 1.0; 1.0, -1.0]);
    for solution in
        [plain.solve(Rodas5P, &control, SaveAt::end()).unwrap(), mass.solve(Rodas5P, &control, SaveAt::end()).unwrap()]
    {
        assert!((solution.last() - dvector![4.0_f64.cos(), -2.0 * 4.0_f64.sin()]).amax() < 1e-7, "{}", solution.last());
    }
}

/// Lines on plain numbers, a table on others: the same operations in the same order.
#[test]
fn the_pollution_problem_has_the_same_bits_in_both_of_its_forms() {
    let y: [f64; 20] = std::array::from_fn(|i| 0.1 + (i as f64).sin().abs());
    let rates = pollution::rates();
    let mut lines = [0.0; 20];
    pollution::Pollution.rhs(0.0, &y, rates.as_slice(), &mut lines);
    let dual = |x: f64| Dual::<f64, 1>::constant(x);
    let mut table = [dual(0.0); 20];
    pollution::Pollution.rhs(dual(0.0), &y.map(dual), rates.map(dual).as_slice(), &mut table);
    assert_eq!(lines.map(f64::to_bits), table.map(|slope| slope.value.to_bits()));
}
