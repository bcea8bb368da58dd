//! [`StochasticGradientStrategy`]: the one trait of this room for stochastic problems.

use crate::Strategy;
use costate_ad::Var;
use costate_solvers::{Control, SaveAt, Sde, SdeProblem, Solution, SolveError, StochasticMethod};

/// A way to solve a stochastic problem so that the solution can be differentiated: along the path of its Brownian motion,
/// which does not move (pathwise gradients).
///
/// ```
/// use costate_ad::try_gradient;
/// use costate_sensitivity::{DiscreteAdjoint, StochasticGradientStrategy};
/// use costate_solvers::{Brownian, Problem, SaveAt, SolveError, Sosri, Tolerance, sde};
/// use nalgebra::dvector;
///
/// let geometric = sde!(|_t, [price], [growth, volatility]| drift: [growth * price], diagonal: [volatility * price]);
/// let (price, slope) = try_gradient(
///     |p| {
///         let problem = Problem::sde(geometric, Brownian::seeded(42), [1.0], p, 0.0..1.0);
///         let strategy = DiscreteAdjoint::default();
///         let solution = strategy.solve_sde(&problem, Sosri, Tolerance::new(1e-4, 1e-4), SaveAt::end())?;
///         Ok::<_, SolveError>(solution.last()[0])
///     },
///     &dvector![0.1, 0.3],
/// )?;
/// // On this path u = exp((growth - volatility^2/2) t + volatility W).
/// let w = Brownian::seeded(42).motion(1)?.increment(0.0, 1.0)?[0];
/// assert!((slope[0] - price).abs() < 1e-3);
/// assert!((slope[1] - (w - 0.3) * price).abs() < 1e-3);
/// # Ok::<(), SolveError>(())
/// ```
pub trait StochasticGradientStrategy: Strategy {
    /// Solves a problem whose initial state and parameters are variables. The values of the solution are, bit for bit,
    /// those of [`SdeProblem::solve`] on plain numbers.
    ///
    /// The model and the method are cloned into the tape where a reverse sweep needs them; a large model is cheap to clone
    /// behind an [`Rc`](std::rc::Rc) or [`Arc`](std::sync::Arc).
    ///
    /// # Errors
    /// As [`SdeProblem::solve`], and where the strategy cannot take the method or the noise.
    fn solve_sde<S: Sde + Clone + 'static, M: StochasticMethod + Clone + 'static>(
        &self,
        problem: &SdeProblem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: SaveAt,
    ) -> Result<Solution<Var>, SolveError>;
}
