//! Linear algebra whose derivatives beat recording the algorithm.
//!
//! Every operation is generic over [`Real`](costate_ad::Real) and takes nalgebra's matrices. Factorisations and iterations run
//! on plain numbers, once; derivatives follow from one more correction in the arithmetic of the scalar with the same factors,
//! for each order of differentiation ([`correct`]). So a solve is one entry on the tape where a recorded elimination of
//! 100 x 100 is 700,000 operations, the values are the same bits on every scalar, and second derivatives (`Dual<Dual<f64>>`,
//! `Dual<Var>`) need no rule of their own.
//!
//! | question | answer |
//! |---|---|
//! | `A x = b` | [`solve`], [`solve_many`]; symmetric positive definite: [`solve_spd`], [`solve_spd_many`] |
//! | the same with a sparse `A` | [`sparse_solve`], [`sparse_solve_many`] |
//! | more equations than unknowns | [`least_squares`] |
//! | determinant, its logarithm, inverse | [`determinant`], [`log_determinant`], [`log_determinant_spd`], [`inverse`] |
//! | eigenvalues of a symmetric matrix | [`symmetric_eigen`], [`symmetric_eigenvalues`], [`spectrum`] |
//! | `exp(A)` | [`exponential`] |
//! | `f(x, p) = 0`, `f(x, p) = x` | [`root`], [`fixed_point`], with [`Newton`], [`FixedPoint`] and [`Equations`] |
//! | an implicit function of one's own | [`correct`] |
//! | an implicit step of a differential equation | [`Linearisation`], [`StepMatrix`], [`MassMatrix`] |
//! | factors of a plain matrix, used again and again | [`Lu`], [`SparseLu`] |

mod bordered;
mod check;
mod cholesky;
mod columns;
mod correction;
mod determinant;
mod equations;
mod error;
mod exponential;
mod fixed_point;
mod implicit;
mod inner_product;
mod iterative;
mod least_squares;
mod lu;
mod product;
mod qr;
mod root;
mod solve;
mod sparse;
mod symmetric_eigen;

pub use correction::correct;
pub use determinant::{determinant, log_determinant, log_determinant_spd};
pub use equations::Equations;
pub use error::LinalgError;
pub use exponential::exponential;
pub use fixed_point::{FixedPoint, fixed_point};
pub use implicit::{
    Coloured, JacobianProduct, LinearSolver, Linearisation, MassMatrix, PairMatrix, StageMatrix, StateJacobian,
    StepMatrix,
};
pub use inner_product::inner_product;
pub use iterative::{Gmres, IncompleteLu, SparseGmres};
pub use least_squares::least_squares;
pub use lu::Lu;
pub use root::{Newton, root};
pub use solve::{inverse, solve, solve_many, solve_spd, solve_spd_many};
pub use sparse::{SparseLu, sparse_solve, sparse_solve_many};
pub use symmetric_eigen::{SymmetricEigen, spectrum, symmetric_eigen, symmetric_eigenvalues};
