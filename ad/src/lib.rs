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
//! | along one direction, inside an algorithm | [`Directional`] |
//! | many outputs | [`jacobian`], [`jacobian_reverse`]; times a vector: [`jvp`], [`vjp`] |
//! | second derivatives | [`hessian`]; times a vector: [`hvp`] |
//! | of complex numbers | [`complex_gradient`], [`wirtinger`], [`holomorphic_derivative`] |
//! | of a sum over samples, on all cores | [`parallel_gradient`] |
//! | a derivative that I know better | [`custom`] |
//! | networks and matrix work, fast | [`Real::layer`], [`Real::network`], [`Real::matmul`], [`Real::logsumexp`], [`Activation`] |
//! | a scalar of my own | [`Propagate`] and [`propagated!`] |
//! | special functions | methods of [`Real`]: `erf`, `ln_gamma`, `digamma`, `beta`, `softplus`, .. |
//! | the curvature of a sum of squares times a vector | [`gauss_newton_product`] |
//! | a large Jacobian or Hessian with few entries | [`sparse_jacobian`], [`sparse_hessian`] |
//! | the inner loop of an adjoint | [`Vjp`] |
//! | how much does the tape hold? | [`Tape`] |
//! | less memory for more time | [`checkpoint`]; forward mode inside reverse mode: [`forward_block`] |
//! | can I trust the derivatives of my program? | [`check_gradient`], [`program!`] |
//! | see, change or end a derivative on its way | [`hook`], [`hook_all`], [`stop_gradient`] |

mod check;
mod checkpoint;
mod complex;
mod derivative;
mod directional;
mod dual;
mod forward_block;
mod fused;
mod gauss_newton;
mod gradient;
mod hessian;
mod hook;
mod jacobian;
mod level;
mod on_tape;
mod parallel;
mod product;
mod real;
mod recorded;
#[doc(hidden)]
pub mod rules;
#[doc(hidden)]
pub mod scalar;
mod sparse;
mod special;
mod tape;
mod var;
mod vjp;

pub use check::{
    Comparison, Estimate, GradientCheck, Mode, Program, Quantity, Verdict, check_gradient, check_gradient_within,
};
pub use checkpoint::checkpoint;
pub use complex::{NotHolomorphic, complex_gradient, holomorphic_derivative, wirtinger};
pub use derivative::derivative;
pub use directional::Directional;
pub use dual::Dual;
pub use forward_block::{forward_block, forward_block_chunked, try_forward_block};
pub use fused::{Activation, EvaluatedLayer, EvaluatedNetwork, NetworkMemory};
pub use gauss_newton::{GaussNewton, gauss_newton_product, try_gauss_newton_product};
pub use gradient::{CHUNK, gradient, gradient_chunked, gradient_forward, try_gradient};
pub use hessian::{hessian, hvp, try_hessian, try_hessian_chunked, try_hvp};
pub use hook::{hook, hook_all, stop_gradient};
pub use jacobian::{jacobian, jacobian_reverse, try_jacobian, try_jacobian_chunked, try_jacobian_reverse};
pub use on_tape::OnTape;
pub use parallel::{parallel_gradient, try_parallel_gradient};
pub use product::{jvp, try_jvp, try_vjp, vjp};
pub use real::{LinearMap, LiteralOnTheLeft, Named, Real};
pub use scalar::Propagate;
pub use sparse::{
    COLOURS, Colouring, HessianPattern, JacobianPattern, ScalarFunction, SparseHessian, SparseJacobian, Tracer,
    VectorFunction, sparse_hessian, sparse_jacobian,
};
pub use tape::{Tape, custom};
pub use var::Var;
pub use vjp::{At, Engine, RightHandSide, TangentVjp, Towards, Vjp};
