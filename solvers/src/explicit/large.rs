//! A step on slices: any number of states, with one pass over memory for each stage.

use super::{ExplicitRungeKutta, Row, RowVisitor};
use crate::{ErrorScale, VectorField};
use costate_ad::Real;
use std::array::from_fn;

/// Makes the stages one after the other.
struct Stages<'a, F: ?Sized, R> {
    field: &'a F,
    p: &'a [R],
    c: &'static [f64],
    t: f64,
    h: f64,
    y: &'a [R],
    k: &'a mut [R],
    /// The state at which the last stage was evaluated.
    argument: &'a mut [R],
    /// A stage that is not to be evaluated.
    waits: Option<usize>,
}

impl<F: VectorField<R> + ?Sized, R: Real> RowVisitor for Stages<'_, F, R> {
    fn row<const K: usize>(&mut self, stage: usize, row: Row<K>) {
        let n = self.y.len();
        let (done, rest) = self.k.split_at_mut(stage * n);
        combine(self.argument, self.y, row.scaled(self.h), from_fn(|j| &done[row.stages[j] * n..][..n]));
        if self.waits != Some(stage) {
            let time = R::from(self.t + self.c[stage] * self.h);
            evaluate(self.field, time, self.argument, self.p, &mut rest[..n]);
        }
    }
}

/// The right-hand side, once in the compiled code: its own cost is beyond that of a call here.
#[inline(never)]
fn evaluate<F: VectorField<R> + ?Sized, R: Real>(field: &F, t: R, y: &[R], p: &[R], dy: &mut [R]) {
    field.eval(t, y, p, dy);
}

/// Fills the stages `k` (stage by stage) after the first, which is the slope at `y`, and leaves the state at the end
/// of the step in `next`. The last stage is left out where it [waits](crate::Tableau::last_stage_waits).
pub(super) fn step<M, F, R>(field: &F, p: &[R], t: f64, h: f64, y: &[R], k: &mut [R], next: &mut [R])
where
    M: ExplicitRungeKutta,
    F: VectorField<R> + ?Sized,
    R: Real,
{
    let waits = const { if M::TABLEAU.last_stage_waits() { Some(M::TABLEAU.stages() - 1) } else { None } };
    M::stage_rows(&mut Stages { field, p, c: M::TABLEAU.c, t, h, y, k, argument: next, waits });
}

/// Evaluates a last stage that waited.
pub(super) fn last_stage<M, F, R>(field: &F, p: &[R], t: f64, h: f64, k: &mut [R], next: &[R])
where
    M: ExplicitRungeKutta,
    F: VectorField<R> + ?Sized,
    R: Real,
{
    let last = &mut k[(M::TABLEAU.stages() - 1) * next.len()..][..next.len()];
    evaluate(field, R::from(t + h), next, p, last);
}

/// Fills the extra stages, after those of the step; `argument` is scratch.
pub(super) fn extra_stages<M, F, R>(field: &F, p: &[R], t: f64, h: f64, y: &[R], k: &mut [R], argument: &mut [R])
where
    M: ExplicitRungeKutta,
    F: VectorField<R> + ?Sized,
    R: Real,
{
    M::extra_rows(&mut Stages { field, p, c: M::TABLEAU.c, t, h, y, k, argument, waits: None });
}

struct ErrorSum<'a, R> {
    h: f64,
    y: &'a [R],
    next: &'a [R],
    k: &'a [R],
    scale: &'a ErrorScale,
    totals: [f64; 2],
}

impl<R: Real> RowVisitor for ErrorSum<'_, R> {
    fn row<const K: usize>(&mut self, estimate: usize, row: Row<K>) {
        let n = self.y.len();
        let next = &self.next[..n];
        let terms: [&[R]; K] = from_fn(|j| &self.k[row.stages[j] * n..][..n]);
        self.totals[estimate] = self.scale.squared_norm(self.y, next, |c, read| {
            let mut error = 0.0;
            for (weight, term) in row.weights.iter().zip(&terms) {
                error += weight * read(term[c]);
            }
            self.h * error
        });
    }
}

/// The squared norms of the error estimate and of the cruder one.
pub(super) fn error<M: ExplicitRungeKutta, R: Real>(
    h: f64,
    y: &[R],
    next: &[R],
    k: &[R],
    scale: &ErrorScale,
) -> [f64; 2] {
    let mut sum = ErrorSum { h, y, next, k, scale, totals: [0.0; 2] };
    M::error_rows(&mut sum);
    sum.totals
}

/// Writes `y + h * sum of weights[i] * k[i]` into `out`, for the weights of the interpolant.
struct Interpolant<'a, R> {
    y: &'a [R],
    h: f64,
    k: &'a [R],
    out: &'a mut [R],
}

impl<R: Real> RowVisitor for Interpolant<'_, R> {
    #[inline(always)]
    fn row<const K: usize>(&mut self, _stage: usize, row: Row<K>) {
        let n = self.y.len();
        let (weights, terms) = (row.scaled(self.h), from_fn(|j| &self.k[row.stages[j] * n..][..n]));
        if n > 8 {
            return combine(self.out, self.y, weights, terms);
        }
        for (c, out) in self.out.iter_mut().enumerate() {
            *out = R::linear_combination(self.y[c], weights, |j| terms[j][c]);
        }
    }
}

/// Writes the interpolant at the fraction `theta` of the step of size `h` from `y` into `out`.
pub(super) fn interpolate<M: ExplicitRungeKutta, R: Real>(y: &[R], h: f64, k: &[R], theta: f64, out: &mut [R]) {
    M::interpolant_row(theta, &mut Interpolant { y, h, k, out });
}

/// `out = base + sum of weights[j] * terms[j]`. Never inlined: as a function of its own it may assume that `out`
/// overlaps nothing, and vectorises.
#[inline(never)]
fn combine<R: Real, const K: usize>(out: &mut [R], base: &[R], weights: [f64; K], terms: [&[R]; K]) {
    let n = out.len();
    let base = &base[..n];
    let terms: [&[R]; K] = from_fn(|j| &terms[j][..n]);
    for c in 0..n {
        out[c] = R::linear_combination(base[c], weights, |j| terms[j][c]);
    }
}
