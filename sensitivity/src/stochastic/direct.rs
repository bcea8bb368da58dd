//! [`Direct`] on a stochastic problem: record the solver itself.

use super::StochasticGradientStrategy;
use crate::Direct;
use costate_ad::Var;
use costate_solvers::{Control, SaveAt, Sde, SdeProblem, Solution, SolveError, StochasticMethod};

impl StochasticGradientStrategy for Direct {
    fn solve_sde<S: Sde + Clone + 'static, M: StochasticMethod + Clone + 'static>(
        &self,
        problem: &SdeProblem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: SaveAt,
    ) -> Result<Solution<Var>, SolveError> {
        problem.solve(method, control, save)
    }
}
