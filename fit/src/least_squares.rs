//! [`fit_least_squares`]: from residuals to estimates with standard errors.

use crate::information::{NoUncertainty, Uncertainty};
use crate::{Cause, FitError, Fitted, Iteration, LevenbergMarquardt, Parameters};
use nalgebra::{DMatrix, DVector};
use std::ops::ControlFlow;

/// Fits `parameters` by least squares.
///
/// `residuals` gives residuals and their Jacobian (a row for each) by natural values, as
/// [`linearise`](crate::linearise) does; the search works on the scales of the parameters, within their bounds. The noise is taken to be of
/// one unknown size: its variance is the sum of squares over the degrees of freedom, and the covariance of the estimates
/// that times the inverse of `J^T J`, as regression programs do. A parameter that ends on its bound is counted as known: its standard
/// error is 0.
///
/// # Errors
/// As [`LevenbergMarquardt::minimise`], and if a start is outside the domain of its scale.
pub fn fit_least_squares<E: Into<Cause>>(
    mut residuals: impl FnMut(&DVector<f64>) -> Result<(DVector<f64>, DMatrix<f64>), E>,
    parameters: &Parameters,
    optimiser: &LevenbergMarquardt,
    mut progress: impl FnMut(&Iteration) -> ControlFlow<()>,
) -> Result<Fitted, FitError> {
    let start = parameters.to_unbounded(&parameters.start())?;
    let mut unbounded = |point: &DVector<f64>| {
        let natural = parameters.natural_inside(point)?;
        let (residuals, mut jacobian) = residuals(&natural).map_err(Into::into)?;
        for (mut column, slope) in jacobian.column_iter_mut().zip(&parameters.slopes(&natural)) {
            column *= *slope;
        }
        Ok((residuals, jacobian))
    };
    let optimiser = match &optimiser.bounds {
        None => LevenbergMarquardt { bounds: parameters.unbounded_limits(), ..optimiser.clone() },
        Some(_) => optimiser.clone(),
    };
    let found = optimiser.minimise(&mut unbounded, &start, &mut progress)?;
    let uncertainty = match found.optimum.stop.converged() {
        true => {
            let free: Vec<bool> = found.at_bound.iter().map(|at_bound| !at_bound).collect();
            uncertainty_of(&found.residuals, &found.jacobian, &free, parameters, &found.optimum.point)
        }
        false => Err(NoUncertainty::NotConverged { stop: found.optimum.stop.clone() }),
    };
    Ok(Fitted::new(parameters, "Levenberg-Marquardt", found.optimum, uncertainty))
}

/// Eigenvalues of the scaled information below this are those of an undetermined direction.
const SINGULAR: f64 = 1e-14;

/// The uncertainty of parameters at an unbounded point, from residuals and their Jacobian by unbounded values, those that are
/// not free being known.
pub(crate) fn uncertainty_of(
    residuals: &DVector<f64>,
    jacobian: &DMatrix<f64>,
    free: &[bool],
    parameters: &Parameters,
    point: &DVector<f64>,
) -> Result<Uncertainty, NoUncertainty> {
    let free: Vec<usize> = (0..parameters.len()).filter(|&j| free[j]).collect();
    let freedom = residuals.len().saturating_sub(free.len());
    if freedom == 0 {
        return Err(NoUncertainty::NoFreedom { residuals: residuals.len(), parameters: free.len() });
    }
    let variance = residuals.norm_squared() / freedom as f64;
    let slopes = parameters.slopes(&parameters.from_unbounded(point));
    let scale: Vec<f64> = free.iter().map(|&j| jacobian.column(j).norm()).collect();
    let name = |j: usize| parameters.iter().nth(free[j]).map_or_else(String::new, |parameter| parameter.name.clone());
    if let Some(j) = scale.iter().position(|&scale| scale == 0.0) {
        return Err(NoUncertainty::NotIdentifiable { parameter: name(j), eigenvalue: 0.0 });
    }
    let scaled = DMatrix::from_fn(residuals.len(), free.len(), |i, k| jacobian[(i, free[k])] / scale[k]);
    // The singular values of the Jacobian itself: those of its square would lose half of the digits.
    let decomposed = scaled.svd(false, true);
    let directions = decomposed.v_t.as_ref().expect("asked for");
    let smallest = decomposed.singular_values.imin();
    let eigenvalue = decomposed.singular_values[smallest].powi(2);
    if eigenvalue <= SINGULAR {
        return Err(NoUncertainty::NotIdentifiable {
            parameter: name(directions.row(smallest).transpose().iamax()),
            eigenvalue,
        });
    }
    let inverse = DMatrix::from_diagonal(&decomposed.singular_values.map(|value| value.powi(-2)));
    let inverse = directions.transpose() * inverse * directions;
    let mut covariance = DMatrix::zeros(parameters.len(), parameters.len());
    for (a, &i) in free.iter().enumerate() {
        for (b, &j) in free.iter().enumerate() {
            covariance[(i, j)] = variance * slopes[i] * slopes[j] * inverse[(a, b)] / (scale[a] * scale[b]);
        }
    }
    Ok(Uncertainty::of(covariance))
}
