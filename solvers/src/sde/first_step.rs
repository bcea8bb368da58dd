//! The size of the first step of an adaptive stochastic solve.

use crate::{ErrorScale, NoiseShape, Sde};
use costate_ad::Real;

/// A hundredth of the time in which drift, or noise at three standard deviations, would change the state by its own size
/// (Rackauckas and Nie, Adaptive methods for stochastic differential equations via natural embeddings and rejection sampling
/// with memory, section 5.3); at most a tenth of the span.
pub(crate) fn first_step<S: Sde, R: Real>(
    system: &S,
    (t, y, p): (f64, &[R], &[R]),
    scale: &ErrorScale,
    length: f64,
) -> f64 {
    let (n, shape) = (y.len(), NoiseShape::new(system.noise(), y.len()));
    let mut drift = vec![R::zero(); n];
    let mut diffusion = vec![R::zero(); shape.elements()];
    system.drift(R::from(t), y, p, &mut drift);
    system.diffusion(R::from(t), y, p, &mut diffusion);
    let mut noise = vec![0.0; n];
    for (k, g) in diffusion.iter().enumerate() {
        noise[shape.state(k)] += g.value().powi(2);
    }
    let state = scale.squared_norm(y, y, |c, read| read(y[c])).sqrt();
    let slope = scale.squared_norm(y, y, |c, read| read(drift[c]).abs() + 3.0 * noise[c].sqrt()).sqrt();
    let guess = if state < 1e-5 || slope < 1e-5 || !slope.is_finite() { 1e-4 * length } else { 0.01 * state / slope };
    guess.min(0.1 * length)
}
