//! [`BrownianPath`]: what a Brownian motion does between two times.

use super::brownian::Source;
use super::rejection::Rejection;
use super::scale::{Position, Scale};
use super::stored::Stored;
use super::tree::Tree;
use super::window::Window;
use crate::{SolveError, StochasticError};
use nalgebra::DMatrix;
use std::sync::Arc;

/// One path of a [`Brownian`](crate::Brownian) motion, and memory that makes neighbouring questions cheap.
#[derive(Clone, Debug)]
pub struct BrownianPath {
    walk: Walk,
    mixing: Option<Mixing>,
    increments: Vec<f64>,
    areas: Vec<f64>,
    /// Both ends of the last increment, and where the tree has them.
    ends: [(f64, Position); 2],
    /// -1 for the mirror image.
    image: f64,
    /// Steps of the tree's unit, ready to be handed out.
    window: Window,
}

#[derive(Clone, Debug)]
enum Walk {
    Tree(Box<Tree>, Scale),
    Rejection(Rejection),
    Stored(Arc<Stored>),
}

/// The way from independent motions to correlated ones.
#[derive(Clone, Debug)]
struct Mixing {
    factor: Arc<DMatrix<f64>>,
    increments: Vec<f64>,
    areas: Vec<f64>,
}

impl BrownianPath {
    pub(super) fn new(
        source: &Source,
        (path, mirrored): (u64, bool),
        independent: usize,
        factor: Option<Arc<DMatrix<f64>>>,
        dimensions: usize,
    ) -> BrownianPath {
        let walk = match source {
            Source::Tree { seed, scale } => Walk::Tree(Box::new(Tree::new(*seed, path, independent, *scale)), *scale),
            Source::Rejection { seed } => Walk::Rejection(Rejection::new(*seed, path, independent)),
            Source::Stored(stored) => Walk::Stored(stored.clone()),
        };
        let zeros = || vec![0.0; independent];
        let mixed = || vec![0.0; dimensions];
        let mixing = factor.map(|factor| Mixing { factor, increments: mixed(), areas: mixed() });
        BrownianPath {
            walk,
            mixing,
            increments: zeros(),
            areas: zeros(),
            ends: [(f64::NAN, Position::new(0.0)); 2],
            image: if mirrored { -1.0 } else { 1.0 },
            window: Window::new(if let Source::Tree { scale, .. } = source { scale.per_unit } else { 1.0 }, dimensions),
        }
    }

    /// The increments `W(to) - W(from)`, one for each dimension.
    ///
    /// # Errors
    /// [`StochasticError::NoiseUnknown`] where a stored path has no such time, and [`StochasticError::NoiseOnlyForward`] where a
    /// rejection-sampled one has passed it.
    #[inline]
    pub fn increment(&mut self, from: f64, to: f64) -> Result<&[f64], SolveError> {
        if let Some(place) = self.window.find(from, to, false) {
            return Ok(self.window.row(place).0);
        }
        self.look(from, to, false)?;
        Ok(self.mixing.as_ref().map_or(&self.increments, |mixing| &mixing.increments))
    }

    /// The increments, and the space-time Levy areas `H`: the mean over the interval of what the path deviates from its chord,
    /// `1/(to - from)` times the integral of `W(r) - W(from) - (r - from)/(to - from) (W(to) - W(from))`. It is normal with
    /// variance `|to - from| / 12`, independent of the increment, and the same in both directions.
    ///
    /// # Errors
    /// As [`increment`](Self::increment), and [`StochasticError::NoiseWithoutArea`] for a path stored without them.
    #[inline]
    pub fn increment_and_area(&mut self, from: f64, to: f64) -> Result<(&[f64], &[f64]), SolveError> {
        if let Some(place) = self.window.find(from, to, true) {
            return Ok(self.window.row(place));
        }
        self.look(from, to, true)?;
        Ok(match &self.mixing {
            Some(mixing) => (&mixing.increments, &mixing.areas),
            None => (&self.increments, &self.areas),
        })
    }

    /// The shortest step that the path resolves: 0 where there is no limit.
    pub(crate) fn resolution(&self) -> f64 {
        if let Walk::Tree(_, scale) = &self.walk { scale.tick() } else { 0.0 }
    }

    /// A time at which the path is cheap to find, beside the end `t` of a step of signed size `h`, by at most an eighth of it.
    pub(crate) fn nearby(&self, t: f64, h: f64) -> f64 {
        if let Walk::Tree(_, scale) = &self.walk { scale.nearby(t, h) } else { t }
    }

    #[inline(never)]
    fn look(&mut self, from: f64, to: f64, with_area: bool) -> Result<(), SolveError> {
        let image = self.image;
        let (early, late, sign) = if from < to { (from, to, image) } else { (to, from, -image) };
        let (increments, areas) = (&mut self.increments, &mut self.areas);
        match &mut self.walk {
            Walk::Tree(tree, scale) => {
                // A step begins where the last one ended, or where it began.
                let [first, second] = self.ends;
                let position = |t: f64| match t {
                    t if t == second.0 => second.1,
                    t if t == first.0 => first.1,
                    t => scale.position(t),
                };
                let (start, end) = (position(early), position(late));
                self.ends = [(early, start), (late, end)];
                let (step, root) = (sign * scale.step, image * scale.root);
                if let Some(cell) = start.is_cell_until(end) {
                    tree.whole(cell, with_area, [step, root], increments, areas);
                    let (first, count, with_areas) = tree.known_cells();
                    if count > 1 && self.mixing.is_none() {
                        let (increments, areas) = self.window.open(first, count, with_areas);
                        tree.write_cells([image * scale.step, root], increments, areas);
                    }
                } else if start == end {
                    increments.fill(0.0);
                    areas.fill(0.0);
                } else {
                    tree.increment(start, end, with_area, |dimension, quanta, area| {
                        (increments[dimension], areas[dimension]) = (quanta as f64 * step, area * root);
                    });
                }
            }
            _ if from == to => {
                increments.fill(0.0);
                areas.fill(0.0);
            }
            other => {
                let write = |dimension: usize, increment: f64, area: f64| {
                    (increments[dimension], areas[dimension]) = (sign * increment, image * area);
                };
                match other {
                    Walk::Stored(stored) => stored.increment(early, late, with_area, write)?,
                    Walk::Rejection(rejection) if from < to => rejection.increment(from, to, write)?,
                    _ => return Err(StochasticError::NoiseOnlyForward { t: to, start: from, end: from }.into()),
                }
            }
        }
        if self.mixing.is_some() {
            self.mix(with_area);
        }
        Ok(())
    }

    fn mix(&mut self, with_area: bool) {
        let Some(mixing) = &mut self.mixing else { return };
        let product = |into: &mut [f64], from: &[f64]| {
            for (row, sum) in into.iter_mut().enumerate() {
                *sum = from.iter().enumerate().map(|(column, value)| mixing.factor[(row, column)] * value).sum();
            }
        };
        product(&mut mixing.increments, &self.increments);
        if with_area {
            product(&mut mixing.areas, &self.areas);
        }
    }
}
