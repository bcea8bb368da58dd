//! [`NelderMead`].

use super::{Iteration, Objective, Optimiser, Optimum, Progress, Stop};
use crate::{Cause, FitError};
use nalgebra::DVector;

/// The simplex method of Nelder and Mead, for up to about ten parameters of an objective that has no gradient.
///
/// It needs hundreds of evaluations where a method with gradients needs ten; and what it calls a minimum is only a place
/// where its simplex has shrunk. A point where the objective fails counts as infinitely high. The coefficients are those of Gao and
/// Han (2012, Comput. Optim. Appl. 51:259-277), which depend on the number of parameters; when the simplex has
/// shrunk, a new one is put up at its best point, until that no longer helps.
///
/// ```
/// use costate_fit::{NelderMead, quiet};
/// use nalgebra::dvector;
/// let mut value = |x: &nalgebra::DVector<f64>| Ok((x[0] - 1.0).abs() + (x[1] + 2.0).powi(2));
/// let optimum = NelderMead::default().minimise_values(&mut value, &dvector![0.0, 0.0], &mut quiet)?;
/// assert!((optimum.point - dvector![1.0, -2.0]).norm() < 1e-5);
/// # Ok::<(), costate_fit::FitError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct NelderMead {
    /// The edges of the first simplex, relative to each component, and absolute where that is zero. Default 0.1.
    pub edge: f64,
    /// Stop once the corners differ by at most this, relative to the best (absolute below 1). Default 1e-8.
    pub step_tolerance: f64,
    /// ... and their values by at most this share. Default 1e-12.
    pub function_tolerance: f64,
    /// Stop after so many steps. Default 10,000.
    pub iterations: usize,
}

impl Default for NelderMead {
    fn default() -> Self {
        Self { edge: 0.1, step_tolerance: 1e-8, function_tolerance: 1e-12, iterations: 10_000 }
    }
}

type Values<'a> = dyn FnMut(&DVector<f64>) -> Result<f64, Cause> + 'a;

struct Corner {
    point: DVector<f64>,
    value: f64,
}

/// The objective, counted.
struct Search<'a, 'b> {
    values: &'a mut Values<'b>,
    evaluations: usize,
    failures: usize,
}

impl Search<'_, '_> {
    fn corner(&mut self, point: DVector<f64>) -> Corner {
        self.evaluations += 1;
        let value = (self.values)(&point).ok().filter(|value| value.is_finite()).unwrap_or(f64::INFINITY);
        self.failures += usize::from(value == f64::INFINITY);
        Corner { point, value }
    }
}

impl NelderMead {
    /// Searches from `start` for a point of smallest value. The optimum has no gradient: it is empty, and its norm in the
    /// history is NaN.
    ///
    /// # Errors
    /// [`FitError::Start`] if the objective fails at the start, [`FitError::Option`] for options that make no sense.
    pub fn minimise_values(
        &self,
        values: &mut Values<'_>,
        start: &DVector<f64>,
        progress: &mut Progress<'_>,
    ) -> Result<Optimum, FitError> {
        self.check()?;
        let value = values(start).map_err(|source| FitError::Start { source })?;
        if !value.is_finite() {
            return Err(FitError::Start { source: format!("the objective is {value}").into() });
        }
        let mut search = Search { values, evaluations: 1, failures: 0 };
        let mut simplex = vec![Corner { point: start.clone(), value }];
        self.put_up(&mut search, &mut simplex);
        let mut history: Vec<Iteration> = Vec::new();
        let mut last_restart = f64::INFINITY;
        let stop = loop {
            simplex.sort_by(|a, b| a.value.total_cmp(&b.value));
            let (number, value) = (history.len(), simplex[0].value);
            let evaluations = search.evaluations;
            history.push(Iteration { number, value, gradient_norm: f64::NAN, evaluations });
            if progress(&history[number]).is_break() {
                break Stop::Callback;
            } else if number == self.iterations {
                break Stop::IterationLimit;
            } else if self.has_shrunk(&simplex) {
                if last_restart - value <= 1e-10 * value.abs().max(1e-10) {
                    break Stop::StepTolerance;
                }
                last_restart = value;
                simplex.truncate(1);
                self.put_up(&mut search, &mut simplex);
                continue;
            }
            step(&mut search, &mut simplex);
        };
        let Search { evaluations, failures, .. } = search;
        let Corner { point, value } = simplex.swap_remove(0);
        Ok(Optimum { point, value, gradient: DVector::zeros(0), stop, history, evaluations, failures })
    }

    fn put_up(&self, search: &mut Search<'_, '_>, simplex: &mut Vec<Corner>) {
        for i in 0..simplex[0].point.len() {
            let mut point = simplex[0].point.clone();
            point[i] += if point[i] == 0.0 { self.edge } else { self.edge * point[i] };
            simplex.push(search.corner(point));
        }
    }

    fn has_shrunk(&self, simplex: &[Corner]) -> bool {
        let best = &simplex[0];
        let near = |corner: &Corner| {
            let apart = corner.point.iter().zip(&best.point).map(|(x, y)| (x - y).abs() / y.abs().max(1.0));
            apart.fold(0.0, f64::max) <= self.step_tolerance
        };
        let spread = simplex[simplex.len() - 1].value - best.value;
        simplex.iter().all(near) && spread <= self.function_tolerance * best.value.abs().max(1.0)
    }

    fn check(&self) -> Result<(), FitError> {
        let refuse = |option, value, remedy| Err(FitError::Option { option, value, remedy });
        if !(self.edge != 0.0 && self.edge.is_finite()) {
            return refuse("edge", self.edge, "choose a length other than zero");
        }
        let tolerances = [("step_tolerance", self.step_tolerance), ("function_tolerance", self.function_tolerance)];
        match tolerances.into_iter().find(|(_, tolerance)| tolerance.is_nan() || *tolerance < 0.0) {
            Some((option, value)) => refuse(option, value, "choose a tolerance of at least zero"),
            None => Ok(()),
        }
    }
}

/// One step: reflect the worst corner at the others, go further, or less far; or shrink all towards the best.
fn step(search: &mut Search<'_, '_>, simplex: &mut [Corner]) {
    let size = (simplex.len() - 1) as f64;
    let [expand, contract, shrink] = [1.0 + 2.0 / size, 0.75 - 0.5 / size, 1.0 - 1.0 / size];
    let (expand, contract, shrink) = if size < 2.0 { (2.0, 0.5, 0.5) } else { (expand, contract, shrink) };
    let last = simplex.len() - 1;
    let centre = simplex[..last].iter().fold(DVector::zeros(last), |sum, corner| sum + &corner.point) / size;
    let away = &centre - &simplex[last].point;
    let reflected = search.corner(&centre + &away);
    if reflected.value < simplex[0].value {
        let expanded = search.corner(&centre + &away * expand);
        simplex[last] = if expanded.value < reflected.value { expanded } else { reflected };
        return;
    }
    if reflected.value < simplex[last - 1].value {
        simplex[last] = reflected;
        return;
    }
    let outside = reflected.value < simplex[last].value;
    let contracted = search.corner(&centre + &away * if outside { contract } else { -contract });
    if contracted.value < reflected.value.min(simplex[last].value) {
        simplex[last] = contracted;
        return;
    }
    let best = simplex[0].point.clone();
    for corner in &mut simplex[1..] {
        *corner = search.corner(&best + (&corner.point - &best) * shrink);
    }
}

impl Optimiser for NelderMead {
    fn name(&self) -> &'static str {
        "Nelder-Mead"
    }

    /// As [`minimise_values`](NelderMead::minimise_values); the gradient is only looked at in the end.
    fn minimise(
        &self,
        objective: &mut Objective<'_>,
        start: &DVector<f64>,
        progress: &mut Progress<'_>,
    ) -> Result<Optimum, FitError> {
        let mut optimum = self.minimise_values(&mut |x| Ok(objective(x)?.0), start, progress)?;
        optimum.evaluations += 1;
        let ended = objective(&optimum.point).map_err(|source| FitError::Start { source })?;
        optimum.gradient = ended.1;
        Ok(optimum)
    }
}
