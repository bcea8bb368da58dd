//! Symplectic methods for separable Hamiltonians `H(q, p, t) = T(p) + V(q, t)`: compositions of drifts and kicks.
//!
//! `composition.rs` holds the coefficients, `stepper.rs` the one engine; a method is its composition and lives in
//! `methods/`.

mod composition;
mod stepper;

pub(crate) use composition::verlet_kicks;
pub use composition::{Composition, SymplecticMethod};
pub use stepper::SymplecticStepper;

/// Declares that a unit struct is the symplectic method with this [`Composition`].
macro_rules! symplectic {
    ($method:ident, $composition:expr) => {
        impl $crate::SymplecticMethod for $method {
            const COMPOSITION: $crate::Composition = $composition;
        }

        impl $crate::Method for $method {
            type Stepper<R: $crate::Real> = $crate::SymplecticStepper<$method, R>;

            fn name(&self) -> &'static str {
                <$method as $crate::SymplecticMethod>::COMPOSITION.name
            }

            fn order(&self) -> usize {
                <$method as $crate::SymplecticMethod>::COMPOSITION.order
            }

            fn embedded_order(&self) -> Option<usize> {
                None
            }

            fn check(&self, states: usize) -> Result<(), $crate::SolveError> {
                let method = self.name();
                if states % 2 == 0 { Ok(()) } else { Err($crate::SolveError::OddState { method, states }) }
            }

            fn stepper<R: $crate::Real>(&self, states: usize) -> Self::Stepper<R> {
                $crate::SymplecticStepper::new(states)
            }
        }
    };
}
pub(crate) use symplectic;
