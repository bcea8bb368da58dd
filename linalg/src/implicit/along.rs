//! [`along`]: how a right-hand side changes in one direction, in the arithmetic of the caller's scalar.

use costate_ad::{Dual, Real, RightHandSide};

/// Writes the derivative of `f(t, y, p)` in the direction `(dt, dy)` of time and state into `out`: `J dy + f_t dt`, where the
/// Jacobian `J` is itself a number that carries derivatives by `y` and `p`.
///
/// `y`, `dy` and `out` have the same length. One run on dual numbers around `R`, so it nests.
///
/// # Panics
/// If `dy` or `out` is shorter than `y`.
pub fn along<F: RightHandSide + ?Sized, R: Real>(f: &F, [t, dt]: [f64; 2], [y, dy]: [&[R]; 2], p: &[R], out: &mut [R]) {
    let moving = |value, slope| Dual { value, derivatives: [slope] };
    let y_moving: Vec<Dual<R>> = y.iter().zip(dy).map(|(&y, &dy)| moving(y, dy)).collect();
    let p: Vec<Dual<R>> = p.iter().map(|&p| Dual::constant(p)).collect();
    let mut slope = vec![Dual::constant(R::zero()); y.len()];
    f.eval(moving(R::from(t), R::from(dt)), &y_moving, &p, &mut slope);
    out[..slope.len()].iter_mut().zip(&slope).for_each(|(out, slope)| *out = slope.derivatives[0]);
}
