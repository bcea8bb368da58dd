//! [`Multistart`]: a search from many starts at once.

use crate::fit::{fit, on_unbounded_scale};
use crate::random::Random;
use crate::{Cause, Evaluation, FitError, Fitted, Iteration, Optimiser, Optimum, Parameters, quiet};
use nalgebra::DVector;
use rayon::prelude::*;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicUsize};

/// Searches from several starts on rayon's threads, and keeps the best end.
///
/// The first start is that of the parameters; the others are a Latin hypercube (McKay, Beckman and Conover 1979,
/// Technometrics 21:239-245) on the unbounded scale: each parameter's range is cut into as many strata as there are
/// starts, and each stratum is used once. The result has the same bits on any number of threads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Multistart {
    /// How many starts. Default 20.
    pub starts: usize,
    /// What the starts are drawn from. Default 0.
    pub seed: u64,
    /// How far, on the unbounded scale, starts of a parameter without a [range](crate::Parameter::range) lie to either side of
    /// its own start: 1 is a factor of e where the scale is a logarithm. Default 1.
    pub spread: f64,
}

impl Default for Multistart {
    fn default() -> Self {
        Self { starts: 20, seed: 0, spread: 1.0 }
    }
}

/// What became of every start.
#[derive(Debug)]
#[non_exhaustive]
pub struct Multistarted {
    /// The best end, with standard errors.
    pub best: Fitted,
    /// Where each search began, on the natural scale.
    pub starts: Vec<DVector<f64>>,
    /// Where it ended, on the unbounded scale, or why it could not begin.
    pub runs: Vec<Result<Optimum, FitError>>,
}

impl Multistarted {
    /// The values of the objective that searches ended at, smallest first: a flat beginning says that the best valley was
    /// found again and again.
    pub fn waterfall(&self) -> Vec<f64> {
        let mut values: Vec<f64> = self.runs.iter().flatten().map(|run| run.value).collect();
        values.sort_by(f64::total_cmp);
        values
    }

    /// How many searches ended within `difference` of the best value.
    pub fn agreeing(&self, difference: f64) -> usize {
        self.waterfall().iter().filter(|&&value| value <= self.best.value() + difference).count()
    }
}

impl Multistart {
    /// The starts, on the natural scale.
    ///
    /// # Errors
    /// If there is to be none, or the start or range of a parameter is outside the domain of its scale.
    pub fn starts(&self, parameters: &Parameters) -> Result<Vec<DVector<f64>>, FitError> {
        if self.starts == 0 {
            return Err(FitError::Option { option: "starts", value: 0.0, remedy: "choose at least one" });
        }
        let middle = parameters.to_unbounded(&parameters.start())?;
        let mut random = Random::new(self.seed, 1);
        let mut points = vec![middle.clone(); self.starts];
        for (i, parameter) in parameters.iter().enumerate() {
            let limits = match parameter.range {
                Some(range) => parameter.limits_of(range)?,
                None => [middle[i] - self.spread, middle[i] + self.spread],
            };
            let strata = random.permutation(self.starts);
            for (point, stratum) in points.iter_mut().zip(strata) {
                let share = (stratum as f64 + random.uniform()) / self.starts as f64;
                point[i] = limits[0] + share * (limits[1] - limits[0]);
            }
        }
        points[0] = middle;
        Ok(points.iter().map(|point| parameters.from_unbounded(point)).collect())
    }

    /// Fits from every start. `done` is told how many searches have ended, from whichever
    /// thread ended one, and may call the rest off.
    ///
    /// # Errors
    /// If there are no starts, or every single one fails: then the error of the first.
    pub fn fit<E: Into<Cause>>(
        &self,
        objective: impl Fn(&DVector<f64>) -> Result<Evaluation, E> + Sync,
        parameters: &Parameters,
        optimiser: &(dyn Optimiser + Sync),
        done: impl Fn(usize) -> ControlFlow<()> + Sync,
    ) -> Result<Multistarted, FitError> {
        let starts = self.starts(parameters)?;
        let (ended, called_off) = (AtomicUsize::new(0), AtomicBool::new(false));
        let search = |start: &DVector<f64>| {
            let mut objective = &objective;
            let start = parameters.to_unbounded(start)?;
            let mut unbounded = |point: &DVector<f64>| on_unbounded_scale(&mut objective, parameters, point);
            let mut progress = |_: &Iteration| match called_off.load(Relaxed) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            };
            let run = optimiser.minimise(&mut unbounded, &start, &mut progress);
            if done(1 + ended.fetch_add(1, Relaxed)).is_break() {
                called_off.store(true, Relaxed);
            }
            run
        };
        let mut runs: Vec<Result<Optimum, FitError>> = starts.par_iter().map(search).collect();
        let ends = runs.iter().enumerate().filter_map(|(i, run)| Some((i, run.as_ref().ok()?.value)));
        let Some((best, _)) = ends.min_by(|a, b| a.1.total_cmp(&b.1)) else {
            return Err(runs.swap_remove(0).expect_err("no search ended"));
        };
        let point = &runs[best].as_ref().expect("it ended").point;
        let parameters = parameters.clone().starting_at(&parameters.from_unbounded(point))?;
        let best = fit(&objective, &parameters, optimiser, quiet)?;
        Ok(Multistarted { best, starts, runs })
    }
}
