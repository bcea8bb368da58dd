//! What do three bodies weigh, seen only moving? Burrau's Pythagorean problem: masses 3, 4 and 5 at the corners of a right-angled
//! triangle, at rest. The law of gravity is known, the masses are found from the paths, also through a close encounter; what
//! the paths then say about the masses depends on how long one watches.
//!
//! ```text
//! cargo run --release --example three_body -- pictures
//! ```

use costate::fit::{Cause, JacobianMode, Random, Residuals, linearise};
use costate::prelude::*;

/// Burrau (1913, Astronomische Nachrichten 195, 113): G = 1, each body opposite to the side of its number.
const MASSES: [f64; 3] = [3.0, 4.0, 5.0];
const NAMES: [&str; 3] = ["first", "second", "third"];
const START: [f64; 12] = [1.0, 3.0, -2.0, -1.0, 1.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
const NOISE: f64 = 0.01;

/// Positions (x, y of each), then velocities.
#[derive(Clone, Copy)]
struct Gravity;

impl Ode for Gravity {
    const STATES: Option<usize> = Some(12);

    fn rhs<R: Real>(&self, _t: R, y: &[R], masses: &[R], dy: &mut [R]) {
        let (place, speed) = y.split_at(6);
        dy[..6].copy_from_slice(speed);
        dy[6..].fill(R::zero());
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            let away = [0, 1].map(|k| place[2 * j + k] - place[2 * i + k]);
            let square = away[0] * away[0] + away[1] * away[1];
            let pull = 1.0 / (square * square.sqrt());
            for k in 0..2 {
                dy[6 + 2 * i + k] += masses[j] * pull * away[k];
                dy[6 + 2 * j + k] -= masses[i] * pull * away[k];
            }
        }
    }
}

fn paths<R: Real>(masses: &DVector<R>, times: &[f64]) -> Result<Vec<DVector<R>>, SolveError> {
    let problem = Problem::ode(Gravity, START, masses, 0.0..times[times.len() - 1]);
    Ok(problem.solve(Vern9, Tolerance::new(1e-11, 1e-11), SaveAt::times(times))?.states().to_vec())
}

/// Positions of all bodies at 40 times up to an end.
struct Seen {
    times: Vec<f64>,
    positions: Vec<f64>,
}

impl Seen {
    fn simulated(end: f64, seed: u64) -> Result<Self, SolveError> {
        let times: Vec<f64> = (1..=40).map(|k| end * f64::from(k) / 40.0).collect();
        let mut random = Random::new(seed, 0);
        let states = paths(&DVector::from_row_slice(&MASSES), &times)?;
        let positions = states.iter().flat_map(|y| y.rows(0, 6).iter().copied().collect::<Vec<_>>());
        let positions = positions.map(|place| place + NOISE * random.normal()).collect();
        Ok(Self { times, positions })
    }

    fn fit(&self, start: &[f64]) -> Result<Fitted, FitError> {
        let parameters = NAMES.iter().zip(start).fold(Parameters::new(), |all, (name, &mass)| all.log(name, mass));
        let residuals = |masses: &DVector<f64>| linearise(self, masses, JacobianMode::Forward);
        fit_least_squares(residuals, &parameters, &LevenbergMarquardt::default(), quiet)
    }
}

impl Residuals for Seen {
    fn residuals<R: Real>(&self, masses: &DVector<R>) -> Result<DVector<R>, Cause> {
        let places =
            paths(masses, &self.times)?.into_iter().flat_map(|y| y.rows(0, 6).iter().copied().collect::<Vec<_>>());
        Ok(DVector::from_iterator(self.positions.len(), places.zip(&self.positions).map(|(model, seen)| model - *seen)))
    }
}

/// Until before the first close encounter, from equal masses; then through it, from there.
fn weigh(seed: u64) -> Result<[Fitted; 2], Cause> {
    let early = Seen::simulated(1.5, seed)?.fit(&[1.0; 3])?;
    let late = Seen::simulated(3.0, seed)?.fit(early.estimates().as_slice())?;
    Ok([early, late])
}

fn main() -> Result<(), Cause> {
    let [early, late] = weigh(2)?;
    println!("watched until t = 1.5\n{early}\n\nuntil t = 3, through the encounter at 1.88\n{late}\n");
    let errors = |fitted: &Fitted| fitted.standard_errors().map(DVector::amax).ok_or("no standard errors");
    println!("largest standard error: {:.1e}, then {:.1e}", errors(&early)?, errors(&late)?);
    let fine: Vec<f64> = (0..=1500).map(|k| 0.002 * f64::from(k)).collect();
    let (states, seen) = (paths(late.estimates(), &fine)?, Seen::simulated(3.0, 2)?);
    let mut figure =
        Figure::new("Three bodies: paths of the fit, and what was seen").x_label("x").y_label("y").equal_units();
    for (i, name) in NAMES.iter().enumerate() {
        let (x, y): (Vec<_>, Vec<_>) = states.iter().map(|state| (state[2 * i], state[2 * i + 1])).unzip();
        let (seen_x, seen_y): (Vec<_>, Vec<_>) = seen.positions.chunks(6).map(|p| (p[2 * i], p[2 * i + 1])).unzip();
        figure = figure.curve(&format!("{name}, {:.3}", late.estimates()[i]), &x, &y).points("seen", &seen_x, &seen_y);
    }
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    Ok(figure.save(format!("{folder}/three_body.png"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_masses_and_sharper_through_the_encounter() {
        let [early, late] = weigh(2).unwrap();
        for fitted in [&early, &late] {
            assert!(fitted.converged(), "{fitted}");
            let errors = fitted.standard_errors().expect("all three are determined");
            (0..3).for_each(|k| assert!((fitted.estimates()[k] - MASSES[k]).abs() < 3.0 * errors[k], "{fitted}"));
        }
        assert!((late.estimates() - DVector::from_row_slice(&MASSES)).amax() < 0.03, "{late}");
        assert!(late.standard_errors().unwrap().amax() < 0.5 * early.standard_errors().unwrap().amax());
        // Momentum stays 0, whatever the masses.
        let end = paths(&dvector![1.0, 2.5, 4.0], &[2.5]).unwrap().remove(0);
        let momentum = |k: usize| end[6 + k] + 2.5 * end[8 + k] + 4.0 * end[10 + k];
        assert!(momentum(0).abs().max(momentum(1).abs()) < 1e-8, "{} {}", momentum(0), momentum(1));
    }
}
