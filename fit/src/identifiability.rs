//! [`Information`]: what data say, and which combinations of parameters they say nothing about.

use crate::fit::on_unbounded_scale;
use crate::information::hessian;
use crate::{Cause, Evaluation, FitError, NoUncertainty, Parameters};
use nalgebra::{DMatrix, DVector};
use std::fmt;

/// Fisher's information about the parameters on their unbounded scales (relative changes, where that is a logarithm), with its
/// eigenvalues and directions.
///
/// ```
/// use costate_fit::{Information, Parameters};
/// use nalgebra::DMatrix;
/// // Only the product of the two shows: on logarithmic scales, their sum.
/// let parameters = Parameters::new().log("yield", 1.0).log("rate", 1.0);
/// let jacobian = DMatrix::from_element(5, 2, 0.3);
/// let information = Information::of_residuals(&jacobian, 0.1, &parameters)?;
/// let undetermined = information.undetermined(1e-6);
/// assert_eq!(undetermined.len(), 1);
/// assert_eq!(undetermined[0].to_string(), "0.707 ln(rate) - 0.707 ln(yield)");
/// # Ok::<(), costate_fit::FitError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Information {
    labels: Vec<String>,
    matrix: DMatrix<f64>,
}

/// A direction in the space of parameters, of length 1.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Combination {
    /// The information about it: the inverse of its variance, were it alone unknown.
    pub eigenvalue: f64,
    /// Each parameter on its scale, and its share.
    pub weights: Vec<(String, f64)>,
}

impl Information {
    /// The observed information: the Hessian of a negative log-likelihood at natural values `at`, by differences of its exact
    /// gradient.
    ///
    /// # Errors
    /// If `at` is outside a domain, or the objective fails nearby.
    pub fn observed<E: Into<Cause>>(
        mut objective: impl FnMut(&DVector<f64>) -> Result<Evaluation, E>,
        parameters: &Parameters,
        at: &DVector<f64>,
    ) -> Result<Self, FitError> {
        let point = parameters.to_unbounded(at)?;
        let mut unbounded = |point: &DVector<f64>| on_unbounded_scale(&mut objective, parameters, point);
        let failed = |reason: NoUncertainty| FitError::NoInformation { reason: reason.to_string() };
        let matrix = hessian(&mut unbounded, parameters, &point, at).map_err(failed)?;
        Ok(Self { labels: parameters.labels(), matrix })
    }

    /// The expected information of residuals with Gaussian noise of standard deviation `sigma`: `J^T J / sigma^2` for their
    /// Jacobian by natural values at the start of the parameters. It needs no data: only where they would be taken.
    ///
    /// # Errors
    /// If the Jacobian has another number of columns, or a start is outside of its domain.
    pub fn of_residuals(jacobian: &DMatrix<f64>, sigma: f64, parameters: &Parameters) -> Result<Self, FitError> {
        let (expected, found) = (parameters.len(), jacobian.ncols());
        if expected != found {
            let remedy = "give one column for each parameter";
            return Err(FitError::Shape { what: "columns of the Jacobian".into(), expected, found, remedy });
        }
        parameters.to_unbounded(&parameters.start())?;
        let scaled = jacobian * DMatrix::from_diagonal(&parameters.slopes(&parameters.start())) / sigma;
        Ok(Self { labels: parameters.labels(), matrix: scaled.tr_mul(&scaled) })
    }

    /// The matrix.
    pub fn matrix(&self) -> &DMatrix<f64> {
        &self.matrix
    }

    /// The directions from the best determined to the worst.
    pub fn combinations(&self) -> Vec<Combination> {
        let eigen = self.matrix.clone().symmetric_eigen();
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
        let combination = |&k: &usize| {
            let direction = eigen.eigenvectors.column(k);
            // The first of the largest shares, by name, is positive: a direction has no sign of its own.
            let largest = direction.amax();
            let leading = (0..self.labels.len()).filter(|&i| direction[i].abs() > 0.99 * largest);
            let leading = leading.min_by_key(|&i| &self.labels[i]).expect("there is a parameter");
            let sign = direction[leading].signum();
            let mut weights: Vec<(String, f64)> =
                self.labels.iter().cloned().zip(direction.iter().map(|weight| sign * weight)).collect();
            let digits = |weight: f64| (weight.abs() * 100.0).round() as i64;
            weights.sort_by(|a, b| digits(b.1).cmp(&digits(a.1)).then_with(|| a.0.cmp(&b.0)));
            Combination { eigenvalue: eigen.eigenvalues[k], weights }
        };
        order.iter().map(combination).collect()
    }

    /// The directions whose information is at most `share` of the largest: the data hardly determine them.
    pub fn undetermined(&self, share: f64) -> Vec<Combination> {
        let combinations = self.combinations();
        let largest = combinations.first().map_or(0.0, |best| best.eigenvalue);
        combinations.into_iter().filter(|combination| combination.eigenvalue <= share * largest).collect()
    }
}

impl fmt::Display for Combination {
    /// The shares above a hundredth.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.weights.iter().filter(|(_, weight)| weight.abs() >= 0.01);
        for (i, (label, weight)) in shown.enumerate() {
            let sign = match (i, *weight < 0.0) {
                (0, false) => "",
                (0, true) => "-",
                (_, false) => " + ",
                (_, true) => " - ",
            };
            write!(f, "{sign}{:.3} {label}", weight.abs())?;
        }
        Ok(())
    }
}
