//! How fast do hares breed and lynxes hunt? Lotka-Volterra, fitted to the pelts that the Hudson's Bay Company
//! collected from 1900 to 1920: four rates, two initial states and two noise scales, by maximum likelihood from a poor
//! start, with standard errors.
//!
//! ```text
//! cargo run --release --example lynx_hare -- --strategy discrete-adjoint --output pictures
//! ```

use costate::fit::{Cause, JacobianMode, Profile, Residuals, linearise};
use costate::prelude::*;
use indicatif::{ProgressBar, ProgressStyle};
use std::ops::ControlFlow;
use std::process::ExitCode;

const HELP: &str = "\
Fits Lotka-Volterra to the lynx and hare pelts of 1900-1920.

usage: lynx_hare [--strategy direct|forward|discrete-adjoint] [--output DIR] [--starts N] [--horizons N]
                 [--profiles yes]

  --strategy NAME   how gradients are taken (default: discrete-adjoint)
  --output DIR      where the pictures go, as PNG and SVG (default: output)
  --starts N        also fits from N starts drawn at random, and says where they end (default: 0)
  --horizons N      ... on so many growing horizons (default: 3)
  --profiles yes    also prints 95 % intervals by profile likelihood
  --help            this text";

const COUNTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/hudson_bay/hudson-bay-lynx-hare.csv");

/// Means of the posterior in Carpenter's Stan case study (2018) of the same model and data.
const PUBLISHED: [(&str, f64); 4] = [("alpha", 0.55), ("beta", 0.028), ("gamma", 0.80), ("delta", 0.024)];

/// Births of hares, hunting, deaths of lynxes, lynxes fed by hares; time in years, animals in thousands of pelts.
pub fn predator_prey() -> impl Ode + Copy + 'static {
    ode!(|_t, [hare, lynx], [alpha, beta, gamma, delta]| [
        alpha * hare - beta * hare * lynx,
        delta * hare * lynx - gamma * lynx,
    ])
}

/// The pelts of hare and lynx, in thousands, by years since 1900.
pub fn pelts() -> Result<Data, FitError> {
    Ok(Data::from_csv(COUNTS, "Year", &["Hare", "Lynx"])?.since(1900.0))
}

/// Far from the answer: wrong rates, the first observation as initial state, noise of a factor e.
pub fn poor_start() -> Parameters {
    let rates = Parameters::new().log("alpha", 1.0).log("beta", 0.05).log("gamma", 1.0).log("delta", 0.05);
    rates.log("hare0", 30.0).log("lynx0", 4.0).log("sigma_hare", 1.0).log("sigma_lynx", 1.0)
}

/// How badly the parameters explain the data. `x` holds four rates, two initial states, two noise scales.
pub fn negative_log_likelihood(strategy: &impl GradientStrategy, data: &Data, x: &DVector<Var>) -> Result<Var, Cause> {
    let (rates, start, noise) = (x.rows(0, 4).into_owned(), [x[4], x[5]], [x[6], x[7]]);
    let end = data.times()[data.len() - 1];
    let problem = Problem::ode(predator_prey(), start, &rates, 0.0..end);
    let solution = strategy.solve(&problem, Tsit5, Tolerance::new(1e-8, 1e-8), SaveAt::times(data.times()))?;
    Ok(log_normal(solution.states(), data, &noise)?)
}

/// The fit. Pelts over two cycles have several explanations, so the horizon grows: first 7 years, then 14, then all.
pub fn fit_pelts(
    strategy: impl GradientStrategy,
    progress: impl FnMut(&Iteration) -> ControlFlow<()>,
) -> Result<Fitted, FitError> {
    let gradient = |data: &Data, x: &DVector<f64>| try_gradient(|x| negative_log_likelihood(&strategy, data, x), x);
    Horizons::equal(&pelts()?, 3)?.fit(gradient, &poor_start(), &Lbfgs::default(), progress)
}

/// The same from many starts within a factor of two of the poor one, on all threads: where each ended.
///
/// Seven years alone can be taken for noise about a constant, with rates that run to infinity, and some starts lie in that valley. So
/// over the first horizon each start is given three neighbours, and the best of the four goes on.
pub fn fit_from_everywhere(starts: usize, horizons: usize) -> Result<Vec<Fitted>, Cause> {
    let multistart = Multistart { starts, seed: 1, spread: std::f64::consts::LN_2 };
    let starts = multistart.starts(&poor_start())?;
    let (data, optimiser) = (pelts()?, Lbfgs::default());
    let gradient = |data: &Data, x: &DVector<f64>| try_gradient(|x| negative_log_likelihood(&Forward, data, x), x);
    let horizons = Horizons::equal(&data, horizons)?;
    let first = &horizons.parts()[0];
    let fits = Ensemble::new(starts.len()).solve(|member| {
        let parameters = poor_start().starting_at(&starts[member])?;
        let neighbours = Multistart { starts: 4, seed: member as u64, ..multistart };
        let go_on = |_| ControlFlow::Continue(());
        let found = neighbours.fit(|x| gradient(first, x), &parameters, &optimiser, go_on)?;
        horizons.fit(gradient, &parameters.starting_at(found.best.estimates())?, &optimiser, quiet)
    });
    Ok(fits.into_results().into_iter().collect::<Result<Vec<_>, FitError>>()?)
}

/// The 95 % interval of every parameter by its profile likelihood.
pub fn intervals(fitted: &Fitted) -> Result<Vec<Profile>, Cause> {
    let data = pelts()?;
    let gradient = |x: &DVector<f64>| try_gradient(|x| negative_log_likelihood(&Forward, &data, x), x);
    let profile =
        |name: &String| profile(gradient, &poor_start(), fitted, name, 0.95, &Lbfgs::default()).map_err(Cause::from);
    fitted.names().iter().map(profile).collect()
}

/// The logarithms of both species at some times, as a function of the parameters: what bands are drawn around.
struct Logarithms(Vec<f64>);

impl Residuals for Logarithms {
    fn residuals<R: Real>(&self, x: &DVector<R>) -> Result<DVector<R>, Cause> {
        let end = self.0[self.0.len() - 1];
        let problem = Problem::ode(predator_prey(), [x[4], x[5]], &x.rows(0, 4).into_owned(), 0.0..end);
        let solution = problem.solve(Tsit5, Tolerance::new(1e-8, 1e-8), SaveAt::times(&self.0))?;
        Ok(DVector::from_vec(solution.states().iter().flat_map(|state| [state[0].ln(), state[1].ln()]).collect()))
    }
}

/// Both species, data against fit, with the 95 % band of the median.
pub fn picture(fitted: &Fitted) -> Result<Figure, Cause> {
    let data = pelts()?;
    let times: Vec<f64> = (0..=400).map(|i| 0.05 * f64::from(i)).collect();
    let prediction = linearise(&Logarithms(times.clone()), fitted.estimates(), JacobianMode::BySize)?;
    let bands = Bands::new(&prediction, fitted.covariance().ok_or("no covariance")?, 0.95)?;
    let year = |t: &[f64]| t.iter().map(|t| 1900.0 + t).collect::<Vec<_>>();
    let mut figure = Figure::new("Hudson's Bay pelts and Lotka-Volterra").x_label("year").y_label("pelts (thousands)");
    for (column, species) in ["hare", "lynx"].iter().enumerate() {
        let of = |values: &DVector<f64>| values.iter().skip(column).step_by(2).map(|x| x.exp()).collect::<Vec<f64>>();
        let (observed_at, observed) = data.observed(column);
        figure = figure.band(&format!("{species}, 95 %"), &year(&times), &of(&bands.lower), &of(&bands.upper));
        figure = figure.curve(&format!("{species}, fit"), &year(&times), &of(&bands.middle));
        figure = figure.points(&format!("{species}, pelts"), &year(&observed_at), &observed);
    }
    Ok(figure)
}

/// What the fit left over, and which estimates hang together.
pub fn diagnostics(fitted: &Fitted) -> Result<[(&'static str, Figure); 2], Cause> {
    let (data, x) = (pelts()?, fitted.estimates());
    let problem = Problem::ode(predator_prey(), [x[4], x[5]], &x.rows(0, 4).into_owned(), 0.0..20.0);
    let solution = problem.solve(Tsit5, Tolerance::new(1e-8, 1e-8), SaveAt::times(data.times()))?;
    let of_logarithm = |seen: f64, model: f64, species: usize| (seen / model).ln() / x[6 + species];
    let residuals = data.residual_figure("What the fit of the pelts left over", solution.states(), of_logarithm)?;
    let residuals = residuals.x_label("years since 1900").y_label("residual of the logarithm, in standard deviations");
    let correlation = fitted.correlation_figure("Correlation of the estimates").map_err(ToString::to_string)?;
    Ok([("lynx_hare_residuals", residuals), ("lynx_hare_correlation", correlation)])
}

/// A bar that fills as the gradient falls, once for each horizon.
fn progress_bar() -> (ProgressBar, impl FnMut(&Iteration) -> ControlFlow<()>) {
    let bar = ProgressBar::new(100);
    bar.set_style(ProgressStyle::with_template("{bar:40} {msg}").expect("the template is valid"));
    let (shown, mut horizon, mut first) = (bar.clone(), 0, 1.0);
    let show = move |iteration: &Iteration| {
        if iteration.number == 0 {
            (horizon, first) = (horizon + 1, iteration.gradient_norm);
        }
        let decades = (first / iteration.gradient_norm).log10() / (first / 1e-7).log10();
        shown.set_position((100.0 * decades.clamp(0.0, 1.0)) as u64);
        let (number, value) = (iteration.number, iteration.value);
        shown.set_message(format!("horizon {horizon} of 3, iteration {number}, negative log-likelihood {value:.4}"));
        ControlFlow::Continue(())
    };
    (bar, show)
}

fn run(arguments: &[String]) -> Result<(), Cause> {
    let (mut strategy, mut output, mut starts, mut horizons, mut profiles) =
        ("discrete-adjoint", "output", 0, 3, false);
    for pair in arguments.chunks(2) {
        match pair {
            [option, value] if option == "--strategy" => strategy = value,
            [option, value] if option == "--output" => output = value,
            [option, value] if option == "--starts" => starts = value.parse()?,
            [option, value] if option == "--horizons" => horizons = value.parse()?,
            [option, value] if option == "--profiles" => profiles = value == "yes",
            _ => return Err(format!("unknown or incomplete option `{}`\n\n{HELP}", pair[0]).into()),
        }
    }
    let (bar, progress) = progress_bar();
    let fitted = match strategy {
        "direct" => fit_pelts(Direct, progress),
        "forward" => fit_pelts(Forward, progress),
        "discrete-adjoint" => fit_pelts(DiscreteAdjoint::default(), progress),
        other => return Err(format!("unknown strategy `{other}`: choose direct, forward or discrete-adjoint").into()),
    }?;
    bar.finish_and_clear();
    println!("{}", fitted.table().with_reference("published", &PUBLISHED));
    println!("gradient strategy: {strategy}, {} gradients", fitted.gradients());
    if profiles {
        let end = |end: Option<f64>| end.map_or_else(|| "open".to_string(), |end| format!("{end:.5}"));
        for interval in intervals(&fitted)? {
            println!("{:10} 95 % interval {} to {}", interval.name, end(interval.lower), end(interval.upper));
        }
    }
    if starts > 0 {
        let fits = fit_from_everywhere(starts, horizons)?;
        let here = fits.iter().filter(|other| (other.value() - fitted.value()).abs() < 1e-3).count();
        println!("{here} of {starts} random starts end at the same optimum");
    }
    let [residuals, correlation] = diagnostics(&fitted)?;
    save_all(&[("lynx_hare", picture(&fitted)?), residuals, correlation], output)
}

/// Writes every picture as PNG and SVG, each picture on a thread of its own: drawing takes longer than the fit.
fn save_all(figures: &[(&str, Figure)], output: &str) -> Result<(), Cause> {
    let save = |name: &str, figure: &Figure| {
        let paths = ["png", "svg"].map(|kind| format!("{output}/{name}.{kind}"));
        paths.iter().try_for_each(|path| figure.save(path)).map(|()| paths)
    };
    let saved: Vec<_> = std::thread::scope(|threads| {
        let drawn: Vec<_> = figures.iter().map(|(name, figure)| threads.spawn(move || save(name, figure))).collect();
        drawn.into_iter().map(|thread| thread.join().expect("drawing does not panic")).collect()
    });
    for paths in saved {
        paths?.iter().for_each(|path| println!("wrote {path}"));
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The maximum-likelihood estimates and their standard errors by SciPy: DOP853 with sensitivities at 1e-11, BFGS, then
    /// Newton's method; the standard errors from central differences of the gradient.
    const OPTIMUM: [(&str, f64, f64); 8] = [
        ("alpha", 0.54001394729, 0.0548564247),
        ("beta", 0.027156114962, 0.0035715297),
        ("gamma", 0.79659877076, 0.0779405766),
        ("delta", 0.023702037597, 0.003048257),
        ("hare0", 34.599155211, 2.5961106382),
        ("lynx0", 5.8437365881, 0.4492928386),
        ("sigma_hare", 0.21837964540, 0.0338133772),
        ("sigma_lynx", 0.22008428352, 0.0340773186),
    ];

    fn assert_optimal(strategy: impl GradientStrategy) {
        let name = strategy.name();
        let fitted = fit_pelts(strategy, quiet).unwrap();
        assert!(fitted.converged(), "{name}: {fitted}");
        let errors = fitted.standard_errors().expect("the data determine all parameters");
        for (i, (parameter, estimate, error)) in OPTIMUM.into_iter().enumerate() {
            let found = fitted.estimate(parameter).unwrap();
            assert!((found / estimate - 1.0).abs() < 1e-5, "{name}, {parameter}: {found}, not {estimate}");
            assert!((errors[i] / error - 1.0).abs() < 1e-4, "{name}, {parameter}: error {}, not {error}", errors[i]);
        }
    }

    #[test]
    fn every_strategy_reaches_the_same_optimum_from_the_poor_start() {
        assert_optimal(Direct);
        assert_optimal(Forward);
        assert_optimal(DiscreteAdjoint::default());
        assert_optimal(DiscreteAdjoint { checkpoints: Checkpoints::Every(8) });
    }

    #[test]
    fn strategies_agree_on_the_gradient_of_the_likelihood_and_with_differences() {
        let data = pelts().unwrap();
        let near_the_optimum = DVector::from_iterator(8, OPTIMUM.iter().map(|row| 1.05 * row.1));
        for x in [poor_start().start(), near_the_optimum] {
            let direct = try_gradient(|x| negative_log_likelihood(&Direct, &data, x), &x).unwrap();
            let forward = try_gradient(|x| negative_log_likelihood(&Forward, &data, x), &x).unwrap();
            let adjoint = DiscreteAdjoint::default();
            let adjoint = try_gradient(|x| negative_log_likelihood(&adjoint, &data, x), &x).unwrap();
            let value = |x: &DVector<f64>| {
                let x = x.map(Var::constant);
                negative_log_likelihood(&Direct, &data, &x).unwrap().value()
            };
            for i in 0..8 {
                let slope = direct.1[i];
                for (name, other) in [("forward", &forward), ("discrete adjoint", &adjoint)] {
                    assert!(
                        (other.1[i] / slope - 1.0).abs() < 1e-10,
                        "{name}, component {i}: {} not {slope}",
                        other.1[i]
                    );
                }
                let difference = central_difference(|step| {
                    let mut x = x.clone();
                    x[i] += step * x[i];
                    value(&x)
                }) / x[i];
                assert!((difference / slope - 1.0).abs() < 1e-6, "component {i}: {difference} not {slope}");
            }
        }
    }

    /// The derivative at 0, of order 6. The step is long enough to drown the noise of step size control, which is what limits
    /// it: a longer step meets curvature, a shorter one the changing mesh.
    fn central_difference(f: impl Fn(f64) -> f64) -> f64 {
        let h = 4e-3;
        let d = |k: f64| f(k * h) - f(-k * h);
        (45.0 * d(1.0) - 9.0 * d(2.0) + d(3.0)) / (60.0 * h)
    }

    #[test]
    fn random_starts_end_within_a_tenth_of_a_standard_error() {
        let fits = fit_from_everywhere(20, 3).unwrap();
        assert_eq!(fits.len(), 20);
        let near = |fitted: &&Fitted| {
            let mut rows = OPTIMUM.iter().zip(fitted.estimates());
            rows.all(|((_, estimate, error), found)| (found - estimate).abs() < 0.1 * error)
        };
        let count = fits.iter().filter(near).count();
        // Every parameter is drawn within a factor of two of a start that is itself a factor of two off.
        assert_eq!(count, 20, "{:?}", fits.iter().map(Fitted::value).collect::<Vec<_>>());
    }

    #[test]
    fn profile_intervals_are_a_little_wider_than_standard_errors_say() {
        let fitted = fit_pelts(Forward, quiet).unwrap();
        for (interval, (parameter, estimate, error)) in intervals(&fitted).unwrap().iter().zip(OPTIMUM) {
            assert_eq!(interval.name, parameter);
            let (lower, upper) = (interval.lower.unwrap(), interval.upper.unwrap());
            println!("{parameter}: {lower} to {upper}");
            let half = 0.5 * (upper - lower) / (1.96 * error);
            assert!(
                lower < estimate && estimate < upper && (0.97..1.3).contains(&half),
                "{parameter}: {lower} {upper}, {half}"
            );
        }
    }

    #[test]
    fn the_pictures_are_drawn() {
        let fitted = fit_pelts(Forward, quiet).unwrap();
        let folder = std::env::temp_dir().join(format!("costate-lynx-hare-{}", std::process::id()));
        let [residuals, correlation] = diagnostics(&fitted).unwrap();
        for (name, figure) in [("lynx_hare", picture(&fitted).unwrap()), residuals, correlation] {
            for kind in ["png", "svg"] {
                let path = folder.join(format!("{name}.{kind}"));
                figure.save(&path).unwrap();
                assert!(std::fs::metadata(&path).unwrap().len() > 5_000, "{name}.{kind}");
            }
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
