//! [`ReversibleAdjoint`] of stochastic equations: a reversible method undoes its steps on the way back, exactly but for rounding
//! (Kidger, Foster, Li and Lyons, Efficient and accurate gradients for neural SDEs, NeurIPS 2021, algorithm 2).

use super::passages::check_events;
use super::trajectory::{Keep, Trajectory};
use super::{StochasticGradientStrategy, sweep};
use crate::ReversibleAdjoint;
use costate_ad::{NetworkMemory, Var};
use costate_solvers::{Control, SaveAt, Sde, SdeProblem, Solution, SolveError, StochasticError, StochasticMethod};

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
        check_events(problem.system(), "ReversibleAdjoint", false)?;
        let stretch = Trajectory::stretch::<M>(problem.initial_state().len());
        sweep::solve(problem, method, control.into(), save, (Keep::Last { stretch }, NetworkMemory::default()))
    }
}
