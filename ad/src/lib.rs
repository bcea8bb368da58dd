//! Numbers that know their derivatives.
//!
//! A model is written once, generic over [`Real`], and runs on `f64`, on [`Dual`] numbers (forward mode) and on [`Var`]s
//! (reverse mode). Control flow, recursion and mutated arrays need nothing special: every scalar takes the branches that
//! its values take.
//!
//! | question | answer |
//! |---|---|
//! | how fast does a function of one number change? | [`derivative`] |
//! | the gradient of a function of many | [`gradient`], [`try_gradient`]; of a few, or nested: [`gradient_forward`] |
//! | a derivative that I know better | [`custom`] |
//! | networks and matrix work, fast | [`Real::layer`], [`Real::matmul`], [`Real::logsumexp`], [`Activation`] |
//! | a scalar of my own | [`Propagate`] and [`propagated!`] |
//! | special functions | methods of [`Real`]: `erf`, `ln_gamma`, `digamma`, `beta`, `softplus`, .. |
//! | a large Jacobian or Hessian with few entries | [`sparse_jacobian`], [`sparse_hessian`] |
//! | the inner loop of an adjoint | [`Vjp`] |

mod derivative;
mod dual;
mod fused;
mod gradient;
mod real;
#[doc(hidden)]
pub mod rules;
#[doc(hidden)]
pub mod scalar;
mod sparse;
mod special;
mod tape;
mod var;
mod vjp;

pub use derivative::derivative;
pub use dual::Dual;
pub use fused::Activation;
pub use gradient::{CHUNK, gradient, gradient_forward, try_gradient};
pub use real::{LinearMap, LiteralOnTheLeft, Named, Real};
pub use scalar::Propagate;
pub use sparse::{
    COLOURS, Colouring, HessianPattern, JacobianPattern, ScalarFunction, SparseHessian, SparseJacobian, Tracer,
    VectorFunction, sparse_hessian, sparse_jacobian,
};
pub use tape::custom;
pub use var::Var;
pub use vjp::{At, Engine, RightHandSide, Vjp};
