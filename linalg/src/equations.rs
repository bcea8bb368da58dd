//! [`Equations`]: a function of unknowns and parameters, written once for every scalar.

use costate_ad::{Dual, Real};
use nalgebra::DMatrix;

/// A function `f(x, p)` with as many results as unknowns `x`: for [`root`](crate::root) what shall be 0, for
/// [`fixed_point`](crate::fixed_point) what shall be `x` again.
///
/// It is generic because it runs on plain numbers while the iteration goes, on dual numbers for the Jacobian, and on the
/// caller's scalar for the derivatives in `p`. It may hold constants of its own.
pub trait Equations {
    /// Writes `f(x, p)` into `f`, which has the length of `x`.
    fn evaluate<R: Real>(&self, x: &[R], p: &[R], f: &mut [R]);
}

impl<E: Equations + ?Sized> Equations for &E {
    fn evaluate<R: Real>(&self, x: &[R], p: &[R], f: &mut [R]) {
        (**self).evaluate(x, p, f);
    }
}

/// `f(x, p) - x`, which is 0 at a fixed point of `f`.
pub(crate) struct Displacement<E>(pub(crate) E);

impl<E: Equations> Equations for Displacement<E> {
    fn evaluate<R: Real>(&self, x: &[R], p: &[R], f: &mut [R]) {
        self.0.evaluate(x, p, f);
        f.iter_mut().zip(x).for_each(|(f, &x)| *f -= x);
    }
}

/// Unknowns whose derivatives are found in one run.
const CHUNK: usize = 8;

/// The Jacobian of `f` in `x` on plain numbers.
pub(crate) fn jacobian(f: &impl Equations, x: &[f64], p: &[f64]) -> DMatrix<f64> {
    let n = x.len();
    let mut jacobian = DMatrix::zeros(n, n);
    let p: Vec<Dual<f64, CHUNK>> = p.iter().map(|&p| Dual::constant(p)).collect();
    let mut result = vec![Dual::constant(0.0); n];
    for start in (0..n).step_by(CHUNK) {
        let chunk = start..(start + CHUNK).min(n);
        let seeded: Vec<Dual<f64, CHUNK>> = (0..n)
            .map(|i| if chunk.contains(&i) { Dual::variable(x[i], i - start) } else { Dual::constant(x[i]) })
            .collect();
        f.evaluate(&seeded, &p, &mut result);
        for j in chunk {
            (0..n).for_each(|i| jacobian[(i, j)] = result[i].derivatives[j - start]);
        }
    }
    jacobian
}
