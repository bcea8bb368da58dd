//! [`profile`]: confidence intervals that do not suppose a parabola.

use crate::fit::on_unbounded_scale;
use crate::normal::quantile_of_deviation;
use crate::{Cause, Evaluation, FitError, Fitted, Optimiser, Parameters, quiet};
use nalgebra::DVector;

/// The profile likelihood of one parameter: for each of its values the smallest objective over all others.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Profile {
    /// The parameter.
    pub name: String,
    /// The level of the interval, 0.95 for instance.
    pub level: f64,
    /// The lower end, on the natural scale; `None` where the objective never rises enough: the data set no limit.
    pub lower: Option<f64>,
    /// The upper end.
    pub upper: Option<f64>,
    /// Values of the parameter, on the natural scale in increasing order, and the rise of the objective there.
    pub points: Vec<(f64, f64)>,
}

/// Doublings of the step before a side is called open.
const DOUBLINGS: usize = 12;
/// How close to the threshold an end is, in the objective.
const CLOSE: f64 = 1e-5;

/// The interval of parameter `name` at `level`: where the objective, a negative log-likelihood minimised over all other
/// parameters, rises by half the quantile of the chi-squared distribution with one degree of freedom (1.92 for 0.95).
///
/// It goes out from the optimum of `fitted` along the parameter, each search starting where the last ended, and finds the two
/// ends by the secant method on the signed root of the rise, which is a straight line for a parabola (Venzon and Moolgavkar 1988,
/// Applied Statistics 37:87-94; Raue et al. 2009, Bioinformatics 25:1923-1929). About ten short searches.
///
/// # Errors
/// If there is no such parameter, the level is not between 0 and 1, or `fitted` did not converge.
pub fn profile<E: Into<Cause>>(
    mut objective: impl FnMut(&DVector<f64>) -> Result<Evaluation, E>,
    parameters: &Parameters,
    fitted: &Fitted,
    name: &str,
    level: f64,
    optimiser: &dyn Optimiser,
) -> Result<Profile, FitError> {
    let index = fitted.index(name)?;
    if !(level > 0.0 && level < 1.0) {
        return Err(FitError::Option { option: "level", value: level, remedy: "choose a share between 0 and 1" });
    }
    if !fitted.converged() {
        return Err(FitError::NoProfile { name: name.to_string(), reason: fitted.stop().to_string() });
    }
    let scale = parameters.iter().nth(index).expect("it was found by name").scale;
    let optimum = fitted.optimum();
    let natural = fitted.estimates()[index];
    // A standard error on the unbounded scale, or a guess.
    let error = fitted.standard_errors().map(|errors| errors[index] / scale.slope(natural).abs());
    let error = error.filter(|error| error.is_finite() && *error > 0.0).unwrap_or(0.1);
    let mut unbounded = |point: &DVector<f64>| on_unbounded_scale(&mut objective, parameters, point);
    let mut search = Search { objective: &mut unbounded, optimiser, index, best: optimum.value };
    let target = quantile_of_deviation(level);
    let mut rises = vec![(optimum.point[index], 0.0)];
    let ends = [-1.0, 1.0].map(|side| search.end(&optimum.point, side * error * target, target, &mut rises));
    rises.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut points: Vec<(f64, f64)> = rises.iter().map(|&(x, rise)| (scale.from_unbounded(x), rise)).collect();
    points.dedup_by(|a, b| a.0 == b.0);
    let [lower, upper] = ends.map(|end| end.map(|x| scale.from_unbounded(x)));
    Ok(Profile { name: name.to_string(), level, lower, upper, points })
}

type Unbounded<'a> = dyn FnMut(&DVector<f64>) -> Result<Evaluation, Cause> + 'a;

struct Search<'a, 'b> {
    objective: &'a mut Unbounded<'b>,
    optimiser: &'a dyn Optimiser,
    index: usize,
    best: f64,
}

impl Search<'_, '_> {
    /// The point at which the root of twice the rise is `target`, on one side.
    fn end(&mut self, optimum: &DVector<f64>, step: f64, target: f64, rises: &mut Vec<(f64, f64)>) -> Option<f64> {
        let index = self.index;
        let (mut near, mut near_root) = (optimum.clone(), 0.0);
        let (mut step, mut far) = (step, None);
        for _ in 0..DOUBLINGS {
            let Some((there, root)) = self.at(&near, near[index] + step, rises) else {
                step *= 0.25;
                continue;
            };
            if root >= target {
                far = Some((there, root));
                break;
            }
            // As far again as the root still has to grow, at most four times.
            let grown = (root - near_root).max(0.05 * target);
            step *= ((target - root) * 1.1 / grown).clamp(0.1, 4.0);
            (near, near_root) = (there, root);
        }
        let (mut far, mut far_root) = far?;
        for _ in 0..30 {
            let share = ((target - near_root) / (far_root - near_root)).clamp(0.02, 0.98);
            let x = near[index] + share * (far[index] - near[index]);
            let (there, root) = self.at(&near, x, rises)?;
            if (root * root - target * target).abs() <= 2.0 * CLOSE
                || (far[index] - near[index]).abs() <= 1e-12 * x.abs()
            {
                return Some(x);
            }
            if root < target {
                (near, near_root) = (there, root);
            } else {
                (far, far_root) = (there, root);
            }
        }
        Some(0.5 * (near[index] + far[index]))
    }

    /// The minimum over all others where this parameter is `x`, searched for from `from`, and the root of twice its rise.
    fn at(&mut self, from: &DVector<f64>, x: f64, rises: &mut Vec<(f64, f64)>) -> Option<(DVector<f64>, f64)> {
        let index = self.index;
        let whole = |others: &DVector<f64>| others.clone().insert_row(index, x);
        let start = from.clone().remove_row(index);
        let (point, value) = if start.is_empty() {
            let point = whole(&start);
            let value = (self.objective)(&point).ok()?.0;
            (point, value)
        } else {
            let objective = &mut *self.objective;
            let mut reduced = |others: &DVector<f64>| {
                let (value, gradient) = objective(&whole(others))?;
                Ok((value, gradient.remove_row(index)))
            };
            let optimum = self.optimiser.minimise(&mut reduced, &start, &mut quiet).ok()?;
            (whole(&optimum.point), optimum.value)
        };
        let rise = (value - self.best).max(0.0);
        rises.push((x, rise));
        Some((point, (2.0 * rise).sqrt()))
    }
}
