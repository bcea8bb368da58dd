//! [`LevenbergMarquardt`].

use super::{Iteration, Optimum, Progress, Stop};
use crate::{Cause, FitError};
use nalgebra::{DMatrix, DVector};

/// Residuals and their Jacobian (a row for each residual) at a point, or why there are none.
pub type LinearisedResiduals<'a> = dyn FnMut(&DVector<f64>) -> Result<(DVector<f64>, DMatrix<f64>), Cause> + 'a;

/// The Levenberg-Marquardt method: the sum of squared residuals by Gauss-Newton steps that are damped as far as the last
/// ones had to be.
///
/// The method of choice for least squares with up to some hundred parameters: it needs no second derivatives and
/// converges nearly quadratically where residuals are small. Parameters may have bounds; a step is projected on them, and a
/// parameter that is pressed against its bound is left out of the step. Where the residuals fail, the damping grows.
///
/// Steps solve `min |J p + r|^2 + damping |D p|^2` by a QR factorisation, with the scaling D of More (1978, The
/// Levenberg-Marquardt algorithm: implementation and theory, eq. 6.3) and the damping of Nielsen (1999, IMM-REP-1999-05).
///
/// ```
/// use costate_fit::{LevenbergMarquardt, quiet};
/// use nalgebra::{dmatrix, dvector};
/// // Rosenbrock's valley as residuals.
/// let mut residuals = |x: &nalgebra::DVector<f64>| {
///     let r = dvector![10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]];
///     Ok((r, dmatrix![-20.0 * x[0], 10.0; -1.0, 0.0]))
/// };
/// let found = LevenbergMarquardt::default().minimise(&mut residuals, &dvector![-1.2, 1.0], &mut quiet)?;
/// assert!((found.optimum.point - dvector![1.0, 1.0]).norm() < 1e-12);
/// # Ok::<(), costate_fit::FitError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LevenbergMarquardt {
    /// Stop once no column of the Jacobian has a larger cosine with the residuals. Default 1e-12.
    pub gradient_tolerance: f64,
    /// Stop once a step decreases the sum of squares, and promises to, by at most this share of it. Default 1e-15.
    pub function_tolerance: f64,
    /// Stop once a step is at most this share of the point, both scaled. Default 1e-12.
    pub step_tolerance: f64,
    /// Stop after so many accepted steps. Default 500.
    pub iterations: usize,
    /// The damping of the first step, relative to the scaling. Default 1e-3.
    pub first_damping: f64,
    /// Smallest and largest allowed values, infinite where there is no bound. Default: none.
    pub bounds: Option<[DVector<f64>; 2]>,
}

impl Default for LevenbergMarquardt {
    fn default() -> Self {
        Self {
            gradient_tolerance: 1e-12,
            function_tolerance: 1e-15,
            step_tolerance: 1e-12,
            iterations: 500,
            first_damping: 1e-3,
            bounds: None,
        }
    }
}

/// Where a least-squares search ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LeastSquares {
    /// The point, with the sum of squares as its value.
    pub optimum: Optimum,
    /// The residuals there.
    pub residuals: DVector<f64>,
    /// Their Jacobian there.
    pub jacobian: DMatrix<f64>,
    /// Which parameters are pressed against a bound.
    pub at_bound: Vec<bool>,
}

/// Growths of the damping before a search gives up.
const TRIALS: usize = 60;

impl LevenbergMarquardt {
    /// Searches from `start`, which is moved into the bounds first.
    ///
    /// # Errors
    /// [`FitError::Start`] if the residuals fail at the start or there are none, [`FitError::Option`] for options that make no
    /// sense. Later trouble is a [`Stop`].
    pub fn minimise(
        &self,
        residuals: &mut LinearisedResiduals<'_>,
        start: &DVector<f64>,
        progress: &mut Progress<'_>,
    ) -> Result<LeastSquares, FitError> {
        self.check(start.len())?;
        let point = self.projected(start);
        let (mut evaluations, mut failures) = (1, 0);
        let mut here = evaluate(residuals, point).map_err(|source| FitError::Start { source })?;
        let mut scale = DVector::from_element(start.len(), 0.0);
        let (mut damping, mut growth) = (self.first_damping, 2.0);
        let mut history = Vec::new();
        let mut settled = None;
        let stop = 'search: loop {
            here.widen(&mut scale);
            let gradient = here.gradient();
            let free = self.free(&here.point, &gradient);
            let gradient_norm =
                gradient.iter().zip(&free).filter(|(_, free)| **free).fold(0.0, |m: f64, (g, _)| m.max(g.abs()));
            history.push(Iteration { number: history.len(), value: here.value, gradient_norm, evaluations });
            let last = history[history.len() - 1];
            let called_off = progress(&last).is_break();
            if here.largest_cosine(&free) <= self.gradient_tolerance {
                break Stop::GradientTolerance;
            } else if let Some(stop) = settled {
                break stop;
            } else if called_off {
                break Stop::Callback;
            } else if last.number == self.iterations {
                break Stop::IterationLimit;
            }
            let mut cause = String::from("no damped step decreases the sum of squares");
            for _ in 0..TRIALS {
                let step = here.damped_step(&free, &scale, damping);
                let point = self.projected(&(&here.point + step));
                let step = &point - &here.point;
                let promised = here.value - (&here.residuals + &here.jacobian * &step).norm_squared();
                let short =
                    step.component_mul(&scale).norm() <= self.step_tolerance * here.point.component_mul(&scale).norm();
                let mut accepted = None;
                evaluations += 1;
                match evaluate(residuals, point) {
                    Ok(there) if promised > 0.0 || short => accepted = Some(there),
                    Ok(_) => {}
                    Err(failure) => {
                        failures += 1;
                        cause = failure.to_string();
                    }
                }
                let decrease = accepted.as_ref().map_or(f64::NEG_INFINITY, |there| here.value - there.value);
                let gain = decrease / promised;
                if let Some(there) = accepted.filter(|_| decrease > 0.0 && gain > 1e-4) {
                    damping *= (1.0 - (2.0 * gain - 1.0).powi(3)).max(1.0 / 3.0);
                    growth = 2.0;
                    let little = decrease.max(promised) <= self.function_tolerance * here.value;
                    settled = little.then_some(Stop::FunctionTolerance).or(short.then_some(Stop::StepTolerance));
                    here = there;
                    continue 'search;
                }
                if short && failures == 0 {
                    break 'search Stop::StepTolerance;
                }
                if promised.abs() <= self.function_tolerance * here.value && decrease.abs() <= 1e-10 * here.value {
                    break 'search Stop::FunctionTolerance;
                }
                damping *= growth;
                growth *= 2.0;
            }
            break Stop::LineSearchFailed { cause };
        };
        let gradient = here.gradient();
        let at_bound = self.free(&here.point, &gradient).iter().map(|free| !free).collect();
        let Here { point, residuals, jacobian, value } = here;
        let gradient = 2.0 * gradient;
        let optimum = Optimum { point, value, gradient, stop, history, evaluations, failures };
        Ok(LeastSquares { optimum, residuals, jacobian, at_bound })
    }

    fn projected(&self, point: &DVector<f64>) -> DVector<f64> {
        match &self.bounds {
            Some([lower, upper]) => point.zip_zip_map(lower, upper, |x, lower, upper| x.max(lower).min(upper)),
            None => point.clone(),
        }
    }

    /// Which parameters may move: all but those at a bound that descent presses them against.
    fn free(&self, point: &DVector<f64>, gradient: &DVector<f64>) -> Vec<bool> {
        let Some([lower, upper]) = &self.bounds else { return vec![true; point.len()] };
        let free = |i: usize| !(point[i] <= lower[i] && gradient[i] > 0.0 || point[i] >= upper[i] && gradient[i] < 0.0);
        (0..point.len()).map(free).collect()
    }

    fn check(&self, size: usize) -> Result<(), FitError> {
        let refuse = |option, value, remedy| Err(FitError::Option { option, value, remedy });
        if !(self.first_damping > 0.0 && self.first_damping.is_finite()) {
            return refuse("first_damping", self.first_damping, "choose a positive number");
        }
        for tolerance in [self.gradient_tolerance, self.function_tolerance, self.step_tolerance] {
            if tolerance.is_nan() || tolerance < 0.0 {
                return refuse("tolerance", tolerance, "choose a tolerance of at least zero");
            }
        }
        let Some([lower, upper]) = &self.bounds else { return Ok(()) };
        let remedy = "give a lower and an upper bound for each parameter";
        if let Some(found) = [lower.len(), upper.len()].into_iter().find(|&found| found != size) {
            return Err(FitError::Shape { what: "bounds, against parameters".into(), expected: size, found, remedy });
        }
        match (0..size).find(|&i| lower[i].is_nan() || upper[i].is_nan() || lower[i] > upper[i]) {
            Some(i) => refuse("lower bound", lower[i], "choose bounds of which the lower is not above the upper"),
            None => Ok(()),
        }
    }
}

/// A point with all that is known there.
struct Here {
    point: DVector<f64>,
    residuals: DVector<f64>,
    jacobian: DMatrix<f64>,
    value: f64,
}

fn evaluate(residuals: &mut LinearisedResiduals<'_>, point: DVector<f64>) -> Result<Here, Cause> {
    let (residuals, jacobian) = residuals(&point)?;
    let value = residuals.norm_squared();
    if residuals.is_empty() || jacobian.shape() != (residuals.len(), point.len()) {
        let (rows, columns) = jacobian.shape();
        return Err(format!(
            "{} residuals with a {rows} x {columns} Jacobian by {} parameters",
            residuals.len(),
            point.len()
        )
        .into());
    }
    if !value.is_finite() || jacobian.iter().any(|entry| !entry.is_finite()) {
        return Err("a residual or one of its derivatives is not finite".into());
    }
    Ok(Here { point, residuals, jacobian, value })
}

impl Here {
    /// Half the gradient of the sum of squares.
    fn gradient(&self) -> DVector<f64> {
        self.jacobian.tr_mul(&self.residuals)
    }

    /// The scaling never shrinks (More 1978): else a column that vanishes for a while would let its parameter jump.
    fn widen(&self, scale: &mut DVector<f64>) {
        for (scale, column) in scale.iter_mut().zip(self.jacobian.column_iter()) {
            *scale = scale.max(column.norm());
            if *scale == 0.0 {
                *scale = 1.0;
            }
        }
    }

    fn largest_cosine(&self, free: &[bool]) -> f64 {
        let norm = self.residuals.norm();
        let cosine = |j: usize| {
            let column = self.jacobian.column(j);
            let length = column.norm() * norm;
            if length > 0.0 { column.dot(&self.residuals).abs() / length } else { 0.0 }
        };
        (0..free.len()).filter(|&j| free[j]).map(cosine).fold(0.0, f64::max)
    }

    /// The minimiser of the damped linear problem in the free parameters; the others stay.
    fn damped_step(&self, free: &[bool], scale: &DVector<f64>, damping: f64) -> DVector<f64> {
        let columns: Vec<usize> = (0..free.len()).filter(|&j| free[j]).collect();
        let (rows, size) = (self.residuals.len(), columns.len());
        let mut matrix = DMatrix::zeros(rows + size, size);
        let mut right = DVector::zeros(rows + size);
        right.rows_mut(0, rows).copy_from(&-&self.residuals);
        for (k, &j) in columns.iter().enumerate() {
            // Columns of one length: the factorisation then has the least to lose.
            matrix.view_mut((0, k), (rows, 1)).copy_from(&(self.jacobian.column(j) / scale[j]));
            matrix[(rows + k, k)] = damping.sqrt();
        }
        let factors = matrix.qr();
        factors.q_tr_mul(&mut right);
        let mut step = DVector::zeros(free.len());
        let solution = factors.unpack_r().solve_upper_triangular(&right.rows(0, size).into_owned());
        for (&j, solution) in columns.iter().zip(solution.iter().flat_map(|solution| solution.iter())) {
            step[j] = solution / scale[j];
        }
        step
    }
}
