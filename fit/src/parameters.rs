//! [`Parameters`]: what is unknown, by name, with a start and a scale.

use crate::{Cause, FitError, Prior};
use costate_ad::{Real, derivative};
use nalgebra::DVector;
use std::f64::consts::LN_10;

/// How a parameter is shown to an optimiser, which sees an unbounded number; people see the natural one.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Scale {
    /// As it is: any finite number.
    Linear,
    /// By its natural logarithm: a positive number.
    Log,
    /// By its logarithm to base 10: a positive number.
    Log10,
    /// By `ln(p / (1 - p))`: a share, between 0 and 1.
    Logit,
    /// By the logit of where it stands between two bounds, which it never reaches.
    Between {
        /// The lower bound.
        lower: f64,
        /// The upper bound.
        upper: f64,
    },
}

impl Scale {
    /// What the optimiser sees, or `None` if `natural` is outside the domain.
    pub fn to_unbounded(self, natural: f64) -> Option<f64> {
        let unbounded = match self {
            Scale::Linear => natural,
            Scale::Log => natural.ln(),
            Scale::Log10 => natural.log10(),
            Scale::Logit => (natural / (1.0 - natural)).ln(),
            Scale::Between { lower, upper } => ((natural - lower) / (upper - natural)).ln(),
        };
        unbounded.is_finite().then_some(unbounded)
    }

    /// What people see.
    pub fn from_unbounded<R: Real>(self, unbounded: R) -> R {
        match self {
            Scale::Linear => unbounded,
            Scale::Log => unbounded.exp(),
            Scale::Log10 => (unbounded * LN_10).exp(),
            Scale::Logit => unbounded.logistic(),
            Scale::Between { lower, upper } => unbounded.logistic() * (upper - lower) + lower,
        }
    }

    /// The derivative of [`from_unbounded`](Self::from_unbounded), given the natural value.
    pub fn slope(self, natural: f64) -> f64 {
        match self {
            Scale::Linear => 1.0,
            Scale::Log => natural,
            Scale::Log10 => natural * LN_10,
            Scale::Logit => natural * (1.0 - natural),
            Scale::Between { lower, upper } => (natural - lower) * (upper - natural) / (upper - lower),
        }
    }

    /// The logarithm of [`slope`](Self::slope), at an unbounded value: what a density gains when it is carried to the
    /// unbounded scale.
    pub fn ln_slope<R: Real>(self, unbounded: R) -> R {
        let logistic = |width: f64| -unbounded.softplus() - (-unbounded).softplus() + width.ln();
        match self {
            Scale::Linear => R::zero(),
            Scale::Log => unbounded,
            Scale::Log10 => unbounded * LN_10 + LN_10.ln(),
            Scale::Logit => logistic(1.0),
            Scale::Between { lower, upper } => logistic(upper - lower),
        }
    }

    /// In unbounded units, a change that is small for a parameter of this size: the first guess of a difference step.
    pub(crate) fn small_change(self, natural: f64) -> f64 {
        match self {
            Scale::Linear if natural != 0.0 => 1e-3 * natural.abs(),
            _ => 1e-3,
        }
    }

    fn domain(self) -> &'static str {
        match self {
            Scale::Linear => "the finite numbers",
            Scale::Log | Scale::Log10 => "the positive finite numbers",
            Scale::Logit => "the numbers between 0 and 1",
            Scale::Between { .. } => "the numbers between its bounds",
        }
    }
}

/// One unknown: its name, its scale, and where the search for it starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The name, which tables and errors print.
    pub name: String,
    /// How the optimiser sees it.
    pub scale: Scale,
    /// Where the search starts, on the natural scale.
    pub start: f64,
    /// The smallest and the largest plausible value, on the natural scale, if there are such: a multistart draws between
    /// them, and a method with bounds keeps within.
    pub range: Option<[f64; 2]>,
    /// What is known of it before the data.
    pub prior: Option<Prior>,
}

impl Parameter {
    /// A range as limits on the unbounded scale.
    pub(crate) fn limits_of(&self, range: [f64; 2]) -> Result<[f64; 2], FitError> {
        let mut limits = [0.0; 2];
        for (limit, value) in limits.iter_mut().zip(range) {
            *limit = self.scale.to_unbounded(value).ok_or_else(|| FitError::ParameterOutsideDomain {
                name: format!("{} (its range)", self.name),
                value,
                domain: self.scale.domain(),
            })?;
        }
        Ok(limits)
    }
}

/// The unknowns of a fit, in order.
///
/// ```
/// use costate_fit::Parameters;
/// let parameters = Parameters::new().log("rate", 0.5).linear("offset", -1.0);
/// let unbounded = parameters.to_unbounded(&parameters.start())?;
/// assert_eq!(unbounded[0], 0.5_f64.ln());
/// assert_eq!(parameters.from_unbounded(&unbounded), parameters.start());
/// # Ok::<(), costate_fit::FitError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    list: Vec<Parameter>,
}

impl Parameters {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a parameter that may be any number.
    pub fn linear(self, name: &str, start: f64) -> Self {
        self.with(name, Scale::Linear, start)
    }

    /// Adds a positive parameter, searched for by its logarithm.
    pub fn log(self, name: &str, start: f64) -> Self {
        self.with(name, Scale::Log, start)
    }

    /// Adds a parameter on any scale.
    pub fn with(mut self, name: &str, scale: Scale, start: f64) -> Self {
        self.list.push(Parameter { name: name.to_string(), scale, start, range: None, prior: None });
        self
    }

    /// Adds a positive parameter, searched for by its logarithm to base 10.
    pub fn log10(self, name: &str, start: f64) -> Self {
        self.with(name, Scale::Log10, start)
    }

    /// Adds a share, between 0 and 1.
    pub fn logit(self, name: &str, start: f64) -> Self {
        self.with(name, Scale::Logit, start)
    }

    /// Adds a parameter that stays between two bounds.
    pub fn between(self, name: &str, start: f64, lower: f64, upper: f64) -> Self {
        self.with(name, Scale::Between { lower, upper }, start)
    }

    /// Gives the parameter added last a plausible [range](Parameter::range).
    ///
    /// # Panics
    /// If there is no parameter yet.
    pub fn within(mut self, lower: f64, upper: f64) -> Self {
        self.list.last_mut().expect("a parameter comes before its range").range = Some([lower, upper]);
        self
    }

    /// Gives the parameter added last a prior. A fit then adds its negative logarithm, as a density of the natural value, to
    /// the objective: the estimate is the mode of the posterior.
    ///
    /// # Panics
    /// If there is no parameter yet.
    pub fn known(mut self, prior: Prior) -> Self {
        self.list.last_mut().expect("a parameter comes before its prior").prior = Some(prior);
        self
    }

    /// The negative logarithm of the prior density at natural values, with its gradient; parameters without a prior add
    /// nothing.
    pub fn negative_log_prior(&self, natural: &DVector<f64>) -> (f64, DVector<f64>) {
        let (mut total, mut gradient) = (0.0, DVector::zeros(self.len()));
        for (i, parameter) in self.list.iter().enumerate() {
            if let Some(prior) = parameter.prior {
                let (value, slope) = derivative(|x| prior.negative_log_density(x), natural[i]);
                total += value;
                gradient[i] = slope;
            }
        }
        (total, gradient)
    }

    /// The same parameters with another start, on the natural scale.
    ///
    /// # Errors
    /// If there is another number of values.
    pub fn starting_at(mut self, start: &DVector<f64>) -> Result<Self, FitError> {
        self.check_length(start.len())?;
        self.list.iter_mut().zip(start).for_each(|(parameter, &value)| parameter.start = value);
        Ok(self)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// One after the other.
    pub fn iter(&self) -> std::slice::Iter<'_, Parameter> {
        self.list.iter()
    }

    /// The starts, on the natural scale.
    pub fn start(&self) -> DVector<f64> {
        DVector::from_iterator(self.len(), self.iter().map(|parameter| parameter.start))
    }

    /// What the optimiser sees of these natural values.
    ///
    /// # Errors
    /// If there is another number of values, one is outside its domain, or two parameters share a name.
    pub fn to_unbounded(&self, natural: &DVector<f64>) -> Result<DVector<f64>, FitError> {
        self.check_length(natural.len())?;
        let mut unbounded = DVector::zeros(self.len());
        for (i, Parameter { name, scale, .. }) in self.list.iter().enumerate() {
            if self.list[..i].iter().any(|earlier| earlier.name == *name) {
                return Err(FitError::RepeatedParameter { name: name.clone() });
            }
            unbounded[i] = scale.to_unbounded(natural[i]).ok_or_else(|| FitError::ParameterOutsideDomain {
                name: name.clone(),
                value: natural[i],
                domain: scale.domain(),
            })?;
        }
        Ok(unbounded)
    }

    /// What people see of these unbounded values; derivatives flow through.
    ///
    /// # Panics
    /// If there is another number of values than of parameters.
    pub fn from_unbounded<R: Real>(&self, unbounded: &DVector<R>) -> DVector<R> {
        assert_eq!(unbounded.len(), self.len(), "from_unbounded: values given, against parameters");
        let natural = self.iter().zip(unbounded).map(|(parameter, &value)| parameter.scale.from_unbounded(value));
        DVector::from_iterator(self.len(), natural)
    }

    /// The derivatives of the natural values by the unbounded ones, given the natural ones.
    pub(crate) fn slopes(&self, natural: &DVector<f64>) -> DVector<f64> {
        let slopes = self.iter().zip(natural).map(|(parameter, &value)| parameter.scale.slope(value));
        DVector::from_iterator(self.len(), slopes)
    }

    /// The natural values of a point that a search proposes, which may be too far out to have any.
    pub(crate) fn natural_inside(&self, unbounded: &DVector<f64>) -> Result<DVector<f64>, Cause> {
        let natural = self.from_unbounded(unbounded);
        for (parameter, value) in self.iter().zip(&natural) {
            // The exponential of a step that is too long overflows, or vanishes.
            if parameter.scale.to_unbounded(*value).is_none() {
                return Err(format!("parameter `{}` = {value} is outside its domain", parameter.name).into());
            }
        }
        Ok(natural)
    }

    /// The names as the optimiser sees the parameters: `ln(rate)`.
    pub(crate) fn labels(&self) -> Vec<String> {
        let label = |parameter: &Parameter| match parameter.scale {
            Scale::Linear => parameter.name.clone(),
            Scale::Log => format!("ln({})", parameter.name),
            Scale::Log10 => format!("log10({})", parameter.name),
            Scale::Logit | Scale::Between { .. } => format!("logit({})", parameter.name),
        };
        self.iter().map(label).collect()
    }

    /// The ranges as limits on the unbounded scale, infinite where a range has no end there; `None` without any range.
    pub(crate) fn unbounded_limits(&self) -> Option<[DVector<f64>; 2]> {
        self.iter().any(|parameter| parameter.range.is_some()).then(|| {
            [(0, f64::NEG_INFINITY), (1, f64::INFINITY)].map(|(end, none)| {
                let limit = |parameter: &Parameter| {
                    parameter.range.and_then(|range| parameter.scale.to_unbounded(range[end])).unwrap_or(none)
                };
                DVector::from_iterator(self.len(), self.iter().map(limit))
            })
        })
    }

    fn check_length(&self, found: usize) -> Result<(), FitError> {
        let remedy = "give one value for each parameter, in their order";
        let error = FitError::Shape { what: "parameter values".into(), expected: self.len(), found, remedy };
        if found == self.len() { Ok(()) } else { Err(error) }
    }
}
