//! [`Span`]: the directed interval of time that a problem covers.

use crate::SolveError;

/// A checked span: finite ends that differ. The end may lie before the start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span {
    pub(crate) start: f64,
    pub(crate) end: f64,
}

impl Span {
    pub(crate) fn new(start: f64, end: f64) -> Result<Self, SolveError> {
        if !start.is_finite() || !end.is_finite() || !(end - start).is_finite() {
            return Err(SolveError::NonFiniteSpan { start, end });
        }
        if start == end {
            return Err(SolveError::EmptySpan { t: start });
        }
        Ok(Span { start, end })
    }

    /// `1.0` forward in time, `-1.0` backward.
    pub(crate) fn direction(&self) -> f64 {
        (self.end - self.start).signum()
    }

    pub(crate) fn length(&self) -> f64 {
        (self.end - self.start).abs()
    }

    pub(crate) fn contains(&self, t: f64) -> bool {
        (t - self.start) * self.direction() >= 0.0 && (self.end - t) * self.direction() >= 0.0
    }

    /// How many intervals of length `interval` cover the span, the last one possibly shorter. A remainder that is
    /// only rounding (0..10 by 0.1) makes no interval of its own. `f64`, because it may exceed every integer.
    pub(crate) fn intervals(&self, interval: f64) -> f64 {
        let ratio = self.length() / interval;
        let nearest = ratio.round();
        let count = if (ratio - nearest).abs() <= 1e-13 * ratio { nearest } else { ratio.ceil() };
        count.max(1.0)
    }

    /// The `index`-th of the points that [`intervals`](Self::intervals) cuts the span into: without accumulated
    /// rounding, and exactly the end for the last.
    pub(crate) fn point(&self, index: usize, interval: f64, intervals: usize) -> f64 {
        if index >= intervals { self.end } else { self.start + self.direction() * (index as f64 * interval) }
    }
}
