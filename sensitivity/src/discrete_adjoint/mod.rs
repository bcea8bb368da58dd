//! [`DiscreteAdjoint`]: the exact adjoint of the computed steps.

mod cotangents;
mod field;
mod passages;
mod sweep;
mod trajectory;

use crate::GradientStrategy;
use crate::inputs::Inputs;
use costate_ad::Var;
use costate_solvers::{Control, Method, Ode, Problem, Save, Solution, SolveError};
use trajectory::Trajectory;

/// Solves on plain numbers, remembers the steps, and sweeps back over them stage by stage: reverse mode written at the level of
/// the method, where only the right-hand side's vector-Jacobian product is automatic.
///
/// It differentiates the numbers that were computed, on the mesh that was chosen, so it agrees with [`Direct`](crate::Direct)
/// and [`Forward`](crate::Forward) to rounding; its cost hardly depends on the number of inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiscreteAdjoint {
    /// What to remember of the steps.
    pub checkpoints: Checkpoints,
}

/// What a reverse sweep remembers of the forward run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Checkpoints {
    /// Every step with its stages.
    #[default]
    All,
    /// The state before every so many steps (0 counts as 1); the steps between are taken again, bit for bit, in the sweep. The
    /// memory is smallest at about the square root of the number of steps, for one more forward run in time.
    Every(usize),
}

impl GradientStrategy for DiscreteAdjoint {
    fn name(&self) -> &'static str {
        "discrete-adjoint"
    }

    fn solve<S: Ode + Clone + 'static, M: Method + Clone + 'static>(
        &self,
        problem: &Problem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: impl Save<Var>,
    ) -> Result<Solution<Var>, SolveError> {
        let control = control.into();
        let Some(tableau) = method.tableau() else {
            return crate::Direct.solve(problem, method, control, save);
        };
        if control.includes_tangents() {
            return Err(SolveError::TangentsOutOfReach);
        }
        let inputs = Inputs::of(problem);
        let problem = problem.map(|number| number.value());
        let mut trajectory = Trajectory::new(self.checkpoints, tableau, problem.initial_state().len());
        let solution = problem.solve_observed(method.clone(), &control, save.save_at().clone(), &mut trajectory)?;
        trajectory.passages.check(problem.system())?;
        let mut values = Vec::with_capacity(solution.len());
        values.extend(solution.numbers());
        let positions = inputs.positions.clone();
        let solution = inputs.record(&solution, &values, move |output, input| {
            let cotangents = sweep::pull_back(&problem, &method, &control, &trajectory, output);
            for (input, &position) in input.iter_mut().zip(&positions) {
                *input += cotangents[position];
            }
        });
        if save.observes() { solution.observed(&save) } else { Ok(solution) }
    }
}
