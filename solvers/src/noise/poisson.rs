//! [`PoissonProcess`]: times at which something happens by chance, and what marks each of them.

use super::normal::normal;
use super::philox::Stream;
use crate::{SolveError, StochasticError};
use std::ops::Range;

/// More jumps than this in one span are taken for a mistake in the rate.
const MOST_JUMPS: f64 = 1e8;
/// Which of a seed's streams is not that of a dimension of a Brownian motion.
const STREAM: u32 = u32::MAX;

/// A homogeneous Poisson process: jumps at independent, exponentially distributed distances with mean `1 / rate`, each with a
/// [`Mark`], from which come the random numbers that its size depends on.
///
/// It is a pure function of seed, path and time, as [`Brownian`](crate::Brownian) is: whatever span is asked for has the same
/// jumps, on any thread. It is independent of the Brownian motion of the same seed and path. The jumps of another rate are the
/// same ones, nearer together or farther apart.
///
/// A rate that depends on the state is had by thinning (Lewis and Shedler, Naval Research Logistics Quarterly 26 (1979)
/// 403-413): let the process have the largest rate, and a jump happen only where `mark.uniform(k)` is below its share of that.
/// Whether a jump happens then has no derivative.
///
/// ```
/// use costate_solvers::PoissonProcess;
///
/// let jumps = PoissonProcess::seeded(42, 3.0).path(7).jumps(0.0..100.0)?;
/// assert!((jumps.len() as f64 - 300.0).abs() < 60.0);
/// let late = PoissonProcess::seeded(42, 3.0).path(7).jumps(50.0..100.0)?;
/// assert_eq!(late[..], jumps[jumps.len() - late.len()..]);
/// # Ok::<(), costate_solvers::SolveError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoissonProcess {
    seed: u64,
    path: u64,
    rate: f64,
}

impl PoissonProcess {
    /// The process with this seed, its path number 0, with so many jumps in a unit of time on average.
    pub fn seeded(seed: u64, rate: f64) -> PoissonProcess {
        PoissonProcess { seed, path: 0, rate }
    }

    /// Path number `path` of the same seed, independent of all others.
    pub fn path(self, path: u64) -> PoissonProcess {
        PoissonProcess { path, ..self }
    }

    /// The jumps in a span, in either direction: their times, ascending, and their marks.
    ///
    /// # Errors
    /// [`StochasticError::BadJumpRate`] for a rate that is negative or not finite, or one for which more than 1e8 jumps would be
    /// expected; [`SolveError::NonFiniteSpan`].
    pub fn jumps(&self, span: Range<f64>) -> Result<Vec<(f64, Mark)>, SolveError> {
        let (start, end) = (span.start.min(span.end), span.start.max(span.end));
        if !(start.is_finite() && end.is_finite()) {
            return Err(SolveError::NonFiniteSpan { start: span.start, end: span.end });
        }
        let (rate, expected) = (self.rate, self.rate * (end - start));
        if !(rate >= 0.0 && expected <= MOST_JUMPS && rate * start.abs().max(end.abs()) < 1e15) {
            return Err(StochasticError::BadJumpRate { rate, expected }.into());
        }
        let mut jumps: Vec<(f64, Mark)> = Vec::new();
        if rate == 0.0 {
            return Ok(jumps);
        }
        let stream = Stream::new(self.seed, self.path, STREAM);
        // In units of the mean distance; the numbers of jumps in whole units are independent.
        for cell in (start * rate).floor() as i64..=(end * rate).floor() as i64 {
            let time = |number: u64| (cell as f64 + fraction(stream.words(cell, 1 + number)[0])) / rate;
            let mut inside: Vec<(f64, u64)> =
                (0..count(stream.words(cell, 0)[0])).map(|number| (time(number), number)).collect();
            inside.sort_by(|(t, _), (u, _)| t.total_cmp(u));
            for (t, number) in inside {
                // One jump at a time, so that each finds its mark.
                let t = jumps.last().map_or(t, |(last, _)| t.max(last.next_up()));
                jumps.push((t, Mark { stream, cell, number }));
            }
        }
        jumps.retain(|(t, _)| (start..=end).contains(t));
        Ok(jumps)
    }
}

/// A number in `(0, 1]`.
fn fraction(word: u64) -> f64 {
    ((word >> 11) + 1) as f64 * (0.5 * f64::EPSILON)
}

/// A number of Poisson's distribution with mean 1, where its distribution function passes a random fraction.
fn count(word: u64) -> u64 {
    let (fraction, mut number, mut term) = (fraction(word), 0, 1.0 / std::f64::consts::E);
    let mut sum = term;
    while sum < fraction && term > f64::EPSILON {
        number += 1;
        term /= number as f64;
        sum += term;
    }
    number
}

/// The random numbers of one jump: as many as are asked for, each a pure function of the process, the jump and an index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    stream: Stream,
    cell: i64,
    number: u64,
}

impl Mark {
    /// Standard normal number `index` of this jump.
    pub fn normal(&self, index: u32) -> f64 {
        let tick = 1 << 47 | self.number << 32 | u64::from(index);
        normal(self.stream.words(self.cell, tick)[0])
    }

    /// Number `index` of this jump that is uniform in `(0, 1]`, independent of the normal ones.
    pub fn uniform(&self, index: u32) -> f64 {
        fraction(self.stream.words(self.cell, 1 << 46 | self.number << 32 | u64::from(index))[0])
    }
}
