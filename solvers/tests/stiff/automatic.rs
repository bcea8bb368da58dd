//! The automatic choice of a method: what it runs, why, and that it costs about what the better method does.

use super::models::Model;
use costate_solvers::*;
use nalgebra::{DVector, dvector};

fn problem(name: &'static str, start: &[f64], p: &[f64], end: f64) -> Problem<Model, f64> {
    Problem::ode(Model(name), start, &DVector::from_row_slice(p), 0.0..end)
}

/// Saved at the ends of steps: between those of a stiff method an interpolant of lower order is at work.
fn run(problem: &Problem<Model, f64>, control: &Tolerance) -> (Solution<f64>, Automatic) {
    let solution = problem.solve(AutoMethod, control, SaveAt::steps()).unwrap();
    let automatic = solution.statistics().automatic.expect("it says what it ran");
    println!("{:.0e}: {}", control.rtol(), solution.statistics());
    (solution, automatic)
}

fn lotka_volterra() -> Problem<Model, f64> {
    problem("lotka_volterra", &[10.0, 5.0], &[0.55, 0.028, 0.84, 0.026], 20.0)
}

#[test]
fn a_problem_that_is_not_stiff_never_leaves_the_explicit_method() {
    for tolerance in [1e-3, 1e-5, 1e-7, 1e-9] {
        let (solution, automatic) = run(&lotka_volterra(), &Tolerance::new(tolerance, tolerance));
        assert_eq!((automatic.implicit_steps, automatic.to_implicit), (0, 0), "{automatic}");
        assert_eq!(automatic.explicit_steps, solution.statistics().accepted);
        let tight = lotka_volterra().solve(Vern9, Tolerance::new(1e-13, 1e-13), SaveAt::end()).unwrap();
        let error = (solution.last() - tight.last()).amax() / tight.last().amax();
        assert!(error < 30.0 * tolerance, "{tolerance:e}: {error:e}");
    }
    let (_, automatic) = run(&lotka_volterra(), &Tolerance::new(1e-4, 1e-4));
    assert!(automatic.to_string().contains("by Tsit5 (rtol is above 1e-6), which stability never held"), "{automatic}");
    let (_, automatic) = run(&lotka_volterra(), &Tolerance::new(1e-8, 1e-8));
    assert!(automatic.to_string().contains("by Vern7 (rtol is at most 1e-6)"), "{automatic}");
}

/// The rate rises from 1 to 1e5 at t = 5, and falls back at t = 10; the solution is the cosine throughout. Steps of 0.5 at most: in the
/// stiff part any implicit method would step over the fall, which no error estimate sees.
#[test]
fn a_problem_that_turns_stiff_half_way_is_followed_there_and_back() {
    let stiff_between = problem("stiff between", &[1.0], &[1e5], 15.0);
    for tolerance in [1e-4, 1e-7] {
        let (solution, automatic) = run(&stiff_between, &Tolerance::new(tolerance, tolerance).with_max_step(0.5));
        for (t, y) in solution.saves() {
            assert!((y[0] - t.cos()).abs() < 100.0 * tolerance, "{t}: {}", y[0] - t.cos());
        }
        assert_eq!(automatic.to_implicit, automatic.to_explicit, "{automatic}");
        assert!((1..=2).contains(&automatic.to_implicit), "{automatic}");
        assert!(automatic.stiff_from.is_some_and(|t| (4.5..6.0).contains(&t)), "{automatic}");
        assert!(solution.statistics().accepted < 300, "{}", solution.statistics());
    }
    // With an event in every part.
    let crossing = Event::when(condition!(|_t, [y], [_rate]| y));
    let solution = stiff_between
        .with_event(crossing)
        .solve(AutoMethod, Tolerance::new(1e-7, 1e-7).with_max_step(0.1), SaveAt::end())
        .unwrap();
    assert_eq!(solution.events().len(), 5);
    for (k, event) in solution.events().iter().enumerate() {
        let exact = (k as f64 + 0.5) * std::f64::consts::PI;
        assert!((event.time - exact).abs() < 1e-5, "{k}: {}", event.time - exact);
    }
}

/// Van der Pol's oscillator has intervals of stiffness with jumps between them: about the steps of the implicit method alone.
#[test]
fn a_stiff_oscillator_costs_about_what_the_implicit_method_does() {
    let oscillator = problem("van_der_pol_mu1000", &[2.0, 0.0], &[], 2000.0);
    for tolerance in [1e-4, 1e-6, 1e-8] {
        let (solution, automatic) = run(&oscillator, &Tolerance::new(tolerance, tolerance));
        let alone =
            oscillator.solve(Rodas5P, Tolerance::new(tolerance, tolerance), SaveAt::end()).unwrap().statistics();
        let (found, alone) = (solution.statistics(), alone.accepted + alone.rejected);
        assert!(found.accepted + found.rejected < 2 * alone + 100, "{found}, {alone} steps by Rodas5P");
        assert!(automatic.stiff_from.is_some_and(|t| t < 1.0), "{automatic}");
    }
}

/// What an explicit method cannot step, and what does not say whether it could.
#[test]
fn the_implicit_method_is_run_throughout_where_it_must_be() {
    let given = problem("relaxation", &[1.0], &[1e5], 1.0).solve(AutoMethod, FixedStep(0.05), SaveAt::end()).unwrap();
    let automatic = given.statistics().automatic.unwrap();
    assert!(automatic.to_string().contains("Rodas5P throughout") && automatic.to_string().contains("given steps"));
    assert!((given.last()[0] - 1.0_f64.cos()).abs() < 1e-4);
    let mass = problem("relaxation", &[1.0], &[1.0], 1.0).with_mass_matrix(nalgebra::dmatrix![1.0]);
    let solution = mass.solve(AutoMethod, Tolerance::new(1e-6, 1e-6), SaveAt::end()).unwrap();
    assert!(solution.statistics().to_string().contains("with a mass matrix"));
    // Nothing to estimate anything from.
    let rest = problem("lotka_volterra", &[0.0, 0.0], &[1.0; 4], 10.0);
    assert_eq!(rest.solve(AutoMethod, Tolerance::new(1e-6, 1e-6), SaveAt::end()).unwrap().last(), &dvector![0.0, 0.0]);
    // Decay that reaches 0 by underflow (a known trap: stability holds the steps, and no difference of slopes is left to tell).
    let decay = problem("decay", &[100.0], &[2e5], 10.0);
    let solution = decay.solve(AutoMethod, Tolerance::new(1e-6, 1e-6), SaveAt::end()).unwrap();
    assert!(solution.last()[0].abs() < 1e-6 && solution.statistics().accepted < 500, "{}", solution.statistics());
}
