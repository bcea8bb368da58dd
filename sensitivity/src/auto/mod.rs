//! [`Auto`]: chooses a strategy from a measured cost model, and says why.

mod choice;
mod cost;

use crate::inputs::Inputs;
use crate::{Checkpoints, DiscreteAdjoint, Forward, GradientStrategy, Strategy};
pub use choice::{Choice, last_choice};
use choice::{Key, remember, remembered};
use costate_ad::Var;
use costate_solvers::{Control, Method, Ode, Problem, Save, Solution, SolveError};
use std::time::Instant;

/// Chooses between [`Forward`] and [`DiscreteAdjoint`], and how much the latter remembers.
///
/// The first gradient of a model by a method, with so many states, parameters and inputs, is preceded by a plain solve and by some
/// evaluations of the right-hand side on plain numbers, on dual numbers and as a vector-Jacobian product, all of them timed; the
/// choice then holds for this thread, so that a fit pays for it once. [`last_choice`] tells what was chosen, why, and what it was
/// expected to cost and did.
///
/// Strategies agree to rounding, but not to the last bit: where a result must be the same bits every time, name one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Auto {
    /// Bytes that the history of a solve may take: see [`Checkpoints::MemoryLimit`]. One GiB unless told.
    pub memory_limit: usize,
}

impl Default for Auto {
    fn default() -> Self {
        Auto { memory_limit: 1 << 30 }
    }
}

impl Strategy for Auto {
    fn name(&self) -> &'static str {
        "auto"
    }
}

impl GradientStrategy for Auto {
    fn solve<S: Ode + Clone + 'static, M: Method + Clone + 'static>(
        &self,
        problem: &Problem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: impl Save<Var>,
    ) -> Result<Solution<Var>, SolveError> {
        let control = control.into();
        let inputs = Inputs::<Var>::of::<f64, S>(problem).positions.len();
        let sizes = [problem.initial_state().len(), problem.parameters().len(), inputs];
        let key = Key::of::<S, M>(sizes);
        let choice = match remembered(&key) {
            Some(choice) => choice,
            None => cost::choose(problem, &method, &control, save.save_at(), sizes, self.memory_limit)?,
        };
        let start = Instant::now();
        let solution = if choice.strategy == Forward.name() {
            Forward.solve(problem, method, control, save)
        } else {
            let checkpoints = Checkpoints::MemoryLimit(self.memory_limit);
            DiscreteAdjoint { checkpoints }.solve(problem, method, control, save)
        };
        remember(key, choice, start.elapsed());
        solution
    }
}
