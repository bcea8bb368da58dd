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
    /// The states that the elements of a sparse diagonal belong to.
    pub noisy: Option<&'static [usize]>,
}

impl NoiseShape {
    /// The shape of this kind of noise on `states` states.
    pub fn new(noise: NoiseKind, states: usize) -> NoiseShape {
        let noisy = if let NoiseKind::SparseDiagonal { noisy } = noise { Some(noisy) } else { None };
        NoiseShape { states, dimensions: noise.dimensions(states), diagonal: noise.is_diagonal(), noisy }
    }

    /// How many numbers the diffusion has.
    pub fn elements(&self) -> usize {
        if self.diagonal { self.dimensions } else { self.states * self.dimensions }
    }

    /// The state that an element of the diffusion acts on.
    pub fn state(&self, element: usize) -> usize {
        self.noisy.map_or(element % self.states, |noisy| noisy[element])
    }

    /// Adds the diffusion `g` times the noise to `sum` (one element for each state). The noise is asked for by dimension.
    #[inline(always)]
    pub fn add<R: Real>(&self, g: &[R], noise: impl Fn(usize) -> f64, sum: &mut [R]) {
        if let Some(noisy) = self.noisy {
            for (dimension, (&state, &g)) in noisy.iter().zip(g).enumerate() {
                sum[state] += g * noise(dimension);
            }
            return;
        }
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
