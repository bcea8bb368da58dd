//! [`ErrorScale`]: what an error is measured against, and [`Norm`]: how the components make one number.

use crate::{SolveError, Tolerance};
use costate_ad::Real;
use std::sync::Arc;

/// How the scaled errors of the components make one number, which a step may not let exceed 1.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub enum Norm {
    /// The root mean square (Hairer, Norsett & Wanner, Solving Ordinary Differential Equations I, equation II.4.11).
    #[default]
    Rms,
    /// The largest: no component is let off because the others are accurate.
    Max,
    /// Any function of the scaled errors, one for each component of the state.
    Of(fn(&[f64]) -> f64),
}

impl Norm {
    /// The norm's square.
    fn squared(self, scaled: &[f64]) -> f64 {
        match self {
            Norm::Rms => scaled.iter().map(|x| x * x).sum::<f64>() / scaled.len() as f64,
            // A comparison would lose a NaN.
            Norm::Max => scaled.iter().fold(0.0, |most: f64, x| if x * x <= most { most } else { x * x }),
            Norm::Of(norm) => norm(scaled).powi(2),
        }
    }
}

/// What an error is measured against: `atol + rtol * max(|y|, |y_next|)` in each component.
#[derive(Clone, Debug)]
pub struct ErrorScale {
    rtol: f64,
    atol: f64,
    /// What only some ask for; without it a step measures its error in one pass.
    details: Option<Details>,
}

#[derive(Clone, Debug)]
struct Details {
    atol: Option<Arc<[f64]>>,
    norm: Norm,
    /// How many derivatives of each number are measured beside its value.
    tangents: usize,
}

impl ErrorScale {
    /// What a tolerance means for `states` states on the scalar `R`.
    pub(crate) fn new<R: Real>(tolerance: &Tolerance, states: usize) -> Result<ErrorScale, SolveError> {
        let atol = tolerance.component_atol.clone();
        if let Some(found) = atol.as_ref().map(|atol| atol.len()).filter(|&found| found != states) {
            return Err(SolveError::WrongToleranceCount { expected: states, found });
        }
        let tangents = match R::TANGENTS {
            _ if !tolerance.tangents => 0,
            Some(tangents) => tangents,
            None => return Err(SolveError::TangentsOutOfReach),
        };
        let plain = atol.is_none() && tangents == 0 && matches!(tolerance.norm, Norm::Rms);
        let details = (!plain).then_some(Details { atol, norm: tolerance.norm, tangents });
        Ok(ErrorScale { rtol: tolerance.rtol, atol: tolerance.atol, details })
    }

    /// A relative tolerance, and the same part of the largest of the numbers.
    pub(crate) fn relative(rtol: f64, y: &[f64]) -> ErrorScale {
        let largest = y.iter().fold(0.0, |most: f64, y| most.max(y.abs()));
        ErrorScale { rtol, atol: rtol * if largest > 0.0 { largest } else { 1.0 }, details: None }
    }

    /// The relative tolerance.
    pub(crate) fn rtol(&self) -> f64 {
        self.rtol
    }

    /// What an error of this component is measured against where its value is `y`.
    pub(crate) fn size_of(&self, component: usize, y: f64) -> f64 {
        let atol = self.details.as_ref().and_then(|details| details.atol.as_ref());
        self.size(atol.map_or(self.atol, |atol| atol[component]), y, y)
    }

    /// Whether derivatives are measured beside values.
    pub(crate) fn includes_tangents(&self) -> bool {
        self.details.as_ref().is_some_and(|details| details.tangents > 0)
    }

    /// The square of the norm of an error between the states `y` and `next`. `error(c, read)` is the error of
    /// component `c`, for `read` a linear map from the scalar to its value, or to one of its derivatives.
    #[inline(always)]
    pub fn squared_norm<R: Real>(&self, y: &[R], next: &[R], error: impl Fn(usize, &dyn Fn(R) -> f64) -> f64) -> f64 {
        if self.details.is_some() {
            return self.detailed(y, next, error);
        }
        let mut total = 0.0;
        for c in 0..y.len() {
            let scaled = error(c, &R::value) / self.size(self.atol, y[c].value(), next[c].value());
            total += scaled * scaled;
        }
        total / y.len() as f64
    }

    #[inline(always)]
    fn size(&self, atol: f64, y: f64, next: f64) -> f64 {
        let (y, next) = (y.abs(), next.abs());
        // One instruction; `max` takes several, for numbers that are none.
        atol + self.rtol * if next > y { next } else { y }
    }

    #[cold]
    fn detailed<R: Real>(&self, y: &[R], next: &[R], error: impl Fn(usize, &dyn Fn(R) -> f64) -> f64) -> f64 {
        let (atol, norm, tangents) =
            self.details.as_ref().map_or((None, Norm::Rms, 0), |d| (d.atol.as_ref(), d.norm, d.tangents));
        let squared = |read: &dyn Fn(R) -> f64| {
            let scaled = |c: usize| {
                let atol = atol.map_or(self.atol, |atol| atol[c]);
                error(c, read) / self.size(atol, read(y[c]), read(next[c]))
            };
            norm.squared(&(0..y.len()).map(scaled).collect::<Vec<f64>>())
        };
        // Each direction has its own norm, and the largest counts: many directions do not dilute one another.
        let directions = (0..tangents).map(|direction| squared(&|number: R| number.tangent(direction)));
        directions.fold(squared(&R::value), |most, other| if other <= most { most } else { other })
    }
}
