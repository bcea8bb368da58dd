//! [`ReversibleAdjoint`]: the steps undone.

use super::trajectory::{Keep, Trajectory};
use super::{StochasticGradientStrategy, sweep};
use crate::Strategy;
use costate_ad::Var;
use costate_solvers::{Control, SaveAt, Sde, SdeProblem, Solution, SolveError, StochasticError, StochasticMethod};

/// The adjoint of the computed steps with the memory of two states: a reversible method
/// ([`ReversibleHeun`](costate_solvers::ReversibleHeun)) undoes its steps on the way back, exactly but for rounding, so none
/// has to be remembered, only the times between them.
///
/// It agrees with [`DiscreteAdjoint`](crate::DiscreteAdjoint) up to rounding errors, which grow on the way where steps are
/// large for the model; it costs one plain solve more.
///
/// Kidger, Foster, Li and Lyons, Efficient and accurate gradients for neural SDEs, NeurIPS 2021, algorithm 2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReversibleAdjoint;

impl Strategy for ReversibleAdjoint {
    fn name(&self) -> &'static str {
        "reversible-adjoint"
    }
}

impl StochasticGradientStrategy for ReversibleAdjoint {
    fn solve_sde<S: Sde + Clone + 'static, M: StochasticMethod + Clone + 'static>(
        &self,
        problem: &SdeProblem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: SaveAt,
    ) -> Result<Solution<Var>, SolveError> {
        if !method.is_reversible() {
            return Err(StochasticError::NotReversible { method: method.name() }.into());
        }
        let stretch = Trajectory::stretch(problem.initial_state().len());
        sweep::solve(problem, method, control.into(), save, Keep::Last { stretch })
    }
}
