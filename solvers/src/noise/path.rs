//! [`BrownianPath`]: what a Brownian motion does between two times.

use super::brownian::Source;
use super::dyadic::DyadicTree;
use super::question::{Answer, Ends, Question};
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
    answer: Answer,
    ends: Ends,
    /// -1 for the mirror image.
    image: f64,
    /// Steps of the tree's unit, or of tenths of it, ready to be handed out.
    window: Window,
}

#[derive(Clone, Debug)]
enum Walk {
    Tree(Box<Tree>, Scale),
    DyadicTree(Box<DyadicTree>, Scale),
    Rejection(Rejection),
    Stored(Arc<Stored>),
}

/// The way from independent motions to correlated ones.
#[derive(Clone, Debug)]
struct Mixing {
    factor: Arc<DMatrix<f64>>,
    answer: Answer,
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
            Source::DyadicTree { seed, scale } => {
                Walk::DyadicTree(Box::new(DyadicTree::new(*seed, path, independent, *scale)), *scale)
            }
            Source::Rejection { seed } => Walk::Rejection(Rejection::new(*seed, path, independent)),
            Source::Stored(stored) => Walk::Stored(stored.clone()),
        };
        let mixing = factor.map(|factor| Mixing { factor, answer: Answer::zeros(dimensions) });
        BrownianPath {
            walk,
            mixing,
            answer: Answer::zeros(independent),
            ends: [(f64::NAN, Position { cell: 0, tick: 0 }); 2],
            image: if mirrored { -1.0 } else { 1.0 },
            window: Window::new(
                if let Source::Tree { scale, .. } = source { scale.per_unit } else { 1.0 },
                independent,
            ),
        }
    }

    /// The increments `W(to) - W(from)`, one for each dimension.
    ///
    /// # Errors
    /// [`StochasticError::NoiseUnknown`] where a stored path has no such time, and [`StochasticError::NoiseOnlyForward`] where a
    /// rejection-sampled one has passed it.
    #[inline]
    pub fn increment(&mut self, from: f64, to: f64) -> Result<&[f64], SolveError> {
        if self.mixing.is_none()
            && let Some(place) = self.window.find(from, to, false)
        {
            return Ok(self.window.row(place).0);
        }
        self.look(from, to, false)?;
        Ok(&self.answer().increments)
    }

    /// The increments, and the space-time Levy areas `H`: the mean over the interval of what the path deviates from its chord,
    /// `1/(to - from)` times the integral of `W(r) - W(from) - (r - from)/(to - from) (W(to) - W(from))`. It is normal with
    /// variance `|to - from| / 12`, independent of the increment, and the same in both directions.
    ///
    /// # Errors
    /// As [`increment`](Self::increment), and [`StochasticError::NoiseWithoutArea`] for a path stored without them.
    #[inline]
    pub fn increment_and_area(&mut self, from: f64, to: f64) -> Result<(&[f64], &[f64]), SolveError> {
        if self.mixing.is_none()
            && let Some(place) = self.window.find(from, to, true)
        {
            return Ok(self.window.row(place));
        }
        self.look(from, to, true)?;
        let Answer { increments, areas, .. } = self.answer();
        Ok((increments, areas))
    }

    /// The increments, the areas `H`, and the second areas: the space-time-time Levy areas `K`, the mean over the interval of what the
    /// path deviates from its chord, times `1/2 - (r - from)/(to - from)` at the time `r`. It is normal with variance
    /// `|to - from| / 720`, independent of increment and area, and has the other sign in the other direction.
    ///
    /// The cubic polynomial that matches all three is the best approximation of the path by one of its degree (Foster, Lyons and
    /// Oberhauser, An optimal polynomial approximation of Brownian motion, SIAM J. Numer. Anal. 58 (2020)).
    ///
    /// ```
    /// use costate_solvers::Brownian;
    ///
    /// let mut path = Brownian::seeded(42).with_second_areas().motion(1)?;
    /// let [w, h, k] = path.increment_and_areas(0.0, 0.25)?.map(|numbers| numbers[0]);
    /// assert!(k != 0.0 && k.abs() < 0.1);
    /// // What the path is on average between 0 and 0.25, less where it began.
    /// assert!((0.5 * w + h).abs() < 1.0);
    /// # Ok::<(), costate_solvers::SolveError>(())
    /// ```
    ///
    /// # Errors
    /// [`StochasticError::NoiseWithoutSecondArea`] for all motions but those
    /// [`with_second_areas`](crate::Brownian::with_second_areas).
    pub fn increment_and_areas(&mut self, from: f64, to: f64) -> Result<[&[f64]; 3], SolveError> {
        if !matches!(self.walk, Walk::DyadicTree(..)) {
            return Err(StochasticError::NoiseWithoutSecondArea.into());
        }
        self.look(from, to, true)?;
        let Answer { increments, areas, second_areas } = self.answer();
        Ok([increments, areas, second_areas])
    }

    /// What was found last, in the caller's dimensions.
    fn answer(&self) -> &Answer {
        self.mixing.as_ref().map_or(&self.answer, |mixing| &mixing.answer)
    }

    /// The shortest step that the path resolves: 0 where there is no limit.
    pub(crate) fn resolution(&self) -> f64 {
        match &self.walk {
            Walk::Tree(_, scale) => scale.tick(),
            Walk::DyadicTree(_, scale) => scale.dyadic_tick(),
            _ => 0.0,
        }
    }

    /// A time at which the path is cheap to find, beside the end `t` of a step of signed size `h`, by at most an eighth of it.
    pub(crate) fn nearby(&self, t: f64, h: f64) -> f64 {
        match &self.walk {
            Walk::Tree(_, scale) => scale.nearby(t, h),
            Walk::DyadicTree(_, scale) => scale.dyadic_nearby(t, h),
            _ => t,
        }
    }

    #[inline(never)]
    fn look(&mut self, from: f64, to: f64, with_area: bool) -> Result<(), SolveError> {
        let image = self.image;
        let (early, late, sign) = if from < to { (from, to, image) } else { (to, from, -image) };
        let question = Question { early, late, sign, image, with_area };
        match &mut self.walk {
            Walk::Tree(tree, scale) => {
                let looked = self.mixing.is_none() && from < to;
                let found = if looked { None } else { self.window.find(early, late, with_area) };
                if let Some(place) = found {
                    self.answer.copy(self.window.row(place), sign * image);
                } else {
                    question.ask((tree, scale), &mut self.ends, &mut self.window, &mut self.answer);
                }
            }
            Walk::DyadicTree(tree, scale) => question.ask_dyadic(tree, scale, &mut self.answer),
            _ if from == to => self.answer.clear(),
            other => {
                let Answer { increments, areas, .. } = &mut self.answer;
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
        product(&mut mixing.answer.increments, &self.answer.increments);
        if with_area {
            product(&mut mixing.answer.areas, &self.answer.areas);
            product(&mut mixing.answer.second_areas, &self.answer.second_areas);
        }
    }
}
