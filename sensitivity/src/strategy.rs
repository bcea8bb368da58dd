//! [`GradientStrategy`]: the one trait of this crate.

use costate_ad::Var;
use costate_solvers::{Control, Method, Ode, Problem, Save, Solution, SolveError};

/// A way to solve so that the solution can be differentiated.
pub trait GradientStrategy {
    /// The word by which people choose it.
    fn name(&self) -> &'static str;

    /// Solves a problem whose initial state and parameters are variables. The values of the solution are, bit for bit,
    /// those of [`Problem::solve`] on plain numbers.
    ///
    /// The model and the method are cloned into the tape where a reverse sweep needs them; a large model is cheap to clone
    /// behind an [`Rc`](std::rc::Rc) or [`Arc`](std::sync::Arc).
    ///
    /// # Errors
    /// As [`Problem::solve`].
    fn solve<S: Ode + Clone + 'static, M: Method + Clone + 'static>(
        &self,
        problem: &Problem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: impl Save<Var>,
    ) -> Result<Solution<Var>, SolveError>;
}
