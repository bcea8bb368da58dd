//! [`Method`]: what a user names, and [`Stepper`]: the scratch memory in which it steps.

use crate::{ErrorScale, Formula, ImplicitWork, MassMatrix, SolveError, State, Statistics, Tableau, VectorField};
use costate_ad::Real;
use costate_linalg::{LinalgError, LinearSolver};
use std::sync::Arc;

/// A way to step through time. It describes: written once, for every scalar. The numbers live in its
/// [`Stepper`], and what survives a step in the [`State`].
pub trait Method {
    /// What steps on the scalar `R`.
    type Stepper<R: Real>: Stepper<R>;

    /// The equations of a step, for an implicit method whose steps can be taken back from them; `None` where that takes more than
    /// coefficients.
    const FORMULA: Option<Formula> = None;

    /// The name, for messages.
    fn name(&self) -> &'static str;

    /// The order of convergence.
    fn order(&self) -> usize;

    /// The order of the error estimate's companion solution; `None` for a method that cannot keep a tolerance.
    fn embedded_order(&self) -> Option<usize>;

    /// Refuses a number of states that the method cannot step.
    ///
    /// # Errors
    /// [`SolveError::OddState`], for a method that splits the state into two halves.
    fn check(&self, _states: usize) -> Result<(), SolveError> {
        Ok(())
    }

    /// Whether a step solves equations, for which it needs the Jacobian of the right-hand side.
    fn is_implicit(&self) -> bool {
        false
    }

    /// Whether it steps problems with a mass matrix.
    fn takes_mass_matrix(&self) -> bool {
        false
    }

    /// Scratch memory for `states` states.
    fn stepper<R: Real>(&self, states: usize) -> Self::Stepper<R>;

    /// The coefficients, for a Runge-Kutta method: what a reverse sweep of its stages needs.
    fn tableau(&self) -> Option<&'static Tableau> {
        None
    }
}

impl<M: Method> Method for &M {
    type Stepper<R: Real> = M::Stepper<R>;

    const FORMULA: Option<Formula> = M::FORMULA;

    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn order(&self) -> usize {
        (**self).order()
    }

    fn embedded_order(&self) -> Option<usize> {
        (**self).embedded_order()
    }

    fn check(&self, states: usize) -> Result<(), SolveError> {
        (**self).check(states)
    }

    fn is_implicit(&self) -> bool {
        (**self).is_implicit()
    }

    fn takes_mass_matrix(&self) -> bool {
        (**self).takes_mass_matrix()
    }

    fn stepper<R: Real>(&self, states: usize) -> Self::Stepper<R> {
        (**self).stepper(states)
    }

    fn tableau(&self) -> Option<&'static Tableau> {
        (**self).tableau()
    }
}

/// The scratch memory of a method: it tries a step and holds its stages until the next is tried.
///
/// Nothing in it survives a step: a fresh stepper goes on from a [`State`] bit for bit.
pub trait Stepper<R: Real> {
    /// Tries the step of signed size `h` from `state` and returns the squared norm of its error estimate in units
    /// of `scale` (0 without one). The result is NaN or infinite where the step ran into numbers that are not
    /// finite. A step is accepted where it is at most 1; one that will be rejected may leave the slope at its end out.
    fn attempt<F: VectorField<R> + ?Sized>(
        &mut self,
        field: &F,
        p: &[R],
        state: &State<R>,
        h: f64,
        scale: Option<&ErrorScale>,
    ) -> f64;

    /// How many right-hand sides the last [`attempt`](Self::attempt) evaluated.
    fn evaluations(&self) -> usize;

    /// The linear algebra of the last [`attempt`](Self::attempt).
    fn work(&self) -> ImplicitWork {
        ImplicitWork::default()
    }

    /// What is wrong with the linear algebra of the last [`attempt`](Self::attempt), if it failed for that.
    fn trouble(&self) -> Option<&LinalgError> {
        None
    }

    /// Solves the linear systems of implicit steps in this way from now on.
    fn set_linear_solver(&mut self, _solver: LinearSolver) {}

    /// Steps `M dy/dt = f` from now on, for an method that [takes it](Method::takes_mass_matrix).
    fn set_mass(&mut self, _mass: Arc<MassMatrix>) {}

    /// The order of the error estimate of the last [`attempt`](Self::attempt), for a method whose steps differ in it; `None` where it is
    /// that of the [method](Method::embedded_order).
    #[inline(always)]
    fn error_order(&self) -> Option<usize> {
        None
    }

    /// Writes what is to survive the step just accepted, beside the state and the slope at its end, into the state; a method that
    /// chooses its steps itself overrides the size of the next.
    #[inline(always)]
    fn keep(&self, _state: &mut State<R>) {}

    /// Notes what the step just accepted, which led to `state`, was made by; called once for each.
    #[inline(always)]
    fn report(&self, _state: &State<R>, _statistics: &mut Statistics) {}

    /// The state at the end of the step just tried, length `n`.
    fn next(&self) -> &[R];

    /// The slope at the end of the step just tried, length `n`.
    fn next_slope(&self) -> &[R];

    /// The slopes of the stages of the step just tried, stage by stage, and once the step is
    /// [complete](Self::complete) the extra stages after them.
    fn stages(&self) -> &[R];

    /// The time of stage `stage` as a fraction of the step: to say where a value went wrong.
    fn stage_time(&self, stage: usize) -> f64;

    /// Evaluates what the interpolant of the step just accepted needs beyond its stages, where that is not done yet, and
    /// returns how many right-hand sides it took: as many stages come behind those of the step.
    fn complete<F: VectorField<R> + ?Sized>(&mut self, _field: &F, _p: &[R], _state: &State<R>, _h: f64) -> usize {
        0
    }

    /// Writes the interpolant of a [complete](Self::complete) step of size `h` from `y`, at the fraction `theta` of it, into
    /// `out`.
    fn interpolate(&self, y: &[R], h: f64, theta: f64, out: &mut [R]);

    /// Appends the interpolant of a [complete](Self::complete) step of size `h` as polynomials in theta: the vectors
    /// `q_1 .. q_d` (each of length `n`) of `y(theta) = y + sum of q_j theta^j`. Returns `d`.
    /// Every coefficient is a linear combination of numbers of the step, which `convert` (a linear map) is given.
    fn interpolant<T: Real>(&self, h: f64, convert: impl Fn(R) -> T, out: &mut Vec<T>) -> usize;
}
