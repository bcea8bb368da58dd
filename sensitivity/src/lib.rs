//! How to differentiate a solve: one trait, one file per strategy.
//!
//! A [`GradientStrategy`] solves a problem whose numbers are [`Var`](costate_ad::Var)s, so that the solution can be
//! differentiated. The loss stays ordinary code on the solution, and changing the strategy changes one word:
//!
//! ```
//! use costate_ad::try_gradient;
//! use costate_sensitivity::{DiscreteAdjoint, GradientStrategy};
//! use costate_solvers::{Problem, SaveAt, SolveError, Tolerance, Tsit5, ode};
//! use nalgebra::dvector;
//!
//! let decay = ode!(|_t, [y], [rate]| [-rate * y]);
//! let (loss, slope) = try_gradient(
//!     |p| {
//!         let problem = Problem::ode(decay, [1.0], p, 0.0..2.0);
//!         let solution = DiscreteAdjoint::default().solve(&problem, Tsit5, Tolerance::new(1e-10, 1e-10), SaveAt::end())?;
//!         Ok::<_, SolveError>(solution.last()[0])
//!     },
//!     &dvector![0.5],
//! )?;
//! assert!((loss - (-1.0_f64).exp()).abs() < 1e-9);
//! assert!((slope[0] + 2.0 * (-1.0_f64).exp()).abs() < 1e-8);
//! # Ok::<(), SolveError>(())
//! ```
//!
//! | strategy | what it does | cost, in plain solves | memory |
//! |---|---|---|---|
//! | [`Direct`] | records the solver itself on the tape | tens | every operation |
//! | [`Forward`] | dual numbers through the solver | about 2 for six inputs, then linear in their number | two states |
//! | [`DiscreteAdjoint`] | the exact adjoint of the computed steps | about 3, whatever the number of inputs; 2 to 10 for implicit methods | every step, or [`Checkpoints`] |
//! | [`ReversibleAdjoint`] | a reversible wrapper of the method, taken back step by step | a few | two states |
//! | [`InterpolatingAdjoint`], [`GaussAdjoint`] | the adjoint equation along the stored solution | a few | the interpolants, or stretches of them |
//! | [`BacksolveAdjoint`] | the adjoint equation beside the solution, both backward | a few | two states |
//! | [`Auto`] | measures, chooses, and says why | | a limit in bytes |
//!
//! The first three differentiate the numbers that were computed, on the mesh that was chosen, so they agree to rounding; they serve second
//! derivatives too. The continuous adjoints approximate the gradient of the true solution to the tolerance. [`verify_gradient`] says which
//! of the two a gradient is, and how far it is from the true one.

mod auto;
mod chaos;
mod checkpoints;
mod continuous;
mod direct;
mod discrete_adjoint;
mod error;
mod forward;
mod inputs;
mod reversible;
mod stochastic;
mod strategy;
mod verify;

pub use auto::{Auto, Choice, last_choice};
pub use chaos::{Growth, NilsAdjoint, Shadowing, growth};
pub use checkpoints::{Checkpoints, Forecast, SweepReport, last_sweep};
pub use continuous::{BacksolveAdjoint, GaussAdjoint, InterpolatingAdjoint};
pub use direct::Direct;
pub use discrete_adjoint::DiscreteAdjoint;
pub use error::{SensitivityError, sweep_failure};
pub use forward::Forward;
pub use reversible::ReversibleAdjoint;
pub use stochastic::{Paths, StochasticGradientStrategy, mean_gradient};
pub use strategy::{GradientStrategy, Strategy};
pub use verify::{GradientReport, GradientVerdict, Objective, verify_gradient};
