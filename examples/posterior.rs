//! What do the pelts of lynx and hare leave open, all told? Draws from the posterior distribution of Lotka-Volterra's rates by
//! Hamiltonian Monte Carlo, which needs what a fit has anyway: the log-posterior, its gradient, and the information at its mode.
//! Any sampler that takes a value and a gradient can stand in its place.
//!
//! ```text
//! cargo run --release --example posterior -- pictures
//! ```

use costate::fit::{Cause, Evaluation, Information, LogPosterior, Random};
use costate::prelude::*;

const COUNTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/hudson_bay/hudson-bay-lynx-hare.csv");

/// Means and standard deviations over the 10,000 reference draws of this posterior (posteriordb,
/// hudson_lynx_hare-lotka_volterra).
pub const PUBLISHED: [(&str, f64, f64); 8] = [
    ("alpha", 0.5468645, 0.0630548),
    ("beta", 0.02774729, 0.00415472),
    ("gamma", 0.8000954, 0.0893702),
    ("delta", 0.02408592, 0.00352809),
    ("hare0", 34.035222, 2.916899),
    ("lynx0", 5.935897, 0.530552),
    ("sigma_hare", 0.2480569, 0.0432627),
    ("sigma_lynx", 0.2510169, 0.0435903),
];

/// Rates (1/year, and 1/year per thousand pelts), initial pelts (thousands), noise: with the priors of Carpenter's Stan case
/// study (2018).
pub fn parameters() -> Parameters {
    let normal = |mean, deviation| Prior::Normal { mean, deviation };
    let log_normal = |median, deviation| Prior::LogNormal { median, deviation };
    let rates =
        Parameters::new().log("alpha", 0.5).known(normal(1.0, 0.5)).log("beta", 0.025).known(normal(0.05, 0.05));
    let rates = rates.log("gamma", 0.8).known(normal(1.0, 0.5)).log("delta", 0.025).known(normal(0.05, 0.05));
    let start = rates.log("hare0", 30.0).known(log_normal(10.0, 1.0)).log("lynx0", 6.0).known(log_normal(10.0, 1.0));
    let noise = log_normal((-1.0_f64).exp(), 1.0);
    start.log("sigma_hare", 0.3).known(noise).log("sigma_lynx", 0.3).known(noise)
}

/// The pelts of hare and lynx, in thousands, by years since 1900.
pub fn pelts() -> Result<Data, FitError> {
    Ok(Data::from_csv(COUNTS, "Year", &["Hare", "Lynx"])?.since(1900.0))
}

fn problem<R: Real>(x: &DVector<R>) -> Problem<impl Ode + Clone + use<R>, R> {
    let predator_prey = ode!(|_t, [hare, lynx], [alpha, beta, gamma, delta]| [
        alpha * hare - beta * hare * lynx,
        delta * hare * lynx - gamma * lynx,
    ]);
    Problem::ode(predator_prey, [x[4], x[5]], &x.rows(0, 4).into_owned(), 0.0..20.0)
}

fn negative_log_likelihood(data: &Data, x: &DVector<f64>) -> Result<Evaluation, Cause> {
    let likelihood = |x: &DVector<Var>| {
        let (tolerance, save) = (Tolerance::new(1e-6, 1e-6), SaveAt::times(data.times()));
        let solution = Forward.solve(&problem(x), Tsit5, tolerance, save)?;
        Ok::<_, Cause>(log_normal(solution.states(), data, &[x[6], x[7]])?)
    };
    try_gradient(likelihood, x)
}

/// A chain of Hamiltonian Monte Carlo (Neal 2011, Handbook of Markov Chain Monte Carlo, chapter 5, figure 2) in coordinates in which
/// the posterior is nearly a standard normal one: its mode is their origin, and a root of the inverse information there their unit.
/// A trajectory then takes about a quarter of a period, in six leaps or so.
struct Chain<F> {
    posterior: LogPosterior<F>,
    mode: DVector<f64>,
    root: DMatrix<f64>,
    random: Random,
}

/// Length of a leap, and the smallest and the largest number of leaps but one.
const LEAP: f64 = 0.28;
const LEAPS: [usize; 2] = [4, 9];

impl<F: FnMut(&DVector<f64>) -> Result<Evaluation, Cause>> Chain<F> {
    /// The logarithm of the density and its gradient. Where the solver fails it is minus infinity: the chain does not go there.
    fn density(&mut self, z: &DVector<f64>) -> (f64, DVector<f64>) {
        match self.posterior.evaluate(&(&self.mode + &self.root * z)) {
            Ok((value, gradient)) => (value, self.root.tr_mul(&gradient)),
            Err(_) => (f64::NEG_INFINITY, DVector::zeros(z.len())),
        }
    }

    /// The draws on the natural scale, and how many proposals were accepted; the first `tuning` draws are left out.
    fn run(&mut self, tuning: usize, draws: usize) -> (Vec<DVector<f64>>, usize) {
        let dimensions = self.mode.len();
        let mut z = DVector::from_fn(dimensions, |_, _| self.random.normal());
        let (mut value, mut slope) = self.density(&z);
        let (mut kept, mut accepted) = (Vec::with_capacity(draws), 0);
        for draw in 0..tuning + draws {
            let start = DVector::from_fn(dimensions, |_, _| self.random.normal());
            let (mut there, mut momentum) = (z.clone(), start.clone());
            let (mut value_there, mut slope_there) = (value, slope.clone());
            for _ in 0..LEAPS[0] + self.random.below(LEAPS[1] - LEAPS[0]) {
                momentum += 0.5 * LEAP * &slope_there;
                there += LEAP * &momentum;
                (value_there, slope_there) = self.density(&there);
                momentum += 0.5 * LEAP * &slope_there;
            }
            let gain = value_there - value + 0.5 * (start.norm_squared() - momentum.norm_squared());
            if self.random.uniform().ln() < gain {
                (z, value, slope) = (there, value_there, slope_there);
                accepted += 1;
            }
            if draw >= tuning {
                kept.push(self.posterior.natural(&(&self.mode + &self.root * &z)));
            }
        }
        (kept, accepted)
    }
}

/// One of several chains.
fn chain(number: u64, tuning: usize, draws: usize) -> Result<Vec<DVector<f64>>, Cause> {
    let data = pelts()?;
    let objective = |x: &DVector<f64>| negative_log_likelihood(&data, x);
    let fitted = fit(objective, &parameters(), &Lbfgs::default(), quiet)?;
    let information = Information::observed(objective, &parameters(), fitted.estimates())?;
    let inverse = information.matrix().clone().cholesky().ok_or("the data leave a direction open")?.inverse();
    let root = inverse.cholesky().ok_or("the data leave a direction open")?.unpack();
    let mode = parameters().to_unbounded(fitted.estimates())?;
    let posterior = LogPosterior::new(objective, parameters());
    let (kept, accepted) = Chain { posterior, mode, root, random: Random::new(8, number) }.run(tuning, draws);
    match accepted > (tuning + draws) / 2 {
        true => Ok(kept),
        false => Err(format!("only {accepted} of {} proposals were accepted", tuning + draws).into()),
    }
}

/// Several chains, on all threads.
pub fn sample(chains: usize, tuning: usize, draws: usize) -> Result<Vec<Vec<DVector<f64>>>, Cause> {
    use rayon::prelude::*;
    (0..chains as u64).into_par_iter().map(|number| chain(number, tuning, draws)).collect()
}

/// Mean and standard deviation of a parameter, and by how much longer chains might still shrink the latter: the factor of
/// Gelman et al. (2013, Bayesian Data Analysis, section 11.4) over the halves of the chains.
pub fn summary(chains: &[Vec<DVector<f64>>], parameter: usize) -> [f64; 3] {
    let moments = |draws: &[DVector<f64>]| {
        let mean = draws.iter().map(|draw| draw[parameter]).sum::<f64>() / draws.len() as f64;
        let squares = draws.iter().map(|draw| (draw[parameter] - mean).powi(2)).sum::<f64>();
        [mean, squares / (draws.len() - 1) as f64]
    };
    let length = chains[0].len() / 2;
    let halves: Vec<[f64; 2]> = chains.iter().flat_map(|chain| chain.chunks_exact(length)).map(moments).collect();
    let within = halves.iter().map(|[_, variance]| variance).sum::<f64>() / halves.len() as f64;
    let middle = halves.iter().map(|[mean, _]| mean).sum::<f64>() / halves.len() as f64;
    let between = halves.iter().map(|[mean, _]| (mean - middle).powi(2)).sum::<f64>() / (halves.len() - 1) as f64;
    let [mean, variance] = moments(&chains.concat());
    let share = 1.0 - 1.0 / length as f64;
    [mean, variance.sqrt(), ((share * within + between) / within).sqrt()]
}

/// Pelts and the band that holds 95 % of the trajectories of the draws.
fn picture(chains: &[Vec<DVector<f64>>]) -> Result<Figure, Cause> {
    let data = pelts()?;
    let times: Vec<f64> = (0..=200).map(|i| 0.1 * f64::from(i)).collect();
    let years: Vec<f64> = times.iter().map(|t| 1900.0 + t).collect();
    let draws: Vec<&DVector<f64>> = chains.iter().flatten().step_by(10).collect();
    let solve = |x: &&DVector<f64>| problem(x).solve(Tsit5, Tolerance::new(1e-6, 1e-6), SaveAt::times(&times));
    let solutions = draws.iter().map(solve).collect::<Result<Vec<_>, SolveError>>()?;
    let mut figure = Figure::new("What the pelts leave open").x_label("year").y_label("pelts (thousands)");
    for (species, name) in ["hare", "lynx"].into_iter().enumerate() {
        let quantile = |share: f64| -> Vec<f64> {
            let at = |row: usize| {
                let mut values: Vec<f64> = solutions.iter().map(|solution| solution.states()[row][species]).collect();
                values.sort_by(f64::total_cmp);
                values[(share * (values.len() - 1) as f64).round() as usize]
            };
            (0..times.len()).map(at).collect()
        };
        let (seen_at, seen) = data.observed(species);
        let seen_at: Vec<f64> = seen_at.iter().map(|t| 1900.0 + t).collect();
        figure = figure.band(&format!("{name}, 95 %"), &years, &quantile(0.025), &quantile(0.975));
        figure = figure.curve(&format!("{name}, median"), &years, &quantile(0.5));
        figure = figure.points(&format!("{name}, pelts"), &seen_at, &seen);
    }
    Ok(figure)
}

fn main() -> Result<(), Cause> {
    let chains = sample(4, 100, 2500)?;
    println!("parameter        mean  published     standard deviation  published   factor");
    for (i, (name, mean, deviation)) in PUBLISHED.into_iter().enumerate() {
        let found = summary(&chains, i);
        println!("{name:11} {:9.5} {mean:10.5} {:22.5} {deviation:10.5} {:8.3}", found[0], found[1], found[2]);
    }
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    for kind in ["png", "svg"] {
        picture(&chains)?.save(format!("{folder}/posterior.{kind}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_published_means_and_deviations() {
        let chains = sample(4, 20, 300).unwrap();
        for (i, (name, mean, deviation)) in PUBLISHED.into_iter().enumerate() {
            let found = summary(&chains, i);
            println!("{name}: {found:?}");
            // Some five hundred independent draws at least: a mean is off by a twentieth of a deviation, a deviation by as much.
            assert!((found[0] - mean).abs() < 0.2 * deviation, "{name}: mean {}, published {mean}", found[0]);
            assert!((found[1] / deviation - 1.0).abs() < 0.2, "{name}: deviation {}, published {deviation}", found[1]);
            assert!(found[2] < 1.05, "{name}: chains of different minds, {}", found[2]);
        }
    }
}
