//! [`State`]: what survives a step.

use crate::controller::Memory;
use nalgebra::DVector;

/// Everything a solve carries from one step to the next: a clone is a checkpoint, and going on from it repeats the
/// solve bit for bit.
#[derive(Clone, Debug, PartialEq)]
pub struct State<R> {
    /// Steps accepted so far.
    pub(crate) index: usize,
    pub(crate) t: f64,
    pub(crate) y: DVector<R>,
    /// The right-hand side at `(t, y)`.
    pub(crate) slope: DVector<R>,
    /// The signed size of the step to try next.
    pub(crate) h: f64,
    pub(crate) memory: Memory,
}

impl<R> State<R> {
    /// How many steps led here.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The time reached.
    pub fn t(&self) -> f64 {
        self.t
    }

    /// The state `y` at that time.
    pub fn y(&self) -> &DVector<R> {
        &self.y
    }

    /// The right-hand side at that time and state.
    pub fn slope(&self) -> &DVector<R> {
        &self.slope
    }

    /// The signed size of the step that will be tried next, before it is shortened to end on the span's end.
    pub fn h(&self) -> f64 {
        self.h
    }
}
