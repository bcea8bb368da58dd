//! [`Taped`]: which tape variables a number is made of.

use crate::{Dual, Real, Var};

/// A number that can be taken apart into tape variables and put together again: what [`checkpoint`](crate::checkpoint)
/// needs to run a piece of a program a second time.
///
/// [`Var`] is one variable, `Dual<Var, N>` is `1 + N` of them, and a plain `f64` is a constant.
pub trait Taped: Real {
    /// Appends the variables that the number is made of.
    fn take_apart(self, parts: &mut Vec<Var>);

    /// Takes as many variables from the front as [`take_apart`](Taped::take_apart) appends.
    fn put_together(parts: &mut std::slice::Iter<'_, Var>) -> Self;
}

impl Taped for f64 {
    fn take_apart(self, parts: &mut Vec<Var>) {
        parts.push(Var::constant(self));
    }

    fn put_together(parts: &mut std::slice::Iter<'_, Var>) -> f64 {
        Var::put_together(parts).value()
    }
}

impl Taped for Var {
    fn take_apart(self, parts: &mut Vec<Var>) {
        parts.push(self);
    }

    fn put_together(parts: &mut std::slice::Iter<'_, Var>) -> Var {
        *parts.next().expect("there are as many parts as were taken apart")
    }
}

impl<R: Taped, const N: usize> Taped for Dual<R, N> {
    fn take_apart(self, parts: &mut Vec<Var>) {
        self.value.take_apart(parts);
        self.derivatives.into_iter().for_each(|derivative| derivative.take_apart(parts));
    }

    fn put_together(parts: &mut std::slice::Iter<'_, Var>) -> Self {
        Dual { value: R::put_together(parts), derivatives: std::array::from_fn(|_| R::put_together(parts)) }
    }
}

pub(crate) fn take_apart<T: Taped>(numbers: &[T]) -> Vec<Var> {
    let mut parts = Vec::with_capacity(numbers.len());
    numbers.iter().for_each(|number| number.take_apart(&mut parts));
    parts
}

pub(crate) fn put_together<T: Taped>(parts: &[Var]) -> Vec<T> {
    let mut parts = parts.iter();
    let mut numbers = Vec::new();
    while !parts.as_slice().is_empty() {
        numbers.push(T::put_together(&mut parts));
    }
    numbers
}
