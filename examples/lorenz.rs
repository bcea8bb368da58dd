//! When does a gradient stop meaning anything? The weather of Lorenz (1963): the derivative of its state by a parameter grows without end,
//! is exact to rounding for a trajectory that was computed, and past a horizon has nothing to do with the true one. What remains is the
//! derivative of an average.
//!
//! The failure of backward reconstruction over 100 units of time is in the documentation of SciMLSensitivity.jl, by the authors of
//! arXiv:1907.07587; the derivative 1.01 of the mean height by rho in Wang, Hu and Blonigan (2014).
//!
//! ```text
//! cargo run --release --example lorenz -- pictures
//! ```

use costate::fit::Cause;
use costate::prelude::*;
use costate::sensitivity::{GradientReport, Growth, NilsAdjoint, Shadowing, growth};

const RTOL: f64 = 1e-8;
const START: [f64; 3] = [1.0, 1.0, 25.0];

fn parameters() -> DVector<f64> {
    dvector![10.0, 28.0, 8.0 / 3.0]
}

fn weather<R: Real>(p: &DVector<R>, end: f64) -> Problem<impl Ode + Clone + 'static, R> {
    let lorenz = ode!(|_t, [x, y, z], [sigma, rho, beta]| [sigma * (y - x), x * (rho - z) - y, x * y - beta * z]);
    Problem::ode(lorenz, START, p, 0.0..end)
}

/// The height z at this time, as a function of the parameters.
struct Height(f64);

impl Objective for Height {
    fn loss<G: GradientStrategy>(&self, p: &DVector<Var>, strategy: &G) -> Result<Var, SolveError> {
        let solution = strategy.solve(&weather(p, self.0), Tsit5, Tolerance::new(RTOL, RTOL), SaveAt::end())?;
        Ok(solution.last()[2])
    }
}

/// The gradient of the height, with its error.
pub fn height(end: f64) -> Result<GradientReport, SolveError> {
    verify_gradient(&Height(end), &parameters(), &DiscreteAdjoint::default())
}

/// How far the start is missed if the state at `end` is solved back.
pub fn way_back(end: f64) -> Result<f64, SolveError> {
    let there = weather(&parameters(), end);
    let solve = |from: &DVector<f64>, times: std::ops::Range<f64>| {
        let problem = Problem::ode(there.system(), from, &parameters(), times);
        problem.solve(Tsit5, Tolerance::new(1e-12, 1e-12), SaveAt::end()).map(|solution| solution.last().clone())
    };
    let start = DVector::from_column_slice(&START);
    Ok((solve(&solve(&start, 0.0..end)?, end..0.0)? - start).norm())
}

/// From when on gradients of the trajectory mean nothing.
pub fn horizon(end: f64) -> Result<Growth, SolveError> {
    growth(&weather(&parameters(), end), Tsit5, Tolerance::new(RTOL, RTOL))
}

/// The mean height and its derivatives.
pub fn climate(end: f64) -> Result<Shadowing, SolveError> {
    let control = Tolerance::new(1e-6, 1e-6);
    NilsAdjoint::default().differentiate(&weather(&parameters(), end), Tsit5, control, |y| y[2])
}

fn main() -> Result<(), Cause> {
    println!("the way there and back again, at a tolerance of 1e-12:");
    for end in [0.5, 1.0, 2.0, 100.0] {
        match way_back(end) {
            Ok(miss) => println!("  {end:>5} units of time: the start is missed by {miss:.1e}"),
            Err(error) => println!("  {end:>5} units of time: {error}"),
        }
    }
    println!("\ntime   d z / d rho    against a finer solve   exact derivative of what was computed");
    let times: Vec<f64> = (1..=20).map(|i| 2.0 * f64::from(i)).collect();
    let (mut slopes, mut errors) = (Vec::new(), Vec::new());
    for &end in &times {
        let report = height(end)?;
        slopes.push(report.gradient[1].abs());
        errors.push(report.discretisation[1]);
        if end % 10.0 == 0.0 {
            let (slope, error) = (report.gradient[1], report.discretisation[1]);
            println!("{end:>4}   {slope:>11.3e}    +- {error:<18.1e}   dot test {:.0e}", report.dot_test());
        }
    }
    let found = horizon(100.0)?;
    println!("\n{found}\n\nthe mean height, by sigma, rho and beta: {}", climate(510.0)?);
    let figure =
        Figure::new("A gradient beyond its horizon").x_label("time at which the height z is asked for").log_y();
    let figure = figure.points("d z / d rho, absolute", &times, &slopes).points("its error", &times, &errors);
    let top = slopes.iter().chain(&errors).fold(0.0_f64, |top, &x| top.max(x));
    let rate = [1.0, (found.rate * 40.0).exp()];
    let figure = figure.curve("growth", &[0.0, 40.0], &rate).curve("horizon", &[found.horizon; 2], &[1e-9, top]);
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    Ok(figure.save(format!("{folder}/lorenz.png"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_are_exact_but_mean_nothing_beyond_the_horizon() {
        let found = horizon(100.0).unwrap();
        assert!((found.rate - 0.9056).abs() < 0.1 && (found.horizon - 20.3).abs() < 2.5, "{found}");
        assert!(found.warning().is_some() && horizon(5.0).unwrap().warning().is_none());
        let (early, late) = (height(4.0).unwrap(), height(32.0).unwrap());
        assert!(early.verdict().is_exact() && early.discretisation_error() < 1e-5, "{early}");
        // Still the derivative of what was computed; only that has nothing to do with the true trajectory any more.
        assert!(late.dot_test() < 1e-6 && late.discretisation_error() > 0.1, "{late}");
    }

    #[test]
    fn solving_back_misses_the_start() {
        assert!(way_back(0.5).unwrap() < 1e-8, "{:e}", way_back(0.5).unwrap());
        assert!(way_back(100.0).is_err_and(|error| matches!(error, SolveError::StepLimit { t, .. } if t > 90.0)));
    }

    /// Wang, Hu and Blonigan, J. Comput. Phys. 267 (2014) 210-224.
    #[test]
    fn the_mean_height_has_its_derivative() {
        let found = climate(310.0).unwrap();
        assert!((found.gradient[1] - 1.01).abs() < 3.0 * found.gradient_error[1].hypot(0.01), "{found}");
    }
}
