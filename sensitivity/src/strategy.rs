//! [`GradientStrategy`]: how to solve so that the solution can be differentiated.

use costate_ad::{Real, Var};
use costate_solvers::{Control, Method, Ode, Problem, Save, Solution, SolveError};

/// What every way to differentiate a solve has, whatever the scalar.
pub trait Strategy {
    /// The word by which people choose it.
    fn name(&self) -> &'static str;
}

/// A way to solve so that the solution can be differentiated.
///
/// The scalar is [`Var`] for gradients. The discrete strategies also serve dual numbers of variables, which is what
/// [`hvp`](costate_ad::hvp) and [`hessian`](costate_ad::hessian) run a loss on: the same word then gives second derivatives.
pub trait GradientStrategy<R: Real = Var>: Strategy {
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
        problem: &Problem<S, R>,
        method: M,
        control: impl Into<Control>,
        save: impl Save<R>,
    ) -> Result<Solution<R>, SolveError>;
}
