//! [`finiteness`]: whether numbers are finite, without a branch.

use costate_ad::Real;

/// Zero where every value is finite, NaN otherwise: a sum, so that it needs no branch. Of many values, several sums side by
/// side.
#[inline(always)]
pub(crate) fn finiteness<R: Real>(values: &[R]) -> f64 {
    let sum = |values: &[R], start: f64| values.iter().fold(start, |total, value| total + 0.0 * value.value());
    if values.len() <= 8 {
        return sum(values, 0.0);
    }
    let (blocks, rest) = values.as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for block in blocks {
        for (lane, value) in lanes.iter_mut().zip(block) {
            *lane += 0.0 * value.value();
        }
    }
    sum(rest, lanes.iter().sum())
}
