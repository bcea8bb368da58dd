//! Lets an event happen, in the arithmetic of the scalar.
//!
//! The time of a root moves with the parameters. The solve goes on from the plain time `t` at which the root was found, so
//! the state is carried from `t` to the moving time, changed there, and carried back: what remains is the saltation term
//! (Hiskens & Pai, IEEE Trans. Circuits Syst. I 47 (2000) 204-220, equation 16). The moving time differs from `t` by a number
//! whose value is zero, so a step of a fourth-order method along it is exact for derivatives up to the fourth.

use super::flow;
use crate::implicit::{motion, settle};
use crate::{ImplicitError, MassMatrix, Ode, SolveError, Trigger, VectorField};
use costate_ad::Real;

/// What an event did: the time at which it happened, and the states just before and after, at that time.
pub(crate) struct Kick<R> {
    pub(crate) time: R,
    pub(crate) before: Vec<R>,
    pub(crate) after: Vec<R>,
}

/// What a solve passed through at the end of a step: a stop, with the events that happened there.
#[derive(Clone, Copy, Debug)]
pub struct Passage<'a, R> {
    /// The steps taken before.
    pub index: usize,
    /// The plain time.
    pub t: f64,
    /// The events, in the order in which they happened; none at a plain stop.
    pub events: &'a [usize],
    /// The state before, and the parameters.
    pub y: &'a [R],
    /// The parameters before.
    pub p: &'a [R],
    /// The state behind it.
    pub y_next: &'a [R],
    /// The parameters behind it.
    pub p_next: &'a [R],
}

/// Passes through the `events` at `t` again, on any scalar: changes the state and the parameters in place as a solve with this mass matrix
/// does, and appends the numbers of the [`Occurrence`](crate::Occurrence)s: for each its time, the state before and the state after.
///
/// # Errors
/// [`SolveError::NoEventTimeDerivative`], where the scalar carries derivatives and the time of an event has none;
/// [`ImplicitError::MassMatrixWithEvents`] for second derivatives with a mass matrix.
pub fn pass<S: Ode, R: Real>(
    system: &S,
    mass: Option<&MassMatrix>,
    t: f64,
    events: &[usize],
    y: &mut [R],
    p: &mut [R],
    numbers: &mut Vec<R>,
) -> Result<(), SolveError> {
    let triggers = Ode::triggers(system);
    for &event in events {
        let kick = apply(system, mass, event, &triggers[event], t, y, p)?;
        if triggers[event] != Trigger::EveryStep {
            numbers.push(kick.time);
            numbers.extend(kick.before);
            numbers.extend(kick.after);
        }
    }
    Ok(())
}

/// Lets `event` happen at `t`, changing the state and the parameters in place. The state is left at `t`, or, where the event
/// ends the solve, at the moving time.
pub(crate) fn apply<F: VectorField<R> + ?Sized, R: Real>(
    field: &F,
    mass: Option<&MassMatrix>,
    event: usize,
    trigger: &Trigger,
    t: f64,
    y: &mut [R],
    p: &mut [R],
) -> Result<Kick<R>, SolveError> {
    let (moves, terminal) = (matches!(trigger, Trigger::Root { .. }), trigger.is_terminal());
    let path = Path { field, mass, event };
    let delay = if moves && R::ORDER > 0 { Some(path.delay(t, y, p)?) } else { None };
    let (time, before) = match delay {
        Some(delay) => (delay + t, path.flow(R::from(t), y, p, delay)?),
        None => (R::from(t), y.to_vec()),
    };
    let mut after = before.clone();
    field.reset(event, time, &mut after, p);
    // What a reset leaves need not satisfy the algebraic equations.
    if let Some(mass) = mass.filter(|_| !terminal) {
        settle(field, mass, time, &mut after, p)?;
    }
    match delay.filter(|_| !terminal) {
        Some(delay) => y.copy_from_slice(&path.flow(time, &after, p, -delay)?),
        None => y.copy_from_slice(&after),
    }
    Ok(Kick { time, before, after })
}

/// The solution near an event.
struct Path<'a, F: ?Sized> {
    field: &'a F,
    mass: Option<&'a MassMatrix>,
    event: usize,
}

fn values<R: Real>(numbers: &[R]) -> Vec<f64> {
    numbers.iter().map(|number| number.value()).collect()
}

impl<F: ?Sized> Path<'_, F> {
    /// How much later than `t` the condition is zero: a number whose value is zero. By Newton's method with the plain slope, of
    /// which each round makes one more order of derivatives exact. Refused where the condition does not change along the solution: then
    /// the time has no derivative.
    fn delay<R: Real>(&self, t: f64, y: &[R], p: &[R]) -> Result<R, SolveError>
    where
        F: VectorField<R>,
    {
        let (field, event) = (self.field, self.event);
        let slope = self.slope_value(t, y, p)?;
        let rate = field.condition_rate(event, t, &values(y), &values(p), &slope);
        if rate == 0.0 || R::ORDER > 4 {
            return Err(SolveError::NoEventTimeDerivative { event, t, rate });
        }
        let mut delay = R::zero();
        for _ in 0..R::ORDER {
            let condition = field.condition(event, delay + t, &self.flow(R::from(t), y, p, delay)?, p);
            delay -= (condition - condition.value()) / rate;
        }
        Ok(delay)
    }

    /// The rate at which the state moves, on plain numbers.
    fn slope_value<R: Real>(&self, t: f64, y: &[R], p: &[R]) -> Result<Vec<f64>, SolveError>
    where
        F: VectorField<R>,
    {
        if let Some(mass) = self.mass {
            return Ok(motion(self.field, mass, t, &values(y), &values(p))?);
        }
        let mut slope = vec![R::zero(); y.len()];
        self.field.eval(R::from(t), y, p, &mut slope);
        Ok(values(&slope))
    }

    /// The solution `h` later, for an `h` whose value is zero; with a mass matrix by its plain slope, which serves first derivatives
    /// alone.
    fn flow<R: Real>(&self, t: R, y: &[R], p: &[R], h: R) -> Result<Vec<R>, SolveError>
    where
        F: VectorField<R>,
    {
        if self.mass.is_some() {
            if R::ORDER > 1 {
                return Err(ImplicitError::MassMatrixWithEvents.into());
            }
            let rates = self.slope_value(t.value(), y, p)?;
            return Ok(y.iter().zip(rates).map(|(&y, rate)| y + h * rate).collect());
        }
        Ok(flow(self.field, t, y, p, h))
    }
}
