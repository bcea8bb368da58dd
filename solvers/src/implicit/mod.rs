//! Implicit methods: what their steppers share, and the engine of each family.
//!
//! `model.rs` shows a model to the linear algebra, `plain.rs` holds the plain numbers on which a step is computed,
//! `coefficients.rs` those of a Rosenbrock method and `rosenbrock_stepper.rs` the engine
//! that steps them; `diagonal.rs` and `diagonal_stepper.rs` are the same for diagonally implicit Runge-Kutta methods, whose stages
//! `newton.rs` solves, and `radau.rs` and `radau_stepper.rs` for the Radau method.
//!
//! A step is computed on plain numbers. Derivatives follow by the implicit function theorem: one correction in the arithmetic of
//! the scalar for each of its orders, with the factors of the step. No factorisation and no iteration is ever recorded.

mod coefficients;
mod diagonal;
mod diagonal_stepper;
mod error;
mod model;
mod newton;
mod plain;
mod problem;
mod radau;
mod radau_stepper;
mod rosenbrock_stepper;

pub use coefficients::{Rosenbrock, RosenbrockFlaw, RosenbrockMethod};
pub use diagonal::{Diagonal, DiagonalFlaw, DiagonalMethod};
pub use diagonal_stepper::DiagonalStepper;
pub use error::ImplicitError;
pub(crate) use model::Model;
pub use radau_stepper::RadauStepper;
pub use rosenbrock_stepper::RosenbrockStepper;

/// Declares that a unit struct is the Rosenbrock method with these coefficients.
macro_rules! rosenbrock {
    ($method:ident, $coefficients:expr) => {
        impl $crate::RosenbrockMethod for $method {
            const COEFFICIENTS: $crate::Rosenbrock = $coefficients;
        }

        impl $crate::Method for $method {
            type Stepper<R: $crate::Real> = $crate::RosenbrockStepper<$method, R>;

            fn name(&self) -> &'static str {
                <$method as $crate::RosenbrockMethod>::COEFFICIENTS.name
            }

            fn order(&self) -> usize {
                <$method as $crate::RosenbrockMethod>::COEFFICIENTS.order
            }

            fn embedded_order(&self) -> Option<usize> {
                Some(<$method as $crate::RosenbrockMethod>::COEFFICIENTS.embedded_order)
            }

            fn is_implicit(&self) -> bool {
                true
            }

            fn takes_mass_matrix(&self) -> bool {
                true
            }

            fn stepper<R: $crate::Real>(&self, states: usize) -> Self::Stepper<R> {
                $crate::RosenbrockStepper::new(states)
            }
        }
    };
}
pub(crate) use rosenbrock;

/// Declares that a unit struct is the diagonally implicit method with these coefficients.
macro_rules! diagonally_implicit {
    ($method:ident, $coefficients:expr) => {
        impl $crate::DiagonalMethod for $method {
            const COEFFICIENTS: $crate::Diagonal = $coefficients;
        }

        impl $crate::Method for $method {
            type Stepper<R: $crate::Real> = $crate::DiagonalStepper<$method, R>;

            fn name(&self) -> &'static str {
                <$method as $crate::DiagonalMethod>::COEFFICIENTS.name
            }

            fn order(&self) -> usize {
                <$method as $crate::DiagonalMethod>::COEFFICIENTS.order
            }

            fn embedded_order(&self) -> Option<usize> {
                <$method as $crate::DiagonalMethod>::COEFFICIENTS.embedded_order
            }

            fn is_implicit(&self) -> bool {
                true
            }

            fn takes_mass_matrix(&self) -> bool {
                // An explicit first stage would have to divide by the mass matrix.
                !<$method as $crate::DiagonalMethod>::COEFFICIENTS.starts_explicitly()
            }

            fn stepper<R: $crate::Real>(&self, states: usize) -> Self::Stepper<R> {
                $crate::DiagonalStepper::new(states)
            }
        }
    };
}
pub(crate) use diagonally_implicit;
