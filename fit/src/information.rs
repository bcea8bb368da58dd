//! [`Uncertainty`]: what the curvature of a likelihood at its optimum says about the estimates.

use crate::{Objective, Parameters, Stop};
use nalgebra::{DMatrix, DVector};

/// Covariance of the estimates, on the natural scale of each parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Uncertainty {
    /// The inverse of the observed information, carried to the natural scale by the delta method.
    pub covariance: DMatrix<f64>,
    /// The square roots of its diagonal.
    pub standard_errors: DVector<f64>,
    /// The correlation of the estimates (the same on both scales).
    pub correlation: DMatrix<f64>,
}

/// Why there are no standard errors.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NoUncertainty {
    /// The search did not end at a minimum, where alone the curvature has this meaning.
    #[error("the search did not converge ({stop}): let it converge first")]
    NotConverged {
        /// Why it stopped.
        stop: Stop,
    },
    /// The objective could not be evaluated beside the optimum.
    #[error(
        "the objective failed near the optimum, on moving `{parameter}` ({cause}): solve more accurately, or fix this parameter"
    )]
    Evaluation {
        /// The parameter that was moved.
        parameter: String,
        /// What went wrong.
        cause: String,
    },
    /// As many parameters as residuals, or more: nothing is left to judge the noise by.
    #[error(
        "{residuals} residuals leave nothing to judge the noise by after {parameters} parameters: observe more, or fix some"
    )]
    NoFreedom {
        /// The number of residuals.
        residuals: usize,
        /// The number of parameters that are free.
        parameters: usize,
    },
    /// The data do not determine some direction: the objective does not rise along it.
    #[error(
        "the data do not determine `{parameter}`, alone or together with others (smallest eigenvalue of the scaled information: {eigenvalue:.1e}): fix it, combine parameters, or observe more"
    )]
    NotIdentifiable {
        /// The parameter with the largest weight in that direction.
        parameter: String,
        /// The smallest eigenvalue of the information, scaled to a unit diagonal.
        eigenvalue: f64,
    },
}

/// Below this, an eigenvalue of the scaled information is indistinguishable from zero by differences.
const SINGULAR: f64 = 1e-8;

/// The uncertainty at `unbounded`, a minimum of the negative log-likelihood `objective` on the unbounded scale.
pub(crate) fn uncertainty(
    objective: &mut Objective<'_>,
    parameters: &Parameters,
    unbounded: &DVector<f64>,
) -> Result<Uncertainty, NoUncertainty> {
    let natural = parameters.from_unbounded(unbounded);
    let information = hessian(objective, parameters, unbounded, &natural)?;
    let correlated = invert(&information, parameters)?;
    let slopes = parameters.slopes(&natural);
    let covariance = DMatrix::from_fn(slopes.len(), slopes.len(), |i, j| slopes[i] * correlated[(i, j)] * slopes[j]);
    Ok(Uncertainty::of(covariance))
}

impl Uncertainty {
    /// What follows from a covariance. A parameter without variance has no correlation with others.
    pub(crate) fn of(covariance: DMatrix<f64>) -> Self {
        let standard_errors = covariance.diagonal().map(f64::sqrt);
        let correlation = DMatrix::from_fn(covariance.nrows(), covariance.ncols(), |i, j| {
            let product = standard_errors[i] * standard_errors[j];
            match (i == j, product > 0.0) {
                (true, _) => 1.0,
                (false, true) => covariance[(i, j)] / product,
                (false, false) => 0.0,
            }
        });
        Self { covariance, standard_errors, correlation }
    }
}

/// The Hessian, by differences of exact gradients, made symmetric.
///
/// Each column is the five-point difference `(8 (g(h) - g(-h)) - (g(2h) - g(-2h))) / 12 h`. Its error is
/// `h^4 / 30` times the fifth derivative plus `1.5 / h` times the noise of the gradient: with h a hundredth of a
/// standard error, about 1e-9 of the curvature from the first, and a hundred times the gradient's relative noise from
/// the second (1e-7 for a solve that is good to 1e-9).
pub(crate) fn hessian(
    objective: &mut Objective<'_>,
    parameters: &Parameters,
    unbounded: &DVector<f64>,
    natural: &DVector<f64>,
) -> Result<DMatrix<f64>, NoUncertainty> {
    let size = unbounded.len();
    let mut hessian = DMatrix::zeros(size, size);
    for (i, parameter) in parameters.iter().enumerate() {
        let failed = |cause| NoUncertainty::Evaluation { parameter: parameter.name.clone(), cause };
        let mut change = parameter.scale.small_change(natural[i]);
        let mut column = hessian_column(objective, unbounded, i, change).map_err(failed)?;
        let standard_error = 1.0 / column[i].abs().sqrt();
        // The first change is a guess from the size of the parameter; where the curvature says that it is far
        // too wide, or lost in rounding, the second is right.
        if standard_error.is_finite() && !(1e-3..0.1).contains(&(change / standard_error)) {
            change = 0.01 * standard_error;
            column = hessian_column(objective, unbounded, i, change).map_err(failed)?;
        }
        hessian.set_column(i, &column);
    }
    Ok(0.5 * (&hessian + hessian.transpose()))
}

fn hessian_column(
    objective: &mut Objective<'_>,
    unbounded: &DVector<f64>,
    i: usize,
    change: f64,
) -> Result<DVector<f64>, String> {
    let mut column = DVector::zeros(unbounded.len());
    for (multiple, weight) in [(1.0, 8.0), (-1.0, -8.0), (2.0, -1.0), (-2.0, 1.0)] {
        let mut point = unbounded.clone();
        point[i] += multiple * change;
        let (_, gradient) = objective(&point).map_err(|cause| cause.to_string())?;
        column.axpy(weight / (12.0 * change), &gradient, 1.0);
    }
    match column.iter().all(|entry| entry.is_finite()) {
        true => Ok(column),
        false => Err("the gradient is not finite".into()),
    }
}

/// The inverse of the information, by way of its form with a unit diagonal, on which units have no influence.
fn invert(information: &DMatrix<f64>, parameters: &Parameters) -> Result<DMatrix<f64>, NoUncertainty> {
    let not_identifiable = |i: usize, eigenvalue| {
        let parameter = parameters.iter().nth(i).map_or_else(String::new, |parameter| parameter.name.clone());
        Err(NoUncertainty::NotIdentifiable { parameter, eigenvalue })
    };
    let diagonal = information.diagonal();
    if let Some(i) = diagonal.iter().position(|&entry| entry <= 0.0) {
        return not_identifiable(i, 0.0);
    }
    let scale = diagonal.map(|entry| 1.0 / entry.sqrt());
    let size = scale.len();
    let scaled = |matrix: &DMatrix<f64>| DMatrix::from_fn(size, size, |i, j| scale[i] * matrix[(i, j)] * scale[j]);
    let eigen = scaled(information).symmetric_eigen();
    let smallest = eigen.eigenvalues.imin();
    if eigen.eigenvalues[smallest] <= SINGULAR {
        // Weights relative to how sharply each parameter is determined alone, so that units have no say.
        let weights = eigen.eigenvectors.column(smallest).abs();
        return not_identifiable(weights.imax(), eigen.eigenvalues[smallest]);
    }
    let inverse = &eigen.eigenvectors
        * DMatrix::from_diagonal(&eigen.eigenvalues.map(f64::recip))
        * eigen.eigenvectors.transpose();
    Ok(scaled(&inverse))
}
