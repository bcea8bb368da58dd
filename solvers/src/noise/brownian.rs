//! [`Brownian`]: which Brownian motion.

use super::BrownianPath;
use super::scale::Scale;
use super::stored::Stored;
use crate::{SolveError, StochasticError};
use nalgebra::DMatrix;
use std::sync::Arc;

/// A Brownian motion: where its randomness comes from, and which of its paths. It describes, and is cheap to clone.
///
/// The usual one, [`seeded`](Self::seeded), is a **pure function of seed, path, dimension and time**. Coarse and fine, fixed
/// and adaptive, forward and backward solves, on one thread or on many, see the same path, bit for bit, and it is computed
/// anew wherever it is needed: nothing is stored. See [`BrownianPath`] for what can be asked of it.
///
/// ```
/// use costate_solvers::Brownian;
///
/// let mut path = Brownian::seeded(42).path(7).motion(1)?;
/// let mut w = |from, to| path.increment(from, to).map(|w| w[0]);
/// assert_eq!(w(0.0, 0.3)? + w(0.3, 1.0)?, w(0.0, 1.0)?);
/// assert_eq!(w(1.0, 0.3)?, -w(0.3, 1.0)?);
/// # Ok::<(), costate_solvers::SolveError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Brownian {
    source: Source,
    path: u64,
    /// The increments are this matrix times independent ones.
    factor: Option<Arc<DMatrix<f64>>>,
    mirrored: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Source {
    Tree { seed: u64, scale: Scale },
    DyadicTree { seed: u64, scale: Scale },
    Rejection { seed: u64 },
    Stored(Arc<Stored>),
}

impl Brownian {
    /// The motion with this seed, its path number 0: a virtual Brownian tree, which is exact in law at all times that are
    /// multiples of its resolution, 1e-9 of the unit of time. Other times are rounded to it.
    ///
    /// Increments are whole multiples of a power of two near 1e-12 (of the square root of the unit of time), so that they add
    /// up exactly while they stay below 8000 such roots.
    pub fn seeded(seed: u64) -> Brownian {
        Brownian { source: Source::Tree { seed, scale: Scale::new(1.0) }, path: 0, factor: None, mirrored: false }
    }

    /// Path number `path` of the same seed, independent of all others.
    pub fn path(self, path: u64) -> Brownian {
        Brownian { path, ..self }
    }

    /// The mirror image of the motion: all increments and areas with the other sign. It has the same law; means over a path
    /// and its mirror image (antithetic pairs) vary less where they depend on the noise nearly linearly.
    pub fn mirrored(self) -> Brownian {
        Brownian { mirrored: !self.mirrored, ..self }
    }

    /// Whether the motion is a function of time, which can be asked for again and again: all but
    /// [`rejection_sampled`](Self::rejection_sampled) ones are.
    pub fn is_function_of_time(&self) -> bool {
        !matches!(self.source, Source::Rejection { .. })
    }

    /// The time in which the tree thinks, 1 unless told; positive. It sets the resolution and the cost: in a sequence of equal
    /// steps, an increment over a unit costs about two plain normal numbers, one over a tenth, a hundredth or a thousandth of it
    /// five, one over 1/128 of it thirty, and one to a time that is no simple fraction of it up to ninety. A long increment costs
    /// one normal number for each unit in it. Another unit is another path.
    ///
    /// Best is a unit between the longest step and a thousand of the shortest; where steps are fixed, the step itself.
    /// It has a meaning for [`seeded`](Self::seeded) motions only.
    pub fn with_unit(self, unit: f64) -> Brownian {
        let source = match self.source {
            Source::Tree { seed, .. } => Source::Tree { seed, scale: Scale::new(unit) },
            Source::DyadicTree { seed, .. } => Source::DyadicTree { seed, scale: Scale::new(unit) },
            other => other,
        };
        Brownian { source, ..self }
    }

    /// The motion whose paths know the second areas too: the space-time-time areas `K` that
    /// [`BrownianPath::increment_and_areas`] answers.
    ///
    /// It is a tree of its own: increments and areas over whole units of time are those of the motion without second areas, but
    /// inside a unit it takes another way. All else that was said of [`seeded`](Self::seeded) holds for it: it is a pure function
    /// of seed, path and time, its increments add up to the bit, and its law is exact at all multiples of its resolution, here
    /// 2^-30 of the unit. A unit divides by halves alone: a step of the unit costs eight plain normal numbers, one of 1/128 of it
    /// fifteen, and one to a time that is no such fraction, with up to thirty divisions, three hundred. Choose the unit to suit.
    ///
    /// It has a meaning for [`seeded`](Self::seeded) motions only; others have no second areas.
    pub fn with_second_areas(self) -> Brownian {
        let source = match self.source {
            Source::Tree { seed, scale } => Source::DyadicTree { seed, scale },
            other => other,
        };
        Brownian { source, ..self }
    }

    /// A fresh path, drawn by the steps that ask for it: rejection sampling with memory (RSwM3). It costs two normal numbers
    /// for each step that is tried, whatever its length, but the path depends on the steps; it goes forward only, and is of
    /// use for one solve only. Times are exact.
    pub fn rejection_sampled(seed: u64) -> Brownian {
        Brownian { source: Source::Rejection { seed }, path: 0, factor: None, mirrored: false }
    }

    /// A path that is given: `increments[k]` (one element for each dimension) from `times[k]` to `times[k + 1]`. Only steps
    /// from one of these times to another are possible, and only methods that need no Levy area.
    pub fn stored(times: &[f64], increments: &[Vec<f64>]) -> Brownian {
        Brownian::store(times, increments, None)
    }

    /// A path that is given with its space-time Levy areas: the means, over each interval, of what the path deviates from
    /// its chord.
    pub fn stored_with_areas(times: &[f64], increments: &[Vec<f64>], areas: &[Vec<f64>]) -> Brownian {
        Brownian::store(times, increments, Some(areas.concat()))
    }

    fn store(times: &[f64], increments: &[Vec<f64>], areas: Option<Vec<f64>>) -> Brownian {
        let dimensions = increments.first().map_or(0, Vec::len);
        let even = increments.iter().all(|increment| increment.len() == dimensions);
        let stored = Stored {
            times: times.to_vec(),
            increments: if even { increments.concat() } else { Vec::new() },
            areas,
            dimensions,
        };
        Brownian { source: Source::Stored(Arc::new(stored)), path: 0, factor: None, mirrored: false }
    }

    /// Correlated motions: increments are `factor` times those of as many independent motions as it has columns. For a
    /// correlation matrix `C` pass its Cholesky factor `L` (`C = L L^T`), rows x columns = dimensions x dimensions.
    ///
    /// Increments of correlated motions add up to rounding only.
    pub fn correlated(self, factor: &DMatrix<f64>) -> Brownian {
        Brownian { factor: Some(Arc::new(factor.clone())), ..self }
    }

    /// The path itself, with memory for the way through it: of this number of dimensions.
    ///
    /// # Errors
    /// [`StochasticError::BadNoise`] and [`StochasticError::WrongNoiseCount`] where the description makes no sense, or does not fit.
    pub fn motion(&self, dimensions: usize) -> Result<BrownianPath, SolveError> {
        if let Source::Tree { scale, .. } | Source::DyadicTree { scale, .. } = &self.source
            && !(scale.unit > 1e-100 && scale.unit < 1e100)
        {
            return Err(StochasticError::BadNoise {
                what: "the unit of time",
                remedy: "it must be positive and finite",
            }
            .into());
        }
        if let Some(factor) = &self.factor {
            if factor.iter().any(|value| !value.is_finite()) {
                let remedy = "its entries must be finite";
                return Err(StochasticError::BadNoise { what: "the factor of the correlations", remedy }.into());
            }
            if factor.nrows() != dimensions {
                return Err(StochasticError::WrongNoiseCount { expected: dimensions, found: factor.nrows() }.into());
            }
        }
        let independent = self.factor.as_ref().map_or(dimensions, |factor| factor.ncols());
        if let Source::Stored(stored) = &self.source {
            stored.check()?;
            if stored.dimensions != independent {
                return Err(StochasticError::WrongNoiseCount { expected: independent, found: stored.dimensions }.into());
            }
        }
        Ok(BrownianPath::new(&self.source, (self.path, self.mirrored), independent, self.factor.clone(), dimensions))
    }
}
