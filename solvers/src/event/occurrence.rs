//! [`Occurrence`]: one event that happened.

use costate_ad::Real;
use nalgebra::DVector;

/// An event that happened, or nearly.
///
/// Its time and its states carry derivatives as everything else does: the time of a root moves with the parameters, and the
/// states are those at the moving time.
#[derive(Clone, Debug, PartialEq)]
pub struct Occurrence<R> {
    /// Which event, in the order in which they were added to the problem, from 0.
    pub event: usize,
    /// When.
    pub time: R,
    /// The state just before; without elements for a condition that only touches zero.
    pub before: DVector<R>,
    /// The state just after: that before, where nothing was reset.
    pub after: DVector<R>,
    /// Whether the condition met zero so flatly that a small change of the problem may make two roots of it, or none:
    /// derivatives behind a grazing event are huge, and hold for tiny changes only.
    pub grazing: bool,
    /// Whether it happened. A condition that touches zero without passing it does not happen, and is listed because it
    /// nearly did.
    pub happened: bool,
}

impl<R: Real> Occurrence<R> {
    /// How many numbers [`map`](Self::map) converts.
    pub(crate) fn len(&self) -> usize {
        1 + self.before.len() + self.after.len()
    }

    /// Every number: the time, the state before, the state after.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = R> + '_ {
        std::iter::once(self.time).chain(self.before.iter().copied()).chain(self.after.iter().copied())
    }

    pub(crate) fn map<T: Real>(&self, mut convert: impl FnMut(R) -> T) -> Occurrence<T> {
        let time = convert(self.time);
        let before = self.before.map(&mut convert);
        let after = self.after.map(&mut convert);
        Occurrence { event: self.event, time, before, after, grazing: self.grazing, happened: self.happened }
    }
}
