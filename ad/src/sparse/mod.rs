//! Sparse Jacobians and Hessians: find where they can differ from zero, differentiate many columns at once.
//!
//! | step | what does it | how often |
//! |---|---|---|
//! | the pattern | one run on [`Tracer`]s: [`JacobianPattern`], [`HessianPattern`] | once for a function |
//! | the colouring | columns that do not meet share a colour: [`Colouring`] | once for a pattern |
//! | the numbers | a directional derivative for every colour: [`SparseJacobian`], [`SparseHessian`] | at every point |
//!
//! [`sparse_jacobian`] and [`sparse_hessian`] do all three.
//!
//! # For which points a pattern holds
//! A program in Rust takes one branch at a time, and a run cannot see into the others. So a pattern is that of the
//! branches taken; but whether there were any to take is known, because every look at a value passes through the tracer.
//! Arithmetic, the functions of the rule table, `abs`, `max`, `min` and `clamp` need no look, and a value never removes a
//! dependence, so a pattern of a function made of these holds everywhere, and says so.

mod colouring;
mod columns;
mod function;
mod functions;
mod hessian;
mod jacobian;
mod pattern;
mod sets;
mod special;
mod star;
mod trace;
mod tracer;

pub use colouring::Colouring;
pub use function::{ScalarFunction, VectorFunction};
pub use hessian::{SparseHessian, sparse_hessian};
pub use jacobian::{COLOURS, SparseJacobian, sparse_jacobian};
pub use pattern::{HessianPattern, JacobianPattern};
pub use tracer::Tracer;
