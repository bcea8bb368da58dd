//! How fast do hares breed and lynxes hunt? Lotka-Volterra, fitted to the pelts that the Hudson's Bay Company
//! collected from 1900 to 1920: four rates, two initial states and two noise scales, by maximum likelihood from a poor
//! start, with standard errors.
//!
//! ```text
//! cargo run --release --example lynx_hare -- --strategy discrete-adjoint --output pictures
//! ```

use costate::fit::Cause;
use costate::prelude::*;
use indicatif::{ProgressBar, ProgressStyle};
use std::ops::ControlFlow;
use std::process::ExitCode;

const HELP: &str = "\
Fits Lotka-Volterra to the lynx and hare pelts of 1900-1920.

usage: lynx_hare [--strategy direct|forward|discrete-adjoint] [--output DIR]

  --strategy NAME   how gradients are taken (default: discrete-adjoint)
  --output DIR      where lynx_hare.png and lynx_hare.svg go (default: output)
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

/// Both species, data against fit.
pub fn picture(fitted: &Fitted) -> Result<Figure, Cause> {
    let (data, p) = (pelts()?, fitted.estimates());
    let problem = Problem::ode(predator_prey(), [p[4], p[5]], &p.rows(0, 4).into_owned(), 0.0..20.0);
    let solution = problem.solve(Tsit5, Tolerance::new(1e-8, 1e-8), SaveAt::every(0.05))?;
    let year = |t: &[f64]| t.iter().map(|t| 1900.0 + t).collect::<Vec<_>>();
    let mut figure = Figure::new("Hudson's Bay pelts and Lotka-Volterra").x_label("year").y_label("pelts (thousands)");
    for (column, species) in ["hare", "lynx"].iter().enumerate() {
        let curve: Vec<f64> = solution.states().iter().map(|state| state[column]).collect();
        let (times, observed) = data.observed(column);
        figure = figure.curve(&format!("{species}, fit"), &year(solution.times()), &curve);
        figure = figure.points(&format!("{species}, pelts"), &year(&times), &observed);
    }
    Ok(figure)
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
    let (mut strategy, mut output) = ("discrete-adjoint", "output");
    for pair in arguments.chunks(2) {
        match pair {
            [option, value] if option == "--strategy" => strategy = value,
            [option, value] if option == "--output" => output = value,
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
    let figure = picture(&fitted)?;
    for kind in ["png", "svg"] {
        let path = format!("{output}/lynx_hare.{kind}");
        figure.save(&path)?;
        println!("wrote {path}");
    }
    Ok(())
}

#[allow(dead_code)] // The test of this example calls its parts.
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
