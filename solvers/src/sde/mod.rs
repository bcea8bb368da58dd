//! Stochastic differential equations: `dy = drift dt + diffusion dW`.
//!
//! `model.rs` is the trait, `sde_macro.rs` its short spelling, `conversion.rs` goes between Ito and Stratonovich; `problem.rs`
//! and `integrate.rs` are the loop through time, `crossing.rs` and `happen.rs` what happens on the way; `method.rs` says what a method is. Explicit Runge-Kutta methods are tableaus:
//! of `runge_kutta/` where drift and diffusion share their stages, of `rossler/` where they have stages of their own. Methods
//! are one file each in `methods/`.

mod controller;
mod conversion;
mod crossing;
mod error;
mod first_step;
mod happen;
mod implicit;
mod integrate;
mod kind;
mod method;
mod methods;
mod model;
mod problem;
mod rossler;
mod runge_kutta;
mod saves;
mod sde_macro;
mod shape;
mod state;
mod steps;

pub use conversion::Converted;
pub use error::StochasticError;
pub use kind::{Calculus, NoiseKind};
pub use method::{StochasticMethod, StochasticStepper, Trial};
pub use methods::{
    DriftImplicitEuler, EulerHeun, EulerMaruyama, Milstein, ReversibleHeun, Shark, SkenCarp, Sosra, Sosri, Spark, Sra1,
    Sra3, Sriw1, StochasticMidpoint,
};
pub use model::Sde;
pub use problem::{SdeProblem, StochasticStep};
pub use rossler::{Rossler, RosslerStepper, RosslerTableau};
pub use runge_kutta::{StochasticRungeKutta, StochasticRungeKuttaStepper, StochasticTableau};
pub use shape::NoiseShape;
pub use steps::StochasticSteps;
