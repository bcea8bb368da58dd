//! When should a driven qubit be measured? Its Bloch equations have three unknowns: drive, detuning and dephasing. Nine measurement
//! times are moved up the gradient of the determinant of Fisher's information: derivatives by the unknowns inside, by the times
//! outside, both through the solver. Do the variances of 400 fitted experiments come down to the bound of Cramer and Rao?
//!
//! ```text
//! cargo run --release --example measurement_times -- pictures
//! ```

use costate::ad::gradient_chunked;
use costate::fit::{Cause, Information, JacobianMode, Optimiser, Random, Residuals, linearise};
use costate::linalg::log_determinant_spd;
use costate::prelude::*;

/// Drive, detuning (rad per microsecond) and dephasing (per microsecond).
const TRUTH: [f64; 3] = [2.0, 0.6, 0.25];
const NAMES: [&str; 3] = ["drive", "detuning", "dephasing"];
const MEASUREMENTS: usize = 9;
/// Of one measured inversion, the mean of many shots.
const NOISE: f64 = 0.02;

/// The inversion of the qubit after a time. The time is a parameter: the solve runs in shares of it.
fn inversion<R: Real>(unknowns: &[R], time: R) -> Result<R, SolveError> {
    let bloch = ode!(|_share, [x, y, z], [drive, detuning, dephasing, time]| [
        time * (-dephasing * x - detuning * y),
        time * (detuning * x - dephasing * y - drive * z),
        time * drive * y,
    ]);
    let p = DVector::from_vec(vec![unknowns[0], unknowns[1], unknowns[2], time]);
    let solution =
        Problem::ode(bloch, [0.0, 0.0, 1.0], &p, 0.0..1.0).solve(Vern7, Tolerance::new(1e-9, 1e-9), SaveAt::end())?;
    Ok(solution.last()[2])
}

/// The slope of the inversion at a time by the three unknowns.
fn sensitivity<R: Real>(time: R) -> Result<DVector<R>, SolveError> {
    let mut failure = None;
    let moved = |unknowns: &DVector<Dual<R, 3>>| {
        inversion(unknowns.as_slice(), Dual::constant(time)).unwrap_or_else(|error| {
            failure = Some(error);
            Dual::constant(R::zero())
        })
    };
    let (_, slope) = gradient_chunked::<3, R>(moved, &DVector::from_row_slice(&TRUTH).map(R::from));
    failure.map_or(Ok(slope), Err)
}

/// Fisher's information of measurements at these times.
fn fisher<R: Real>(times: &[R]) -> Result<DMatrix<R>, SolveError> {
    let slopes = times.iter().map(|&time| sensitivity(time)).collect::<Result<Vec<_>, _>>()?;
    Ok(slopes.iter().fold(DMatrix::zeros(3, 3), |sum, slope| sum + slope * slope.transpose() / R::from(NOISE * NOISE)))
}

/// Evenly spread over ten microseconds.
fn even() -> DVector<f64> {
    DVector::from_fn(MEASUREMENTS, |k, _| 10.0 * (k + 1) as f64 / MEASUREMENTS as f64)
}

/// One after the other the time of which least is known so far (H. P. Wynn 1970), then all of them up the gradient.
fn optimal() -> Result<DVector<f64>, Cause> {
    let grid = (1..=100).map(|k| Ok((0.1 * f64::from(k), sensitivity(0.1 * f64::from(k))?)));
    let grid = grid.collect::<Result<Vec<_>, Cause>>()?;
    let (mut times, mut covariance) = (Vec::new(), DMatrix::identity(3, 3) * 1e6);
    for _ in 0..MEASUREMENTS {
        let variance = |slope: &DVector<f64>| slope.dot(&(&covariance * slope));
        let (time, slope) = grid.iter().max_by(|a, b| variance(&a.1).total_cmp(&variance(&b.1))).ok_or("no times")?;
        let gain = &covariance * slope;
        covariance -= &gain * gain.transpose() / (1.0 + variance(slope));
        times.push(*time);
    }
    let mut objective = |times: &DVector<f64>| {
        let lost = |times: &DVector<Var>| Ok::<_, Cause>(-log_determinant_spd(&fisher(times.as_slice())?)?);
        try_gradient(lost, times)
    };
    let lbfgs = Lbfgs { first_step: 0.05, function_tolerance: 1e-9, ..Lbfgs::default() };
    Ok(lbfgs.minimise(&mut objective, &DVector::from_vec(times), &mut quiet)?.point)
}

/// The least standard errors that measurements at these times allow, by the bound of Cramer and Rao.
fn bound(times: &DVector<f64>) -> Result<DVector<f64>, Cause> {
    let slopes = times.iter().map(|&time| Ok(sensitivity(time)?.transpose())).collect::<Result<Vec<_>, Cause>>()?;
    let information = Information::of_residuals(&DMatrix::from_rows(&slopes), NOISE, &parameters())?;
    Ok(information.matrix().clone().try_inverse().ok_or("not all unknowns are determined")?.diagonal().map(f64::sqrt))
}

fn parameters() -> Parameters {
    NAMES.iter().zip(TRUTH).fold(Parameters::new(), |all, (name, truth)| all.linear(name, truth))
}

struct Measured<'a>(&'a DVector<f64>, Vec<f64>);

impl Residuals for Measured<'_> {
    fn residuals<R: Real>(&self, unknowns: &DVector<R>) -> Result<DVector<R>, Cause> {
        let off = self.0.iter().zip(&self.1);
        let off = off.map(|(&time, seen)| Ok(inversion(unknowns.as_slice(), R::from(time))? - *seen));
        Ok(DVector::from_vec(off.collect::<Result<Vec<R>, Cause>>()?))
    }
}

/// Standard deviations of the estimates of so many simulated experiments.
fn scatter(times: &DVector<f64>, experiments: u64) -> Result<DVector<f64>, Cause> {
    let clean = times.iter().map(|&time| inversion(&TRUTH, time)).collect::<Result<Vec<_>, _>>()?;
    let mut squares = DVector::zeros(3);
    for experiment in 0..experiments {
        let mut random = Random::new(9, experiment);
        let measured = Measured(times, clean.iter().map(|z| z + NOISE * random.normal()).collect());
        let residuals = |p: &DVector<f64>| linearise(&measured, p, JacobianMode::Forward);
        let fitted = fit_least_squares(residuals, &parameters(), &LevenbergMarquardt::default(), quiet)?;
        squares += (fitted.estimates() - DVector::from_row_slice(&TRUTH)).map(|off| off * off);
    }
    Ok((squares / experiments as f64).map(f64::sqrt))
}

fn main() -> Result<(), Cause> {
    let (even, best) = (even(), optimal()?);
    println!("best times (microseconds), as they were found: {:.3?}", best.as_slice());
    println!("{:>10} {:>28} {:>28}", "", "even: bound, 400 experiments", "best: bound, 400 experiments");
    let rows = [(bound(&even)?, scatter(&even, 400)?), (bound(&best)?, scatter(&best, 400)?)];
    for (k, name) in NAMES.iter().enumerate() {
        println!("{name:>10} {:14.5} {:13.5} {:14.5} {:13.5}", rows[0].0[k], rows[0].1[k], rows[1].0[k], rows[1].1[k]);
    }
    let figure = Figure::new("When to measure a driven qubit").x_label("time (microseconds)").y_label("inversion");
    let seen = |times: &[f64]| times.iter().map(|&time| inversion(&TRUTH, time)).collect::<Result<Vec<_>, _>>();
    let fine: Vec<f64> = (0..=400).map(|k| 0.025 * f64::from(k)).collect();
    let figure =
        figure.curve("qubit", &fine, &seen(&fine)?).points("best times", best.as_slice(), &seen(best.as_slice())?);
    let figure = figure.points("even times", even.as_slice(), &seen(even.as_slice())?);
    let folder = std::env::args().nth(1).unwrap_or("output".into());
    Ok(figure.save(format!("{folder}/measurement_times.png"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hardly_any_design_is_better_and_variances_reach_the_bound() {
        let best = optimal().unwrap();
        // Kiefer and Wolfowitz (1960): where the variance of a predicted measurement, times their number, nowhere exceeds the number
        // of unknowns, no design has a larger determinant; by as much as it does, one may, if times could have any weight.
        let inverse = fisher(best.as_slice()).unwrap().try_inverse().unwrap();
        let worst = (1..=100).map(|k| sensitivity(0.1 * f64::from(k)).unwrap());
        let worst = worst.map(|slope| slope.dot(&(&inverse * &slope)) / (NOISE * NOISE)).fold(0.0, f64::max);
        assert!(worst * MEASUREMENTS as f64 <= 3.0 * 1.03, "{worst} {best}");
        let (bound, scatter) = (bound(&best).unwrap(), scatter(&best, 100).unwrap());
        for k in 0..3 {
            assert!((scatter[k] / bound[k] - 1.0).abs() < 0.25, "{}: {} against {}", NAMES[k], scatter[k], bound[k]);
        }
    }
}
