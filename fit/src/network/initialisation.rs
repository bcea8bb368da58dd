//! [`Initialisation`]: how the weights of a network begin.

use crate::random::Random;

/// The distribution of the weights of a layer at the start; biases begin at 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Initialisation {
    /// Uniform on `+-sqrt(6 / (inputs + outputs))`: keeps the size of signals through tanh and logistic layers (Glorot and
    /// Bengio 2010, eq. 16).
    #[default]
    GlorotUniform,
    /// Normal with standard deviation `sqrt(2 / (inputs + outputs))` (Glorot and Bengio 2010).
    GlorotNormal,
    /// Uniform on `+-sqrt(6 / inputs)`: the same for relu and its smooth relatives (He et al. 2015, arXiv:1502.01852).
    HeUniform,
    /// Normal with standard deviation `sqrt(2 / inputs)` (He et al. 2015).
    HeNormal,
    /// Uniform on `+-1 / sqrt(inputs)`: what a linear layer of PyTorch and of Equinox begins with, a smaller function than the others.
    FanInUniform,
    /// Normal with this standard deviation. A small one makes a right-hand side that hardly moves at first.
    Normal(f64),
    /// All zero. Only a last layer may begin so; more than one would never learn.
    Zero,
}

impl Initialisation {
    /// A weight of a layer with so many inputs and outputs.
    pub(super) fn draw(self, random: &mut Random, inputs: usize, outputs: usize) -> f64 {
        let (inputs, both) = (inputs as f64, (inputs + outputs) as f64);
        let mut symmetric = |bound: f64| bound * (2.0 * random.uniform() - 1.0);
        match self {
            Initialisation::GlorotUniform => symmetric((6.0 / both).sqrt()),
            Initialisation::HeUniform => symmetric((6.0 / inputs).sqrt()),
            Initialisation::FanInUniform => symmetric(1.0 / inputs.sqrt()),
            Initialisation::GlorotNormal => random.normal() * (2.0 / both).sqrt(),
            Initialisation::HeNormal => random.normal() * (2.0 / inputs).sqrt(),
            Initialisation::Normal(deviation) => random.normal() * deviation,
            Initialisation::Zero => 0.0,
        }
    }
}
