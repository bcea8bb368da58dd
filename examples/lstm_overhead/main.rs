//! What does one operation cost to differentiate, whatever its size? The only performance table of the paper: gradients of one,
//! two and three LSTM layers of four units over four time steps, timed for batches of one to eight, and the line through the times
//! continued to a batch of none.
//!
//! Innes et al. 2019 (arXiv:1907.07587), section on performance: 147.0, 280.5 and 406.1 microseconds for 255, 491 and 727 adjoint
//! operations, 568.8 ns for each on an i5-6600 at 3.3 GHz. The operations are those of the same program, so the same numbers divide ours.
//!
//! ```text
//! cargo run --release --example lstm_overhead
//! ```

#[cfg(test)]
mod tests;

use costate::ad::{Activation, Tape};
use costate::fit::Random;
use costate::prelude::*;
use std::time::Instant;

/// Units of a layer, which is also the length of its input.
const UNITS: usize = 4;
const STEPS: usize = 4;
/// Weights of a layer from input and state, a bias, and the two states at the start, for the four gates of every unit.
const PARAMETERS: usize = 4 * UNITS * (2 * UNITS + 1) + 2 * UNITS;
/// The adjoint operations that the authors counted for one, two and three layers.
const OPERATIONS: [f64; 3] = [255.0, 491.0, 727.0];

/// One layer at one time step: the new hidden state and cell state of each sample (Hochreiter and Schmidhuber 1997, with the forget
/// gate of Gers et al. 2000). The three gates are one product of matrices, the candidate another.
fn layer<R: Real>(p: &[R], x: &[R], [hidden, cell]: [&[R]; 2]) -> [Vec<R>; 2] {
    let both: Vec<R> =
        x.chunks(UNITS).zip(hidden.chunks(UNITS)).flat_map(|(x, h)| x.iter().chain(h)).copied().collect();
    let product = |activation, p: &[R], outputs: usize| {
        let (weights, bias) = p.split_at(outputs * 2 * UNITS);
        R::layer(activation, weights, bias, &both, [outputs, 2 * UNITS, x.len() / UNITS])
    };
    let (of_gates, rest) = p.split_at(3 * UNITS * (2 * UNITS + 1));
    let gates = product(Activation::Logistic, of_gates, 3 * UNITS);
    let candidate = product(Activation::Tanh, &rest[..UNITS * (2 * UNITS + 1)], UNITS);
    let gate = |k: usize, i: usize| gates[(i / UNITS * 3 + k) * UNITS + i % UNITS];
    let cell: Vec<R> = (0..x.len()).map(|i| gate(0, i) * cell[i] + gate(1, i) * candidate[i]).collect();
    let hidden = R::map(Activation::Tanh, &cell).iter().enumerate().map(|(i, &c)| gate(2, i) * c).collect();
    [hidden, cell]
}

/// The sum of what the last layer puts out when the layers are applied again and again to their own output, from samples that stand
/// behind the parameters of all layers in `all`.
pub fn lstm<R: Real>(layers: usize, all: &[R]) -> R {
    let (p, samples) = all.split_at(layers * PARAMETERS);
    let mut x = samples.to_vec();
    let repeated = |start: usize| p[start..start + UNITS].iter().copied().cycle().take(samples.len()).collect();
    let start = |k: usize| [2, 1].map(|states| repeated((k + 1) * PARAMETERS - states * UNITS));
    let mut states: Vec<[Vec<R>; 2]> = (0..layers).map(start).collect();
    for _ in 0..STEPS {
        for (k, state) in states.iter_mut().enumerate() {
            *state = layer(&p[k * PARAMETERS..][..PARAMETERS], &x, [&state[0], &state[1]]);
            x.clone_from(&state[0]);
        }
    }
    R::sum(&x)
}

/// Parameters of so many layers, then so many samples.
fn inputs(layers: usize, batch: usize) -> DVector<f64> {
    let mut random = Random::new(1, 0);
    DVector::from_fn(layers * PARAMETERS + batch * UNITS, |_, _| 0.5 * random.normal())
}

/// Intercept and slope of the line of least squares.
pub fn line(points: &[[f64; 2]]) -> [f64; 2] {
    let mean = |k: usize| points.iter().map(|p| p[k]).sum::<f64>() / points.len() as f64;
    let [x, y] = [mean(0), mean(1)];
    let slope = points.iter().map(|p| (p[0] - x) * (p[1] - y)).sum::<f64>()
        / points.iter().map(|p| (p[0] - x) * (p[0] - x)).sum::<f64>();
    [y - slope * x, slope]
}

/// The shortest time of a gradient (ns) for each batch, batches taking turns.
fn times(layers: usize) -> Vec<[f64; 2]> {
    let at: Vec<DVector<f64>> = (1..=8).map(|batch| inputs(layers, batch)).collect();
    let mut best = vec![f64::INFINITY; at.len()];
    for _ in 0..4000 {
        for (best, at) in best.iter_mut().zip(&at) {
            let start = Instant::now();
            std::hint::black_box(gradient(|all| lstm(layers, all.as_slice()), at));
            *best = best.min(start.elapsed().as_nanos() as f64);
        }
    }
    best.iter().enumerate().map(|(i, &time)| [(i + 1) as f64, time]).collect()
}

fn main() -> Result<(), FitError> {
    println!("layers   overhead (us)   each of the paper's operations (ns)   its figure (ns)   entries on our tape");
    let mut figure =
        Figure::new("One gradient of a small LSTM").x_label("samples in the batch").y_label("time (microseconds)");
    let mut mean = 0.0;
    for (layers, (operations, published)) in (1..).zip(OPERATIONS.iter().zip([576.3, 571.3, 558.6])) {
        let points = times(layers);
        let [overhead, slope] = line(&points);
        let count = |all: &DVector<Var>| {
            let sum = lstm(layers, all.as_slice());
            let nodes = Tape::recording().map_or(0, |tape| tape.nodes) - all.len();
            (sum, nodes)
        };
        let mut nodes = 0;
        gradient(
            |all| {
                let (sum, n) = count(all);
                nodes = n;
                sum
            },
            &inputs(layers, 1),
        );
        println!(
            "{layers:>6}   {:>13.2}   {:>35.1}   {published:>15}   {nodes:>19}",
            overhead / 1e3,
            overhead / operations
        );
        mean += overhead / operations / 3.0;
        let (batch, time): (Vec<f64>, Vec<f64>) = points.iter().map(|p| (p[0], p[1] / 1e3)).unzip();
        let fitted: Vec<f64> = [0.0, 8.0].iter().map(|x| (overhead + slope * x) / 1e3).collect();
        figure = figure.points(&format!("layers: {layers}"), &batch, &time).curve(
            &format!("no samples: {:.1}", overhead / 1e3),
            &[0.0, 8.0],
            &fitted,
        );
    }
    println!("mean {mean:.1} ns, 568.8 ns in the paper: {:.0} times less", 568.8 / mean);
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    figure.save(format!("{folder}/lstm_overhead.png"))
}
