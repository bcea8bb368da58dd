//! [`Interior`]: what lies between the ends of an accepted step.

use crate::integrate::Accepted;
use crate::{SolveError, State, Stepper, VectorField};
use costate_ad::Real;

/// The inside of an accepted step that is not committed yet. The extra stages that a method's interpolant may need are
/// evaluated when something between the ends is first asked for, once per step at most.
pub(crate) struct Interior<'a, F: ?Sized, R, T> {
    pub(crate) field: &'a F,
    pub(crate) p: &'a [R],
    /// The start of the step.
    pub(crate) state: &'a State<R>,
    pub(crate) step: &'a Accepted,
    pub(crate) stepper: &'a mut T,
    pub(crate) evaluations: &'a mut usize,
}

impl<F: VectorField<R> + ?Sized, R: Real, T: Stepper<R>> Interior<'_, F, R, T> {
    /// Writes the state at the fraction `theta` of the step into `out`.
    #[inline]
    pub(crate) fn interpolate(&mut self, theta: f64, out: &mut [R]) -> Result<(), SolveError> {
        self.complete()?;
        self.stepper.interpolate(self.state.y.as_slice(), self.step.h, theta, out);
        Ok(())
    }

    /// Appends the interpolant as polynomials in theta, as [`Stepper::interpolant`] does.
    pub(crate) fn interpolant(&mut self, out: &mut Vec<R>) -> Result<(), SolveError> {
        self.complete()?;
        self.stepper.interpolant(self.step.h, out);
        Ok(())
    }

    #[inline]
    fn complete(&mut self) -> Result<(), SolveError> {
        let evaluations = self.stepper.complete(self.field, self.p, self.state, self.step.h);
        if evaluations == 0 {
            return Ok(());
        }
        *self.evaluations += evaluations;
        non_finite(self.stepper, self.state, self.step.h).map_or(Ok(()), Err)
    }
}

/// Where the step just tried first met a number that is not finite.
pub(crate) fn non_finite<R: Real, T: Stepper<R>>(stepper: &T, state: &State<R>, h: f64) -> Option<SolveError> {
    let n = state.y.len();
    let bad = |values: &[R]| values.iter().position(|value| !value.value().is_finite());
    let step = state.index;
    if let Some(index) = bad(stepper.stages()) {
        let value = stepper.stages()[index].value();
        let t = state.t + stepper.stage_time(index / n) * h;
        return Some(SolveError::NonFinite { what: "the slope dy", component: index % n, value, t, h, step });
    }
    let component = bad(stepper.next())?;
    let value = stepper.next()[component].value();
    Some(SolveError::NonFinite { what: "the state", component, value, t: state.t + h, h, step })
}
