//! Which way to a gradient is the best for my model? Every strategy on three problems: a table of time, memory and error, and three
//! pictures: cost against the number of parameters, error against the tolerance, memory against the number of steps.
//!
//! `cargo run --release --example compare_sensitivities -- [DIRECTORY]`

mod brusselator;
mod memory;
#[path = "../../benches/stiff/pollution.rs"]
mod pollution;

use brusselator::Brusselator;
use costate::ad::try_gradient;
use costate::prelude::*;
use costate::sensitivity::last_sweep;
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: memory::Counting = memory::Counting;

type Cause = Box<dyn std::error::Error>;

/// Predators and prey at a tolerance or a step size: the sum of squares over t = 0.1, 0.2 .. 10, by four rates and two initial values.
struct LotkaVolterra(costate::solvers::Control);

impl Objective for LotkaVolterra {
    fn loss<G: GradientStrategy>(&self, x: &DVector<Var>, strategy: &G) -> Result<Var, SolveError> {
        let model = ode!(|_t, [u, v], [a, b, c, d]| [a * u - b * u * v, -c * v + d * u * v]);
        let problem = Problem::ode(model, [x[4], x[5]], &x.rows(0, 4).into_owned(), 0.0..10.0);
        let solution = strategy.solve(&problem, Tsit5, &self.0, SaveAt::every(0.1))?;
        Ok(solution.saves().skip(1).map(|(_, y)| Var::dot(y, y)).sum())
    }
}

/// Air pollution, twenty species, by its 25 rates: the squares of all concentrations over t = 0, 0.5 .. 60.
struct Pollution;

impl Objective for Pollution {
    fn loss<G: GradientStrategy>(&self, x: &DVector<Var>, strategy: &G) -> Result<Var, SolveError> {
        let problem = Problem::ode(pollution::Pollution, pollution::start().map(Var::from), x, 0.0..60.0);
        let solution = strategy.solve(&problem, Rodas5P, Tolerance::new(1e-7, 1e-9), SaveAt::every(0.5))?;
        Ok(solution.saves().map(|(_, y)| Var::dot(y, y)).sum())
    }
}

/// One strategy's gradient of one objective.
struct Row {
    name: String,
    seconds: f64,
    bytes: usize,
    gradient: DVector<f64>,
}

fn measure<O: Objective, G: GradientStrategy>(
    objective: &O,
    x: &DVector<f64>,
    strategy: &G,
) -> Result<Row, SolveError> {
    let run = || try_gradient(|x| objective.loss(x, strategy), x);
    // The tape's own buffer stays for the next run, so it is not what a strategy takes.
    run()?;
    let (first, bytes) = memory::peak(run);
    let (start, mut seconds) = (Instant::now(), f64::INFINITY);
    while start.elapsed().as_secs_f64() < 0.2 || seconds.is_infinite() {
        let one = Instant::now();
        run()?;
        seconds = seconds.min(one.elapsed().as_secs_f64());
    }
    Ok(Row { name: strategy.name().into(), seconds, bytes, gradient: first?.1 })
}

/// The time of the plain solve: of a problem that depends on nothing, `Forward` solves just that.
fn plain<O: Objective>(objective: &O, x: &DVector<f64>) -> Result<f64, SolveError> {
    let constant = x.map(Var::from);
    let time = || {
        let start = Instant::now();
        objective.loss(&constant, &Forward).map(|_| start.elapsed().as_secs_f64())
    };
    (0..20).try_fold(f64::INFINITY, |least: f64, _| Ok(least.min(time()?)))
}

/// How far a gradient is from another, relative to the largest component.
fn error(gradient: &DVector<f64>, reference: &DVector<f64>) -> f64 {
    (gradient - reference).amax() / reference.amax()
}

fn table<O: Objective>(title: &str, objective: &O, x: &DVector<f64>) -> Result<(), Cause> {
    let plain = plain(objective, x)?;
    println!("\n{title}: {} inputs, plain solve {:.3} ms", x.len(), 1e3 * plain);
    println!("{:24}{:>12}{:>10}{:>14}{:>16}", "", "time (ms)", "ratio", "memory (kB)", "to `forward`");
    let forward = measure(objective, x, &Forward)?;
    let sparing = measure(objective, x, &DiscreteAdjoint { checkpoints: Checkpoints::Every(16) })?;
    let rows = [
        measure(objective, x, &DiscreteAdjoint::default())?,
        Row { name: "  a checkpoint in 16".into(), ..sparing },
        measure(objective, x, &Direct)?,
        measure(objective, x, &GaussAdjoint::default())?,
        measure(objective, x, &InterpolatingAdjoint::default())?,
    ];
    for row in std::iter::once(&forward).chain(&rows) {
        let (time, ratio, error) = (1e3 * row.seconds, row.seconds / plain, error(&row.gradient, &forward.gradient));
        println!("{:24}{time:12.3}{ratio:10.1}{:14.0}{error:16.1e}", row.name, row.bytes as f64 / 1e3);
    }
    Ok(())
}

fn cost_against_parameters() -> Result<Figure, Cause> {
    let (mut counts, mut ratios) = (vec![], [const { vec![] }; 3]);
    for n in 2..=5 {
        let (model, x) = (Brusselator { n }, Brusselator { n }.rates());
        let plain = plain(&model, &x)?;
        let rows = [
            measure(&model, &x, &Forward)?,
            measure(&model, &x, &DiscreteAdjoint::default())?,
            measure(&model, &x, &GaussAdjoint::default())?,
        ];
        counts.push(x.len() as f64);
        ratios.iter_mut().zip(rows).for_each(|(ratios, row)| ratios.push(row.seconds / plain));
    }
    let figure = Figure::new("Brusselator: what a gradient costs").log_x().log_y();
    let figure = figure.x_label("parameters").y_label("time of a gradient / time of a plain solve");
    let names = ["forward", "discrete-adjoint", "gauss-adjoint"];
    Ok(names.iter().zip(&ratios).fold(figure, |figure, (name, ratios)| figure.curve(name, &counts, ratios)))
}

fn error_against_tolerance(x: &DVector<f64>) -> Result<Figure, Cause> {
    let reference = measure(&LotkaVolterra(Tolerance::new(1e-13, 1e-13).into()), x, &Forward)?.gradient;
    let tolerances: Vec<f64> = (3..=11).map(|k| 10.0_f64.powi(-k)).collect();
    let mut errors = [const { vec![] }; 4];
    for &tolerance in &tolerances {
        let objective = LotkaVolterra(Tolerance::new(tolerance, tolerance).into());
        let gradients = [
            measure(&objective, x, &DiscreteAdjoint::default()).map(|row| row.gradient),
            measure(&objective, x, &GaussAdjoint::default()).map(|row| row.gradient),
            measure(&objective, x, &InterpolatingAdjoint::default()).map(|row| row.gradient),
            measure(&objective, x, &BacksolveAdjoint::default()).map(|row| row.gradient),
        ];
        for (errors, gradient) in errors.iter_mut().zip(gradients) {
            errors.push(gradient.map_or(f64::NAN, |gradient| error(&gradient, &reference)));
        }
    }
    let figure = Figure::new("Lotka-Volterra: how good a gradient is").log_x().log_y();
    let figure = figure.x_label("tolerance").y_label("relative error of the gradient");
    let names = ["discrete (all of them)", "gauss-adjoint", "interpolating-adjoint", "backsolve-adjoint"];
    Ok(names.iter().zip(&errors).fold(figure, |figure, (name, errors)| figure.curve(name, &tolerances, errors)))
}

fn memory_against_steps(x: &DVector<f64>) -> Result<Figure, Cause> {
    let counts: Vec<f64> = (2..=10).map(|k| 100.0 * 2.0_f64.powi(k)).collect();
    let mut bytes = [const { vec![] }; 4];
    for &steps in &counts {
        let objective = LotkaVolterra(FixedStep(10.0 / steps).into());
        let choices = [
            Checkpoints::All,
            Checkpoints::Every(steps.sqrt() as usize),
            Checkpoints::MemoryLimit(100_000),
            Checkpoints::Binomial(16),
        ];
        for (bytes, checkpoints) in bytes.iter_mut().zip(choices) {
            try_gradient(|x| objective.loss(x, &DiscreteAdjoint { checkpoints }), x)?;
            bytes.push(last_sweep().map_or(f64::NAN, |report| report.actual.bytes as f64));
        }
    }
    let figure = Figure::new("Lotka-Volterra: what a reverse sweep remembers").log_x().log_y();
    let figure = figure.x_label("steps").y_label("bytes");
    let names = ["all steps", "every sqrt(steps)", "limit of 100 kB", "16 states"];
    Ok(names.iter().zip(&bytes).fold(figure, |figure, (name, bytes)| figure.curve(name, &counts, bytes)))
}

fn main() -> Result<(), Cause> {
    let directory = std::env::args().nth(1).unwrap_or("output".into());
    let x = dvector![1.5, 1.0, 3.0, 1.0, 1.0, 1.0];
    table("Lotka-Volterra, Tsit5, 1e-8", &LotkaVolterra(Tolerance::new(1e-8, 1e-8).into()), &x)?;
    table("Pollution, Rodas5P, 1e-7", &Pollution, &pollution::rates())?;
    table("Brusselator on 4 by 4 cells, Rodas5P, 1e-7", &Brusselator { n: 4 }, &Brusselator { n: 4 }.rates())?;
    let pictures = [
        ("cost", cost_against_parameters()?),
        ("error", error_against_tolerance(&x)?),
        ("memory", memory_against_steps(&x)?),
    ];
    println!();
    for (name, figure) in pictures {
        for kind in ["png", "svg"] {
            let path = format!("{directory}/compare_sensitivities_{name}.{kind}");
            figure.save(&path)?;
            println!("wrote {path}");
        }
    }
    Ok(())
}
