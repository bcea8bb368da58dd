//! Iterative solution of large sparse systems: where factors would not fit into memory.

mod gmres;
mod incomplete;
mod krylov;

pub use gmres::Gmres;
pub use incomplete::IncompleteLu;
pub use krylov::SparseGmres;
