//! The error at the end against the tolerance, for every adaptive method, on the non-stiff problems of `data/ode_reference`:
//! Arenstorf's orbit, the Pleiades, the Brusselator, and DETEST. `cargo test --test ode_reference -- --nocapture` prints it.

mod models;

use costate_solvers::*;
use models::Model;
use nalgebra::{DVector, dvector};
use serde_json::Value;

/// A problem with its published or recomputed end, and how well that end is known.
struct Reference {
    name: &'static str,
    start: DVector<f64>,
    end_time: f64,
    end: DVector<f64>,
    uncertainty: f64,
}

fn numbers(value: &Value) -> DVector<f64> {
    let number = |x: &Value| x.as_f64().or_else(|| x.as_str()?.parse().ok()).expect("a number");
    DVector::from_iterator(
        value.as_array().expect("an array").len(),
        value.as_array().into_iter().flatten().map(number),
    )
}

fn find(name: &'static str) -> Reference {
    let read = |text| serde_json::from_str::<Vec<Value>>(text).expect("valid JSON");
    let published = read(include_str!("../../../data/ode_reference/problems.json"));
    let detest = read(include_str!("../../../data/ode_reference/detest.json"));
    let problem = published.iter().chain(&detest).find(|problem| problem["name"] == name).expect("it is in the data");
    let recomputed = problem["max_abs_difference_between_methods"].as_f64();
    let end = if recomputed.is_some() { &problem["end_value"] } else { &problem["reference"] };
    let (start, end) = (numbers(&problem["y0"]), numbers(end));
    let end_time = problem["t1"].as_f64().expect("a number");
    Reference { name, start, end_time, end, uncertainty: recomputed.unwrap_or(1e-11) }
}

const TOLERANCES: [f64; 5] = [1e-4, 1e-6, 1e-8, 1e-10, 1e-12];

impl Reference {
    /// The largest error of a component at the end, for each tolerance, and what the runs cost.
    fn errors(&self, method: impl Method + Copy, tolerances: &[f64]) -> Vec<(f64, Statistics)> {
        let problem = Problem::ode(Model(self.name), &self.start, &dvector![], 0.0..self.end_time);
        let run = |&tolerance: &f64| {
            let solution = problem.solve(method, Tolerance::new(tolerance, tolerance), SaveAt::end()).unwrap();
            ((solution.last() - &self.end).amax(), solution.statistics())
        };
        tolerances.iter().map(run).collect()
    }

    /// Prints the errors of a method, and asserts that each is at most `factor` tolerances.
    fn check(&self, method: impl Method + Copy, factor: f64) {
        let (name, tableau) = (method.name(), method.tableau().expect("a Runge-Kutta method"));
        // At a step for every digit, the methods of low order would take millions of steps.
        let suited = if method.order() < 5 { 3 } else { TOLERANCES.len() };
        let mut line = format!("{:16}{name:8}", self.name);
        for ((error, statistics), tolerance) in self.errors(method, &TOLERANCES[..suited]).iter().zip(TOLERANCES) {
            line += &format!("{error:10.1e} in {:6} ", statistics.evaluations);
            let allowed = factor * tolerance + 10.0 * self.uncertainty;
            assert!(*error < allowed, "{} by {name} at {tolerance:e}: error {error:e}", self.name);
            let waits = if tableau.last_stage_waits() { statistics.rejected } else { 0 };
            let stages = (statistics.accepted + statistics.rejected) * (tableau.stages() - 1);
            assert_eq!(statistics.evaluations, 2 + stages - waits, "{} by {name}", self.name);
        }
        println!("{line}");
    }

    fn check_all(&self, factor: f64) {
        self.check(Bs3, factor);
        self.check(Dopri5, factor);
        self.check(Tsit5, factor);
        self.check(Vern6, factor);
        self.check(Vern7, factor);
        self.check(Vern8, factor);
        self.check(Vern9, factor);
        self.check(Dop853, factor);
    }
}

/// How many tolerances the error at the end may be: what the problem makes of the errors of its steps. The orbits, whose
/// errors grow with every approach, are the worst.
const FACTORS: [(&str, f64); 15] = [
    ("arenstorf", 1e5),
    ("pleiades", 1e5),
    ("brusselator_ode", 1e3),
    ("A1", 1e2),
    ("A3", 1e2),
    ("A5", 1e2),
    ("B2", 1e2),
    ("B4", 1e2),
    ("C1", 1e2),
    ("C3", 1e2),
    ("D1", 1e3),
    ("D3", 1e4),
    ("D5", 1e5),
    ("E2", 1e2),
    ("E4", 1e2),
];

#[test]
fn the_error_at_the_end_follows_the_tolerance() {
    println!("largest error at the end, in so many evaluations, for the tolerances {TOLERANCES:?}");
    for (name, factor) in FACTORS {
        find(name).check_all(factor);
    }
}
