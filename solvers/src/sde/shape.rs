//! [`NoiseShape`]: how a diffusion multiplies a vector of noise.

use crate::NoiseKind;
use costate_ad::Real;

/// The sizes of a problem, and how its diffusion is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoiseShape {
    /// States.
    pub states: usize,
    /// Brownian motions.
    pub dimensions: usize,
    /// Whether the diffusion is a diagonal rather than a matrix.
    pub diagonal: bool,
}

impl NoiseShape {
    /// The shape of this kind of noise on `states` states.
    pub fn new(noise: NoiseKind, states: usize) -> NoiseShape {
        NoiseShape { states, dimensions: noise.dimensions(states), diagonal: noise.is_diagonal() }
    }

    /// How many numbers the diffusion has.
    pub fn elements(&self) -> usize {
        if self.diagonal { self.states } else { self.states * self.dimensions }
    }

    /// Adds the diffusion `g` times the noise to `sum` (one element for each state). The noise is asked for by dimension.
    #[inline(always)]
    pub fn add<R: Real>(&self, g: &[R], noise: impl Fn(usize) -> f64, sum: &mut [R]) {
        if self.diagonal {
            for (state, (sum, &g)) in sum.iter_mut().zip(g).enumerate() {
                *sum += g * noise(state);
            }
            return;
        }
        for dimension in 0..self.dimensions {
            let column = &g[dimension * self.states..][..self.states];
            for (sum, &g) in sum.iter_mut().zip(column) {
                *sum += g * noise(dimension);
            }
        }
    }
}
