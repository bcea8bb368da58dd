//! [`NoiseKind`] and [`Calculus`]: what a model states about itself.

use std::fmt;

/// How noise enters an equation of `n` states. The more special kind, the better the methods for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoiseKind {
    /// One Brownian motion for each state, of a strength that does not depend on the state. The diffusion has `n` elements.
    DiagonalAdditive,
    /// Any number of Brownian motions, of strengths that do not depend on the state. The diffusion is an `n x dimensions`
    /// matrix, stored column after column.
    Additive {
        /// Brownian motions.
        dimensions: usize,
    },
    /// One Brownian motion for all states: the diffusion has `n` elements.
    Scalar,
    /// One Brownian motion for each state, of a strength that depends on that state alone. The diffusion has `n` elements.
    Diagonal,
    /// One Brownian motion for each of some states, of a strength that depends on that state alone; the others feel no noise.
    /// The diffusion has one element for each of them, in the order of the list.
    SparseDiagonal {
        /// Which states, each once.
        noisy: &'static [usize],
    },
    /// The columns `g_j` of the `n x dimensions` diffusion matrix commute: `g_j' g_k = g_k' g_j` for each two of them.
    Commutative {
        /// Brownian motions.
        dimensions: usize,
    },
    /// Anything else: the diffusion is an `n x dimensions` matrix, stored column after column.
    General {
        /// Brownian motions.
        dimensions: usize,
    },
}

impl NoiseKind {
    /// Whether the diffusion has one element for each state that feels noise, and each of these a Brownian motion of its own.
    pub fn is_diagonal(self) -> bool {
        matches!(self, NoiseKind::DiagonalAdditive | NoiseKind::Diagonal | NoiseKind::SparseDiagonal { .. })
    }

    /// Whether the diffusion does not depend on the state. Ito and Stratonovich then mean the same.
    pub fn is_additive(self) -> bool {
        matches!(self, NoiseKind::DiagonalAdditive | NoiseKind::Additive { .. })
    }

    /// Whether methods need no areas between two Brownian motions.
    pub fn is_commutative(self) -> bool {
        !matches!(self, NoiseKind::General { dimensions: 2.. })
    }

    /// The number of Brownian motions for a model of `states` states.
    pub fn dimensions(self, states: usize) -> usize {
        match self {
            NoiseKind::DiagonalAdditive | NoiseKind::Diagonal => states,
            NoiseKind::SparseDiagonal { noisy } => noisy.len(),
            NoiseKind::Scalar => 1,
            NoiseKind::Additive { dimensions }
            | NoiseKind::Commutative { dimensions }
            | NoiseKind::General { dimensions } => dimensions,
        }
    }
}

impl fmt::Display for NoiseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoiseKind::DiagonalAdditive => "diagonal additive",
            NoiseKind::Additive { .. } => "additive",
            NoiseKind::Scalar => "scalar",
            NoiseKind::Diagonal => "diagonal",
            NoiseKind::SparseDiagonal { .. } => "sparse diagonal",
            NoiseKind::Commutative { .. } => "commutative",
            NoiseKind::General { .. } => "general",
        })
    }
}

/// Which stochastic integral an equation means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calculus {
    /// The integrand is taken at the start of each interval: the integral is a martingale.
    Ito,
    /// The integrand is taken at the middle of each interval: the ordinary chain rule holds.
    Stratonovich,
}

impl fmt::Display for Calculus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Calculus::Ito => "ito",
            Calculus::Stratonovich => "stratonovich",
        })
    }
}
