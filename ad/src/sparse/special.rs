//! Special functions and fused hooks of a [`Tracer`], none of which looks at a value.

use super::tracer::{Curvature, Tracer};
use crate::{Activation, Real, special, special_binary_rules, special_rules};
use num_traits::Zero;

macro_rules! traced_unary {
    ($($(#[$doc:meta])* $name:ident($x:ident, $y:ident) = $slope:expr, $domain:expr;)*) => {
        /// Special functions.
        impl Tracer {
            $($(#[$doc])*
            pub fn $name(self) -> Tracer {
                self.curved(special::$name(self.inner()))
            })*
        }
    };
}
special_rules!(traced_unary);

macro_rules! traced_binary {
    ($($(#[$doc:meta])* $name:ident($a:ident, $b:ident, $y:ident) = $slopes:expr, $da:expr, $db:expr;)*) => {
        /// Special functions of two arguments.
        impl Tracer {
            $($(#[$doc])*
            pub fn $name(self, other: Tracer) -> Tracer {
                self.join(other, special::$name(self.inner(), other.inner()), Curvature::Full)
            })*
        }
    };
}
special_binary_rules!(traced_binary);

impl Tracer {
    /// The polygamma function: derivative number `order` of [`digamma`](Real::digamma).
    pub fn polygamma(self, order: u32) -> Tracer {
        self.curved(special::polygamma(self.inner(), order))
    }

    pub(super) fn activated(self, activation: Activation) -> Tracer {
        let value = activation.apply(self.inner());
        match activation {
            Activation::Identity | Activation::Relu => self.straight(value),
            _ => self.curved(value),
        }
    }

    pub(super) fn log_sum_exp(terms: &[Tracer]) -> Tracer {
        let values: Vec<f64> = terms.iter().map(|x| x.inner()).collect();
        terms.iter().fold(Tracer::zero(), |all, &x| all + x).curved(f64::logsumexp(&values))
    }
}
