//! Does a neural differential equation learn a spiral? The demonstration of torchdiffeq: a network 2-50-2 on the third power
//! of the state, trained on windows of ten times drawn anew for each step.
//!
//! ```text
//! cargo run --release --example spiral -- pictures
//! ```

use costate::fit::{Cause, Random, Resumable, Schedule};
use costate::prelude::*;
use indicatif::{ProgressBar, ProgressStyle};
use std::ops::ControlFlow;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/timeseries/spiral/torchdiffeq_spiral.csv");
const BATCH: usize = 20;
const WINDOW: usize = 10;

/// The spiral, solved to 1e-12 at 1000 times until t = 25.
pub fn spiral() -> Result<Data, FitError> {
    Data::from_csv(FILE, "t", &["y1", "y2"])
}

/// The mean absolute error over a batch of windows that begin at these rows, and its gradient.
fn batch_loss(system: &NeuralOde, data: &Data, rows: &[usize], p: &DVector<f64>) -> Result<(f64, DVector<f64>), Cause> {
    let seen = |row: usize| [data.get(row, 0).unwrap_or(0.0), data.get(row, 1).unwrap_or(0.0)];
    let times: Vec<f64> = (0..WINDOW).map(|k| data.times()[k]).collect();
    let loss = |p: &DVector<Var>| {
        let start: Vec<Var> = rows.iter().flat_map(|&row| seen(row)).map(Var::from).collect();
        let problem = Problem::ode(system.clone(), start, p, 0.0..times[WINDOW - 1]);
        let strategy = DiscreteAdjoint::default();
        let solution = strategy.solve(&problem, Tsit5, Tolerance::new(1e-7, 1e-9), SaveAt::times(&times))?;
        let mut away = Vec::with_capacity(WINDOW * BATCH * 2);
        for (k, state) in solution.states().iter().enumerate() {
            let target = rows.iter().flat_map(|&row| seen(row + k));
            away.extend(state.iter().zip(target).map(|(&y, target)| (y - target).abs()));
        }
        Ok::<_, Cause>(Var::sum(&away) / away.len() as f64)
    };
    try_gradient(loss, p)
}

/// The trained network, after so many steps of Adam.
pub fn train(
    data: &Data,
    iterations: usize,
    progress: &mut dyn FnMut(&Iteration) -> ControlFlow<()>,
) -> Result<(NeuralOde, DVector<f64>), Cause> {
    let network = Mlp::new(&[2, 50, 2], costate::ad::Activation::Tanh)?;
    let start = network.initial(Initialisation::Normal(0.1), 1);
    let system = NeuralOde::new(network, BATCH)?.with_power(3);
    let mut random = Random::new(3, 0);
    let mut objective = |p: &DVector<f64>| {
        let rows: Vec<usize> = (0..BATCH).map(|_| random.below(data.len() - WINDOW)).collect();
        batch_loss(&system, data, &rows, p)
    };
    let adam = Adam { schedule: Schedule::Cosine { rate: 5e-3, last: 1e-4 }, iterations, ..Adam::default() };
    let mut state = adam.begin(&start);
    adam.run(&mut state, iterations, &mut objective, progress)?;
    Ok((system, state.point()))
}

/// The trajectory of the trained network from the start of the spiral, and its mean absolute error.
pub fn compare(data: &Data, system: &NeuralOde, p: &DVector<f64>) -> Result<(Solution<f64>, f64), Cause> {
    let alone = NeuralOde::new(system.network().clone(), 1)?.with_power(3);
    let problem = Problem::ode(alone, [2.0, 0.0], p, 0.0..25.0);
    let solution = problem.solve(Tsit5, Tolerance::new(1e-7, 1e-9), SaveAt::times(data.times()))?;
    let mut total = 0.0;
    for (row, state) in solution.states().iter().enumerate() {
        total += (0..2).map(|k| (state[k] - data.get(row, k).unwrap_or(f64::NAN)).abs()).sum::<f64>();
    }
    let error = total / (2 * data.len()) as f64;
    Ok((solution, error))
}

fn main() -> Result<(), Cause> {
    let data = spiral()?;
    let bar = ProgressBar::new(2000);
    bar.set_style(ProgressStyle::with_template("{bar:40} {msg}, {per_sec}, {eta} left")?);
    let mut show = |iteration: &Iteration| {
        bar.set_position(iteration.number as u64);
        bar.set_message(format!("loss {:.5}, gradient {:.1e}", iteration.value, iteration.gradient_norm));
        ControlFlow::Continue(())
    };
    let (system, p) = train(&data, 2000, &mut show)?;
    bar.finish_and_clear();
    let (solution, error) = compare(&data, &system, &p)?;
    println!("mean absolute error along the whole spiral: {error:.4} after 2000 steps");
    let component = |k: usize| solution.states().iter().map(|state| state[k]).collect::<Vec<f64>>();
    let thin = |k: usize| data.observed(k).1.into_iter().step_by(25).collect::<Vec<f64>>();
    let figure = Figure::new("A spiral and what a network makes of it").x_label("y1").y_label("y2");
    let figure = figure.curve("learnt", &component(0), &component(1)).points("truth", &thin(0), &thin(1));
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    for kind in ["png", "svg"] {
        figure.save(format!("{folder}/spiral.{kind}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_learns_the_spiral() {
        let data = spiral().unwrap();
        let (system, p) = train(&data, 2000, &mut quiet).unwrap();
        let (_, error) = compare(&data, &system, &p).unwrap();
        println!("{error}");
        assert!(error < 0.3, "mean absolute error {error} along a spiral that begins at 2");
    }
}
