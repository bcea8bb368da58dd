//! [`Directional`]: how fast the result of a system changes as its state moves along a direction.

use crate::{Dual, Real};

/// Derivatives of functions `f(t, y, p)` along a direction of `y`, by forward mode, in memory that is used again.
///
/// It is generic in the scalar, so the derivative carries derivatives itself: correction terms of stochastic differential
/// equations, which contain the slope of the diffusion, can be differentiated like any other part of a program.
///
/// ```
/// use costate_ad::Directional;
///
/// let mut slope = [0.0];
/// // d/ds of p (y + s v)^2 at s = 0
/// Directional::default().along((0.0, &[3.0], &[5.0]), &[2.0], |_t, y, p, f| f[0] = p[0] * y[0] * y[0], &mut slope);
/// assert_eq!(slope, [60.0]);
/// ```
#[derive(Clone, Debug)]
pub struct Directional<R: Real> {
    state: Vec<Dual<R>>,
    parameters: Vec<Dual<R>>,
    result: Vec<Dual<R>>,
}

impl<R: Real> Default for Directional<R> {
    fn default() -> Self {
        Directional { state: Vec::new(), parameters: Vec::new(), result: Vec::new() }
    }
}

impl<R: Real> Directional<R> {
    /// Writes the derivative of `f` at `(t, y, p)` along `v` (the length of `y`) into `slope` (the length of the result, which
    /// `f` is given to write, and holds arbitrary numbers on entry).
    pub fn along(
        &mut self,
        (t, y, p): (R, &[R], &[R]),
        v: &[R],
        f: impl FnOnce(Dual<R>, &[Dual<R>], &[Dual<R>], &mut [Dual<R>]),
        slope: &mut [R],
    ) {
        self.along_with_time((t, y, p), (R::zero(), v), f, slope);
    }

    /// The same where the time moves too: along `(dt, dy)`, which for a slope `f` of a differential equation is
    /// `f_t dt + J dy`.
    pub fn along_with_time(
        &mut self,
        (t, y, p): (R, &[R], &[R]),
        (dt, dy): (R, &[R]),
        f: impl FnOnce(Dual<R>, &[Dual<R>], &[Dual<R>], &mut [Dual<R>]),
        slope: &mut [R],
    ) {
        let moving = |value, slope| Dual { value, derivatives: [slope] };
        self.state.clear();
        self.state.extend(y.iter().zip(dy).map(|(&y, &dy)| moving(y, dy)));
        self.parameters.clear();
        self.parameters.extend(p.iter().map(|&p| Dual::constant(p)));
        self.result.resize(slope.len(), Dual::constant(R::zero()));
        f(moving(t, dt), &self.state, &self.parameters, &mut self.result);
        for (slope, result) in slope.iter_mut().zip(&self.result) {
            *slope = result.derivatives[0];
        }
    }
}
