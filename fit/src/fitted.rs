//! [`Fitted`]: what a fit found.

use crate::{FitError, Iteration, NoUncertainty, Optimum, Parameters, Stop, Table, Uncertainty};
use nalgebra::{DMatrix, DVector};
use serde_json::json;
use std::fmt;

/// Estimates, how certain they are, and how the search for them ended. `Display` prints a [`Table`].
#[derive(Clone, Debug)]
pub struct Fitted {
    names: Vec<String>,
    estimates: DVector<f64>,
    optimiser: &'static str,
    optimum: Optimum,
    earlier_evaluations: usize,
    uncertainty: Result<Uncertainty, NoUncertainty>,
}

impl Fitted {
    pub(crate) fn new(
        parameters: &Parameters,
        optimiser: &'static str,
        optimum: Optimum,
        uncertainty: Result<Uncertainty, NoUncertainty>,
    ) -> Self {
        let names = parameters.iter().map(|parameter| parameter.name.clone()).collect();
        let estimates = parameters.from_unbounded(&optimum.point);
        Self { names, estimates, optimiser, optimum, earlier_evaluations: 0, uncertainty }
    }

    /// Counts the evaluations of searches that led to the start of this one.
    pub(crate) fn after(mut self, evaluations: usize) -> Self {
        self.earlier_evaluations = evaluations;
        self
    }

    /// The names of the parameters.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The estimates, on the natural scale.
    pub fn estimates(&self) -> &DVector<f64> {
        &self.estimates
    }

    /// The estimate of the parameter of this name, on the natural scale.
    ///
    /// # Errors
    /// If there is no such parameter.
    pub fn estimate(&self, name: &str) -> Result<f64, FitError> {
        Ok(self.estimates[self.index(name)?])
    }

    pub(crate) fn index(&self, name: &str) -> Result<usize, FitError> {
        let unknown = || FitError::UnknownParameter { name: name.to_string(), existing: self.names.clone() };
        self.names.iter().position(|known| known == name).ok_or_else(unknown)
    }

    /// Covariance, standard errors and correlation, or why there are none.
    ///
    /// # Errors
    /// The reason: no convergence, or a direction that the data do not determine.
    pub fn uncertainty(&self) -> Result<&Uncertainty, &NoUncertainty> {
        self.uncertainty.as_ref()
    }

    /// The standard errors, on the natural scale; [`uncertainty`](Self::uncertainty) says why if there are none.
    pub fn standard_errors(&self) -> Option<&DVector<f64>> {
        Some(&self.uncertainty().ok()?.standard_errors)
    }

    /// The covariance of the estimates, on the natural scale.
    pub fn covariance(&self) -> Option<&DMatrix<f64>> {
        Some(&self.uncertainty().ok()?.covariance)
    }

    /// The correlation of the estimates.
    pub fn correlation(&self) -> Option<&DMatrix<f64>> {
        Some(&self.uncertainty().ok()?.correlation)
    }

    /// The objective at the estimates.
    pub fn value(&self) -> f64 {
        self.optimum.value
    }

    /// Why the search stopped.
    pub fn stop(&self) -> &Stop {
        &self.optimum.stop
    }

    /// Whether the search ended at a minimum.
    pub fn converged(&self) -> bool {
        self.stop().converged()
    }

    /// The iterations of the (last) search, its start first.
    pub fn history(&self) -> &[Iteration] {
        &self.optimum.history
    }

    /// The number of iterations of the (last) search.
    pub fn iterations(&self) -> usize {
        self.optimum.iterations()
    }

    /// Gradients taken by the search, those on shorter horizons and failed ones included; the differences behind the
    /// standard errors come on top.
    pub fn gradients(&self) -> usize {
        self.earlier_evaluations + self.optimum.evaluations
    }

    /// The name of the optimiser.
    pub fn optimiser(&self) -> &'static str {
        self.optimiser
    }

    /// Where the last search ended, on the unbounded scale.
    pub fn optimum(&self) -> &Optimum {
        &self.optimum
    }

    /// Everything that a table shows, and covariance and correlation, as JSON.
    ///
    /// ```
    /// # use costate_fit::{Lbfgs, Parameters, fit, quiet};
    /// # let parameters = Parameters::new().linear("x", 1.0);
    /// # let bowl = |x: &nalgebra::DVector<f64>| Ok::<_, String>((x.norm_squared(), 2.0 * x));
    /// # let fitted = fit(bowl, &parameters, &Lbfgs::default(), quiet)?;
    /// let json = fitted.to_json();
    /// assert_eq!(json["parameters"][0]["name"], "x");
    /// assert_eq!(json["converged"], true);
    /// # Ok::<(), costate_fit::FitError>(())
    /// ```
    pub fn to_json(&self) -> serde_json::Value {
        let errors = self.standard_errors();
        let parameter = |i: usize| {
            json!({
                "name": self.names[i],
                "estimate": self.estimates[i],
                "standard_error": errors.map(|errors| errors[i]),
            })
        };
        let rows = |matrix: Option<&DMatrix<f64>>| {
            matrix.map(|matrix| matrix.row_iter().map(|row| row.iter().copied().collect()).collect::<Vec<Vec<f64>>>())
        };
        json!({
            "parameters": (0..self.names.len()).map(parameter).collect::<Vec<_>>(),
            "objective": self.value(),
            "optimiser": self.optimiser,
            "iterations": self.iterations(),
            "gradients": self.gradients(),
            "converged": self.converged(),
            "stop": self.stop().to_string(),
            "covariance": rows(self.covariance()),
            "correlation": rows(self.correlation()),
        })
    }

    /// A table of estimates and standard errors, to which columns can be added.
    pub fn table(&self) -> Table<'_> {
        Table::new(self)
    }
}

impl fmt::Display for Fitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table().fmt(f)
    }
}
