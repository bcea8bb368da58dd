//! [`Scheme`]: what a family of implicit methods does in a step, and [`Step`]: what it works on.

use super::plain::Plain;
use crate::attempt::Attempt;
use crate::{State, VectorField};
use costate_ad::{At, Real};
use costate_linalg::{LinearSolver, Linearisation, StateJacobian};
use std::sync::Arc;

/// The numbers of a step that every family has.
#[derive(Clone, Debug)]
pub struct Step<R> {
    pub(super) plain: Plain,
    /// The unknowns of the stages on the scalar.
    pub(super) stages: Vec<R>,
    pub(super) next: Vec<R>,
    pub(super) next_slope: Vec<R>,
    pub(super) evaluations: usize,
}

impl<R: Real> Step<R> {
    pub(super) fn new(states: usize, stages: usize) -> Step<R> {
        let zeros = |length| vec![R::zero(); length];
        let (stages, next, next_slope) = (zeros(stages * states), zeros(states), zeros(states));
        Step { plain: Plain::new(states), stages, next, next_slope, evaluations: 0 }
    }

    /// Takes over what was found on plain numbers.
    pub(super) fn set_stages(&mut self, plain: &[f64]) {
        self.stages.iter_mut().zip(plain).for_each(|(stage, &plain)| *stage = R::from(plain));
    }
}

/// A family of implicit methods: how the unknowns of a step are found on plain numbers, how they get their derivatives, and what
/// follows from them. [`ImplicitStepper`](super::ImplicitStepper) makes a stepper of it.
pub trait Scheme<R: Real> {
    /// How many blocks of unknowns there are.
    const STAGES: usize;

    /// The squared error that stands for unknowns which are finite but were not found: about half the step is tried next.
    const FAILED: f64;

    /// Whether the unknowns are iterated for, so that a Jacobian of an earlier step may do.
    const ITERATES: bool;

    /// Whether its systems can be solved without their matrix.
    const MULTIPLIES: bool = false;

    /// Scratch memory for `states` states.
    fn new(states: usize) -> Self;

    /// Solves the linear systems of matrices of its own in this way from now on.
    fn set_linear_solver(&mut self, _solver: LinearSolver) {}

    /// The Jacobian of an earlier step, if it is to be tried first.
    #[inline(always)]
    fn kept(state: &State<R>) -> Option<&Arc<StateJacobian>> {
        state.jacobian.as_ref().filter(|_| Self::ITERATES)
    }

    /// Evaluates the derivatives of what the unknowns are solved for.
    #[inline(always)]
    fn linearise<F: VectorField<R> + ?Sized>(field: &F, at: At<'_>, linearisation: &mut Linearisation) {
        field.linearise(at, linearisation);
    }

    /// Finds the unknowns with the Jacobian at hand; false where the matrix is singular, or an iteration does not converge.
    fn solve<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> bool;

    /// The unknowns on plain numbers, block after block.
    fn unknowns(&self) -> &[f64];

    /// The state at the end, from the stages.
    fn combine<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>);

    /// The squared norm of the error estimate; 0 without a scale. NaN where something is not finite.
    fn measure<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> f64;

    /// Gives the stages and the state at the end the derivatives that follow from the equations of the step; false where these
    /// have none.
    fn correct<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> bool;

    /// The squared norm of the error estimate with its derivatives, of a step that was corrected.
    fn measure_tangents<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> f64;

    /// The slope at the end.
    fn slope<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) {
        let Attempt { field, p, state, h, .. } = attempt;
        field.eval(R::from(state.t + h), &step.next, p, &mut step.next_slope);
        step.evaluations += 1;
    }

    /// Writes what is to survive an accepted step into the state.
    #[inline(always)]
    fn keep(&self, _step: &Step<R>, _state: &mut State<R>) {}

    /// The time of a stage as a fraction of the step.
    fn stage_time(&self, stage: usize) -> f64;

    /// As [`Stepper::interpolate`](crate::Stepper::interpolate).
    fn interpolate(&self, step: &Step<R>, y: &[R], h: f64, theta: f64, out: &mut [R]);

    /// As [`Stepper::interpolant`](crate::Stepper::interpolant).
    fn interpolant<T: Real>(&self, step: &Step<R>, h: f64, convert: impl Fn(R) -> T, out: &mut Vec<T>) -> usize;
}
