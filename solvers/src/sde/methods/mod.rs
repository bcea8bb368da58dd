//! The methods, one file each.

mod drift_implicit_euler;
mod euler_heun;
mod euler_maruyama;
mod milstein;
mod reversible_heun;
mod shark;
mod sken_carp;
mod sosra;
mod sosri;
mod spark;
mod sra1;
mod sra3;
mod sriw1;
mod stochastic_midpoint;

pub use drift_implicit_euler::DriftImplicitEuler;
pub use euler_heun::EulerHeun;
pub use euler_maruyama::EulerMaruyama;
pub use milstein::Milstein;
pub use reversible_heun::ReversibleHeun;
pub use shark::Shark;
pub use sken_carp::SkenCarp;
pub use sosra::Sosra;
pub use sosri::Sosri;
pub use spark::Spark;
pub use sra1::Sra1;
pub use sra3::Sra3;
pub use sriw1::Sriw1;
pub use stochastic_midpoint::StochasticMidpoint;
