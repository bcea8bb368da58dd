//! How well does a rod conduct, what does it lose to the air, and how strong is its heater? Three unknown constants in a known
//! law, `u_t = D u_xx - loss u + power s(x)`, from five thermometers: least squares through the solver. Networks trained on the
//! residual of such an equation are reported to be off by 7 to 93 %, compiled physics by less than 1 % (Sheneman 2026,
//! arXiv:2605.22498).
//!
//! ```text
//! cargo run --release --example heat_equation -- pictures
//! ```

use costate::fit::{Cause, JacobianMode, Random, Residuals, linearise};
use costate::prelude::*;

/// Cells of the rod, which has length 1; its ends are insulated.
const CELLS: usize = 40;
const TRUTH: [f64; 3] = [0.02, 0.3, 2.0];
const NAMES: [&str; 3] = ["conduction", "loss", "power"];
const THERMOMETERS: [usize; 5] = [2, 10, 18, 27, 36];
const NOISE: f64 = 0.01;

/// Temperatures above that of the air in the cells, by the finite-volume method; the heater is around x = 0.3.
#[derive(Clone, Copy)]
struct Rod;

impl Ode for Rod {
    const STATES: Option<usize> = Some(CELLS);

    fn rhs<R: Real>(&self, _t: R, u: &[R], p: &[R], du: &mut [R]) {
        let per_cell = p[0] * (CELLS * CELLS) as f64;
        for i in 0..CELLS {
            let (left, right) = (u[i.saturating_sub(1)], u[(i + 1).min(CELLS - 1)]);
            let from_heater = ((i as f64 + 0.5) / CELLS as f64 - 0.3) / 0.05;
            du[i] = per_cell * (left + right - 2.0 * u[i]) - p[1] * u[i] + p[2] * (-0.5 * from_heater.powi(2)).exp();
        }
    }
}

fn times() -> Vec<f64> {
    (1..=20).map(|k| 0.25 * f64::from(k)).collect()
}

/// Temperatures at all cells at the times.
fn temperatures<R: Real>(p: &DVector<R>, times: &[f64]) -> Result<Vec<DVector<R>>, SolveError> {
    let problem = Problem::ode(Rod, [0.0; CELLS], p, 0.0..times[times.len() - 1]);
    Ok(problem.solve(Rodas5P, Tolerance::new(1e-7, 1e-7), SaveAt::times(times))?.states().to_vec())
}

/// What the thermometers showed, time by time.
struct Measured(Vec<f64>);

fn seen_by_thermometers<R: Real>(states: &[DVector<R>]) -> Vec<R> {
    states.iter().flat_map(|u| THERMOMETERS.map(|cell| u[cell])).collect()
}

impl Measured {
    fn simulated(seed: u64) -> Result<Self, SolveError> {
        let mut random = Random::new(seed, 0);
        let states = temperatures(&DVector::from_row_slice(&TRUTH), &times())?;
        Ok(Self(seen_by_thermometers(&states).into_iter().map(|u| u + NOISE * random.normal()).collect()))
    }

    fn fit(&self) -> Result<Fitted, FitError> {
        let start = NAMES.iter().zip([0.05, 0.1, 1.0]);
        let parameters = start.fold(Parameters::new(), |all, (name, start)| all.log(name, start).within(1e-3, 10.0));
        let residuals = |p: &DVector<f64>| linearise(self, p, JacobianMode::Forward);
        fit_least_squares(residuals, &parameters, &LevenbergMarquardt::default(), quiet)
    }
}

impl Residuals for Measured {
    fn residuals<R: Real>(&self, p: &DVector<R>) -> Result<DVector<R>, Cause> {
        let model = seen_by_thermometers(&temperatures(p, &times())?);
        Ok(DVector::from_iterator(model.len(), model.iter().zip(&self.0).map(|(&model, seen)| model - *seen)))
    }
}

fn main() -> Result<(), Cause> {
    let measured = Measured::simulated(1)?;
    let fitted = measured.fit()?;
    println!("{fitted}\n");
    for (name, truth) in NAMES.iter().zip(TRUTH) {
        let estimate = fitted.estimate(name)?;
        println!("{name:>12}: true {truth}, {:+.2} % off", 100.0 * (estimate / truth - 1.0));
    }
    let mut figure = Figure::new("A heated rod: the fit and its thermometers");
    figure = figure.x_label("time").y_label("temperature above the air");
    let fine: Vec<f64> = (0..=200).map(|k| 0.025 * f64::from(k)).collect();
    let states = temperatures(fitted.estimates(), &fine)?;
    for (k, cell) in THERMOMETERS.into_iter().enumerate() {
        let curve: Vec<f64> = states.iter().map(|u| u[cell]).collect();
        let seen: Vec<f64> = measured.0.iter().skip(k).step_by(THERMOMETERS.len()).copied().collect();
        let name = format!("x = {:.2}", (cell as f64 + 0.5) / CELLS as f64);
        figure = figure.curve(&name, &fine, &curve).points("", &times(), &seen);
    }
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    Ok(figure.save(format!("{folder}/heat_equation.png"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_constants_to_within_their_errors_and_a_few_percent() {
        let fitted = Measured::simulated(1).unwrap().fit().unwrap();
        let errors = fitted.standard_errors().unwrap_or_else(|| panic!("{fitted}"));
        for k in 0..3 {
            let off = fitted.estimates()[k] - TRUTH[k];
            assert!(off.abs() < 3.0 * errors[k] && off.abs() < 0.02 * TRUTH[k], "{}: {off}\n{fitted}", NAMES[k]);
        }
        // Without loss the heat in the rod is what the heater gave.
        let rod = temperatures(&dvector![0.02, 0.0, 2.0], &[5.0]).unwrap().remove(0);
        let given = 5.0 * 2.0 * 0.05 * (2.0 * std::f64::consts::PI).sqrt();
        assert!((rod.mean() - given).abs() < 1e-3 * given, "{} {given}", rod.mean());
    }
}
