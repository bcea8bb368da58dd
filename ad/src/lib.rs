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

mod derivative;
mod dual;
mod gradient;
mod hessian;
mod jacobian;
mod product;
mod real;
mod recorded;
#[doc(hidden)]
pub mod rules;
mod scalar;
mod tape;
mod var;

pub use derivative::derivative;
pub use dual::Dual;
pub use gradient::{CHUNK, gradient, gradient_chunked, gradient_forward, try_gradient};
pub use hessian::{hessian, hvp, try_hessian, try_hessian_chunked, try_hvp};
pub use jacobian::{jacobian, jacobian_reverse, try_jacobian, try_jacobian_chunked, try_jacobian_reverse};
pub use product::{jvp, try_jvp, try_vjp, vjp};
pub use real::{LinearMap, LiteralOnTheLeft, Named, Real};
pub use tape::custom;
pub use var::Var;
