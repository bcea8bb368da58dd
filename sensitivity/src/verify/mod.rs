//! [`verify_gradient`]: a gradient with a checkable statement of its error.

mod meshes;
mod report;

use crate::{Forward, GradientStrategy};
use costate_ad::{Real, Var, try_gradient};
use costate_solvers::SolveError;
use meshes::{Meshes, Refined};
use nalgebra::{DVector, dvector};
pub use report::{GradientReport, GradientVerdict};

/// A loss that any strategy can run: one or more solves by `strategy`, and ordinary code on their solutions.
pub trait Objective {
    /// The loss at the inputs `x`.
    ///
    /// # Errors
    /// Those of the solves.
    fn loss<G: GradientStrategy>(&self, x: &DVector<Var>, strategy: &G) -> Result<Var, SolveError>;
}

/// Checks the gradient that `strategy` computes of an objective at `x`, by evidence that does not come from the strategy itself:
///
/// - **dot test**: the derivative along one direction, by forward mode through the solver, against the gradient's;
/// - **Taylor test**: on the mesh of the plain run, `f(x + e v) - f(x) - e g.v` must vanish like `e^2`, while a wrong gradient leaves
///   a term in `e`. On a mesh that is chosen anew for each `e` the test would measure the step size control (AMICI's and others'
///   finite differences do);
/// - **discretisation**: the gradient under a [refined](costate_solvers::Control::refined) control says how far the gradient of the
///   computed solution is from that of the true one.
///
/// It costs about `n + 10` solves and three gradients for `n` inputs.
///
/// ```
/// use costate_ad::Var;
/// use costate_sensitivity::{DiscreteAdjoint, GradientStrategy, Objective, verify_gradient};
/// use costate_solvers::{Problem, SaveAt, SolveError, Tolerance, Tsit5, ode};
/// use nalgebra::{DVector, dvector};
///
/// struct Decay;
///
/// impl Objective for Decay {
///     fn loss<G: GradientStrategy>(&self, x: &DVector<Var>, strategy: &G) -> Result<Var, SolveError> {
///         let problem = Problem::ode(ode!(|_t, [y], [rate]| [-rate * y]), [1.0], x, 0.0..2.0);
///         Ok(strategy.solve(&problem, Tsit5, Tolerance::new(1e-6, 1e-6), SaveAt::end())?.last()[0])
///     }
/// }
///
/// let report = verify_gradient(&Decay, &dvector![0.5], &DiscreteAdjoint::default())?;
/// println!("{report}");
/// assert!(report.verdict().is_exact());
/// assert!((report.gradient[0] + 2.0 * (-1.0_f64).exp()).abs() < 10.0 * report.discretisation[0]);
/// # Ok::<(), SolveError>(())
/// ```
///
/// # Errors
/// Those of the solves.
pub fn verify_gradient<O: Objective, G: GradientStrategy>(
    objective: &O,
    x: &DVector<f64>,
    strategy: &G,
) -> Result<GradientReport, SolveError> {
    let (value, gradient) = try_gradient(|x| objective.loss(x, strategy), x)?;
    let direction = direction(x);
    let along = |step: &DVector<Var>| {
        let moved = DVector::from_fn(x.len(), |i, _| direction[i] * step[0] + x[i]);
        objective.loss(&moved, &Forward)
    };
    let (_, forward) = try_gradient(along, &dvector![0.0])?;
    let taylor = taylor(objective, x, &direction, gradient.dot(&direction))?;
    let (_, refined) = try_gradient(|x| objective.loss(x, &Refined(strategy)), x)?;
    let discretisation = (&gradient - &refined).abs();
    let directional = [gradient.dot(&direction), forward[0]];
    Ok(GradientReport { strategy: strategy.name(), value, gradient, directional, taylor, discretisation })
}

/// A direction in which every input changes by its own size, some up and some down: the same every time.
fn direction(x: &DVector<f64>) -> DVector<f64> {
    let typical = x.amax().max(f64::MIN_POSITIVE);
    x.map_with_location(|i, _, x| {
        let sign = if (i as f64 * 0.618_033_988_749_895).fract() < 0.5 { 1.0 } else { -1.0 };
        sign * if x == 0.0 { typical } else { x.abs() }
    })
}

/// The steps along the direction, and what the first-order expansion leaves there.
fn taylor<O: Objective>(
    objective: &O,
    x: &DVector<f64>,
    direction: &DVector<f64>,
    slope: f64,
) -> Result<Vec<[f64; 2]>, SolveError> {
    let meshes = Meshes::default();
    objective.loss(&x.map(Var::constant), &meshes)?;
    let at = |step: f64| {
        let moved = (x + direction * step).map(Var::constant);
        objective.loss(&moved, &meshes.again()).map(Real::value)
    };
    let base = at(0.0)?;
    let steps = (0..7).map(|k| 1e-2 * 0.25_f64.powi(k));
    steps.map(|step| Ok([step, (at(step)? - base - step * slope).abs()])).collect()
}
