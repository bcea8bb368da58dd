//! Chaotic systems: when a gradient of a trajectory means nothing, and what to differentiate instead.
//!
//! [`growth`] measures how fast adjoints grow, [`NilsAdjoint`] differentiates long-time averages. Both work on [`segments`] of a
//! trajectory, over which adjoints are swept exactly, and between which they are normalised.

mod batch;
mod growth;
mod least_norm;
mod nils;
mod segments;

pub use growth::{Growth, growth};
pub use nils::{NilsAdjoint, Shadowing};
