//! Errors at the end of the stiff problems of `data/ode_reference`, and of Robertson's at earlier times.

use crate::models::Model;
use crate::{detest, pollution};
use costate_solvers::{Method, Problem, SaveAt, Tolerance};
use nalgebra::{DMatrix, DVector};
use serde_json::Value;

/// A problem, its end, and the absolute tolerance as a fraction of the relative one.
struct Reference {
    name: &'static str,
    start: Vec<f64>,
    end_time: f64,
    end: Vec<f64>,
    atol: f64,
    /// Rows of the mass matrix.
    mass: Option<Vec<Vec<f64>>>,
    /// How many tolerances the error may be: what the problem makes of the errors of its steps.
    factor: f64,
    /// How well the end is known.
    uncertainty: f64,
}

fn numbers(value: &Value) -> Vec<f64> {
    let number = |x: &Value| x.as_f64().or_else(|| x.as_str()?.parse().ok()).expect("a number");
    value.as_array().expect("an array").iter().map(number).collect()
}

/// A problem of the stiff half of DETEST, whose end was recomputed by two other programs.
fn recomputed(name: &'static str) -> Reference {
    let all: Vec<Value> =
        serde_json::from_str(include_str!("../../../data/ode_reference/detest.json")).expect("valid JSON");
    let problem = all.iter().find(|problem| problem["name"] == name).expect("it is in the data");
    let (start, end) = (numbers(&problem["y0"]), numbers(&problem["end_value"]));
    let uncertainty = problem["max_abs_difference_between_methods"].as_f64().expect("a number");
    let end_time = problem["t1"].as_f64().expect("a number");
    Reference { name, start, end_time, end, atol: 1e-2, mass: None, factor: 300.0, uncertainty }
}

fn published(name: &'static str, atol: f64, factor: f64) -> Reference {
    let text = include_str!("../../../data/ode_reference/problems.json");
    let all: Vec<Value> = serde_json::from_str(text).expect("valid JSON");
    let problem = all.iter().find(|problem| problem["name"] == name).expect("it is in the data");
    let rows = |mass: &Value| mass.as_array().map(|rows| rows.iter().map(numbers).collect());
    let (start, end) = (numbers(&problem["y0"]), numbers(&problem["reference"]));
    let end_time = problem["t1"].as_f64().expect("a number");
    Reference { name, start, end_time, end, atol, mass: rows(&problem["mass_matrix"]), factor, uncertainty: 0.0 }
}

/// Robertson's problem at earlier times, by collocation at five Radau nodes (order 9) on 160 steps that grow geometrically in each of
/// three spans; 100 steps give the same thirteen digits.
const ROBERTSON_40: [f64; 3] = [0.7158270687194055, 9.185534764557796e-6, 0.28416374574582953];
const ROBERTSON_1E5: [f64; 3] = [0.017865921142099547, 7.274751468436357e-8, 0.9821340061103854];

/// The pollution problem's end in the Test Set for IVP Solvers (Mazzia & Magherini, release 2.4, problem II-1).
#[rustfmt::skip]
#[allow(clippy::excessive_precision)] // The digits are the source's.
const POLLUTION: [f64; 20] = [
    0.5646255480022769e-1, 0.1342484130422339, 0.4139734331099427e-8, 0.5523140207484359e-2, 0.2018977262302196e-6,
    0.1464541863493966e-6, 0.7784249118997964e-1, 0.3245075353396018, 0.7494013383880406e-2, 0.1622293157301561e-7,
    0.1135863833257075e-7, 0.2230505975721359e-2, 0.2087162882798630e-3, 0.1396921016840158e-4, 0.8964884856898295e-2,
    0.4352846369330103e-17, 0.6899219696263405e-2, 0.1007803037365946e-3, 0.1772146513969984e-5, 0.5682943292316392e-4,
];

fn at_sixty_minutes() -> Reference {
    let (name, start, end) = ("pollution", pollution::start().to_vec(), POLLUTION.to_vec());
    Reference { name, start, end_time: 60.0, end, atol: 1e-2, mass: None, factor: 300.0, uncertainty: 0.0 }
}

fn robertson(end_time: f64, end: [f64; 3]) -> Reference {
    let (name, start) = ("robertson", vec![1.0, 0.0, 0.0]);
    Reference { name, start, end_time, end: end.to_vec(), atol: 1e-4, mass: None, factor: 30.0, uncertainty: 0.0 }
}

/// Prints the errors of a method in units of the tolerance, and asserts that none is larger than the problem's factor; and that
/// no concentration of Robertson's problem is negative beyond the absolute tolerance.
pub fn check_errors(method: impl Method + Copy, tolerances: &[f64]) {
    println!("{}: error in tolerances, steps tried, for the tolerances {tolerances:?}", method.name());
    let references = [
        robertson(40.0, ROBERTSON_40),
        robertson(1e5, ROBERTSON_1E5),
        published("robertson", 1e-6, 30.0),
        published("hires", 1e-2, 300.0),
        published("oregonator", 1e-2, 1000.0),
        published("van_der_pol_mu1000", 1.0, 1000.0),
        published("van_der_pol_eps1e-6", 1.0, 1000.0),
        published("chemical_akzo_nobel", 1e-2, 100.0),
        at_sixty_minutes(),
    ];
    for reference in references.into_iter().chain(detest::NAMES.map(recomputed)) {
        let mut line = format!("{:20} to {:8.1e}", reference.name, reference.end_time);
        for &rtol in tolerances {
            line += &reference.check(method, rtol);
        }
        println!("{line}");
    }
}

impl Reference {
    fn check(&self, method: impl Method + Copy, rtol: f64) -> String {
        let p = match self.name {
            "robertson" => DVector::from_row_slice(&[0.04, 1e4, 3e7]),
            "pollution" => pollution::rates(),
            _ => DVector::zeros(0),
        };
        if self.mass.is_some() && !method.takes_mass_matrix() {
            return String::new();
        }
        let mut problem = Problem::ode(Model(self.name), &self.start[..], &p, 0.0..self.end_time);
        if let Some(rows) = &self.mass {
            problem = problem.with_mass_matrix(DMatrix::from_fn(rows.len(), rows.len(), |i, j| rows[i][j]));
        }
        let atol = rtol * self.atol;
        let solution = problem.solve(method, Tolerance::new(rtol, atol), SaveAt::end()).unwrap();
        let scaled = |(y, end): (&f64, &f64)| ((y - end).abs() - self.uncertainty).max(0.0) / (atol + rtol * end.abs());
        let error = solution.last().iter().zip(&self.end).map(scaled).fold(0.0, f64::max);
        let (name, statistics) = (method.name(), solution.statistics());
        assert!(error < self.factor, "{} by {name} at {rtol:e}: {error:.1} tolerances", self.name);
        let negative = solution.last().iter().any(|&y| y < -self.factor * atol);
        assert!(self.name != "robertson" || !negative, "{name}: {}", solution.last());
        format!("{error:10.2} in {:5}", statistics.accepted + statistics.rejected)
    }
}
