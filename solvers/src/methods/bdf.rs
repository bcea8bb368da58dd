//! [`Bdf`]: backward differentiation formulas of variable order.

use crate::implicit::BdfStepper;
use crate::{Formula, ImplicitError, Method, Real, SolveError};

/// Backward differentiation formulas of orders 1 to 5 in terms of differences on a mesh of equal steps, which is stretched where the
/// step size changes: one implicit stage a step, with a Jacobian and factors that serve many steps, and the polynomial through the last
/// states as interpolant.
///
/// For large stiff problems at moderate tolerances, where a factorisation is what costs; it needs more steps than a one-step method,
/// and starts anew, at order 1, behind every event and stop. Formulas of orders above 2 damp fast oscillations badly: where steps
/// become small for no visible reason, lower [`max_order`](Bdf::max_order) to 2, or use [`Kvaerno5`](crate::Kvaerno5).
///
/// On steps of one size the order rises by one a step. Step sizes are chosen by the method; of a
/// [`Tolerance`](crate::Tolerance) it follows the tolerances, the norm and the bounds on step sizes, while controller and safety factor
/// only say how far a rejected step is shortened.
///
/// Reference: L. F. Shampine, M. W. Reichelt, The MATLAB ODE Suite, SIAM J. Sci. Comput. 18 (1997) 1-22, section 2.
///
/// ```
/// use costate_solvers::{Bdf, Problem, SaveAt, Tolerance, ode};
/// use nalgebra::dvector;
///
/// let relaxation = ode!(|t, [y], [rate]| [-rate * (y - t.cos())]);
/// let problem = Problem::ode(relaxation, [0.0], &dvector![1e4], 0.0..2.0);
/// let solution = problem.solve(Bdf { max_order: 3 }, Tolerance::new(1e-6, 1e-8), SaveAt::end())?;
/// assert!((solution.last()[0] - 2.0_f64.cos()).abs() < 1e-4);
/// # Ok::<(), costate_solvers::SolveError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bdf {
    /// The highest order that is used, from 1 to 5.
    pub max_order: usize,
}

impl Default for Bdf {
    fn default() -> Bdf {
        Bdf { max_order: 5 }
    }
}

impl Method for Bdf {
    type Stepper<R: Real> = BdfStepper<R>;

    const FORMULA: Option<Formula> = Some(Formula::Multistep);

    fn name(&self) -> &'static str {
        "Bdf"
    }

    fn order(&self) -> usize {
        self.max_order
    }

    /// Errors come in powers that make them step sizes, whatever the order of a step.
    fn embedded_order(&self) -> Option<usize> {
        Some(0)
    }

    fn check(&self, _states: usize) -> Result<(), SolveError> {
        match self.max_order {
            1..=5 => Ok(()),
            found => Err(ImplicitError::BadOrder { found }.into()),
        }
    }

    fn is_implicit(&self) -> bool {
        true
    }

    fn takes_mass_matrix(&self) -> bool {
        true
    }

    fn stepper<R: Real>(&self, states: usize) -> BdfStepper<R> {
        BdfStepper::of_order(self.max_order, states)
    }
}
