//! [`flow`]: the solution a moment later, where the moment has derivatives and no length.

use crate::VectorField;
use costate_ad::Real;

/// The state `h` later, for an `h` whose value is zero: one step of the classical fourth-order method, exact for derivatives up to the
/// fourth, or of Euler's where only first derivatives are carried.
pub(crate) fn flow<F: VectorField<R> + ?Sized, R: Real>(field: &F, t: R, y: &[R], p: &[R], h: R) -> Vec<R> {
    let slope = |t: R, y: &[R]| {
        let mut slope = vec![R::zero(); y.len()];
        field.eval(t, y, p, &mut slope);
        slope
    };
    let ahead = |h: R, slope: &[R]| y.iter().zip(slope).map(|(&y, &k)| y + h * k).collect::<Vec<R>>();
    let k1 = slope(t, y);
    if R::ORDER <= 1 {
        return ahead(h, &k1);
    }
    let k2 = slope(t + h * 0.5, &ahead(h * 0.5, &k1));
    let k3 = slope(t + h * 0.5, &ahead(h * 0.5, &k2));
    let k4 = slope(t + h, &ahead(h, &k3));
    let mean: Vec<R> = (0..y.len()).map(|c| (k1[c] + (k2[c] + k3[c]) * 2.0 + k4[c]) / 6.0).collect();
    ahead(h, &mean)
}
