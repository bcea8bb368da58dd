//! How long is a pendulum, and how much does it lose? Length, damping and the angle at which it was let go, from 60 readings of
//! an angle by a sensor with an unknown zero: the law is known, four numbers in it are not.
//!
//! ```text
//! cargo run --release --example damped_pendulum -- pictures
//! ```

use costate::fit::{Cause, JacobianMode, Random, Residuals, linearise};
use costate::prelude::*;

const GRAVITY: f64 = 9.81;
/// Length (m), damping (1/s), first angle and zero of the sensor (rad).
const TRUTH: [f64; 4] = [1.3, 0.25, 2.4, 0.05];
const NAMES: [&str; 4] = ["length", "damping", "first angle", "zero"];
/// Of the sensor (rad).
const NOISE: f64 = 0.02;

fn times() -> Vec<f64> {
    (1..=60).map(|k| 0.2 * f64::from(k)).collect()
}

/// What the sensor would show without noise. The swing is far from harmonic: sines stay sines.
fn angles<R: Real>(p: &DVector<R>, times: &[f64]) -> Result<Vec<R>, SolveError> {
    let pendulum = ode!(|_t, [angle, speed], [length, damping, _first, _zero]| [
        speed,
        -GRAVITY / length * angle.sin() - damping * speed,
    ]);
    let problem = Problem::ode(pendulum, [p[2], R::zero()], p, 0.0..times[times.len() - 1]);
    let solution = problem.solve(Vern7, Tolerance::new(1e-10, 1e-10), SaveAt::times(times))?;
    Ok(solution.states().iter().map(|state| state[0] + p[3]).collect())
}

/// What the sensor showed.
struct Readings(Vec<f64>);

impl Readings {
    fn simulated(seed: u64) -> Result<Self, SolveError> {
        let mut random = Random::new(seed, 0);
        let angles = angles(&DVector::from_row_slice(&TRUTH), &times())?;
        Ok(Self(angles.into_iter().map(|angle| angle + NOISE * random.normal()).collect()))
    }

    /// From a metre, hardly damped, let go at the first reading.
    fn fit(&self) -> Result<Fitted, FitError> {
        let start = [1.0, 0.1, self.0[0], 0.0];
        let parameters = Parameters::new().log(NAMES[0], start[0]).log(NAMES[1], start[1]);
        let parameters = parameters.linear(NAMES[2], start[2]).linear(NAMES[3], start[3]);
        let residuals = |p: &DVector<f64>| linearise(self, p, JacobianMode::Forward);
        fit_least_squares(residuals, &parameters, &LevenbergMarquardt::default(), quiet)
    }
}

impl Residuals for Readings {
    fn residuals<R: Real>(&self, p: &DVector<R>) -> Result<DVector<R>, Cause> {
        let model = angles(p, &times())?;
        Ok(DVector::from_iterator(model.len(), model.iter().zip(&self.0).map(|(&model, seen)| model - *seen)))
    }
}

fn main() -> Result<(), Cause> {
    let readings = Readings::simulated(3)?;
    let fitted = readings.fit()?;
    println!("{fitted}\n");
    for (name, truth) in NAMES.iter().zip(TRUTH) {
        println!("{name:>12}: true {truth}, {:+.2} % off", 100.0 * (fitted.estimate(name)? / truth - 1.0));
    }
    let fine: Vec<f64> = (0..=600).map(|k| 0.02 * f64::from(k)).collect();
    let curve = angles(fitted.estimates(), &fine)?;
    let figure = Figure::new("A damped pendulum, let go far from rest").x_label("time (s)").y_label("angle (rad)");
    let figure = figure.curve("fit", &fine, &curve).points("readings", &times(), &readings.0);
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    Ok(figure.save(format!("{folder}/damped_pendulum.png"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_constants_to_within_their_errors() {
        let fitted = Readings::simulated(3).unwrap().fit().unwrap();
        let errors = fitted.standard_errors().expect("all four are determined");
        assert!(fitted.converged(), "{fitted}");
        for k in 0..4 {
            let off = fitted.estimates()[k] - TRUTH[k];
            assert!(off.abs() < 3.0 * errors[k] && errors[k] < 0.02, "{}: {off}\n{fitted}", NAMES[k]);
        }
        // Undamped, a swing from 2 rad lasts the harmonic period over the arithmetic-geometric mean of 1 and cos(2/2) (Gauss).
        let mean = (0..6).fold((1.0_f64, 1.0_f64.cos()), |(a, g), _| (0.5 * (a + g), (a * g).sqrt())).0;
        let period = std::f64::consts::TAU / GRAVITY.sqrt() / mean;
        let halfway = angles(&dvector![1.0, 0.0, 2.0, 0.0], &[0.25 * period, 0.5 * period]).unwrap();
        assert!(halfway[0].abs() < 1e-8 && (halfway[1] + 2.0).abs() < 1e-8, "{halfway:?}");
    }
}
