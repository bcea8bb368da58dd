//! [`OnTape`]: the numbers that a reverse sweep can differentiate.

use crate::{Dual, Real, Var};

/// A number that a tape records: a [`Var`], or a [`Dual`] number of such numbers, as in a Hessian. `P` is the same number without
/// a tape.
///
/// It consists of [`PARTS`](Self::PARTS) variables. Reverse mode over dual numbers is reverse mode over their parts, so code that
/// records a function of parts by [`custom`](crate::custom) serves first and higher derivatives alike.
///
/// ```
/// use costate_ad::{Dual, OnTape, Var};
///
/// assert_eq!(<Dual<Var, 3> as OnTape<_>>::PARTS, 4);
/// let parts = [5.0, 1.0, 0.0, 0.0].map(Var::constant);
/// let number = Dual::<Var, 3>::from_parts(&parts);
/// assert_eq!(number.plain(), Dual { value: 5.0, derivatives: [1.0, 0.0, 0.0] });
/// ```
pub trait OnTape<P: Real>: Real {
    /// How many variables make one number.
    const PARTS: usize;

    /// The number without its place on the tape.
    fn plain(self) -> P;

    /// Appends the variables that make the number: the value first.
    fn parts(self, parts: &mut Vec<Var>);

    /// The number from its [`PARTS`](Self::PARTS) variables, in the order of [`parts`](Self::parts).
    fn from_parts(parts: &[Var]) -> Self;

    /// Appends the parts of a plain number, in the same order.
    fn plain_parts(plain: P, parts: &mut Vec<f64>);

    /// A plain number on the tape, as a constant.
    fn constant(plain: P) -> Self;

    /// Whether nothing on the tape leads to it.
    fn is_off_tape(self) -> bool;

    /// For `y` with the derivative `slope` by `x`: adds the cotangents of the parts of `x` that belong to those of the parts of `y`.
    fn pull_back(slope: P, y: &[f64], x: &mut [f64]);
}

impl OnTape<f64> for Var {
    const PARTS: usize = 1;

    #[inline]
    fn plain(self) -> f64 {
        Real::value(self)
    }

    #[inline]
    fn parts(self, parts: &mut Vec<Var>) {
        parts.push(self);
    }

    #[inline]
    fn from_parts(parts: &[Var]) -> Var {
        parts[0]
    }

    #[inline]
    fn plain_parts(plain: f64, parts: &mut Vec<f64>) {
        parts.push(plain);
    }

    #[inline]
    fn constant(plain: f64) -> Var {
        Var::constant(plain)
    }

    #[inline]
    fn is_off_tape(self) -> bool {
        self.is_constant()
    }

    #[inline]
    fn pull_back(slope: f64, y: &[f64], x: &mut [f64]) {
        x[0] += slope * y[0];
    }
}

impl<P: Real, R: OnTape<P>, const N: usize> OnTape<Dual<P, N>> for Dual<R, N> {
    const PARTS: usize = (1 + N) * R::PARTS;

    fn plain(self) -> Dual<P, N> {
        Dual { value: self.value.plain(), derivatives: self.derivatives.map(R::plain) }
    }

    fn parts(self, parts: &mut Vec<Var>) {
        self.value.parts(parts);
        self.derivatives.into_iter().for_each(|derivative| derivative.parts(parts));
    }

    fn from_parts(parts: &[Var]) -> Self {
        let part = |i: usize| R::from_parts(&parts[i * R::PARTS..]);
        Dual { value: part(0), derivatives: std::array::from_fn(|i| part(1 + i)) }
    }

    fn plain_parts(plain: Dual<P, N>, parts: &mut Vec<f64>) {
        R::plain_parts(plain.value, parts);
        plain.derivatives.into_iter().for_each(|derivative| R::plain_parts(derivative, parts));
    }

    fn constant(plain: Dual<P, N>) -> Self {
        Dual { value: R::constant(plain.value), derivatives: plain.derivatives.map(R::constant) }
    }

    fn is_off_tape(self) -> bool {
        self.value.is_off_tape() && self.derivatives.into_iter().all(R::is_off_tape)
    }

    /// `y' = slope(x) x'`: the value of `x` moves the derivatives of `y` through those of the slope.
    fn pull_back(slope: Dual<P, N>, y: &[f64], x: &mut [f64]) {
        let (value, derivatives) = x.split_at_mut(R::PARTS);
        R::pull_back(slope.value, y, value);
        for (i, derivative) in derivatives.chunks_exact_mut(R::PARTS).enumerate() {
            let y = &y[(1 + i) * R::PARTS..];
            R::pull_back(slope.derivatives[i], y, value);
            R::pull_back(slope.value, y, derivative);
        }
    }
}
