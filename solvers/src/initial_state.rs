//! [`InitialState`]: what may stand for `y0`.

use costate_ad::Real;
use nalgebra::DVector;

/// An array, slice, `Vec` or `DVector`, of `R` or of plain `f64`: the initial state of a problem on `R`.
pub trait InitialState<R> {
    /// The state as numbers of the problem's scalar.
    fn into_state(self) -> DVector<R>;
}

fn convert<R: Real, T: Into<R> + Copy>(values: &[T]) -> DVector<R> {
    DVector::from_iterator(values.len(), values.iter().map(|&value| value.into()))
}

impl<R: Real, T: Into<R> + Copy, const N: usize> InitialState<R> for [T; N] {
    fn into_state(self) -> DVector<R> {
        convert(&self)
    }
}

impl<R: Real, T: Into<R> + Copy, const N: usize> InitialState<R> for &[T; N] {
    fn into_state(self) -> DVector<R> {
        convert(self)
    }
}

impl<R: Real, T: Into<R> + Copy> InitialState<R> for &[T] {
    fn into_state(self) -> DVector<R> {
        convert(self)
    }
}

impl<R: Real, T: Into<R> + Copy> InitialState<R> for Vec<T> {
    fn into_state(self) -> DVector<R> {
        convert(&self)
    }
}

impl<R: Real, T: Into<R> + Copy> InitialState<R> for &Vec<T> {
    fn into_state(self) -> DVector<R> {
        convert(self)
    }
}

impl<R: Real, T: Into<R> + Copy> InitialState<R> for DVector<T> {
    fn into_state(self) -> DVector<R> {
        convert(self.as_slice())
    }
}

impl<R: Real, T: Into<R> + Copy> InitialState<R> for &DVector<T> {
    fn into_state(self) -> DVector<R> {
        convert(self.as_slice())
    }
}
