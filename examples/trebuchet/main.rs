//! Can a network learn to aim a trebuchet, from the machine's own physics? It is told the wind and the distance and answers with a release
//! angle and a weight; the gradient of the miss comes back through the simulated throw, three stages of a differential equation
//! with exact events between them. The throw is differentiated forward, by two inputs, inside the network's reverse pass.
//!
//! Innes et al. 2019 (arXiv:1907.07587), section on differentiable control: the sizes 2-16-64-16-2, winds and targets are theirs; they
//! report aiming 100 times as fast as by optimising each throw.
//!
//! ```text
//! cargo run --release --example trebuchet -- pictures
//! ```

mod machine;
#[cfg(test)]
mod tests;

use costate::ad::{Activation, gradient_chunked, try_forward_block, try_parallel_gradient};
use costate::fit::{AdamState, Cause, Optimiser, Random, Resumable, Schedule};
use costate::prelude::*;
use machine::{distance, projectile, throw};
use std::ops::ControlFlow;
use std::time::Instant;

/// Wind (m/s) and distance of the target (m).
type Situation = [f64; 2];

const BATCH: usize = 16;
const RTOL: f64 = 1e-6;

/// Winds of 5 m/s, normally distributed, and targets from 20 to 100 m away; so many times as wide.
fn situation(random: &mut Random, wide: f64) -> Situation {
    [5.0 * wide * random.normal(), 60.0 + 80.0 * wide * (random.uniform() - 0.5)]
}

fn aimer() -> Result<Mlp, FitError> {
    Mlp::new(&[2, 16, 64, 16, 2], Activation::Tanh)?.with_input_scaling(&[0.0, 60.0], &[5.0, 25.0])
}

/// Release angle (degrees, 0 to 90) and weight (lb, positive) from what a network puts out. The angle is the slower of the two: thrown
/// flat, what is far is out of reach, however heavy the weight.
fn setting<R: Real>(output: &[R]) -> [R; 2] {
    [90.0 * (0.5 * output[0]).logistic(), 200.0 * output[1].exp()]
}

/// The square of the miss, relative to the distance.
fn miss<R: Real>(landed: R, [_, target]: Situation) -> R {
    let miss = (landed - target) / target;
    miss * miss
}

/// The same for the throw that the network chooses. Of the throw the tape holds a single entry.
fn network_miss(network: &Mlp, p: &DVector<Var>, situation: Situation) -> Result<Var, Cause> {
    let aim = setting(&network.apply(p.as_slice(), &situation.map(Var::from)));
    let landed = |x: &[Dual<f64, 2>]| Ok::<_, Cause>(vec![distance([situation[0].into(), x[0], x[1]], RTOL)?]);
    Ok(miss(try_forward_block(landed, &aim)?[0], situation))
}

/// The network after so many steps of Adam on situations drawn anew.
fn train(network: &Mlp, iterations: usize, mut report: impl FnMut(usize, f64)) -> Result<DVector<f64>, FitError> {
    let mut random = Random::new(1, 0);
    let mut objective = |p: &DVector<f64>| {
        // A network is worst at the edge of what it has seen.
        let batch: Vec<Situation> = (0..BATCH).map(|_| situation(&mut random, 1.1)).collect();
        let (sum, slope) = try_parallel_gradient(|&s, p| network_miss(network, p, s), &batch, p)?;
        Ok((sum / BATCH as f64, slope / BATCH as f64))
    };
    let adam = Adam { schedule: Schedule::Cosine { rate: 0.02, last: 1e-5 }, iterations, ..Adam::default() };
    let mut state = AdamState::new(&network.initial(Initialisation::default(), 3));
    let mut see = |iteration: &Iteration| {
        report(iteration.number, iteration.value.sqrt());
        ControlFlow::Continue(())
    };
    adam.run(&mut state, iterations, &mut objective, &mut see)?;
    Ok(state.point())
}

/// How far off throws are, as a share of the distance, on average over a hundred new situations.
fn mean_miss(network: &Mlp, p: &DVector<f64>) -> Result<f64, Cause> {
    let mut random = Random::new(2, 0);
    let misses = (0..100).map(|_| {
        let [wind, target] = situation(&mut random, 1.0);
        let [angle, weight] = setting(&network.apply(p.as_slice(), &[wind, target]));
        Ok((distance([wind, angle, weight], RTOL)? - target).abs() / target)
    });
    Ok(misses.sum::<Result<f64, Cause>>()? / 100.0)
}

/// The angle and the weight found by optimising one throw, from 45 degrees and 200 lb until it misses by less than 0.3 %.
fn optimise(situation: Situation) -> Result<[f64; 2], Cause> {
    let mut objective = |x: &DVector<f64>| {
        let mut failure = None;
        let loss = |x: &DVector<Dual<f64, 2>>| {
            let [angle, weight] = setting(x.as_slice());
            let landed = distance([situation[0].into(), angle, weight], RTOL);
            landed.map(|landed| miss(landed, situation)).unwrap_or_else(|error| {
                failure = Some(error);
                f64::NAN.into()
            })
        };
        let evaluation = gradient_chunked(loss, x);
        failure.map_or(Ok(evaluation), Err)
    };
    let mut near = |i: &Iteration| if i.value < 9e-6 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    Ok(setting(Lbfgs::default().minimise(&mut objective, &dvector![0.0, 0.0], &mut near)?.point.as_slice()))
}

fn picture(network: &Mlp, p: &DVector<f64>) -> Result<Figure, Cause> {
    let mut figure = Figure::new("A network aims at 90 m, 60 m and 30 m, against the wind and with it");
    figure = figure.x_label("distance (m)").y_label("height above the pivot (m)");
    for [wind, target] in [[-5.0, 90.0], [5.0, 90.0], [-5.0, 60.0], [5.0, 60.0], [0.0, 30.0]] {
        let [angle, weight] = setting(&network.apply(p.as_slice(), &[wind, target]));
        let stages = throw([wind, angle, weight], RTOL, SaveAt::every(0.01))?;
        let on_machine =
            stages[..2].iter().flat_map(|stage| stage.saves()).map(|(_, y)| (projectile(y)[0], projectile(y)[1]));
        let (x, y): (Vec<f64>, Vec<f64>) = on_machine.chain(stages[2].saves().map(|(_, y)| (y[0], y[1]))).unzip();
        figure = figure.curve(&format!("wind {wind} m/s: {angle:.0} degrees, {weight:.0} lb"), &x, &y);
    }
    Ok(figure.points("targets", &[90.0, 60.0, 30.0], &[-1.524; 3]))
}

fn main() -> Result<(), Cause> {
    let (landed, slope) = gradient_chunked::<3, _>(
        |x| distance([x[0], x[1], x[2]], 1e-9).expect("it flies"),
        &dvector![-2.0, 45.0, 200.0],
    );
    println!("wind -2 m/s, 45 degrees, 200 lb: {landed:.4} m");
    println!("by wind (m/s), angle (degree), weight (lb): {:.3}, {:.3}, {:.5}\n", slope[0], slope[1], slope[2]);
    let (network, start) = (aimer()?, Instant::now());
    let show = |i: usize, miss: f64| println!("step {i:>4}: misses by {:.2} %", 100.0 * miss);
    let p = train(&network, 3000, |i, miss| {
        if i % 500 == 0 {
            show(i, miss);
        }
    })?;
    let (seconds, miss) = (start.elapsed().as_secs_f64(), 100.0 * mean_miss(&network, &p)?);
    println!("trained in {seconds:.1} s; new throws miss by {miss:.2} % on average");
    let situations: Vec<Situation> =
        (0..50).scan(Random::new(5, 0), |random, _| Some(situation(random, 1.0))).collect();
    let start = Instant::now();
    for _ in 0..1000 {
        situations.iter().for_each(|s| drop(std::hint::black_box(network.apply(p.as_slice(), s))));
    }
    let aim = start.elapsed().as_secs_f64() / 50e3;
    let start = Instant::now();
    situations.iter().try_for_each(|&s| optimise(s).map(drop))?;
    let direct = start.elapsed().as_secs_f64() / 50.0;
    println!("an aim: {:.2} microseconds; by optimising the throw: {:.2} ms", 1e6 * aim, 1e3 * direct);
    println!("{:.0} times as fast", direct / aim);
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    Ok(picture(&network, &p)?.save(format!("{folder}/trebuchet.png"))?)
}
