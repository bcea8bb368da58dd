//! The strong-Wolfe line search.

use super::{Evaluation, Objective};
use crate::Cause;
use nalgebra::DVector;

/// Sufficient decrease: the value falls by at least this share of what the slope promises.
const DECREASE: f64 = 1e-4;
/// Curvature: the slope falls to at most this share of what it was.
const CURVATURE: f64 = 0.9;
/// Relative noise of the objective, below which differences of values say nothing and slopes decide alone.
pub(super) const NOISE: f64 = 1e-10;
/// Evaluations before a search gives up.
const TRIALS: usize = 40;

/// The objective, and how often it was asked.
pub(super) struct Counted<'a, 'b> {
    pub objective: &'a mut Objective<'b>,
    pub evaluations: usize,
    pub failures: usize,
    /// What the last failure was.
    pub last_failure: String,
}

impl<'a, 'b> Counted<'a, 'b> {
    pub fn new(objective: &'a mut Objective<'b>) -> Self {
        Counted { objective, evaluations: 0, failures: 0, last_failure: String::new() }
    }

    /// Value and gradient; what is not finite is a failure that says so.
    pub fn evaluate(&mut self, point: &DVector<f64>) -> Result<Evaluation, Cause> {
        self.evaluations += 1;
        let checked = (self.objective)(point).and_then(|(value, gradient)| {
            if gradient.len() != point.len() {
                let sizes = (gradient.len(), point.len());
                return Err(format!("the gradient has {} components, the point {}", sizes.0, sizes.1).into());
            }
            if !value.is_finite() {
                return Err(format!("the objective is {value}").into());
            }
            match gradient.iter().position(|slope| !slope.is_finite()) {
                Some(at) => Err(format!("component {at} of the gradient is {}", gradient[at]).into()),
                None => Ok((value, gradient)),
            }
        });
        if let Err(failure) = &checked {
            self.failures += 1;
            self.last_failure = failure.to_string();
        }
        checked
    }
}

/// A point along the direction.
#[derive(Clone)]
pub(super) struct Trial {
    pub step: f64,
    pub value: f64,
    /// The derivative along the direction.
    pub slope: f64,
    pub point: DVector<f64>,
    pub gradient: DVector<f64>,
}

/// The far end of a bracket: where the value is too large, the slope is of the other sign, or the objective fails.
struct Far {
    step: f64,
    /// Value and slope, unless the objective fails there.
    known: Option<(f64, f64)>,
}

/// Searches along `direction` from `origin` (step 0) for a point that fulfils the strong Wolfe conditions, beginning with the step
/// `first` and going no further than `longest`; a point there needs to decrease alone.
///
/// Nocedal & Wright (2006), algorithms 3.5 and 3.6 in one loop: `near` is the best point so far, `far` the other end
/// of the bracket once there is one. A point where the objective fails has the value plus infinity, and the bracket
/// is cut towards `near`. Close to a minimum, where decreases drown in the rounding of the objective, the approximate
/// Wolfe conditions of Hager & Zhang (2005, eq. 4.1) stand in: they compare slopes alone.
///
/// Returns the point and gradient accepted, or why there is none. If trials run out, a point that at least decreases
/// is accepted.
pub(super) fn search(
    objective: &mut Counted<'_, '_>,
    origin: &Trial,
    direction: &DVector<f64>,
    [first, longest]: [f64; 2],
) -> Result<Trial, String> {
    let first = first.min(longest);
    let mut near = origin.clone();
    let mut far: Option<Far> = None;
    let mut step = first;
    let mut cause = String::from("no point along the direction decreases the objective");
    for _ in 0..TRIALS {
        let trial = match evaluate(objective, origin, direction, step) {
            Ok(trial) => trial,
            Err(failure) => {
                cause = failure.to_string();
                far = Some(Far { step, known: None });
                step = between(&near, &Far { step, known: None });
                continue;
            }
        };
        // Strictly less: the promised decrease may vanish in rounding.
        let decreases = trial.value < origin.value && trial.value <= origin.value + DECREASE * step * origin.slope;
        if (decreases && trial.slope.abs() <= CURVATURE * origin.slope.abs()) || approximate_wolfe(origin, &trial) {
            return Ok(trial);
        }
        if !decreases || trial.value >= near.value && near.step > 0.0 {
            far = Some(Far { step, known: Some((trial.value, trial.slope)) });
        } else {
            // Downhill from here leads away from `far` exactly if the slope points back to `near`.
            let ahead = far.as_ref().map_or(1.0, |far| (far.step - near.step).signum());
            if trial.slope * ahead >= 0.0 {
                far = Some(Far { step: near.step, known: Some((near.value, near.slope)) });
            }
            near = trial;
            if far.is_none() && near.step >= longest {
                return Ok(near);
            }
        }
        step = far.as_ref().map_or_else(|| extrapolate(origin, &near).min(longest), |far| between(&near, far));
        let width = far.as_ref().map_or(f64::INFINITY, |far| (far.step - near.step).abs());
        if width <= 1e-14 * near.step.max(first.min(1.0) * 1e-6) {
            break;
        }
    }
    if near.step > 0.0 { Ok(near) } else { Err(cause) }
}

fn evaluate(
    objective: &mut Counted<'_, '_>,
    origin: &Trial,
    direction: &DVector<f64>,
    step: f64,
) -> Result<Trial, Cause> {
    let point = &origin.point + direction * step;
    let (value, gradient) = objective.evaluate(&point)?;
    Ok(Trial { step, value, slope: gradient.dot(direction), point, gradient })
}

fn approximate_wolfe(origin: &Trial, trial: &Trial) -> bool {
    trial.value <= origin.value + NOISE * origin.value.abs()
        && trial.slope >= CURVATURE * origin.slope
        && trial.slope <= (2.0 * DECREASE - 1.0) * origin.slope
}

/// Further out: where a parabola through the slopes has its minimum, between two and ten times as far.
fn extrapolate(origin: &Trial, near: &Trial) -> f64 {
    let bend = (near.slope - origin.slope) / near.step;
    let minimum = if bend > 0.0 { -origin.slope / bend } else { f64::INFINITY };
    minimum.clamp(2.0 * near.step, 10.0 * near.step)
}

/// Inside a bracket: the minimum of the cubic through both ends (Nocedal & Wright, eq. 3.59), kept a tenth of the
/// bracket away from either; a quarter of the way where the far end has no value.
fn between(near: &Trial, far: &Far) -> f64 {
    let width = far.step - near.step;
    let share = far.known.map_or(0.25, |(value, slope)| {
        let d1 = near.slope + slope - 3.0 * (value - near.value) / width;
        let d2 = (d1 * d1 - near.slope * slope).max(0.0).sqrt().copysign(width);
        let share = 1.0 - (slope + d2 - d1) / (slope - near.slope + 2.0 * d2);
        if share.is_finite() { share.clamp(0.1, 0.9) } else { 0.5 }
    });
    near.step + share * width
}
