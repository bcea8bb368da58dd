//! [`fit`]: from an objective to estimates with standard errors.

use crate::information::{NoUncertainty, uncertainty};
use crate::{Cause, Evaluation, FitError, Fitted, Iteration, Optimiser, Parameters};
use nalgebra::DVector;
use std::ops::ControlFlow;

/// Fits `parameters` by minimising `objective`, a negative log-likelihood with its gradient.
///
/// The objective sees natural values, in the order of `parameters`, and gives the gradient by these; the optimiser
/// sees the unbounded ones, and the chain rule between the two is applied here. An error of the objective, or a value
/// that is not finite, makes the search back away. After convergence the observed information is found by
/// differences of the gradient (at least four gradients for each parameter), and from it covariance, standard errors
/// and correlation. `progress` is called after every iteration and may stop the search.
///
/// For least squares, or any objective that is not a negative log-likelihood, the standard errors have no meaning.
///
/// # Errors
/// If the start is outside the domain of a scale, names repeat, or the objective fails at the start. A search that
/// ends without convergence is not an error: [`Fitted::stop`] says why it ended.
pub fn fit<E: Into<Cause>>(
    mut objective: impl FnMut(&DVector<f64>) -> Result<Evaluation, E>,
    parameters: &Parameters,
    optimiser: &dyn Optimiser,
    mut progress: impl FnMut(&Iteration) -> ControlFlow<()>,
) -> Result<Fitted, FitError> {
    let start = parameters.to_unbounded(&parameters.start())?;
    let mut unbounded = |point: &DVector<f64>| on_unbounded_scale(&mut objective, parameters, point);
    let optimum = optimiser.minimise(&mut unbounded, &start, &mut progress)?;
    let uncertainty = match optimum.stop.converged() {
        true => uncertainty(&mut unbounded, parameters, &optimum.point),
        false => Err(NoUncertainty::NotConverged { stop: optimum.stop.clone() }),
    };
    Ok(Fitted::new(parameters, optimiser.name(), optimum, uncertainty))
}

/// `objective`, which is written for natural values, as an optimiser sees it.
pub(crate) fn on_unbounded_scale<E: Into<Cause>>(
    objective: &mut impl FnMut(&DVector<f64>) -> Result<Evaluation, E>,
    parameters: &Parameters,
    point: &DVector<f64>,
) -> Result<Evaluation, Cause> {
    let natural = parameters.natural_inside(point)?;
    let (value, gradient) = objective(&natural).map_err(Into::into)?;
    if gradient.len() != natural.len() {
        return Err(format!("the gradient has {} components, {} parameters", gradient.len(), natural.len()).into());
    }
    let (prior, slope) = parameters.negative_log_prior(&natural);
    Ok((value + prior, (gradient + slope).component_mul(&parameters.slopes(&natural))))
}
