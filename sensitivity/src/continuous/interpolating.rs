//! [`InterpolatingAdjoint`]: the adjoint equation along the interpolants of the forward solution.

use super::along_path::AlongPath;
use super::quadrature::Quadrature;
use super::run::Run;
use crate::inputs::Inputs;
use crate::{GradientStrategy, Strategy};
use costate_ad::Var;
use costate_solvers::{Control, Method, Ode, Problem, Save, Solution, SolveError};

/// Solves the adjoint equation `lambda' = -(df/dy)^T lambda` backward in time with the method of the forward solve, reads `y(t)` from
/// the forward solution's interpolants, and integrates `lambda^T df/dp` by a quadrature that controls its own error.
///
/// It differentiates the equation rather than the computed numbers: the gradient is right to the tolerance, not to rounding, and it has
/// its own tolerance. Every step of the sweep costs products with the right-hand side only, and the parameters are never states of it, so
/// their number costs an implicit method nothing.
///
/// The interpolants are made in the sweep, by taking the forward steps once more; with [`checkpoint_every`](Self::checkpoint_every) a
/// stretch at a time, for the same work.
///
/// The parameters' integral over each step is computed by Kronrod's seven nodes, on halves of the step where they differ from
/// their three of Gauss by more than the tolerance. [`GaussAdjoint`](crate::GaussAdjoint) takes fewer nodes and asks no questions.
///
/// With a singular mass matrix the algebraic components of the initial state follow from the others, and have no derivative of their
/// own beyond that of a save at the start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct InterpolatingAdjoint {
    /// The relative tolerance of the adjoint equation and its quadrature; a tenth of the forward one unless given. The absolute one
    /// is as large in units of the largest adjoint, so the loss may have any scale. Under [`FixedStep`](costate_solvers::FixedStep) and
    /// without this, the sweep takes steps of the same size.
    pub tolerance: Option<f64>,
    /// How many steps of the forward solution are held as interpolants at a time (at least 1): all unless given.
    pub checkpoint_every: Option<usize>,
}

impl Strategy for InterpolatingAdjoint {
    fn name(&self) -> &'static str {
        "interpolating-adjoint"
    }
}

impl GradientStrategy for InterpolatingAdjoint {
    fn solve<S: Ode + Clone + 'static, M: Method + Clone + 'static>(
        &self,
        problem: &Problem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: impl Save<Var>,
    ) -> Result<Solution<Var>, SolveError> {
        let every = self.checkpoint_every.unwrap_or(usize::MAX).max(1);
        let (run, solution) = Run::forward(problem, (method, control.into()), &save, every, self.tolerance)?;
        run.on_tape(&Inputs::of(problem), &solution, &save, |run, cotangents| {
            let quadrature = Quadrature::Kronrod(run.companion.rtol().max(1e-13));
            run.backward(cotangents, AlongPath::new(run, quadrature))
        })
    }
}
