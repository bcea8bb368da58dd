//! [`SaveAt`]: which states a solution keeps.

use crate::SolveError;
use crate::span::Span;
use std::borrow::Borrow;

/// Which states a solution keeps. Saves between the steps come from the method's interpolant: no step is shortened
/// for them.
#[derive(Clone, Debug, PartialEq)]
pub struct SaveAt(Kind);

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    End,
    Steps,
    Every(f64),
    Times(Vec<f64>),
    Dense,
}

/// What a checked `SaveAt` means on one span.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plan {
    Times(Vec<f64>),
    Steps { dense: bool },
}

/// More saves than this are taken for a mistake in the interval.
const MOST_SAVES: f64 = 1e8;

impl SaveAt {
    /// The state at the end of the span only.
    pub fn end() -> Self {
        SaveAt(Kind::End)
    }

    /// The start and the end of every step.
    pub fn steps() -> Self {
        SaveAt(Kind::Steps)
    }

    /// Every `interval` (positive, whatever the direction) from the start of the span, both ends included.
    pub fn every(interval: f64) -> Self {
        SaveAt(Kind::Every(interval))
    }

    /// These times: inside the span, and ordered along it. An array, a vector, a slice, or an iterator of `f64` or
    /// `&f64`.
    pub fn times(times: impl IntoIterator<Item: Borrow<f64>>) -> Self {
        SaveAt(Kind::Times(times.into_iter().map(|t| *t.borrow()).collect()))
    }

    /// Every step, and its interpolant, so that [`Solution::at`](crate::Solution::at) answers everywhere.
    pub fn dense() -> Self {
        SaveAt(Kind::Dense)
    }

    pub(crate) fn plan(&self, span: Span) -> Result<Plan, SolveError> {
        match &self.0 {
            Kind::End => Ok(Plan::Times(vec![span.end])),
            Kind::Steps => Ok(Plan::Steps { dense: false }),
            Kind::Dense => Ok(Plan::Steps { dense: true }),
            Kind::Every(interval) => every(*interval, span).map(Plan::Times),
            Kind::Times(times) => check_times(times, span).map(|()| Plan::Times(times.clone())),
        }
    }
}

fn every(interval: f64, span: Span) -> Result<Vec<f64>, SolveError> {
    if !(interval > 0.0 && span.intervals(interval) < MOST_SAVES) {
        return Err(SolveError::BadSaveInterval { interval, length: span.length() });
    }
    let count = span.intervals(interval) as usize;
    Ok((0..=count).map(|index| span.point(index, interval, count)).collect())
}

fn check_times(times: &[f64], span: Span) -> Result<(), SolveError> {
    if times.is_empty() {
        return Err(SolveError::NoSaveTimes);
    }
    for (index, &t) in times.iter().enumerate() {
        if !span.contains(t) {
            return Err(SolveError::SaveTimeOutsideSpan { index, t, start: span.start, end: span.end });
        }
        if index > 0 && (t - times[index - 1]) * span.direction() < 0.0 {
            return Err(SolveError::UnorderedSaveTimes { index, t, previous: times[index - 1] });
        }
    }
    Ok(())
}
