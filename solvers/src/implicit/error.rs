//! [`ImplicitError`]: why an implicit method, or a mass matrix, does not fit a problem.

use costate_linalg::LinalgError;

/// Why a problem cannot be stepped by an implicit method, or with a mass matrix. Every message ends with the remedy.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImplicitError {
    /// An implicit method was given a right-hand side whose derivatives it cannot find.
    #[error(
        "{method} needs the Jacobian of the right-hand side, which a closure on one scalar does not have: write the model with \
         ode! or as an impl of Ode, or use an explicit method such as Tsit5"
    )]
    NoJacobian {
        /// The method's name.
        method: &'static str,
    },
    /// A mass matrix was given to a method with an explicit stage, which would have to divide by it.
    #[error("{method} has an explicit stage and cannot step a problem with a mass matrix: use Rodas5P")]
    MassMatrixRefused {
        /// The method's name.
        method: &'static str,
    },
    /// A method of variable order was given a highest order that it does not have.
    #[error("Bdf has the orders 1 to 5, and none of order {found}: set max_order to one of these")]
    BadOrder {
        /// The order asked for.
        found: usize,
    },
    /// The mass matrix does not fit the state, or is not finite.
    #[error("{source}; M must have a row and a column for each state")]
    BadMassMatrix {
        /// What is wrong with it.
        source: LinalgError,
    },
    /// The algebraic equations cannot be told from the differential ones.
    #[error(
        "the mass matrix has {rows} rows and {columns} columns of zeros, so that nothing says which states the algebraic equations \
         fix: write the equations so that each of these has a row of zeros, and each such state a column"
    )]
    NotSemiExplicit {
        /// Rows of zeros.
        rows: usize,
        /// Columns of zeros.
        columns: usize,
    },
    /// The start does not satisfy the algebraic equations.
    #[error(
        "equation {equation} does not hold at the start t = {t} (residual {residual:.3e}): component {component} would have to move by \
         {correction:.3e}, more than the tolerance {tolerance:.3e}; call with_consistent_start, or mend the initial state"
    )]
    InconsistentStart {
        /// The start of the span.
        t: f64,
        /// The algebraic equation with the largest residual.
        equation: usize,
        /// That residual.
        residual: f64,
        /// The component that is farthest from where the equations want it.
        component: usize,
        /// How far, to first order.
        correction: f64,
        /// What it may be off.
        tolerance: f64,
    },
    /// The matrix of a step has no factors.
    #[error(
        "the matrix M / (gamma h) - J of the step at t = {t} of size {h:e} has no factors: {source}. With a mass matrix, see that the \
         algebraic equations fix their states (index 1); else start elsewhere, or stop before"
    )]
    NoFactors {
        /// The start of the step.
        t: f64,
        /// Its size.
        h: f64,
        /// Steps accepted before.
        step: usize,
        /// What is wrong with it.
        source: LinalgError,
    },
    /// What a model says of its Jacobian is wrong.
    #[error("{source} (at t = {t})")]
    WrongJacobian {
        /// Where it was found.
        t: f64,
        /// What is wrong.
        source: LinalgError,
    },
    /// No start satisfies the algebraic equations near the given one.
    #[error(
        "no consistent start at t = {t} after {iterations} iterations, residual {residual:.3e}{}: start nearer to one, or differentiate \
         the equations until they fix these states (index 1)",
        .source.as_ref().map(|source| format!(" ({source})")).unwrap_or_default()
    )]
    NoConsistentStart {
        /// The start of the span.
        t: f64,
        /// Iterations done.
        iterations: usize,
        /// The largest residual of an algebraic equation.
        residual: f64,
        /// What is wrong with the matrix of the iteration, if something is.
        source: Option<LinalgError>,
    },
    /// No state at rest was found, or one whose Jacobian is singular.
    #[error(
        "no isolated state at rest at t = {t} after {iterations} steps, where the largest slope is {residual:.3e}: start nearer to one; \
         where sums are conserved, replace an equation by the sum and use with_mass_matrix"
    )]
    NoSteadyState {
        /// The time at which the model was to rest.
        t: f64,
        /// Steps of the continuation; 0 where a state was found, and is not isolated.
        iterations: usize,
        /// The largest slope.
        residual: f64,
    },
    /// Second derivatives were asked of the time of an event of a problem with a mass matrix.
    #[error(
        "the times of events of a problem with a mass matrix carry first derivatives only: differentiate once, or leave the events out"
    )]
    MassMatrixWithEvents,
}
