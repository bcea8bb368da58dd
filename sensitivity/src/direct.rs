//! [`Direct`]: record the solver itself.

use crate::{GradientStrategy, Strategy};
use costate_ad::Real;
use costate_solvers::{Control, Method, Ode, Problem, Save, Solution, SolveError};

/// Runs the solver on the tape, as any other program.
///
/// It needs nothing of a method but that it runs, so it is what the other strategies are checked against. Its memory grows
/// with every operation: prefer [`DiscreteAdjoint`](crate::DiscreteAdjoint) for anything long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Direct;

impl Strategy for Direct {
    fn name(&self) -> &'static str {
        "direct"
    }
}

/// On any scalar: third derivatives as well as first.
impl<R: Real> GradientStrategy<R> for Direct {
    fn solve<S: Ode + Clone + 'static, M: Method + Clone + 'static>(
        &self,
        problem: &Problem<S, R>,
        method: M,
        control: impl Into<Control>,
        save: impl Save<R>,
    ) -> Result<Solution<R>, SolveError> {
        problem.solve(method, control, save)
    }
}
