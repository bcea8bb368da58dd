//! [`DiscreteAdjoint`] on a stochastic problem: the exact adjoint of the computed steps.

use super::passages::check_events;
use super::trajectory::{Keep, Trajectory};
use super::{StochasticGradientStrategy, sweep};
use crate::{Checkpoints, DiscreteAdjoint};
use costate_ad::Var;
use costate_solvers::{Control, SaveAt, Sde, SdeProblem, Solution, SolveError, StochasticMethod};

/// The steps are swept from the last to the first, with their increments asked for again. A step of a method that is a tableau
/// ([`StochasticMethod::FORMULA`]) is swept stage by stage: only the drift and the diffusion are differentiated automatically. Steps of
/// other methods are taken again on a tape, up to 32 together where there are few states, from the state before them. All of
/// a step's memory is gone before the next is swept.
///
/// [`Checkpoints::All`] keeps the state before everything that is swept at once, and no stages; the other choices keep fewer states,
/// and take the steps between them once more on plain numbers.
impl StochasticGradientStrategy for DiscreteAdjoint {
    fn solve_sde<S: Sde + Clone + 'static, M: StochasticMethod + Clone + 'static>(
        &self,
        problem: &SdeProblem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: SaveAt,
    ) -> Result<Solution<Var>, SolveError> {
        check_events(problem.system(), "DiscreteAdjoint", true)?;
        let stretch = Trajectory::stretch::<M>(problem.initial_state().len());
        let checkpoints = match self.checkpoints {
            Checkpoints::All => Checkpoints::Every(stretch),
            fewer => fewer,
        };
        let activations = self.checkpoints.activations();
        sweep::solve(problem, method, control.into(), save, (Keep::Checkpoints(checkpoints), activations))
    }
}
