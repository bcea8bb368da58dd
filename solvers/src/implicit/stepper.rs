//! [`ImplicitStepper`]: the one stepper of all implicit methods.

use super::scheme::{Scheme, Step};
use crate::attempt::Attempt;
use crate::finiteness::finiteness;
use crate::{ErrorScale, ImplicitWork, State, Stepper, VectorField};
use costate_ad::Real;
use costate_linalg::{LinalgError, LinearSolver, MassMatrix, StateJacobian};
use std::sync::Arc;

/// Steps a family `S` of implicit methods on the scalar `R`.
///
/// The unknowns of a step are found on plain numbers. On a scalar with derivatives they are then corrected once for each of the
/// scalar's orders, with factors of the step's own matrix.
#[derive(Clone, Debug)]
pub struct ImplicitStepper<S, R> {
    scheme: S,
    step: Step<R>,
}

impl<S: Scheme<R>, R: Real> ImplicitStepper<S, R> {
    /// Scratch memory for `states` states.
    pub fn new(states: usize) -> Self {
        ImplicitStepper::with(S::new(states), states)
    }

    /// Scratch memory for `states` states around that of a scheme.
    pub(crate) fn with(scheme: S, states: usize) -> Self {
        ImplicitStepper { scheme, step: Step::new(states, S::STAGES) }
    }

    /// The Jacobian of the step just tried, and the plain numbers of its start.
    pub(crate) fn linearised(&self) -> (&StateJacobian, &[f64]) {
        (self.step.plain.linearisation.jacobian(), &self.step.plain.y)
    }

    /// Finds the unknowns; where that fails with the Jacobian of an earlier step, once more with one of this step.
    fn solve<F: VectorField<R> + ?Sized>(&mut self, attempt: &Attempt<'_, F, R>) -> bool {
        let Attempt { field, p, state, .. } = attempt;
        self.step.plain.start(*field, p, state, S::kept(state), S::linearise);
        let step = &mut self.step;
        self.scheme.solve(step, attempt)
            || S::ITERATES && step.plain.refresh(*field, state, S::linearise) && self.scheme.solve(step, attempt)
    }
}

impl<S: Scheme<R>, R: Real> Stepper<R> for ImplicitStepper<S, R> {
    #[inline(never)]
    fn attempt<F: VectorField<R> + ?Sized>(
        &mut self,
        field: &F,
        p: &[R],
        state: &State<R>,
        h: f64,
        scale: Option<&ErrorScale>,
    ) -> f64 {
        let attempt = &Attempt { field, p, state, h, scale };
        self.step.evaluations = 0;
        let solved = self.solve(attempt);
        self.step.plain.complain();
        let ImplicitStepper { scheme, step } = self;
        step.set_stages(scheme.unknowns());
        if !solved {
            let finite = finiteness(scheme.unknowns()) == 0.0 && step.plain.trouble.is_none();
            return if finite && scale.is_some() { S::FAILED } else { f64::INFINITY };
        }
        scheme.combine(step, attempt);
        let mut result = scheme.measure(step, attempt);
        if result.is_nan() || result > 1.0 {
            return result;
        }
        if R::ORDER > 0 {
            if !scheme.correct(step, attempt) {
                return f64::INFINITY;
            }
            if scale.is_some_and(ErrorScale::includes_tangents) {
                result = scheme.measure_tangents(step, attempt);
            }
        }
        scheme.slope(step, attempt);
        result + finiteness(&step.next) + finiteness(&step.next_slope)
    }

    fn evaluations(&self) -> usize {
        self.step.evaluations
    }

    fn work(&self) -> ImplicitWork {
        self.step.plain.work
    }

    fn trouble(&self) -> Option<&LinalgError> {
        self.step.plain.trouble.as_ref()
    }

    fn set_linear_solver(&mut self, solver: LinearSolver) {
        let solver = if S::MULTIPLIES { solver } else { solver.with_jacobian() };
        self.step.plain.set_linear_solver(solver);
        self.scheme.set_linear_solver(solver);
    }

    fn set_mass(&mut self, mass: Arc<MassMatrix>) {
        self.step.plain.mass = Some(mass);
    }

    fn keep(&self, state: &mut State<R>) {
        self.scheme.keep(&self.step, state);
    }

    fn next(&self) -> &[R] {
        &self.step.next
    }

    fn next_slope(&self) -> &[R] {
        &self.step.next_slope
    }

    fn stages(&self) -> &[R] {
        &self.step.stages
    }

    fn stage_time(&self, stage: usize) -> f64 {
        self.scheme.stage_time(stage)
    }

    fn interpolate(&self, y: &[R], h: f64, theta: f64, out: &mut [R]) {
        self.scheme.interpolate(&self.step, y, h, theta, out);
    }

    fn interpolant<T: Real>(&self, h: f64, convert: impl Fn(R) -> T, out: &mut Vec<T>) -> usize {
        self.scheme.interpolant(&self.step, h, convert, out)
    }
}
