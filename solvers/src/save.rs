//! [`SaveAt`]: which states a solution keeps.

use crate::SolveError;
use crate::span::Span;
use std::borrow::Borrow;
use std::ops::Range;

/// Which states a solution keeps. Saves between the steps come from the method's interpolant: no step is shortened
/// for them.
#[derive(Clone, Debug, PartialEq)]
pub struct SaveAt {
    kind: Kind,
    after_events: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    End,
    Steps,
    Every(f64),
    Times(Vec<f64>),
    Dense,
}

impl From<Kind> for SaveAt {
    fn from(kind: Kind) -> Self {
        SaveAt { kind, after_events: false }
    }
}

/// What a checked `SaveAt` means on one span.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plan {
    /// `after_events`: of an event at one of the times, the state behind it.
    Times {
        times: Vec<f64>,
        after_events: bool,
    },
    Steps {
        dense: bool,
    },
}

/// More saves than this are taken for a mistake in the interval.
const MOST_SAVES: f64 = 1e8;

impl SaveAt {
    /// The state at the end of the span only.
    pub fn end() -> Self {
        Kind::End.into()
    }

    /// The start and the end of every step.
    pub fn steps() -> Self {
        Kind::Steps.into()
    }

    /// Every `interval` (positive, whatever the direction) from the start of the span, both ends included.
    pub fn every(interval: f64) -> Self {
        Kind::Every(interval).into()
    }

    /// These times: inside the span, and ordered along it. An array, a vector, a slice, or an iterator of `f64` or
    /// `&f64`.
    pub fn times(times: impl IntoIterator<Item: Borrow<f64>>) -> Self {
        Kind::Times(times.into_iter().map(|t| *t.borrow()).collect()).into()
    }

    /// Every step, and its interpolant, so that [`Solution::at`](crate::Solution::at) answers everywhere.
    pub fn dense() -> Self {
        Kind::Dense.into()
    }

    /// Of an event that happens exactly at a time to save, saves the state behind it rather than the state before.
    ///
    /// [`SaveAt::steps`] and [`SaveAt::dense`] keep both, and [`Solution::events`](crate::Solution::events) has both for every
    /// event.
    pub fn after_events(self) -> Self {
        SaveAt { after_events: true, ..self }
    }

    /// The times at which it saves on a span, for who steps there; `None` where only the solve knows them.
    ///
    /// # Errors
    /// As [`Problem::solve`](crate::Problem::solve), for what makes no sense on this span.
    pub fn known_times(&self, span: Range<f64>) -> Result<Option<Vec<f64>>, SolveError> {
        match self.plan(Span::new(span.start, span.end)?)? {
            Plan::Times { times, .. } => Ok(Some(times)),
            Plan::Steps { .. } => Ok(None),
        }
    }

    /// Whether [`after_events`](Self::after_events) was asked for.
    pub fn is_after_events(&self) -> bool {
        self.after_events
    }

    /// Whether interpolants are kept.
    pub fn is_dense(&self) -> bool {
        matches!(self.kind, Kind::Dense)
    }

    pub(crate) fn plan(&self, span: Span) -> Result<Plan, SolveError> {
        let after_events = self.after_events;
        match &self.kind {
            Kind::End => Ok(Plan::Times { times: vec![span.end], after_events }),
            Kind::Steps => Ok(Plan::Steps { dense: false }),
            Kind::Dense => Ok(Plan::Steps { dense: true }),
            Kind::Every(interval) => every(*interval, span).map(|times| Plan::Times { times, after_events }),
            Kind::Times(times) => check_times(times, span).map(|()| Plan::Times { times: times.clone(), after_events }),
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
