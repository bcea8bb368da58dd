//! Can a swing be learnt from its physics? A pendulum is to stand upright, by a torque that a network chooses from what it sees.
//!
//! Pendulum-v0 of the OpenAI Gym, the network 3-24-48-1 of Innes et al. 2019 (arXiv:1907.07587), who beat the learnt controllers of the time
//! after a single episode, with derivatives through 4 steps. Their physics bounds the torque to 2 N m on the picture only, so the
//! pendulum is pushed up by force. With the bound it has to be swung up, against the cost of the moment: that takes derivatives
//! through two seconds, from anywhere.
//!
//! ```text
//! cargo run --release --example pendulum -- pictures
//! ```

#[cfg(test)]
mod tests;

use costate::ad::{Activation, parallel_gradient};
use costate::fit::{AdamState, Cause, Random, Schedule};
use costate::prelude::*;
use std::f64::consts::PI;
use std::time::Instant;

/// Angle from upright (rad) and its rate (rad/s).
type Swing<R> = [R; 2];

/// Steps of 0.05 s in an episode.
const EPISODE: usize = 200;

fn policy() -> Result<Mlp, FitError> {
    Mlp::new(&[3, 24, 48, 1], Activation::Tanh)
}

/// The torque (N m) that the network chooses, bounded to 2 where it is `bounded`.
fn torque<R: Real>(policy: &Mlp, p: &[R], [angle, rate]: Swing<R>, bounded: bool) -> R {
    let chosen = policy.apply(p, &[angle.cos(), angle.sin(), rate])[0];
    if bounded { 2.0 * chosen.tanh() } else { chosen }
}

/// One step of a rod of 1 kg and 1 m under a gravity of 10 m/s^2, and what it costs.
fn step<R: Real>([angle, rate]: Swing<R>, torque: R) -> (Swing<R>, R) {
    let wound = angle - 2.0 * PI * (angle.value() / (2.0 * PI)).round();
    let cost = wound * wound + 0.1 * rate * rate + 0.001 * torque * torque;
    let next = rate + 0.05 * (15.0 * angle.sin() + 3.0 * torque);
    ([angle + 0.05 * next, next.max(R::from(-8.0)).min(R::from(8.0))], cost)
}

/// The states after `steps` steps from here, and what they cost together, each cost by `weigh`.
fn run<R: Real>(
    policy: &Mlp,
    p: &[R],
    start: Swing<f64>,
    (steps, bounded): (usize, bool),
    weigh: impl Fn(R) -> R,
) -> (Swing<R>, R) {
    (0..steps).fold((start.map(R::from), R::zero()), |(now, total), _| {
        let (next, cost) = step(now, torque(policy, p, now, bounded));
        (next, total + weigh(cost))
    })
}

/// Anywhere, turning by at most 1 rad/s.
fn beginning(random: &mut Random) -> Swing<f64> {
    [PI, 1.0].map(|bound| bound * (2.0 * random.uniform() - 1.0))
}

/// The mean reward, minus the cost, of 100 new episodes.
pub fn mean_reward(policy: &Mlp, p: &DVector<f64>, bounded: bool) -> f64 {
    let mut random = Random::new(99, 0);
    let cost = |_| run(policy, p.as_slice(), beginning(&mut random), (EPISODE, bounded), |cost| cost).1;
    -(0..100).map(cost).sum::<f64>() / 100.0
}

/// The paper's way: one episode without a bound, learning every 4 steps from the squares of their costs.
pub fn episode(policy: &Mlp, adam: &Adam, state: &mut AdamState, random: &mut Random) -> Result<(), FitError> {
    let mut now = beginning(random);
    for _ in 0..EPISODE / 4 {
        let window = |p: &DVector<Var>| {
            let (last, cost) = run(policy, p.as_slice(), now, (4, false), |cost| cost * cost);
            now = last.map(Real::value);
            cost
        };
        let (value, slope) = gradient(window, &state.point());
        adam.update(state, value, &slope)?;
    }
    Ok(())
}

/// With the bound: two seconds from 32 places anywhere and at any speed, `iterations` times, by gradients cut to length 1.
pub fn learn_to_swing(policy: &Mlp, iterations: usize, seed: u64) -> Result<DVector<f64>, FitError> {
    let (mut random, mut state) =
        (Random::new(seed, 2), AdamState::new(&policy.initial(Initialisation::default(), seed)));
    let schedule = Schedule::Cosine { rate: 0.01, last: 1e-4 };
    let adam = Adam { schedule, iterations, longest_gradient: 1.0, ..Adam::default() };
    for _ in 0..iterations {
        let starts: Vec<Swing<f64>> =
            (0..32).map(|_| beginning(&mut random)).map(|[angle, rate]| [angle, 8.0 * rate]).collect();
        let cost = |&start: &Swing<f64>, p: &DVector<Var>| run(policy, p.as_slice(), start, (40, true), |cost| cost).1;
        let (value, slope) = parallel_gradient(cost, &starts, &state.point());
        adam.update(&mut state, value / 32.0, &(slope / 32.0))?;
    }
    Ok(state.point())
}

fn main() -> Result<(), Cause> {
    let policy = policy()?;
    let mut state = AdamState::new(&policy.initial(Initialisation::default(), 1));
    let (adam, mut random) = (Adam { schedule: Schedule::Constant(0.03), ..Adam::default() }, Random::new(1, 1));
    println!("without a bound on the torque, as the paper's source: mean reward of 100 episodes");
    println!("  before learning    {:>9.1}", mean_reward(&policy, &state.point(), false));
    for number in 1..=5 {
        episode(&policy, &adam, &mut state, &mut random)?;
        println!("  after episode {number:>2}   {:>9.1}", mean_reward(&policy, &state.point(), false));
    }
    let start = Instant::now();
    let p = learn_to_swing(&policy, 500, 1)?;
    println!(
        "with a bound of 2 N m, as in the Gym: {:.1} after {:.1} s",
        mean_reward(&policy, &p, true),
        start.elapsed().as_secs_f64()
    );
    let mut figure = Figure::new("Swung up by at most 2 N m, from hanging still").x_label("time (s)");
    figure = figure.y_label("angle from upright (degrees), torque (N m)");
    let states: Vec<Swing<f64>> = (0..EPISODE)
        .scan([PI, 0.0], |now, _| {
            let before = *now;
            *now = step(before, torque(&policy, p.as_slice(), before, true)).0;
            Some(before)
        })
        .collect();
    let times: Vec<f64> = (0..EPISODE).map(|i| 0.05 * i as f64).collect();
    let angles: Vec<f64> = states.iter().map(|state| state[0].to_degrees()).collect();
    let torques: Vec<f64> = states.iter().map(|&state| torque(&policy, p.as_slice(), state, true)).collect();
    figure = figure.curve("angle", &times, &angles).curve(
        "torque, times 20",
        &times,
        &torques.iter().map(|t| 20.0 * t).collect::<Vec<_>>(),
    );
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    Ok(figure.save(format!("{folder}/pendulum.png"))?)
}
