//! Fused hooks: vector and matrix work that plain numbers do by a matrix product, and the tape keeps as one entry.
//!
//! Their contract stands at the methods of [`Real`](crate::Real); here is what each scalar does. Matrices are slices, column
//! after column.

mod activation;
mod default;
mod dual;
mod elementary;
mod kept;
mod layer;
mod narrow;
mod network;
mod product;
mod var;

pub use activation::Activation;
pub(crate) use default::{check_shape, layer, logsumexp, matmul};
pub(crate) use dual::{dual_layer, dual_logsumexp, dual_matmul};
pub use kept::NetworkMemory;
pub use layer::EvaluatedLayer;
pub use network::EvaluatedNetwork;
pub(crate) use network::{network, plain_network};
pub(crate) use product::{Matrix, Start, plain_layer, plain_matmul};
pub(crate) use var::{var_axpy, var_layer, var_logsumexp, var_matmul, var_network};

/// The fused hooks in `impl Real for Var`.
macro_rules! var_hooks {
    () => {
        fn axpy(a: Var, x: &[Var], y: &mut [Var]) {
            $crate::fused::var_axpy(a, x, y);
        }

        fn matmul(left: &[Var], right: &[Var], shape: [usize; 3]) -> Vec<Var> {
            $crate::fused::var_matmul(left, right, shape)
        }

        fn layer(f: $crate::Activation, weights: &[Var], bias: &[Var], inputs: &[Var], shape: [usize; 3]) -> Vec<Var> {
            $crate::fused::var_layer(f, [weights, bias, inputs], shape)
        }

        fn network(sizes: &[usize], f: &[$crate::Activation], parameters: &[Var], inputs: &[Var]) -> Vec<Var> {
            $crate::fused::var_network(sizes, f, [parameters, inputs])
        }

        fn map(f: $crate::Activation, x: &[Var]) -> Vec<Var> {
            f.mapped_var(x)
        }

        fn logsumexp(terms: &[Var]) -> Var {
            $crate::fused::var_logsumexp(terms)
        }
    };
}
pub(crate) use var_hooks;
