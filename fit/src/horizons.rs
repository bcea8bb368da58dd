//! [`Horizons`]: a fit that sees the data little by little.

use crate::fit::{fit, on_unbounded_scale};
use crate::{Cause, Data, Evaluation, FitError, Fitted, Iteration, NoUncertainty, Optimiser, Parameters, Stop};
use nalgebra::DVector;
use std::ops::ControlFlow;

/// Fits the first part of the data, then more of it from where that ended, and at last all of it.
///
/// The likelihood of a model that oscillates has many valleys: one for each number of periods that fits into the
/// data. A descent from a poor start ends in the nearest, however good the descent. Over about one period there is
/// but one valley; each longer stretch of data then narrows it down.
#[derive(Clone, Debug)]
pub struct Horizons {
    parts: Vec<Data>,
}

impl Horizons {
    /// `count` horizons of nearly equal increments in rows, the last one all of `data`.
    ///
    /// The first must determine all parameters: give it more observations than there are parameters.
    ///
    /// # Errors
    /// If `count` is zero or exceeds the number of rows.
    pub fn equal(data: &Data, count: usize) -> Result<Self, FitError> {
        if count == 0 || count > data.len() {
            let remedy = "choose between one horizon and one for each row";
            return Err(FitError::Option { option: "horizons", value: count as f64, remedy });
        }
        Ok(Self { parts: (1..=count).map(|i| data.head((i * data.len()).div_ceil(count))).collect() })
    }

    /// The data of each horizon, shortest first.
    pub fn parts(&self) -> &[Data] {
        &self.parts
    }

    /// As [`fit`](crate::fit()), with an objective that is given the data to compare with.
    ///
    /// A horizon on which the search does not converge only gives a start to the next; one on which `progress` stops
    /// it is the last, and what was found there is returned. Evaluations add up.
    ///
    /// # Errors
    /// As `fit`.
    pub fn fit<E: Into<Cause>>(
        &self,
        mut objective: impl FnMut(&Data, &DVector<f64>) -> Result<Evaluation, E>,
        parameters: &Parameters,
        optimiser: &dyn Optimiser,
        mut progress: impl FnMut(&Iteration) -> ControlFlow<()>,
    ) -> Result<Fitted, FitError> {
        let (all, shorter) = self.parts.split_last().expect("there is at least one horizon");
        let mut parameters = parameters.clone();
        let mut evaluations = 0;
        for data in shorter {
            let mut on_part = |p: &DVector<f64>| objective(data, p);
            let mut unbounded = |point: &DVector<f64>| on_unbounded_scale(&mut on_part, &parameters, point);
            let start = parameters.to_unbounded(&parameters.start())?;
            let optimum = optimiser.minimise(&mut unbounded, &start, &mut progress)?;
            if optimum.stop == Stop::Callback {
                let uncertainty = Err(NoUncertainty::NotConverged { stop: Stop::Callback });
                return Ok(Fitted::new(&parameters, optimiser.name(), optimum, uncertainty).after(evaluations));
            }
            evaluations += optimum.evaluations;
            let reached = parameters.from_unbounded(&optimum.point);
            parameters = parameters.starting_at(&reached)?;
        }
        Ok(fit(|p| objective(all, p), &parameters, optimiser, progress)?.after(evaluations))
    }
}
