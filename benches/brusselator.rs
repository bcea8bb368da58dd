//! The Brusselator in the plane by sparse factors: time against error. `cargo bench --bench brusselator -- 32 64`
//!
//! The numbers are sides of the grid (32 without any). The error is the largest of a component at time 11.5 in units of the largest
//! component, against a solution at tolerances of 1e-9 that stops where the source is switched on. Set-up is the first
//! linearisation: the pattern, its colours, the Jacobian, and the order of elimination.

#[path = "../solvers/tests/stiff/brusselator.rs"]
mod brusselator;

use brusselator::Brusselator;
use costate_linalg::{Linearisation, StepMatrix};
use costate_solvers::{At, Bdf, KenCarp4, Kvaerno5, Method, Problem, Rodas4, Rodas5P, SaveAt, Tolerance, VectorField};
use nalgebra::DVector;
use std::time::Instant;

const END: f64 = 11.5;

fn main() {
    let sides: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    for &side in if sides.is_empty() { &[32][..] } else { &sides } {
        run(side);
    }
}

fn run(side: usize) {
    let (model, p) = (Brusselator { side }, DVector::from_row_slice(&Brusselator::TERMS));
    let problem = Problem::ode(model, model.start(), &p, 0.0..END);
    println!("side {side}: set-up {:.1} ms", set_up(model) * 1e3);
    let with_stop = problem.clone().with_stops([1.1]);
    let exact = with_stop.solve(Rodas5P, Tolerance::new(1e-9, 1e-9), SaveAt::end()).expect("it is solvable");
    let end = exact.last().clone_owned();
    precision(&problem, Bdf::default(), &end);
    precision(&problem, Rodas4, &end);
    precision(&problem, Rodas5P, &end);
    precision(&problem, KenCarp4, &end);
    precision(&problem, Kvaerno5, &end);
}

/// Seconds until the first linearisation, and the first factors.
fn set_up(model: Brusselator) -> f64 {
    let (y, start) = (model.start(), Instant::now());
    let (mut linearisation, mut matrix) = (Linearisation::new(y.len()), StepMatrix::new(y.len()));
    let at = At { t: 0.0, y: y.as_slice(), p: &Brusselator::TERMS };
    VectorField::<f64>::linearise(&model, at, &mut linearisation);
    let pattern = start.elapsed().as_secs_f64();
    matrix.factor(1e3, None, linearisation.jacobian()).expect("it is regular");
    let first = start.elapsed().as_secs_f64();
    matrix.factor(1e3, None, linearisation.jacobian()).expect("it is regular");
    let again = start.elapsed().as_secs_f64() - first;
    println!("pattern, colours, Jacobian {:.2} ms, factors {:.2} ms", pattern * 1e3, again * 1e3);
    let solve = Instant::now();
    let mut b = vec![1.0; y.len()];
    (0..10).for_each(|_| matrix.solve(&mut b));
    println!("solve {:.3} ms", solve.elapsed().as_secs_f64() * 1e2);
    first - again
}

fn precision(problem: &Problem<Brusselator, f64>, method: impl Method + Copy, end: &DVector<f64>) {
    for rtol in [1e-3, 1e-4, 1e-5, 1e-6] {
        let mut best = f64::INFINITY;
        let mut line = String::new();
        for _ in 0..2 {
            let start = Instant::now();
            let solution = problem.solve(method, Tolerance::new(rtol, rtol), SaveAt::end()).expect("it is solvable");
            best = best.min(start.elapsed().as_secs_f64());
            let error = (solution.last() - end).amax() / end.amax();
            line = format!("error {error:.1e} {}", solution.statistics());
        }
        println!("{:10}{rtol:.0e}: {best:.3} s {line}", method.name());
    }
}
