//! [`Residuals`]: a model whose misfits are squared and summed, written once for every scalar.

use crate::Cause;
use costate_ad::{Real, try_jacobian_chunked, try_jacobian_reverse};
use nalgebra::{DMatrix, DVector};

/// Residuals as a function of parameters, generic over the scalar, so that their Jacobian can be found by either mode.
pub trait Residuals {
    /// The residuals at `x`; as many at every point.
    ///
    /// # Errors
    /// Why there are none: a solve that failed, a value outside a domain.
    fn residuals<R: Real>(&self, x: &DVector<R>) -> Result<DVector<R>, Cause>;
}

/// How a Jacobian is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum JacobianMode {
    /// Whichever is expected to be cheaper: forward unless there are many more parameters than residuals.
    #[default]
    BySize,
    /// Dual numbers, up to eight parameters in one run.
    Forward,
    /// One recording, and one sweep for each residual.
    Reverse,
}

/// A forward run with eight directions costs about five plain runs; a recording about ten, and a sweep about four.
const COSTS: [usize; 3] = [5, 10, 4];

/// Residuals and their Jacobian at `x`.
///
/// # Errors
/// What the model returns.
pub fn linearise<M: Residuals>(
    model: &M,
    x: &DVector<f64>,
    mode: JacobianMode,
) -> Result<(DVector<f64>, DMatrix<f64>), Cause> {
    let forward = match mode {
        JacobianMode::Forward => true,
        JacobianMode::Reverse => false,
        // The number of residuals is known only after a run, which is cheap where it matters.
        JacobianMode::BySize if x.len() <= 16 => true,
        JacobianMode::BySize => {
            let residuals = model.residuals(x)?.len();
            let [run, recording, sweep] = COSTS;
            run * x.len().div_ceil(8) <= recording + sweep * residuals
        }
    };
    match (forward, x.len()) {
        (false, _) => try_jacobian_reverse(|x| model.residuals(x), x),
        (true, 0..=4) => try_jacobian_chunked::<4, f64, Cause>(|x| model.residuals(x), x),
        (true, _) => try_jacobian_chunked::<8, f64, Cause>(|x| model.residuals(x), x),
    }
}
