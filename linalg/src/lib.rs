//! Linear algebra whose derivatives beat recording the algorithm.
#![allow(missing_docs)]
mod check;
mod cholesky;
mod columns;
mod correction;
mod error;
mod lu;
mod product;
mod solve;

pub use correction::correct;
pub use error::LinalgError;
pub use lu::Lu;
pub use solve::{inverse, solve, solve_many, solve_spd, solve_spd_many};
