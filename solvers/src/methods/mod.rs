//! One method per file: its tableau, and when to use it.

mod rk4;
mod tsit5;

pub use rk4::Rk4;
pub use tsit5::Tsit5;
