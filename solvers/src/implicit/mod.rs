//! Implicit methods: what their steppers share, and the engine of each family.
//!
//! `model.rs` shows a model to the linear algebra, `plain.rs` holds the plain numbers on which a step is computed, `newton.rs` is the
//! iteration; `scheme.rs` says what a family of methods does in a step, and `stepper.rs` is the one stepper of all families.
//!
//! | family | coefficients | its scheme |
//! |---|---|---|
//! | Rosenbrock | `rosenbrock.rs` | `rosenbrock_scheme.rs` |
//! | diagonally implicit Runge-Kutta | `diagonal.rs` | `diagonal_scheme.rs` |
//! | backward differentiation | `bdf_scheme.rs`, and `past.rs` for what it remembers | `bdf_scheme.rs` |
//! | Radau | `radau.rs` | `radau_scheme.rs` |
//!
//! A step is computed on plain numbers. Derivatives follow by the implicit function theorem: one correction in the arithmetic of
//! the scalar for each of its orders, with the factors of the step. No factorisation and no iteration is ever recorded.

mod additive;
mod bdf_scheme;
mod collocation;
mod consistent;
mod diagonal;
mod diagonal_scheme;
mod error;
mod formula;
mod model;
mod newton;
mod past;
mod plain;
mod problem;
mod products;
mod radau;
mod radau_scheme;
mod recurrence;
mod rosenbrock;
mod rosenbrock_scheme;
mod scheme;
mod steady_state;
mod stepper;

pub use collocation::Collocation;
pub(crate) use consistent::{motion, settle};
pub use diagonal::{Diagonal, DiagonalFlaw, DiagonalMethod};
pub use error::ImplicitError;
pub use formula::Formula;
pub(crate) use model::{ImplicitPart, Model};
pub(crate) use past::Past;
pub(crate) use radau::COLLOCATION;
pub use recurrence::Recurrence;
pub use rosenbrock::{Rosenbrock, RosenbrockFlaw, RosenbrockMethod};
pub use stepper::ImplicitStepper;

/// Steps [`Bdf`](crate::Bdf) on the scalar `R`.
pub type BdfStepper<R> = ImplicitStepper<bdf_scheme::BdfScheme<R>, R>;
/// Steps any diagonally implicit Runge-Kutta method `M` on the scalar `R`.
pub type DiagonalStepper<M, R> = ImplicitStepper<diagonal_scheme::DiagonalScheme<M, R>, R>;
/// Steps [`RadauIIA5`](crate::RadauIIA5) on the scalar `R`.
pub type RadauStepper<R> = ImplicitStepper<radau_scheme::RadauScheme, R>;
/// Steps any Rosenbrock method `M` on the scalar `R`.
pub type RosenbrockStepper<M, R> = ImplicitStepper<rosenbrock_scheme::RosenbrockScheme<M, R>, R>;

impl<R: crate::Real> BdfStepper<R> {
    /// Scratch memory for `states` states and orders up to `max_order`.
    pub(crate) fn of_order(max_order: usize, states: usize) -> Self {
        ImplicitStepper::with(bdf_scheme::BdfScheme::with_order(max_order, states), states)
    }
}

/// Declares that a unit struct is the method with these coefficients, of the family of `RosenbrockMethod` or `DiagonalMethod`.
macro_rules! implicit_method {
    ($method:ident: RosenbrockMethod, $coefficients:expr) => {
        $crate::implicit::implicit_method!($method: RosenbrockMethod, RosenbrockStepper, Rosenbrock, $coefficients);
    };
    ($method:ident: DiagonalMethod, $coefficients:expr) => {
        $crate::implicit::implicit_method!($method: DiagonalMethod, DiagonalStepper, Diagonal, $coefficients);
    };
    ($method:ident: $Family:ident, $Stepper:ident, $Coefficients:ident, $coefficients:expr) => {
        impl $crate::$Family for $method {
            const COEFFICIENTS: $crate::$Coefficients = $coefficients;
        }

        impl $crate::Method for $method {
            type Stepper<R: $crate::Real> = $crate::$Stepper<$method, R>;

            const FORMULA: Option<$crate::Formula> =
                Some($crate::Formula::$Coefficients(&<$method as $crate::$Family>::COEFFICIENTS));

            fn name(&self) -> &'static str {
                <$method as $crate::$Family>::COEFFICIENTS.name
            }

            fn order(&self) -> usize {
                <$method as $crate::$Family>::COEFFICIENTS.order
            }

            fn embedded_order(&self) -> Option<usize> {
                <$method as $crate::$Family>::COEFFICIENTS.companion_order()
            }

            fn is_implicit(&self) -> bool {
                true
            }

            fn takes_mass_matrix(&self) -> bool {
                <$method as $crate::$Family>::COEFFICIENTS.takes_mass_matrix()
            }

            fn stepper<R: $crate::Real>(&self, states: usize) -> Self::Stepper<R> {
                $crate::$Stepper::new(states)
            }
        }
    };
}
pub(crate) use implicit_method;
