//! The continuous adjoints: the adjoint equation `lambda' = -(df/dy)^T lambda`, solved backward in time.
//!
//! A forward run leaves a [`Record`](record::Record): the order of its steps, saves and stops. The one reverse [`sweep`] walks over it
//! backward: at a save the adjoint jumps by the save's cotangent ([`jump`]), at a stop it goes back through the events on a tape of its
//! own, and between the two a [`Carrier`](sweep::Carrier) solves the adjoint equation and adds the integral of `lambda^T df/dp` by a
//! [`quadrature`]. The carriers make the strategies: [`along_path`] reads the forward solution from interpolants, [`beside`] solves it
//! again.

mod along_path;
mod backsolve;
mod beside;
mod companion;
mod equation;
mod gauss;
mod interpolating;
mod jump;
mod path;
mod products;
mod quadrature;
mod record;
mod reversal;
mod run;
mod sweep;

pub use backsolve::BacksolveAdjoint;
pub use gauss::GaussAdjoint;
pub use interpolating::InterpolatingAdjoint;
