//! How fast do the errors of the stochastic methods fall with the step? All of them on equations whose solution along a path
//! is known: the mean error at the end over 500 paths against the step size.
//!
//! ```text
//! cargo run --release --example sde_strong_order -- pictures
//! ```

use costate::fit::Cause;
use costate::prelude::*;
use costate::solvers::{
    DriftImplicitEuler, EulerHeun, ReversibleHeun, Shark, SkenCarp, Sra1, Sra3, Sriw1, StochasticMethod,
    StochasticMidpoint,
};

const PATHS: usize = 500;

/// An equation from 0 to 1, and its last state as a function of W(1).
struct Case<S> {
    system: S,
    start: f64,
    p: DVector<f64>,
    exact: fn(f64) -> f64,
    /// From 1/2 to this power to 1/2 to that.
    steps: [i32; 2],
}

/// The mean errors of a method.
struct Curve {
    method: &'static str,
    claimed: f64,
    steps: Vec<f64>,
    errors: Vec<f64>,
}

impl<S: Sde + Copy + Sync> Case<S> {
    fn curve(&self, method: impl StochasticMethod + Copy + Sync) -> Result<Curve, SolveError> {
        let steps: Vec<f64> = (self.steps[0]..=self.steps[1]).map(|level| 0.5_f64.powi(level)).collect();
        let summaries = Ensemble::new(PATHS).summarise(|path| {
            let noise = Brownian::seeded(2026).path(path as u64);
            let exact = (self.exact)(noise.motion(1)?.increment(0.0, 1.0)?[0]);
            let problem = Problem::sde(self.system, noise, [self.start], &self.p, 0.0..1.0);
            let error = |&h: &f64| Ok((problem.solve(method, FixedStep(h), SaveAt::end())?.last()[0] - exact).abs());
            steps.iter().map(error).collect::<Result<Vec<f64>, SolveError>>()
        })?;
        let claimed = method.strong_order(self.system.noise()).unwrap_or(f64::NAN);
        Ok(Curve { method: method.name(), claimed, steps, errors: summaries.iter().map(Summary::mean).collect() })
    }
}

impl Curve {
    /// The slope of the error over the step, both in logarithms, by regression.
    fn observed(&self) -> f64 {
        let mean = |values: &[f64]| values.iter().map(|x| x.ln()).sum::<f64>() / values.len() as f64;
        let (x, y) = (mean(&self.steps), mean(&self.errors));
        let pairs = || self.steps.iter().zip(&self.errors).map(|(h, e)| (h.ln() - x, e.ln() - y));
        pairs().map(|(h, e)| h * e).sum::<f64>() / pairs().map(|(h, _)| h * h).sum::<f64>()
    }
}

/// Methods of Ito's and of Stratonovich's calculus on geometric Brownian motion, and those for additive noise.
fn curves() -> Result<[Vec<Curve>; 3], SolveError> {
    let geometric = sde!(|_t, [u], [a, b]| drift: [a * u], diagonal: [b * u]);
    let exact = |w: f64| 0.5 * (1.01 - 0.5 * 0.87 * 0.87 + 0.87 * w).exp();
    let ito = Case { system: geometric, start: 0.5, p: dvector![1.01, 0.87], exact, steps: [4, 9] };
    let first = vec![ito.curve(EulerMaruyama)?, ito.curve(Milstein)?, ito.curve(Sriw1)?, ito.curve(Sosri)?];
    let Case { system, start, p, exact, steps } = ito;
    let same = Case { system: system.to_stratonovich(), start, p, exact, steps };
    let second =
        vec![same.curve(EulerHeun)?, same.curve(StochasticMidpoint)?, same.curve(ReversibleHeun)?, same.curve(Spark)?];
    let linear = sde!(|t, [u], [a, b]| drift: [b / (1.0 + t).sqrt() - 0.5 * u / (1.0 + t)],
        diagonal_additive: [a * b / (1.0 + t).sqrt()]);
    let exact = |w: f64| (1.0 + 0.5 * (1.0 + 2.0 * w)) / 2_f64.sqrt();
    let additive = Case { system: linear, start: 1.0, p: dvector![2.0, 0.5], exact, steps: [2, 7] };
    let third = vec![
        additive.curve(EulerMaruyama)?,
        additive.curve(DriftImplicitEuler)?,
        additive.curve(Sra1)?,
        additive.curve(Sra3)?,
        additive.curve(Sosra)?,
        additive.curve(Shark)?,
        additive.curve(SkenCarp)?,
    ];
    Ok([first, second, third])
}

fn main() -> Result<(), Cause> {
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    let titles =
        ["Ito: du = 1.01 u dt + 0.87 u dW", "The same motion after Stratonovich", "Additive noise, linear drift"];
    let names = ["ito", "stratonovich", "additive"];
    for ((curves, title), name) in curves()?.into_iter().zip(titles).zip(names) {
        println!("\n{title}\n{:<20} {:>8} {:>9} {:>22}", "method", "claimed", "observed", "error at finest step");
        let mut figure = Figure::new(&format!("{title}: mean error at t = 1")).x_label("step size");
        for curve in &curves {
            let (claimed, observed, last) = (curve.claimed, curve.observed(), curve.errors[curve.errors.len() - 1]);
            println!("{:<20} {claimed:>8.1} {observed:>9.2} {last:>22.1e}", curve.method);
            let label = format!("{}, order {observed:.2}", curve.method);
            figure = figure.curve(&label, &curve.steps, &curve.errors);
        }
        for kind in ["png", "svg"] {
            figure.clone().log_x().log_y().save(format!("{folder}/sde_strong_order_{name}.{kind}"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_its_order() {
        let expected = [vec![0.5, 1.0, 1.5, 1.5], vec![1.0; 4], vec![1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0]];
        for (curves, expected) in curves().unwrap().iter().zip(expected) {
            for (curve, expected) in curves.iter().zip(expected) {
                let observed = curve.observed();
                assert!((observed - expected).abs() < 0.2, "{}: {observed}, not {expected}", curve.method);
                assert!(curve.claimed <= expected, "{} claims {}", curve.method, curve.claimed);
            }
        }
    }
}
