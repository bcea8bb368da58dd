//! Numbers that know their derivatives.

mod real;

pub use real::{LiteralOnTheLeft, Named, Real};
