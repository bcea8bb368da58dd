//! Does a network learn the drift of a stochastic equation from the means and spreads of its paths? The demonstration of
//! Innes and others (2019, arXiv:1907.07587, section 4.3): a spiral `du = A u^3 dt + 0.2 u dW`, a network 2-50-2 of the
//! cubes in place of `A`, the noise known, and gradients through an adaptive solver along fixed paths.
//!
//! ```text
//! cargo run --release --example neural_sde -- pictures
//! ```

mod learning;
mod model;

use costate::fit::Cause;
use costate::prelude::*;
use learning::learn;
use model::{deviation, moments, spiral, times};

/// The largest distance of the means at any time, and of the standard deviations.
fn distances(learnt: &[Summary], truth: &[Summary]) -> [f64; 2] {
    [Summary::mean, deviation].map(|of: fn(&Summary) -> f64| {
        learnt.iter().zip(truth).map(|(learnt, truth)| (of(learnt) - of(truth)).abs()).fold(0.0, f64::max)
    })
}

fn main() -> Result<(), Cause> {
    let (seen, forecast, none) = (times(30), times(36), dvector![]);
    let (system, p) = learn(&moments(&spiral(), &none, (1, 4000), &seen)?, &seen, 60)?;
    // The same noise for both, so that what differs is the drift.
    let learnt = moments(&system, &p, (2, 4000), &forecast)?;
    let truth = moments(&spiral(), &none, (2, 4000), &forecast)?;
    for (what, until) in [("up to t = 1", 60), ("up to t = 1.2", 72)] {
        let [mean, spread] = distances(&learnt[..until], &truth[..until]);
        println!("{what}: means within {mean:.3} of the true ones, standard deviations within {spread:.3}");
    }
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    for (k, name) in ["u1", "u2"].into_iter().enumerate() {
        let component = |all: &[Summary]| all.iter().skip(k).step_by(2).cloned().collect::<Vec<Summary>>();
        let means = |all: &[Summary]| component(all).iter().map(Summary::mean).collect::<Vec<f64>>();
        let edges = |all: &[Summary]| {
            [0.025, 0.975].map(|edge| component(all).iter().map(|of| of.quantile(edge)).collect::<Vec<f64>>())
        };
        let [lower, upper] = edges(&learnt);
        let figure = Figure::new(&format!("A drift learnt from means and spreads until t = 1: {name}"))
            .x_label("time")
            .y_label(name)
            .band("95 % of paths, learnt", &forecast, &lower, &upper)
            .curve("mean, learnt", &forecast, &means(&learnt))
            .points("95 % of paths, true", &[&forecast[..], &forecast].concat(), &edges(&truth).concat())
            .points("mean, true", &forecast, &means(&truth));
        figure.save(format!("{folder}/neural_sde_{name}.png"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With the same noise for both, what is left is the error of the data's moments, of 2,000 paths (at a spread of 1 three
    /// standard errors are 0.07), and that of 30 steps of the optimiser.
    #[test]
    fn the_learnt_paths_have_the_means_and_spreads_of_the_true_ones() {
        let (seen, none) = (times(30), dvector![]);
        let data = moments(&spiral(), &none, (1, 2000), &seen).unwrap();
        let truth = moments(&spiral(), &none, (2, 1000), &seen).unwrap();
        let [guess, fit] = [0, 30].map(|steps| {
            let (system, p) = learn(&data, &seen, steps).unwrap();
            distances(&moments(&system, &p, (2, 1000), &seen).unwrap(), &truth)
        });
        assert!(fit[0] < 0.12 && fit[1] < 0.06, "{fit:?}");
        assert!(fit[0] < 0.5 * guess[0] && fit[1] < 0.5 * guess[1], "{fit:?} after {guess:?}");
    }
}
