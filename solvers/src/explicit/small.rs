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
}

impl<F: VectorField<R> + ?Sized, R: Real, const N: usize> RowVisitor for Stages<'_, F, R, N> {
    #[inline(always)]
    fn row<const K: usize>(&mut self, stage: usize, row: Row<K>) {
        let weights = row.scaled(self.h);
        for c in 0..N {
            self.argument[c] = R::linear_combination(self.y[c], weights, |j| self.k[row.stages[j]][c]);
        }
        let time = R::from(self.t + self.c[stage] * self.h);
        self.field.eval(time, &self.argument, self.p, &mut self.k[stage]);
    }
}

/// Fills the stages after the first, which is the slope at `y`, and returns the state at the end of the step.
#[inline(always)]
pub(super) fn step<M, F, R, const N: usize>(field: &F, p: &[R], t: f64, h: f64, y: &[R; N], k: &mut [[R; N]]) -> [R; N]
where
    M: ExplicitRungeKutta,
    F: VectorField<R> + ?Sized,
    R: Real,
{
    let mut stages = Stages { field, p, c: M::TABLEAU.c, t, h, y, k, argument: *y };
    M::stage_rows(&mut stages);
    stages.argument
}

struct ErrorSum<'a, R, const N: usize> {
    h: f64,
    y: &'a [R; N],
    next: &'a [R; N],
    k: &'a [[R; N]],
    scale: ErrorScale,
    total: f64,
}

impl<R: Real, const N: usize> RowVisitor for ErrorSum<'_, R, N> {
    #[inline(always)]
    fn row<const K: usize>(&mut self, _stage: usize, row: Row<K>) {
        for c in 0..N {
            let mut error = 0.0;
            for (weight, stage) in row.weights.iter().zip(row.stages) {
                error += weight * self.k[stage][c].value();
            }
            self.total += self.scale.squared(self.h * error, self.y[c], self.next[c]);
        }
    }
}

/// The sum of squares of the scaled error estimate.
#[inline(always)]
pub(super) fn error<M: ExplicitRungeKutta, R: Real, const N: usize>(
    h: f64,
    y: &[R; N],
    next: &[R; N],
    k: &[[R; N]],
    scale: ErrorScale,
) -> f64 {
    let mut sum = ErrorSum { h, y, next, k, scale, total: 0.0 };
    M::error_row(&mut sum);
    sum.total
}
