//! [`DiscreteAdjoint`] on a stochastic problem: the exact adjoint of the computed steps.

use super::passages::check_events;
use super::trajectory::{Keep, Trajectory};
use super::{StochasticGradientStrategy, sweep};
use crate::{Checkpoints, DiscreteAdjoint};
use costate_ad::Var;
use costate_solvers::{Control, SaveAt, Sde, SdeProblem, Solution, SolveError, StochasticMethod};

/// The steps are swept in stretches, from the last to the first: each is taken again on a tape of its own, from its stored
/// state and with its increments asked for again. All of a step's memory is gone before the next is swept.
///
/// [`Checkpoints::All`] keeps the state before every stretch (up to 32 steps where there are few states, one where there are
/// many) and no stages; the other choices keep fewer states, and take the steps between them once more on plain numbers.
impl StochasticGradientStrategy for DiscreteAdjoint {
    fn solve_sde<S: Sde + Clone + 'static, M: StochasticMethod + Clone + 'static>(
        &self,
        problem: &SdeProblem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: SaveAt,
    ) -> Result<Solution<Var>, SolveError> {
        check_events(problem.system(), "DiscreteAdjoint", true)?;
        let stretch = Trajectory::stretch(problem.initial_state().len());
        let checkpoints = match self.checkpoints {
            Checkpoints::All => Checkpoints::Every(stretch),
            fewer => fewer,
        };
        sweep::solve(problem, method, control.into(), save, Keep::Checkpoints(checkpoints))
    }
}
