//! Gradients of stochastic solves: the same words, along a fixed path.
//!
//! A path is a function of seed and time, so a strategy may ask for its increments as often as it likes: none is stored.
//! `strategy.rs` is the trait; `trajectory.rs`, `sweep.rs` and `passages.rs` (events) are what the discrete
//! adjoints share, `stages.rs` is the way back through a step of a tableau; `augmented.rs` is the
//! continuous adjoint equation; `mean.rs` averages over paths.

mod augmented;
mod backsolve_adjoint;
mod direct;
mod discrete_adjoint;
mod forward;
mod mean;
mod passages;
mod reversible_adjoint;
mod saves;
mod stages;
mod strategy;
mod sweep;
mod trajectory;

pub use mean::{Paths, mean_gradient};
pub use strategy::StochasticGradientStrategy;
