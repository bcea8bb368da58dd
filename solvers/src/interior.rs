//! [`Interior`]: what lies between the ends of an accepted step.

use crate::bounds::Bounds;
use crate::event::{Cut, Locator};
use crate::finiteness::finiteness;
use crate::pacing::Accepted;
use crate::{AcceptedStep, SolveError, State, Stepper, VectorField};
use costate_ad::Real;

/// The inside of an accepted step that is not committed yet. The extra stages that a method's interpolant may need are
/// evaluated when something between the ends is first asked for, once per step at most.
pub(crate) struct Interior<'a, F: ?Sized, R, T> {
    pub(crate) field: &'a F,
    pub(crate) p: &'a [R],
    pub(crate) bounds: Option<&'a Bounds>,
    /// The start of the step.
    pub(crate) state: &'a State<R>,
    pub(crate) step: &'a mut Accepted,
    pub(crate) stepper: &'a mut T,
    pub(crate) evaluations: &'a mut usize,
}

impl<F: VectorField<R> + ?Sized, R: Real, T: Stepper<R>> Interior<'_, F, R, T> {
    /// The step, as an observer is shown it.
    #[inline(always)]
    pub(crate) fn as_accepted(&self) -> AcceptedStep<'_, R> {
        AcceptedStep {
            index: self.state.index,
            t: self.state.t,
            h: self.step.h,
            theta: self.step.theta,
            y: self.state.y.as_slice(),
            y_next: self.stepper.next(),
            stages: self.stepper.stages(),
            n: self.state.y.len(),
            state: self.state,
        }
    }

    /// Writes the state at the fraction `theta` of the step into `out`.
    #[inline]
    pub(crate) fn interpolate(&mut self, theta: f64, out: &mut [R]) -> Result<(), SolveError> {
        self.complete()?;
        self.stepper.interpolate(self.state.y.as_slice(), self.step.h, theta, out);
        self.hold(out);
        Ok(())
    }

    /// Puts a state that is saved within the bounds of the problem.
    #[inline]
    pub(crate) fn hold(&self, y: &mut [R]) {
        if let Some(bounds) = self.bounds {
            bounds.hold(y);
        }
    }

    /// Appends the interpolant as polynomials in the fraction of what is kept of the step, as [`Stepper::interpolant`] does
    /// for the whole.
    pub(crate) fn interpolant(&mut self, out: &mut Vec<R>) -> Result<(), SolveError> {
        self.complete()?;
        let (start, n, theta) = (out.len(), self.state.y.len(), self.step.theta);
        self.stepper.interpolant(self.step.h, |number| number, out);
        if theta != 1.0 {
            for (power, coefficients) in out[start..].chunks_exact_mut(n).enumerate() {
                coefficients.iter_mut().for_each(|number| *number *= R::from(theta.powi(power as i32 + 1)));
            }
        }
        Ok(())
    }

    /// The first roots of the model's conditions inside the step.
    pub(crate) fn first_event(&mut self, locator: &mut Locator) -> Result<Option<Cut>, SolveError> {
        self.complete()?;
        let (h, y) = (self.step.h, self.state.y.as_slice());
        locator.load([self.state.t, h], y, self.p, |polynomial| {
            self.stepper.interpolant(h, R::value, polynomial);
        });
        Ok(locator.first::<R, F>(self.field, &self.state.fired))
    }

    /// Evaluates what the interpolant still needs.
    #[inline]
    pub(crate) fn complete(&mut self) -> Result<(), SolveError> {
        let evaluations = self.stepper.complete(self.field, self.p, self.state, self.step.h);
        if evaluations == 0 {
            return Ok(());
        }
        *self.evaluations += evaluations;
        let stages = self.stepper.stages();
        let new = &stages[stages.len() - evaluations * self.state.y.len()..];
        if finiteness(new) == 0.0 {
            return Ok(());
        }
        non_finite(self.field, self.stepper, self.state, self.step.h).map_or(Ok(()), Err)
    }
}

/// Where the step just tried first met a number that is not finite, and what the model says to that.
pub(crate) fn non_finite<F: VectorField<R> + ?Sized, R: Real, T: Stepper<R>>(
    field: &F,
    stepper: &T,
    state: &State<R>,
    h: f64,
) -> Option<SolveError> {
    let (step, y) = (state.index, state.y.as_slice());
    let Some(index) = stepper.stages().iter().position(|value| !value.value().is_finite()) else {
        return SolveError::non_finite("the state", stepper.next(), [state.t + h, h], step, y);
    };
    let t = state.t + stepper.stage_time(index / y.len()) * h;
    if let Some(message) = field.complaint() {
        return Some(SolveError::Domain { message, t, h, step, state: state.values() });
    }
    SolveError::non_finite("the slope dy", stepper.stages(), [t, h], step, y)
}
