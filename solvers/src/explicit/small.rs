//! A step on arrays: up to eight states, whose number is then a constant of the compiled code.

use super::{ExplicitRungeKutta, Row, RowVisitor};
use crate::{ErrorScale, VectorField};
use costate_ad::Real;

/// Makes the stages one after the other.
struct Stages<'a, F: ?Sized, R, const N: usize> {
    field: &'a F,
    p: &'a [R],
    c: &'static [f64],
    t: f64,
    h: f64,
    y: &'a [R; N],
    k: &'a mut [[R; N]],
    /// The state at which the last stage was evaluated.
    argument: [R; N],
    /// A stage that is not to be evaluated.
    waits: Option<usize>,
}

impl<F: VectorField<R> + ?Sized, R: Real, const N: usize> RowVisitor for Stages<'_, F, R, N> {
    #[inline(always)]
    fn row<const K: usize>(&mut self, stage: usize, row: Row<K>) {
        let weights = row.scaled(self.h);
        for c in 0..N {
            self.argument[c] = R::linear_combination(self.y[c], weights, |j| self.k[row.stages[j]][c]);
        }
        if self.waits == Some(stage) {
            return;
        }
        let time = R::from(self.t + self.c[stage] * self.h);
        self.field.eval(time, &self.argument, self.p, &mut self.k[stage]);
    }
}

/// Fills the stages after the first, which is the slope at `y`, and returns the state at the end of the step. The last
/// stage is left out where it [waits](crate::Tableau::last_stage_waits) for the step to be accepted.
#[inline(always)]
pub(super) fn step<M, F, R, const N: usize>(field: &F, p: &[R], t: f64, h: f64, y: &[R; N], k: &mut [[R; N]]) -> [R; N]
where
    M: ExplicitRungeKutta,
    F: VectorField<R> + ?Sized,
    R: Real,
{
    let waits = const { if M::TABLEAU.last_stage_waits() { Some(M::TABLEAU.stages() - 1) } else { None } };
    let mut stages = Stages { field, p, c: M::TABLEAU.c, t, h, y, k, argument: *y, waits };
    M::stage_rows(&mut stages);
    stages.argument
}

/// Fills the extra stages, after those of the step.
#[inline(always)]
pub(super) fn extra_stages<M, F, R, const N: usize>(field: &F, p: &[R], t: f64, h: f64, y: &[R; N], k: &mut [[R; N]])
where
    M: ExplicitRungeKutta,
    F: VectorField<R> + ?Sized,
    R: Real,
{
    M::extra_rows(&mut Stages { field, p, c: M::TABLEAU.c, t, h, y, k, argument: *y, waits: None });
}

struct ErrorSum<'a, R, const N: usize> {
    h: f64,
    y: &'a [R; N],
    next: &'a [R; N],
    k: &'a [[R; N]],
    scale: &'a ErrorScale,
    totals: [f64; 2],
}

impl<R: Real, const N: usize> RowVisitor for ErrorSum<'_, R, N> {
    #[inline(always)]
    fn row<const K: usize>(&mut self, estimate: usize, row: Row<K>) {
        self.totals[estimate] = self.scale.squared_norm(self.y, self.next, |c, read| {
            let mut error = 0.0;
            for (weight, stage) in row.weights.iter().zip(row.stages) {
                error += weight * read(self.k[stage][c]);
            }
            self.h * error
        });
    }
}

/// The squared norms of the error estimate and of the cruder one.
#[inline(always)]
pub(super) fn error<M: ExplicitRungeKutta, R: Real, const N: usize>(
    h: f64,
    y: &[R; N],
    next: &[R; N],
    k: &[[R; N]],
    scale: &ErrorScale,
) -> [f64; 2] {
    let mut sum = ErrorSum { h, y, next, k, scale, totals: [0.0; 2] };
    M::error_rows(&mut sum);
    sum.totals
}

/// Writes the state inside a step into `out`, by the weights of the interpolant.
struct Interpolant<'a, R, const N: usize> {
    y: &'a [R; N],
    h: f64,
    k: &'a [[R; N]],
    out: &'a mut [R; N],
}

impl<R: Real, const N: usize> RowVisitor for Interpolant<'_, R, N> {
    #[inline(always)]
    fn row<const K: usize>(&mut self, _stage: usize, row: Row<K>) {
        let weights = row.scaled(self.h);
        for c in 0..N {
            self.out[c] = R::linear_combination(self.y[c], weights, |j| self.k[row.stages[j]][c]);
        }
    }
}

/// Writes the interpolant at the fraction `theta` of the step of size `h` from `y` into `out`.
#[inline(always)]
pub(super) fn interpolate<M: ExplicitRungeKutta, R: Real, const N: usize>(
    y: &[R; N],
    h: f64,
    k: &[[R; N]],
    theta: f64,
    out: &mut [R; N],
) {
    let k = &k[..M::TABLEAU.c.len()];
    M::interpolant_row(theta, &mut Interpolant { y, h, k, out });
}
