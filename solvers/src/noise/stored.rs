//! [`Stored`]: a path that is given, at given times.

use crate::{SolveError, StochasticError};

/// Values of a Brownian motion at times that increase, and the areas between them where they are given.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) times: Vec<f64>,
    /// Increment by increment, dimension by dimension.
    pub(super) increments: Vec<f64>,
    pub(super) areas: Option<Vec<f64>>,
    pub(super) dimensions: usize,
}

impl Stored {
    /// What is wrong with the numbers, if anything.
    pub(super) fn check(&self) -> Result<(), SolveError> {
        let intervals = self.times.len().saturating_sub(1);
        let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        let remedy = if intervals == 0 || !self.times.windows(2).all(|pair| pair[0] < pair[1]) || !finite(&self.times) {
            "give at least two finite times, in increasing order"
        } else if self.dimensions == 0 || self.increments.len() != intervals * self.dimensions {
            "give one vector of increments, all of one length, for each interval between the times"
        } else if self.areas.as_ref().is_some_and(|areas| areas.len() != self.increments.len()) {
            "give as many areas as increments"
        } else if !finite(&self.increments) || !self.areas.as_ref().is_none_or(|areas| finite(areas)) {
            "give finite increments and areas"
        } else {
            return Ok(());
        };
        Err(StochasticError::BadNoise { what: "the stored path", remedy }.into())
    }

    /// The index of a time, up to rounding.
    fn index(&self, t: f64) -> Result<usize, SolveError> {
        let times = &self.times;
        let after = times.partition_point(|&time| time < t).clamp(1, times.len() - 1);
        let slack = 1e-9 * (times[after] - times[after - 1]);
        let found = [after - 1, after].into_iter().find(|&index| (times[index] - t).abs() <= slack);
        found.ok_or(StochasticError::NoiseUnknown { t }.into())
    }

    /// Calls `write` with each dimension, its increment and its area (0 where none was asked for); `from` lies before `to`.
    pub(super) fn increment(
        &self,
        from: f64,
        to: f64,
        with_area: bool,
        mut write: impl FnMut(usize, f64, f64),
    ) -> Result<(), SolveError> {
        let (first, last) = (self.index(from)?, self.index(to)?);
        let areas = match &self.areas {
            None if with_area => return Err(StochasticError::NoiseWithoutArea.into()),
            areas => areas.as_deref().filter(|_| with_area),
        };
        for dimension in 0..self.dimensions {
            let (mut motion, mut integral) = (0.0, 0.0);
            for interval in first..last {
                let index = interval * self.dimensions + dimension;
                let area = areas.map_or(0.0, |areas| areas[index]);
                let length = self.times[interval + 1] - self.times[interval];
                integral += length * (motion + 0.5 * self.increments[index] + area);
                motion += self.increments[index];
            }
            let length = self.times[last] - self.times[first];
            write(dimension, motion, if with_area { integral / length - 0.5 * motion } else { 0.0 });
        }
        Ok(())
    }
}
