//! Automatic choice of a method, before the run and during it.
//!
//! `choice.rs` says which explicit and which implicit method fit a tolerance and a size; `stiffness.rs` estimates how far the Jacobian's
//! spectrum reaches; `switch.rs` weighs the estimates and decides; `stepper.rs` steps by either method; `report.rs` says what was run,
//! and why.

mod choice;
mod report;
mod stepper;
mod stiffness;
mod switch;

pub use report::Automatic;
pub use stepper::AutoStepper;
pub(crate) use switch::Switch;
