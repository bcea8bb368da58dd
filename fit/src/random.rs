//! [`Random`]: reproducible random numbers from a seed.

use costate_solvers::philox;
use std::f64::consts::TAU;

/// Uniform and normal numbers, the same for the same seed and stream on every machine.
///
/// ```
/// use costate_fit::Random;
/// let (mut first, mut again) = (Random::new(7, 0), Random::new(7, 0));
/// assert_eq!(first.normal(), again.normal());
/// assert_ne!(first.uniform(), Random::new(7, 1).uniform());
/// ```
#[derive(Clone, Debug)]
pub struct Random {
    key: [u32; 2],
    stream: u64,
    position: u64,
}

impl Random {
    /// The stream number `stream` of a seed; streams are independent.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self { key: [seed as u32, (seed >> 32) as u32], stream, position: 0 }
    }

    /// A number in `[0, 1)`, a multiple of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        let [position, stream] = [self.position, self.stream].map(|x| [x as u32, (x >> 32) as u32]);
        self.position += 1;
        let block = philox([position[0], position[1], stream[0], stream[1]], self.key);
        let bits = u64::from(block[0]) << 32 | u64::from(block[1]);
        (bits >> 11) as f64 * f64::EPSILON * 0.5
    }

    /// A standard normal number, by the transformation of Box and Muller (1958).
    pub fn normal(&mut self) -> f64 {
        let (radius, angle) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * radius.ln()).sqrt() * (TAU * angle).cos()
    }

    /// A whole number below `bound`, each as likely as the others up to 2^-53.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.uniform() * bound as f64) as usize
    }

    /// The numbers below `count` in random order (Fisher and Yates).
    pub fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for i in (1..count).rev() {
            let j = self.below(i + 1);
            order.swap(i, j);
        }
        order
    }
}
