//! [`LogPosterior`]: what a sampler asks for.

use crate::fit::on_unbounded_scale;
use crate::{Cause, Evaluation, FitError, Parameters};
use costate_ad::derivative;
use nalgebra::DVector;

/// The logarithm of a posterior density with its gradient, on the unbounded scale: what Hamiltonian samplers such as NUTS
/// want.
///
/// It is minus the objective, a negative log-likelihood, plus the logarithms of the priors, plus those of the slopes of the scales, so that
/// samples carried back by [`natural`](Self::natural) have the posterior density of the natural values.
///
/// ```
/// use costate_fit::{LogPosterior, Parameters, Prior};
/// use nalgebra::dvector;
/// // One observation 3 of a Poisson count, with an exponential prior: the posterior is Gamma(4, 2).
/// let likelihood = |p: &nalgebra::DVector<f64>| Ok::<_, String>((p[0] - 3.0 * p[0].ln(), dvector![1.0 - 3.0 / p[0]]));
/// let parameters = Parameters::new().log("rate", 1.0).known(Prior::Exponential { rate: 1.0 });
/// let mut posterior = LogPosterior::new(likelihood, parameters);
/// let at = |posterior: &mut LogPosterior<_>, rate: f64| posterior.evaluate(&dvector![rate.ln()]).unwrap().0;
/// let ratio = at(&mut posterior, 2.0) - at(&mut posterior, 1.0);
/// assert!((ratio - (4.0 * 2.0_f64.ln() - 2.0)).abs() < 1e-14); // ln of rate^4 exp(-2 rate), times the slope
/// ```
#[derive(Clone, Debug)]
pub struct LogPosterior<F> {
    objective: F,
    parameters: Parameters,
}

impl<F, E: Into<Cause>> LogPosterior<F>
where
    F: FnMut(&DVector<f64>) -> Result<Evaluation, E>,
{
    /// The posterior for a negative log-likelihood with its gradient, by natural values.
    pub fn new(objective: F, parameters: Parameters) -> Self {
        Self { objective, parameters }
    }

    /// The number of parameters.
    pub fn dimensions(&self) -> usize {
        self.parameters.len()
    }

    /// Where the parameters start, on the unbounded scale.
    ///
    /// # Errors
    /// As [`Parameters::to_unbounded`].
    pub fn start(&self) -> Result<DVector<f64>, FitError> {
        self.parameters.to_unbounded(&self.parameters.start())
    }

    /// The logarithm of the density, up to a constant, and its gradient at an unbounded point.
    ///
    /// # Errors
    /// What the objective returns; a sampler takes it for a density of zero.
    pub fn evaluate(&mut self, unbounded: &DVector<f64>) -> Result<Evaluation, Cause> {
        let (value, gradient) = on_unbounded_scale(&mut self.objective, &self.parameters, unbounded)?;
        let (mut value, mut gradient) = (-value, -gradient);
        for (i, parameter) in self.parameters.iter().enumerate() {
            let (ln_slope, slope) = derivative(|x| parameter.scale.ln_slope(x), unbounded[i]);
            value += ln_slope;
            gradient[i] += slope;
        }
        Ok((value, gradient))
    }

    /// The natural values of a sample.
    pub fn natural(&self, unbounded: &DVector<f64>) -> DVector<f64> {
        self.parameters.from_unbounded(unbounded)
    }
}
