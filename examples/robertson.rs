//! What does stiffness cost, and do gradients survive it? Robertson's three reactions, followed over twelve powers of ten of time, with the
//! sensitivities of the final state to the three rates.
//!
//! Robertson (1966); rates and reference of the Test Set for Initial Value Problem Solvers (Mazzia and Magherini 2008, problem ROBER).
//! Late in the reaction `y1 = k3^2 / (k2 k1^2 t)`, which the sensitivities must know: -2, -1 and 2 by the logarithms of the rates.
//!
//! ```text
//! cargo run --release --example robertson -- pictures
//! ```

use costate::ad::try_jacobian_chunked;
use costate::fit::Cause;
use costate::prelude::*;
use costate::solvers::{Bdf, Method};
use std::time::Instant;

/// The rates of A -> B, of B + B -> C + B, and of B + C -> A + C.
const RATES: [f64; 3] = [0.04, 3e7, 1e4];
/// The state at t = 1e11 of the test set.
const REFERENCE: [f64; 3] = [0.208_334_014_970_125_5e-7, 0.833_336_077_033_471_3e-13, 0.999_999_979_166_505];

/// Concentrations of A, B and C at these times, for the logarithms of the rates.
pub fn reactions<R: Real, M: Method>(logs: &DVector<R>, method: M, times: &[f64]) -> Result<Solution<R>, SolveError> {
    let system = ode!(|_t, [a, b, c], [slow, fast, back]| {
        let (to_b, to_c, to_a) = (slow * a, fast * b * b, back * b * c);
        [to_a - to_b, to_b - to_a - to_c, to_c]
    });
    let problem = Problem::ode(system, [1.0, 0.0, 0.0], &logs.map(|log| log.exp()), 0.0..times[times.len() - 1]);
    problem.solve(method, tolerance(), SaveAt::times(times))
}

/// The concentration of B is at most 4e-5, and 1e-13 at the end.
fn tolerance() -> Tolerance {
    Tolerance::new(1e-8, 1e-8).with_component_atol([1e-12, 1e-18, 1e-12])
}

fn logs() -> DVector<f64> {
    DVector::from_column_slice(&RATES.map(f64::ln))
}

/// The derivatives of the logarithm of each concentration (a row) at t = 1e11 by those of the rates (a column), forward.
pub fn sensitivities<M: Method + Copy>(method: M) -> Result<DMatrix<f64>, SolveError> {
    let last = |logs: &DVector<Dual<f64, 3>>| Ok(reactions(logs, method, &[0.0, 1e11])?.last().map(Dual::ln));
    try_jacobian_chunked(last, &logs()).map(|(_, slopes)| slopes)
}

fn main() -> Result<(), Cause> {
    println!("explicit: {}\n", reactions(&logs(), Tsit5, &[0.0, 1e11]).expect_err("no explicit method gets there"));
    println!("method       largest relative error at 1e11       steps   time (ms)");
    row("Rodas5P", Rodas5P)?;
    row("RadauIIA5", RadauIIA5)?;
    row("Bdf", Bdf::default())?;
    println!("\nd ln y / d ln k at 1e11, by rates {RATES:?}:{:.6}", sensitivities(Rodas5P)?);
    println!("late in the reaction, in closed form, the first row is -2, -1, 2\n");

    let times: Vec<f64> =
        std::iter::once(0.0).chain((0..=220).map(|i| 10.0_f64.powf(-6.0 + 0.05 * f64::from(i)))).collect();
    let solution = reactions(&logs(), Rodas5P, &times)?;
    let component = |k: usize, scale: f64| solution.saves().map(|(_, y)| scale * y[k]).collect::<Vec<f64>>();
    let figure = Figure::new("Robertson's reactions").x_label("time (s)").y_label("concentration").log_x();
    let figure = figure.curve("A", &times, &component(0, 1.0)).curve("B, times 20,000", &times, &component(1, 2e4));
    let figure = figure.curve("C", &times, &component(2, 1.0));
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    Ok(figure.save(format!("{folder}/robertson.png"))?)
}

fn row<M: Method>(name: &str, method: M) -> Result<(), SolveError> {
    let start = Instant::now();
    let solution = reactions(&logs(), method, &[0.0, 1e11])?;
    let milliseconds = 1e3 * start.elapsed().as_secs_f64();
    println!("{name:<12} {:>35.1e}   {:>9}   {milliseconds:>9.2}", error(&solution), solution.statistics().accepted);
    Ok(())
}

/// The largest relative error of the last state.
fn error(solution: &Solution<f64>) -> f64 {
    solution.last().iter().zip(REFERENCE).map(|(y, reference)| (y / reference - 1.0).abs()).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stiff_methods_arrive_and_explicit_ones_say_why_not() {
        let error_of = |solution: Result<Solution<f64>, SolveError>| error(&solution.unwrap());
        assert!(error_of(reactions(&logs(), Rodas5P, &[0.0, 1e11])) < 1e-5);
        assert!(error_of(reactions(&logs(), RadauIIA5, &[0.0, 1e11])) < 1e-5);
        let refused = reactions(&logs(), Tsit5, &[0.0, 1e11]).unwrap_err().to_string();
        assert!(refused.contains("stiff"), "{refused}");
    }

    #[test]
    fn sensitivities_know_the_late_reaction() {
        let found = sensitivities(Rodas5P).unwrap();
        for (found, expected) in found.row(0).iter().zip([-2.0, -1.0, 2.0]) {
            assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        }
        // Nothing is lost: the changes of the three concentrations add up to none.
        for rate in 0..3 {
            let sum: f64 = (0..3).map(|k| found[(k, rate)] * REFERENCE[k]).sum();
            assert!(sum.abs() < 1e-12, "{sum:e}");
        }
    }
}
