//! From means and spreads to the parameters of the network.

use crate::model::{NeuralSde, SCALES, START, deviation, moments};
use costate::ad::{Activation, try_parallel_gradient};
use costate::fit::{AdamState, Cause, Optimiser, Schedule};
use costate::prelude::*;

/// A first guess without a solve: the mean's slope is the mean of the drift, here over four states with the data's moments.
fn first_guess(network: &Mlp, data: &[Summary]) -> Result<DVector<f64>, Cause> {
    let (mut cubes, mut slopes) = (Vec::new(), Vec::new());
    for at in data.windows(6).step_by(2) {
        slopes.extend([0, 1].map(|k: usize| (at[4 + k].mean() - at[k].mean()) * 14.5 / SCALES[1]));
        for shift in [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]] {
            let state = |k: usize| at[2 + k].mean() + shift[k] * 2f64.sqrt() * deviation(&at[2 + k]);
            cubes.extend([0, 1].map(|k| Var::from(state(k).powi(3))));
        }
    }
    let loss = |p: &DVector<Var>| {
        let drifts = network.apply(p.as_slice(), &cubes);
        let mean = |of: &[Var], k: usize| 0.25 * (of[k] + of[k + 2] + of[k + 4] + of[k + 6]);
        let misses = drifts.chunks_exact(8).flat_map(|of| [mean(of, 0), mean(of, 1)]).zip(&slopes).map(|(a, &b)| a - b);
        misses.fold(Var::from(0.0), |sum, miss| sum + miss * miss)
    };
    let adam = Adam { schedule: Schedule::Cosine { rate: 0.02, last: 1e-3 }, iterations: 500, ..Adam::default() };
    let start = network.initial(Initialisation::GlorotUniform, 1);
    Ok(adam.minimise(&mut |p: &DVector<f64>| Ok(gradient(loss, p)), &start, &mut quiet)?.point)
}

/// The network with its parameters, after `steps` steps from the first guess with fresh paths for each.
///
/// What falls is the divergence of normal laws, `((m - m_data)^2 + v) / v_data - ln v` for means `m` and variances `v`. Its slope
/// along paths is that of a sum whose weights come from other paths: a product of independent estimates, right on average.
/// (The squared distance of single paths from the data's mean would be least for paths without spread.)
pub fn learn(data: &[Summary], times: &[f64], steps: usize) -> Result<(NeuralSde, DVector<f64>), Cause> {
    let network = Mlp::new(&[2, 50, 2], Activation::Tanh)?.with_input_scaling(&[0.0; 2], &[SCALES[0]; 2])?;
    let mut state = AdamState::new(&first_guess(&network, data)?);
    let schedule = Schedule::Cosine { rate: 5e-3, last: 1e-4 };
    let adam = Adam { schedule, memory: [0.9, 0.98], longest_gradient: 20.0, iterations: steps, ..Adam::default() };
    let system = NeuralSde(network);
    for step in 0..steps as u64 {
        let p = state.point();
        let now = moments(&system, &p, (1000 + step, 128), times)?;
        let weights = now.iter().zip(data).map(|(now, data)| {
            let [v, v_data] = [now, data].map(|summary| summary.variance() + 0.01);
            [now.mean(), (now.mean() - data.mean()) / v_data, 0.5 / v_data - 0.5 / v]
        });
        let weights: Vec<[f64; 3]> = weights.collect();
        let loss = |noise: &Brownian, p: &DVector<Var>| {
            let problem = Problem::sde(system.clone(), noise.clone(), START, p, 0.0..1.0);
            let (tolerance, save) = (Tolerance::new(2e-2, 2e-2), SaveAt::times(times));
            let solution = DiscreteAdjoint::default().solve_sde(&problem, Sosri, tolerance, save)?;
            let states = solution.saves().flat_map(|(_, y)| y.to_vec()).zip(&weights);
            Ok::<_, SolveError>(states.fold(Var::from(0.0), |sum, (u, &[mean, of_mean, of_variance])| {
                sum + (u - mean) * (of_mean + of_variance * (u - mean))
            }))
        };
        let pairs = (0..32).map(|path| Brownian::seeded(5000 + step).path(path));
        let fresh: Vec<Brownian> = pairs.flat_map(|noise| [noise.clone(), noise.mirrored()]).collect();
        let (value, slope) = try_parallel_gradient(loss, &fresh, &p)?;
        adam.update(&mut state, value / 64.0, &(slope / 64.0))?;
    }
    Ok((system, state.point()))
}
