//! One method per file: its tableau or composition, and when to use it.

mod bs3;
mod dop853;
mod dopri5;
mod euler;
mod heun;
mod midpoint;
mod ralston;
mod rk4;
mod symplectic_euler;
mod tsit5;
mod velocity_verlet;
mod vern6;
mod vern7;
mod vern8;
mod vern9;
mod yoshida4;
mod yoshida6;

pub use bs3::Bs3;
pub use dop853::Dop853;
pub use dopri5::Dopri5;
pub use euler::Euler;
pub use heun::Heun;
pub use midpoint::Midpoint;
pub use ralston::Ralston;
pub use rk4::Rk4;
pub use symplectic_euler::SymplecticEuler;
pub use tsit5::Tsit5;
pub use velocity_verlet::VelocityVerlet;
pub use vern6::Vern6;
pub use vern7::Vern7;
pub use vern8::Vern8;
pub use vern9::Vern9;
pub use yoshida4::Yoshida4;
pub use yoshida6::Yoshida6;
