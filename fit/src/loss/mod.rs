//! How far a model is from data: one file for each noise, all generic over the scalar.
//!
//! States come one for each time of the data, with one component for each observable, in the order of
//! [`Data::names`]. Missing observations are skipped. Densities keep their constant terms, so that values can be
//! compared with those of other programs and between likelihoods. An observation counts as often as its weight says, and
//! its own noise multiplies the noise scale of its observable; replicates count one by one.

mod gaussian;
mod log_normal;
mod negative_binomial;
mod poisson;
mod squared_error;
mod student_t;

pub use gaussian::gaussian;
pub use log_normal::log_normal;
pub use negative_binomial::negative_binomial;
pub use poisson::poisson;
pub use squared_error::squared_error;
pub use student_t::student_t;

use crate::{Data, FitError, Observation};
use costate_ad::Real;
use nalgebra::DVector;

/// One observation beside what the model says.
struct Pair<'a, R> {
    time: f64,
    name: &'a str,
    observed: Observation,
    model: R,
}

impl<R: Real> Pair<'_, R> {
    fn outside_domain(&self, needed: &'static str) -> FitError {
        let (time, observable, value) = (self.time, self.name.to_string(), self.model.value());
        FitError::ModelOutsideDomain { time, observable, value, needed }
    }

    /// Model less observation.
    fn residual(&self) -> Result<R, FitError> {
        if self.model.value().is_finite() {
            Ok(self.model - self.observed.value)
        } else {
            Err(self.outside_domain("finite"))
        }
    }
}

/// Every observation of observable `column` beside the model, in order of time.
fn pairs<'a, R: Real>(states: &'a [DVector<R>], data: &'a Data, column: usize) -> impl Iterator<Item = Pair<'a, R>> {
    let name = &data.names()[column];
    (0..data.len()).flat_map(move |row| {
        let (time, model) = (data.times()[row], states[row][column]);
        data.cell(row, column).iter().map(move |&observed| Pair { time, name, observed, model })
    })
}

/// The residuals of observable `column`, one for each observation, over its noise and times the root of its weight.
struct Weighted<R> {
    residuals: Vec<R>,
    /// The sum of weights.
    count: f64,
    /// The sum of weights times logarithms of noise.
    ln_noise: f64,
}

fn residuals<'a, R: Real>(
    states: &'a [DVector<R>],
    data: &'a Data,
    column: usize,
    residual: impl Fn(&Pair<'a, R>) -> Result<R, FitError>,
) -> Result<Weighted<R>, FitError> {
    let mut weighted = Weighted { residuals: Vec::with_capacity(data.len()), count: 0.0, ln_noise: 0.0 };
    for pair in pairs(states, data, column) {
        let Observation { weight, noise, .. } = pair.observed;
        let factor = weight.sqrt() / noise;
        let residual = residual(&pair)?;
        weighted.residuals.push(if factor == 1.0 { residual } else { residual * factor });
        weighted.count += weight;
        weighted.ln_noise += weight * noise.ln();
    }
    Ok(weighted)
}

impl<R: Real> Weighted<R> {
    /// The weighted sum of squares.
    fn squares(&self) -> R {
        R::dot(&self.residuals, &self.residuals)
    }

    /// `n ln sigma + n/2 ln(2 pi) + sum of residual^2 / (2 sigma^2)`.
    fn negative_log_density(&self, sigma: R) -> R {
        let constant = 0.5 * self.count * (2.0 * std::f64::consts::PI).ln() + self.ln_noise;
        sigma.ln() * self.count + self.squares() / (2.0 * sigma * sigma) + constant
    }
}

/// The weighted sum of a density over all observations, for noise without a scale of its own.
fn summed<'a, R: Real>(
    states: &'a [DVector<R>],
    data: &'a Data,
    density: impl Fn(usize, &Pair<'a, R>) -> Result<R, FitError>,
) -> Result<R, FitError> {
    check_states(states, data)?;
    let mut terms = Vec::with_capacity(data.len());
    for column in 0..data.names().len() {
        for pair in pairs(states, data, column) {
            terms.push(density(column, &pair)? * pair.observed.weight);
        }
    }
    Ok(R::sum(&terms))
}

impl<R: Real> Pair<'_, R> {
    /// The mean of a count, which must be positive, and the count, which must be a whole number.
    fn count(&self) -> Result<(R, f64), FitError> {
        let count = self.observed.value;
        if !(self.model.value() > 0.0 && self.model.value().is_finite()) {
            return Err(self.outside_domain("positive and finite"));
        }
        if count < 0.0 || count.fract() != 0.0 {
            return Err(self.not_observable("a count must be a whole number"));
        }
        Ok((self.model, count))
    }

    fn not_observable(&self, needed: &'static str) -> FitError {
        let (time, observable, value) = (self.time, self.name.to_string(), self.observed.value);
        FitError::ObservationOutsideDomain { time, observable, value, needed }
    }
}

pub(crate) fn check_states<R: Real>(states: &[DVector<R>], data: &Data) -> Result<(), FitError> {
    let shape = |what: String, expected, found, remedy| Err(FitError::Shape { what, expected, found, remedy });
    if states.len() != data.len() {
        let remedy = "save the solution at exactly the times of the data";
        return shape("states, against times of the data".into(), data.len(), states.len(), remedy);
    }
    for (state, time) in states.iter().zip(data.times()) {
        if state.len() != data.names().len() {
            let what = format!("components of the state at t = {time}, against observables");
            let remedy = "map the state to the observables first";
            return shape(what, data.names().len(), state.len(), remedy);
        }
    }
    Ok(())
}

fn check_sigma<R: Real>(sigma: &[R], data: &Data) -> Result<(), FitError> {
    let (expected, found) = (data.names().len(), sigma.len());
    if expected != found {
        let what = "noise scales, against observables".into();
        return Err(FitError::Shape { what, expected, found, remedy: "give one sigma for each observable" });
    }
    let bad = sigma.iter().zip(data.names()).find(|(sigma, _)| !(sigma.value() > 0.0 && sigma.value().is_finite()));
    match bad {
        Some((sigma, name)) => Err(FitError::NoiseScale { observable: name.clone(), value: sigma.value() }),
        None => Ok(()),
    }
}
