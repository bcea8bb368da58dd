//! Rossler's stochastic Runge-Kutta methods of strong order 1.5 for diagonal and scalar Ito noise: one engine for every
//! tableau.

mod stepper;
mod tableau;

pub use stepper::RosslerStepper;
pub use tableau::RosslerTableau;

/// A method that is nothing but a [`RosslerTableau`].
pub trait Rossler: 'static {
    /// The coefficients: a constant, so that the compiler sees each of them.
    const TABLEAU: RosslerTableau;
}

/// Declares that a unit struct is the method with this tableau.
macro_rules! rossler {
    ($method:ident, $tableau:expr) => {
        impl $crate::Rossler for $method {
            const TABLEAU: $crate::RosslerTableau = $tableau;
        }

        impl $crate::StochasticMethod for $method {
            type Stepper<R: $crate::Real> = $crate::RosslerStepper<$method, R>;

            fn name(&self) -> &'static str {
                <$method as $crate::Rossler>::TABLEAU.name
            }

            fn calculus(&self) -> $crate::Calculus {
                $crate::Calculus::Ito
            }

            fn strong_order(&self, noise: $crate::NoiseKind) -> Option<f64> {
                use $crate::NoiseKind::{Diagonal, DiagonalAdditive, Scalar, SparseDiagonal};
                matches!(noise, Diagonal | DiagonalAdditive | SparseDiagonal { .. } | Scalar).then_some(1.5)
            }

            fn error_order(&self) -> Option<f64> {
                Some(1.5)
            }

            fn needs_area(&self) -> bool {
                true
            }

            fn stepper<R: $crate::Real>(&self, shape: $crate::NoiseShape) -> Self::Stepper<R> {
                $crate::RosslerStepper::new(shape)
            }
        }
    };
}
pub(crate) use rossler;
