//! How fast, towards where and how noisily does a process relax? An Ornstein-Uhlenbeck process `dx = speed (level - x) dt +
//! noise dW`, observed along 40 paths, fitted twice: by the likelihood of its transitions, which are known to be normal, and,
//! as one would where they are not, by matching the means and variances of simulated paths.
//!
//! ```text
//! cargo run --release --example ornstein_uhlenbeck_fit -- pictures
//! ```

use costate::fit::{Cause, JacobianMode, Residuals, linearise};
use costate::prelude::*;

const TRUTH: [f64; 3] = [1.5, 1.0, 0.6];
const NAMES: [&str; 3] = ["speed", "level", "noise"];
const START: f64 = 4.0;
const OBSERVED: usize = 40;
const SIMULATED: usize = 2000;

/// 20 times until t = 4.
fn times() -> Vec<f64> {
    (1..=20).map(|k| 0.2 * f64::from(k)).collect()
}

/// Paths of a seed at the times, on any scalar.
fn simulate<R: Real>(p: &DVector<R>, seed: u64, paths: usize) -> Result<Vec<Vec<R>>, SolveError> {
    let process = sde!(|_t, [x], [speed, level, noise]| drift: [speed * (level - x)], diagonal_additive: [noise]);
    let path = |path: usize| {
        let noise = Brownian::seeded(seed).path(path as u64).with_unit(0.1);
        let problem = Problem::sde(process, noise, [START], p, 0.0..4.0);
        let solution = problem.solve(Sosra, FixedStep(0.1), SaveAt::times(times()))?;
        Ok(solution.saves().map(|(_, x)| x[0]).collect())
    };
    (0..paths).map(path).collect()
}

/// The means over the paths at each time, then the variances.
fn moments<R: Real>(paths: &[Vec<R>]) -> Vec<R> {
    let count = paths.len() as f64;
    let mean = |k: usize| paths.iter().fold(R::zero(), |sum, path| sum + path[k]) / count;
    let means: Vec<R> = (0..paths[0].len()).map(mean).collect();
    let variance = |(k, &mean): (usize, &R)| {
        paths.iter().fold(R::zero(), |sum, path| sum + (path[k] - mean) * (path[k] - mean)) / (count - 1.0)
    };
    let variances: Vec<R> = means.iter().enumerate().map(variance).collect();
    [means, variances].concat()
}

/// Minus the logarithm of the likelihood of all transitions.
fn likelihood(paths: &[Vec<f64>], p: &DVector<Var>) -> Var {
    let (speed, level, noise) = (p[0], p[1], p[2]);
    let decay = (-0.2 * speed).exp();
    let variance = noise * noise * (1.0 - decay * decay) / (2.0 * speed);
    let transitions = paths.iter().flat_map(|path| std::iter::once(&START).chain(path).zip(path));
    transitions.fold(Var::from(0.0), |sum, (&from, &to)| {
        let miss = to - (level + (from - level) * decay);
        sum + 0.5 * (miss * miss / variance + variance.ln() + (2.0 * std::f64::consts::PI).ln())
    })
}

/// The likelihood has its maximum where the regression of each value on the one before says.
fn maximum(paths: &[Vec<f64>]) -> [f64; 3] {
    let pairs: Vec<[f64; 2]> =
        paths.iter().flat_map(|path| std::iter::once(&START).chain(path).zip(path).map(|(&x, &y)| [x, y])).collect();
    let mean = |of: &dyn Fn(&[f64; 2]) -> f64| pairs.iter().map(of).sum::<f64>() / pairs.len() as f64;
    let (x, y) = (mean(&|pair| pair[0]), mean(&|pair| pair[1]));
    let decay = mean(&|pair| (pair[0] - x) * (pair[1] - y)) / mean(&|pair| (pair[0] - x).powi(2));
    let level = (y - decay * x) / (1.0 - decay);
    let variance = mean(&|pair| (pair[1] - level - (pair[0] - level) * decay).powi(2));
    let speed = -decay.ln() / 0.2;
    [speed, level, (variance * 2.0 * speed / (1.0 - decay * decay)).sqrt()]
}

/// Observed moments, each with the inverse of its standard error.
struct Moments {
    observed: Vec<f64>,
    weights: Vec<f64>,
}

impl Moments {
    fn of(paths: &[Vec<f64>]) -> Moments {
        let (observed, count) = (moments(paths), paths.len() as f64);
        let variances = &observed[20..];
        // Of a mean, variance / n; of a normal sample's variance, 2 variance^2 / (n - 1).
        let of_means = variances.iter().map(|v| (count / v).sqrt());
        let weights = of_means.chain(variances.iter().map(|v| (0.5 * (count - 1.0)).sqrt() / v)).collect();
        Moments { observed, weights }
    }
}

impl Residuals for Moments {
    /// The same 2,000 simulated paths at every call, so that it is a smooth function.
    fn residuals<R: Real>(&self, p: &DVector<R>) -> Result<DVector<R>, Cause> {
        let model = moments(&simulate(p, 2, SIMULATED)?);
        let rows = model.iter().zip(&self.observed).zip(&self.weights);
        Ok(DVector::from_vec(rows.map(|((&model, observed), &weight)| (model - *observed) * weight).collect()))
    }
}

fn parameters() -> Parameters {
    NAMES.iter().fold(Parameters::new(), |all, name| all.log(name, 0.5))
}

/// The observed paths, the fit by likelihood and the one by moments.
fn run() -> Result<(Vec<Vec<f64>>, Fitted, Fitted), Cause> {
    let paths = simulate(&DVector::from_column_slice(&TRUTH), 1, OBSERVED)?;
    let objective = |p: &DVector<f64>| try_gradient(|p| Ok::<_, Cause>(likelihood(&paths, p)), p);
    let by_likelihood = fit(objective, &parameters(), &Lbfgs::default(), quiet)?;
    let moments = Moments::of(&paths);
    let residuals = |p: &DVector<f64>| linearise(&moments, p, JacobianMode::Forward);
    let by_moments = fit_least_squares(residuals, &parameters(), &LevenbergMarquardt::default(), quiet)?;
    Ok((paths, by_likelihood, by_moments))
}

fn main() -> Result<(), Cause> {
    let (paths, by_likelihood, by_moments) = run()?;
    println!("truth {TRUTH:?}, maximum of the likelihood in closed form {:.6?}", maximum(&paths));
    println!("\nby the likelihood of transitions\n{by_likelihood}\n\nby simulated moments\n{by_moments}");
    let (observed, fitted) = (moments(&paths), moments(&simulate(by_moments.estimates(), 3, 10 * SIMULATED)?));
    let band = |sign: f64| (0..20).map(|k| fitted[k] + sign * 1.96 * fitted[20 + k].sqrt()).collect::<Vec<f64>>();
    let figure = Figure::new("An Ornstein-Uhlenbeck process, fitted by its moments")
        .x_label("time")
        .y_label("x")
        .band("95 % of paths, fitted", &times(), &band(-1.0), &band(1.0))
        .curve("mean, fitted", &times(), &fitted[..20])
        .points("mean of 40 paths", &times(), &observed[..20])
        .points("one of them", &times(), &paths[1]);
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    for kind in ["png", "svg"] {
        figure.save(format!("{folder}/ornstein_uhlenbeck_fit.{kind}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_fits_find_the_truth_and_the_likelihood_its_maximum() {
        let (paths, by_likelihood, by_moments) = run().unwrap();
        for (k, (truth, maximum)) in TRUTH.iter().zip(maximum(&paths)).enumerate() {
            let found = by_likelihood.estimates()[k];
            assert!((found / maximum - 1.0).abs() < 1e-5, "{}: {found}, not {maximum}", NAMES[k]);
            let error = by_likelihood.standard_errors().unwrap()[k];
            assert!((found - truth).abs() < 3.0 * error && error < 0.1 * truth, "{}: {found} +- {error}", NAMES[k]);
            let found = by_moments.estimates()[k];
            assert!((found / truth - 1.0).abs() < 0.15, "{} by moments: {found}", NAMES[k]);
        }
    }
}
