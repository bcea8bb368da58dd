//! Can a pole be balanced by differentiating the physics, rather than by trying? The actions are left or right and nothing between, so
//! the network's answer passes a sign, whose derivative is nothing: a custom adjoint passes the cotangent straight through it.
//!
//! CartPole-v0 of the OpenAI Gym (Barto, Sutton and Anderson 1983), the network 4-24-48-1, reward and truncation after 8 steps of
//! Innes et al. 2019 (arXiv:1907.07587), who solve it in about 5 episodes where deep Q-learning takes hundreds. Straight-through
//! estimators: Bengio, Leonard and Courville 2013 (arXiv:1308.3432).
//!
//! ```text
//! cargo run --release --example cartpole -- pictures
//! ```

use costate::ad::{Activation, custom};
use costate::fit::{AdamState, Cause, Random, Schedule};
use costate::prelude::*;

/// Position (m) and speed of the cart, angle (rad) and turning rate of the pole.
type Cart<R> = [R; 4];

const BOUNDS: [f64; 2] = [2.4, 12.0 * std::f64::consts::PI / 180.0];
/// An episode is over after so many steps of 0.02 s, or when a bound is passed.
const EPISODE: usize = 200;
/// Solved: the mean number of steps over 100 episodes.
const SOLVED: f64 = 195.0;
const TRUNCATED: usize = 8;

/// One step under a force of `10 action` (N): cart of 1 kg, pole of 0.1 kg and 1 m, explicit Euler.
fn step<R: Real>([x, speed, angle, rate]: Cart<R>, action: R) -> Cart<R> {
    let (sin, cos) = (angle.sin(), angle.cos());
    let push = (10.0 * action + 0.05 * rate * rate * sin) / 1.1;
    let turn = (9.8 * sin - cos * push) / (0.5 * (4.0 / 3.0 - 0.1 / 1.1 * cos * cos));
    let pull = push - 0.05 / 1.1 * turn * cos;
    [x + 0.02 * speed, speed + 0.02 * pull, angle + 0.02 * rate, rate + 0.02 * turn]
}

/// Left or right; in the reverse sweep as if it were the number itself.
fn straight_through_sign(x: Var) -> Var {
    custom(&[x], &[x.value().signum()], |output, input| input[0] += output[0])[0]
}

fn is_over(cart: &Cart<f64>) -> bool {
    cart[0].abs() > BOUNDS[0] || cart[2].abs() > BOUNDS[1]
}

/// The square of what the reward, a roof over position and angle, misses at its top: 1 in the middle, 0 at a bound.
fn cost(cart: &Cart<Var>) -> Var {
    let roof = |x: Var, bound: f64| (1.0 - x.abs() / bound).max(Var::from(0.0));
    (1.0 - roof(cart[0], BOUNDS[0]) * roof(cart[2], BOUNDS[1])).powi(2)
}

fn beginning(random: &mut Random) -> Cart<f64> {
    std::array::from_fn(|_| 0.1 * random.uniform() - 0.05)
}

/// The mean number of steps that the pole stays up, over 100 new episodes, of so many steps at most.
fn mean_score(policy: &Mlp, p: &DVector<f64>, episode: usize) -> f64 {
    let mut random = Random::new(99, 0);
    let score = |_| {
        let mut cart = beginning(&mut random);
        (1..=episode).find(|_| {
            cart = step(cart, policy.apply(p.as_slice(), &cart)[0].signum());
            is_over(&cart)
        })
    };
    (0..100).map(score).map(|end| end.unwrap_or(episode) as f64).sum::<f64>() / 100.0
}

/// One episode, in which the network learns every 8 steps: what it scored.
fn episode(policy: &Mlp, adam: &Adam, state: &mut AdamState, random: &mut Random) -> Result<usize, FitError> {
    let (mut cart, mut steps) = (beginning(random), 0);
    while steps < EPISODE && !is_over(&cart) {
        let window = |p: &DVector<Var>| {
            let (mut now, mut total) = (cart.map(Var::from), Var::from(0.0));
            for _ in 0..TRUNCATED {
                now = step(now, straight_through_sign(policy.apply(p.as_slice(), &now)[0]));
                total += cost(&now);
                steps += 1;
                cart = now.map(Real::value);
                if is_over(&cart) {
                    break;
                }
            }
            total
        };
        let (value, slope) = gradient(window, &state.point());
        adam.update(state, value, &slope)?;
    }
    Ok(steps)
}

/// The score in training and the mean score after each episode, until it is solved; and what was learnt.
pub fn train(seed: u64, most: usize) -> Result<(Vec<[f64; 2]>, DVector<f64>), FitError> {
    let (policy, mut random) = (policy()?, Random::new(seed, 1));
    let adam = Adam { schedule: Schedule::Constant(0.03), ..Adam::default() };
    let mut state = AdamState::new(&policy.initial(Initialisation::default(), seed));
    let mut scores: Vec<[f64; 2]> = Vec::new();
    while scores.len() < most && scores.last().is_none_or(|score| score[1] < SOLVED) {
        let score = episode(&policy, &adam, &mut state, &mut random)? as f64;
        scores.push([score, mean_score(&policy, &state.point(), EPISODE)]);
    }
    Ok((scores, state.point()))
}

fn policy() -> Result<Mlp, FitError> {
    Ok(Mlp::new(&[4, 24, 48, 1], Activation::Relu)?.with_output_activation(Activation::Tanh))
}

fn main() -> Result<(), Cause> {
    println!("seed   episodes until solved   mean score   mean score in episodes of 2000 steps");
    let mut figure = Figure::new("Balancing a pole by the derivatives of its physics").x_label("episode");
    figure = figure.y_label("mean score over 100 episodes (steps)");
    for seed in 1..=5 {
        let (scores, p) = train(seed, 50)?;
        let (episodes, means): (Vec<f64>, Vec<f64>) =
            scores.iter().enumerate().map(|(i, score)| ((i + 1) as f64, score[1])).unzip();
        let long = mean_score(&policy()?, &p, 2000);
        println!("{seed:>4}   {:>21}   {:>10.1}   {long:>36.1}", scores.len(), means[means.len() - 1]);
        figure = figure.curve(&format!("seed {seed}"), &episodes, &means);
    }
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    Ok(figure.save(format!("{folder}/cartpole.png"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sign has no derivative; this one passes on what comes.
    #[test]
    fn the_sign_is_straight_through() {
        let (value, slope) = gradient(|x| 3.0 * straight_through_sign(x[0] * x[0] * x[1]), &dvector![2.0, -1.0]);
        assert_eq!((value, slope), (-3.0, dvector![-12.0, 12.0]));
    }

    /// Twice the same step: by hand from the equations, at rest with the pole 0.1 rad to the right.
    #[test]
    fn the_cart_obeys_its_equations() {
        let push = 10.0 / 1.1;
        let turn = (9.8 * 0.1_f64.sin() - 0.1_f64.cos() * push) / (2.0 / 3.0 - 0.05 / 1.1 * 0.1_f64.cos().powi(2));
        let found = step([0.0, 0.0, 0.1, 0.0], 1.0);
        assert_eq!([found[0], found[2]], [0.0, 0.1]);
        assert!((found[3] - 0.02 * turn).abs() < 1e-15);
        assert!((found[1] - 0.02 * (push - 0.05 / 1.1 * turn * 0.1_f64.cos())).abs() < 1e-15);
    }

    #[test]
    fn it_is_solved_in_few_episodes() {
        let (scores, _) = train(1, 30).unwrap();
        assert!(scores.last().unwrap()[1] >= SOLVED, "{scores:?}");
    }
}
