//! [`AutoMethod`]: for who does not know whether a problem is stiff.

use crate::{AutoStepper, Method};
use costate_ad::Real;

/// Chooses an explicit and an implicit method, and goes over from one to the other on the way as the problem turns stiff or ceases to
/// be.
///
/// It starts with an explicit method: [`Vern7`](crate::Vern7) for relative tolerances up to 1e-6, [`Tsit5`](crate::Tsit5) above. Every
/// step estimates its size times the spectral radius of the Jacobian. Where that stays near what stability allows, the implicit
/// method takes over: [`Rodas5P`](crate::Rodas5P) up to 64 states, [`Bdf`](crate::Bdf) above. It gives way again where the explicit
/// one would be stable on its steps; and where steps did not become longer by more than they cost, in which case the next switch is
/// waited for longer. An estimate that is not finite counts for nothing.
///
/// [`Statistics::automatic`](crate::Statistics::automatic) says what was run, and why. Decisions look at values, so every scalar takes
/// the same steps; what they depend on is in the [`State`](crate::State), so a replay is exact.
///
/// On given steps (`FixedStep`, `Mesh`) and with a mass matrix only the implicit method is run.
///
/// ```
/// use costate_solvers::{AutoMethod, Problem, SaveAt, Tolerance, ode};
/// use nalgebra::dvector;
///
/// let van_der_pol = ode!(|_t, [x, v], [mu]| [v, mu * (1.0 - x * x) * v - x]);
/// let problem = Problem::ode(van_der_pol, [2.0, 0.0], &dvector![1000.0], 0.0..500.0);
/// let solution = problem.solve(AutoMethod, Tolerance::new(1e-5, 1e-5), SaveAt::end())?;
/// let automatic = solution.statistics().automatic.expect("it says what it ran");
/// assert!(automatic.stiff_from.is_some_and(|t| t < 1.0), "{automatic}");
/// # Ok::<(), costate_solvers::SolveError>(())
/// ```
///
/// References for the estimate: L. F. Shampine, Stiffness and nonstiff differential equation solvers, II, ACM Trans. Math. Softw. 3
/// (1977) 44-53; Hairer & Wanner, Solving Ordinary Differential Equations II, section IV.2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AutoMethod;

impl Method for AutoMethod {
    type Stepper<R: Real> = AutoStepper<R>;

    fn name(&self) -> &'static str {
        "AutoMethod"
    }

    /// That of the lowest of its methods at tolerances of their own.
    fn order(&self) -> usize {
        5
    }

    /// Of the method that starts; each says its own from step to step.
    fn embedded_order(&self) -> Option<usize> {
        Some(4)
    }

    fn is_implicit(&self) -> bool {
        true
    }

    fn takes_mass_matrix(&self) -> bool {
        true
    }

    fn stepper<R: Real>(&self, states: usize) -> AutoStepper<R> {
        AutoStepper::new(states)
    }
}
