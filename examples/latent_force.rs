//! What pushed the oscillator? A mass on a spring is seen with noise, the force on it is not: it is a Gaussian process, written
//! as a linear stochastic differential equation beside the mass's own (Hartikainen and Sarkka 2010). A Kalman filter gives the
//! likelihood of spring, damping and the process's own scales; a smoother then gives the force.
//!
//! ```text
//! cargo run --release --example latent_force -- pictures
//! ```

use costate::fit::{Cause, Random};
use costate::linalg::exponential;
use costate::prelude::*;

const STEP: f64 = 0.2;
const NOISE: f64 = 0.02;

/// The force that the fit does not know.
pub fn force(t: f64) -> f64 {
    1.5 * (0.7 * t).sin() + (-(t - 9.0).powi(2)).exp() * 2.0
}

/// The position of a mass with stiffness 4 and damping 0.5, let go at 2 m, at every fifth of a second until 20 s, seen with noise.
pub fn positions() -> Result<(Vec<f64>, Vec<f64>), Cause> {
    let oscillator = |t: f64, y: &[f64], p: &[f64], dy: &mut [f64]| {
        dy[0] = y[1];
        dy[1] = force(t) - p[0] * y[0] - p[1] * y[1];
    };
    let problem = Problem::closure(oscillator, [2.0, 0.0], &dvector![4.0, 0.5], 0.0..20.0);
    let solution = problem.solve(Tsit5, Tolerance::new(1e-9, 1e-9), SaveAt::every(STEP))?;
    let mut random = Random::new(6, 0);
    let seen = solution.states().iter().map(|state| state[0] + NOISE * random.normal()).collect();
    Ok((solution.times().to_vec(), seen))
}

/// Stiffness (1/s^2), damping (1/s), and of the force its size (m/s^2) and the time over which it varies (s).
pub fn parameters() -> Parameters {
    Parameters::new().log("stiffness", 2.0).log("damping", 1.0).log("size", 1.0).log("time", 1.0).log("noise", 0.1)
}

/// Position, speed, force and its rate over one step: transition and covariance of the noise, and the covariance at the
/// start. The force has Matern's covariance of smoothness 3/2; the integral of its noise is that of Van Loan (1978).
fn step<R: Real>(x: &DVector<R>) -> Result<[DMatrix<R>; 3], Cause> {
    let (zero, one, rate) = (R::zero(), R::one(), 3.0_f64.sqrt() / x[3]);
    let drift = DMatrix::from_row_slice(
        4,
        4,
        &[
            zero,
            one,
            zero,
            zero,
            -x[0],
            -x[1],
            one,
            zero,
            zero,
            zero,
            zero,
            one,
            zero,
            zero,
            -(rate * rate),
            -(rate * 2.0),
        ],
    );
    let mut block = DMatrix::from_element(8, 8, zero);
    block.view_mut((0, 0), (4, 4)).copy_from(&(-&drift * R::from(STEP)));
    block.view_mut((4, 4), (4, 4)).copy_from(&(drift.transpose() * R::from(STEP)));
    block[(3, 7)] = 4.0 * STEP * rate * rate * rate * x[2] * x[2];
    let exponential = exponential(&block)?;
    let transition = exponential.view((4, 4), (4, 4)).transpose();
    let noise = &transition * exponential.view((0, 4), (4, 4));
    let start = DMatrix::from_diagonal(&DVector::from_vec(vec![
        R::from(4.0),
        R::from(4.0),
        x[2] * x[2],
        rate * rate * x[2] * x[2],
    ]));
    Ok([transition, noise, start])
}

/// Mean and covariance before and after each observation, and the negative log-likelihood.
type Filtered<R> = (Vec<[(DVector<R>, DMatrix<R>); 2]>, R);

fn filter<R: Real>(seen: &[f64], x: &DVector<R>) -> Result<Filtered<R>, Cause> {
    let [transition, noise, mut covariance] = step(x)?;
    let mut mean = DVector::from_element(4, R::zero());
    let (mut passed, mut total) = (Vec::new(), R::zero());
    for &seen in seen {
        let before = (mean.clone(), covariance.clone());
        let variance = covariance[(0, 0)] + x[4] * x[4];
        let miss = R::from(seen) - mean[0];
        total += (variance * (2.0 * std::f64::consts::PI)).ln() * 0.5 + miss * miss / (variance * 2.0);
        let gain = covariance.column(0).into_owned() / variance;
        let row = covariance.row(0).into_owned();
        mean += &gain * miss;
        covariance -= gain * row;
        passed.push([before, (mean.clone(), covariance.clone())]);
        mean = &transition * mean;
        covariance = &transition * covariance * transition.transpose() + &noise;
    }
    Ok((passed, total))
}

/// The force at the times of observation, with its standard deviation (Rauch, Tung and Striebel 1965).
pub fn smoothed_force(seen: &[f64], x: &DVector<f64>) -> Result<Vec<[f64; 2]>, Cause> {
    let [transition, ..] = step(x)?;
    let (passed, _) = filter(seen, x)?;
    let (mut mean, mut covariance) = passed[passed.len() - 1][1].clone();
    let mut forces = vec![[mean[2], covariance[(2, 2)].sqrt()]];
    for pair in passed.windows(2).rev() {
        let ((filtered, spread), (predicted, predicted_spread)) = (&pair[0][1], &pair[1][0]);
        let inverse = predicted_spread.clone().try_inverse().ok_or("a singular covariance")?;
        let gain = spread * transition.transpose() * inverse;
        mean = filtered + &gain * (mean - predicted);
        covariance = spread + &gain * (covariance - predicted_spread) * gain.transpose();
        forces.push([mean[2], covariance[(2, 2)].max(0.0).sqrt()]);
    }
    forces.reverse();
    Ok(forces)
}

/// The fit.
pub fn run(seen: &[f64]) -> Result<Fitted, FitError> {
    let objective = |x: &DVector<f64>| try_gradient(|x| Ok::<_, Cause>(filter(seen, x)?.1), x);
    fit(objective, &parameters(), &Lbfgs::default(), quiet)
}

fn main() -> Result<(), Cause> {
    let (times, seen) = positions()?;
    let fitted = run(&seen)?;
    let truth = [("stiffness", 4.0), ("damping", 0.5), ("noise", NOISE)];
    println!("{}", fitted.table().with_reference("truth", &truth));
    let forces = smoothed_force(&seen, fitted.estimates())?;
    let held = times.iter().zip(&forces).filter(|(t, [mean, error])| (force(**t) - mean).abs() < 1.96 * error).count();
    println!("the 95 % band holds the true force at {held} of {} times", times.len());
    let edge = |sign: f64| forces.iter().map(|[mean, error]| mean + sign * 1.96 * error).collect::<Vec<f64>>();
    let mean: Vec<f64> = forces.iter().map(|[mean, _]| *mean).collect();
    let truth: Vec<f64> = times.iter().map(|&t| force(t)).collect();
    let figure = Figure::new("The force that was never measured")
        .x_label("time (s)")
        .y_label("force per mass (m/s²)")
        .band("95 %", &times, &edge(-1.0), &edge(1.0))
        .curve("inferred", &times, &mean)
        .curve("truth", &times, &truth);
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    for kind in ["png", "svg"] {
        figure.save(format!("{folder}/latent_force.{kind}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_force_is_inferred_within_its_band() {
        let (times, seen) = positions().unwrap();
        let fitted = run(&seen).unwrap();
        assert!(fitted.converged(), "{fitted}");
        let errors = fitted.standard_errors().unwrap();
        for (name, truth) in [("stiffness", 4.0), ("damping", 0.5), ("noise", 0.02)] {
            let i = fitted.names().iter().position(|known| known == name).unwrap();
            assert!((fitted.estimates()[i] - truth).abs() < 3.0 * errors[i], "{name}: {fitted}");
        }
        let forces = smoothed_force(&seen, fitted.estimates()).unwrap();
        let held = times.iter().zip(&forces).filter(|(t, [mean, error])| (force(**t) - mean).abs() < 1.96 * error);
        let held = held.count();
        println!("{fitted}\n{held} of {}", times.len());
        assert!(held >= 86, "the band of 95 % holds {held} of {}", times.len());
    }
}
