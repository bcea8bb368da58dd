//! What an implicit step of a differential equation `M dy/dt = f(t, y, p)` needs of linear algebra.
//!
//! | question | answer |
//! |---|---|
//! | the Jacobian of `f` by the state, dense or coloured sparse | [`Linearisation`], which holds a [`StateJacobian`] |
//! | that Jacobian times vectors, without it | [`JacobianProduct`] |
//! | the factors of `shift * M - J`, or a [`LinearSolver`] without factors | [`StepMatrix`] |
//! | those of a pair of complex shifts; of all stages at once | [`PairMatrix`]; [`StageMatrix`] |

mod blocks;
mod jacobian_product;
mod linear_solver;
mod linearisation;
mod mass;
mod pair_matrix;
mod stage_matrix;
mod state_jacobian;
mod step_matrix;

pub use jacobian_product::JacobianProduct;
pub use linear_solver::LinearSolver;
pub use linearisation::{Coloured, Linearisation};
pub use mass::MassMatrix;
pub use pair_matrix::PairMatrix;
pub use stage_matrix::StageMatrix;
pub use state_jacobian::StateJacobian;
pub use step_matrix::StepMatrix;
