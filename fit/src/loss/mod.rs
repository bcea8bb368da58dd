//! How far a model is from data: one file for each noise, all generic over the scalar.
//!
//! States come one for each time of the data, with one component for each observable, in the order of
//! [`Data::names`]. Missing observations are skipped. Densities keep their constant terms, so that values can be
//! compared with those of other programs and between likelihoods.

mod gaussian;
mod log_normal;
mod squared_error;

pub use gaussian::gaussian;
pub use log_normal::log_normal;
pub use squared_error::squared_error;

use crate::{Data, FitError};
use costate_ad::Real;
use nalgebra::DVector;

/// One observation beside what the model says.
struct Pair<'a, R> {
    time: f64,
    name: &'a str,
    observed: f64,
    model: R,
}

impl<R: Real> Pair<'_, R> {
    fn outside_domain(&self, needed: &'static str) -> FitError {
        let (time, observable, value) = (self.time, self.name.to_string(), self.model.value());
        FitError::ModelOutsideDomain { time, observable, value, needed }
    }

    /// Model less observation.
    fn residual(&self) -> Result<R, FitError> {
        if self.model.value().is_finite() { Ok(self.model - self.observed) } else { Err(self.outside_domain("finite")) }
    }
}

/// The residuals of observable `column`, one for each observation that is there.
fn residuals<'a, R: Real>(
    states: &'a [DVector<R>],
    data: &'a Data,
    column: usize,
    residual: impl Fn(&Pair<'a, R>) -> Result<R, FitError>,
) -> Result<Vec<R>, FitError> {
    let name = &data.names()[column];
    let pair = |row: usize| {
        let (time, model) = (data.times()[row], states[row][column]);
        Some(Pair { time, name, observed: data.get(row, column)?, model })
    };
    (0..data.len()).filter_map(pair).map(|pair| residual(&pair)).collect()
}

/// `n ln sigma + n/2 ln(2 pi) + sum of residual^2 / (2 sigma^2)`.
fn negative_log_density<R: Real>(residuals: &[R], sigma: R) -> R {
    let count = residuals.len() as f64;
    let constant = 0.5 * count * (2.0 * std::f64::consts::PI).ln();
    sigma.ln() * count + R::dot(residuals, residuals) / (2.0 * sigma * sigma) + constant
}

fn check_states<R: Real>(states: &[DVector<R>], data: &Data) -> Result<(), FitError> {
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
