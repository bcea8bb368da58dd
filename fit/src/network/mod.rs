//! Networks: functions with many parameters, evaluated by matrix products.

mod initialisation;
mod mlp;
mod neural_ode;

pub use initialisation::Initialisation;
pub use mlp::{Mlp, Part};
pub use neural_ode::NeuralOde;
