//! [`Save`]: what a solution keeps, and of which quantities.

use crate::{SaveAt, SolveError};
use costate_ad::Real;

/// When a solution keeps something, and what: a [`SaveAt`] keeps states, and [`SaveAt::with`] makes one that keeps a function
/// of them.
pub trait Save<R> {
    /// Whether something else than the state is kept.
    const OBSERVES: bool;

    /// [`OBSERVES`](Self::OBSERVES), of a value.
    fn observes(&self) -> bool {
        Self::OBSERVES
    }

    /// When.
    fn save_at(&self) -> &SaveAt;

    /// Appends what is kept of the state `y` at time `t`.
    fn observe(&self, t: f64, y: &[R], kept: &mut Vec<R>);
}

impl<R: Real> Save<R> for SaveAt {
    const OBSERVES: bool = false;

    fn save_at(&self) -> &SaveAt {
        self
    }

    fn observe(&self, _t: f64, y: &[R], kept: &mut Vec<R>) {
        kept.extend_from_slice(y);
    }
}

/// A [`SaveAt`] that keeps a function of the state: made by [`SaveAt::with`].
#[derive(Clone, Debug)]
pub struct SaveFunction<F> {
    save: SaveAt,
    function: F,
}

impl SaveAt {
    /// Keeps `function(t, y)` rather than the state: an array or a vector of numbers, as many every time.
    ///
    /// ```
    /// use costate_solvers::{Problem, SaveAt, Tolerance, Tsit5, ode};
    /// use nalgebra::dvector;
    ///
    /// let swing = ode!(|_t, [angle, speed], []| [speed, -angle]);
    /// let problem = Problem::ode(swing, [1.0, 0.0], &dvector![], 0.0..10.0);
    /// let energy = SaveAt::every(1.0).with(|_t, y: &[f64]| [0.5 * (y[0] * y[0] + y[1] * y[1])]);
    /// let solution = problem.solve(Tsit5, Tolerance::new(1e-9, 1e-9), energy)?;
    /// assert!(solution.saves().all(|(_, kept)| (kept[0] - 0.5).abs() < 1e-7));
    /// # Ok::<(), costate_solvers::SolveError>(())
    /// ```
    pub fn with<F>(self, function: F) -> SaveFunction<F> {
        SaveFunction { save: self, function }
    }
}

impl<R: Real, F: Fn(f64, &[R]) -> V, V: IntoIterator<Item = R>> Save<R> for SaveFunction<F> {
    const OBSERVES: bool = true;

    fn save_at(&self) -> &SaveAt {
        &self.save
    }

    fn observe(&self, t: f64, y: &[R], kept: &mut Vec<R>) {
        kept.extend((self.function)(t, y));
    }
}

/// Appends what `save` keeps of a state; `width` is how many numbers that was before, and must be again.
pub(crate) fn keep<R: Real>(
    save: &impl Save<R>,
    t: f64,
    y: &[R],
    kept: &mut Vec<R>,
    width: &mut Option<usize>,
) -> Result<(), SolveError> {
    let before = kept.len();
    save.observe(t, y, kept);
    let found = kept.len() - before;
    let expected = *width.get_or_insert(found);
    if found == expected && found > 0 { Ok(()) } else { Err(SolveError::UnevenSaves { t, expected, found }) }
}
