//! [`Prior`]: what is known of a parameter before the data.

use costate_ad::Real;
use std::f64::consts::PI;

/// A probability density of a parameter on its natural scale. Constants are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Prior {
    /// Normal.
    Normal {
        /// The mean.
        mean: f64,
        /// The standard deviation.
        deviation: f64,
    },
    /// The logarithm is normal.
    LogNormal {
        /// The median of the parameter.
        median: f64,
        /// The standard deviation of the logarithm.
        deviation: f64,
    },
    /// The positive half of a normal distribution about 0.
    HalfNormal {
        /// The standard deviation of the whole.
        deviation: f64,
    },
    /// Exponential.
    Exponential {
        /// The inverse of the mean.
        rate: f64,
    },
    /// Gamma.
    Gamma {
        /// The shape.
        shape: f64,
        /// The inverse of the scale.
        rate: f64,
    },
    /// Beta, for a share.
    Beta {
        /// The exponents plus 1 of the share and of its complement.
        shapes: [f64; 2],
    },
}

impl Prior {
    /// The negative logarithm of the density; not finite outside of its domain.
    pub fn negative_log_density<R: Real>(self, x: R) -> R {
        let normal = |z: R, deviation: f64| z * z * 0.5 + (deviation.ln() + 0.5 * (2.0 * PI).ln());
        match self {
            Prior::Normal { mean, deviation } => normal((x - mean) / deviation, deviation),
            Prior::LogNormal { median, deviation } => normal((x.ln() - median.ln()) / deviation, deviation) + x.ln(),
            Prior::HalfNormal { deviation } => normal(x / deviation, deviation) - 2.0_f64.ln(),
            Prior::Exponential { rate } => x * rate - rate.ln(),
            Prior::Gamma { shape, rate } => {
                x * rate - x.ln() * (shape - 1.0) + (Real::ln_gamma(shape) - shape * rate.ln())
            }
            Prior::Beta { shapes: [a, b] } => {
                let constant = Real::ln_gamma(a) + Real::ln_gamma(b) - Real::ln_gamma(a + b);
                -(x.ln() * (a - 1.0)) - (1.0 - x).ln() * (b - 1.0) + constant
            }
        }
    }
}
