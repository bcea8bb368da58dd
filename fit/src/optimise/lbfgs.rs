//! [`Lbfgs`].

use super::line_search::{Counted, NOISE, Trial, search};
use super::{Iteration, Objective, Optimum, Progress, Resumable, Stop};
use crate::FitError;
use nalgebra::DVector;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// L-BFGS with a strong-Wolfe line search: the limited-memory quasi-Newton method.
///
/// For smooth objectives of any number of parameters, given exact gradients. It is a descent method: it finds the
/// minimum of the valley it starts in, or steps into. Where a model oscillates there are many valleys: fit on
/// [growing horizons](crate::Horizons) then. It has no bounds: choose a [`Scale`](crate::Scale) instead.
///
/// Nocedal & Wright, *Numerical Optimization*, 2nd ed. (2006), algorithms 7.4 and 7.5; the Hessian starts as that
/// multiple of the identity which eq. 7.20 gives. The memory is dropped, and the gradient followed, if a search fails.
///
/// ```
/// use costate_fit::{Lbfgs, Optimiser, Stop, quiet};
/// use nalgebra::{DVector, dvector};
/// let mut valley = |x: &DVector<f64>| {
///     let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
///     Ok((a * a + 100.0 * b * b, dvector![-2.0 * a - 400.0 * x[0] * b, 200.0 * b]))
/// };
/// let optimum = Lbfgs::default().minimise(&mut valley, &dvector![-1.2, 1.0], &mut quiet)?;
/// assert_eq!(optimum.stop, Stop::GradientTolerance);
/// assert!((optimum.point - dvector![1.0, 1.0]).norm() < 1e-6);
/// # Ok::<(), costate_fit::FitError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Lbfgs {
    /// How many past steps shape the Hessian; storage and work grow with it. Default 20.
    pub memory: usize,
    /// Stop once no component of the gradient exceeds this times `max(1, |value|)`. Default 1e-8.
    pub gradient_tolerance: f64,
    /// Stop once two iterations in succession decrease the value by at most this share of it. Default 1e-14.
    pub function_tolerance: f64,
    /// Stop once an iteration moves the point by at most this share of its norm. Default 1e-14.
    pub step_tolerance: f64,
    /// Stop after so many iterations. Default 1000.
    pub iterations: usize,
    /// The length at which the first search begins; on a log scale 1 is a factor of e. Default 1.
    pub first_step: f64,
    /// No step is longer than this. Default infinity. On log scales a step of 1 changes no parameter by more than a factor of e.
    pub longest_step: f64,
}

impl Default for Lbfgs {
    fn default() -> Self {
        Self {
            memory: 20,
            gradient_tolerance: 1e-8,
            function_tolerance: 1e-14,
            step_tolerance: 1e-14,
            iterations: 1000,
            first_step: 1.0,
            longest_step: f64::INFINITY,
        }
    }
}

/// Where a run of [`Lbfgs`] is: enough to go on, bit for bit, as if it had never stopped. It can be [saved](crate::Saved).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LbfgsState {
    point: Vec<f64>,
    /// Value and gradient at the point, once it was evaluated.
    known: Option<(f64, Vec<f64>)>,
    /// Steps and changes of the gradient.
    pairs: Vec<[Vec<f64>; 2]>,
    /// How many iterations were taken.
    steps: usize,
    /// How many in succession hardly decreased the value.
    idle: usize,
    settled: Option<Stop>,
    history: Vec<Iteration>,
    evaluations: usize,
    failures: usize,
}

impl LbfgsState {
    /// The beginning of a run.
    pub fn new(start: &DVector<f64>) -> Self {
        Self {
            point: start.as_slice().to_vec(),
            known: None,
            pairs: Vec::new(),
            steps: 0,
            idle: 0,
            settled: None,
            history: Vec::new(),
            evaluations: 0,
            failures: 0,
        }
    }

    /// The point reached.
    pub fn point(&self) -> DVector<f64> {
        DVector::from_column_slice(&self.point)
    }

    /// Every iteration so far.
    pub fn history(&self) -> &[Iteration] {
        &self.history
    }
}

impl Resumable for Lbfgs {
    type State = LbfgsState;

    const NAME: &'static str = "L-BFGS";

    fn begin(&self, start: &DVector<f64>) -> LbfgsState {
        LbfgsState::new(start)
    }

    fn run(
        &self,
        state: &mut LbfgsState,
        until: usize,
        objective: &mut Objective<'_>,
        progress: &mut Progress<'_>,
    ) -> Result<Stop, FitError> {
        self.check()?;
        let mut counted = Counted::new(objective);
        (counted.evaluations, counted.failures) = (state.evaluations, state.failures);
        let point = state.point();
        let (value, gradient) = match &state.known {
            Some((value, gradient)) => (*value, DVector::from_column_slice(gradient)),
            None => counted.evaluate(&point).map_err(|source| FitError::Start { source })?,
        };
        let mut here = Trial { step: 0.0, value, slope: 0.0, point, gradient };
        let mut memory = Memory::of(&state.pairs, self.memory);
        let stop = self.iterate(state, until, &mut counted, progress, &mut here, &mut memory);
        state.point.copy_from_slice(here.point.as_slice());
        state.known = Some((here.value, here.gradient.as_slice().to_vec()));
        state.pairs =
            memory.pairs.iter().map(|pair| [&pair.step, &pair.change].map(|x| x.as_slice().to_vec())).collect();
        (state.evaluations, state.failures) = (counted.evaluations, counted.failures);
        Ok(stop)
    }

    fn optimum(&self, state: LbfgsState, stop: Stop) -> Optimum {
        let (value, gradient) = state.known.expect("a run evaluates its start");
        let (point, gradient) = (DVector::from_vec(state.point), DVector::from_vec(gradient));
        let LbfgsState { history, evaluations, failures, .. } = state;
        Optimum { point, value, gradient, stop, history, evaluations, failures }
    }
}

impl Lbfgs {
    fn iterate(
        &self,
        state: &mut LbfgsState,
        until: usize,
        counted: &mut Counted<'_, '_>,
        progress: &mut Progress<'_>,
        here: &mut Trial,
        memory: &mut Memory,
    ) -> Stop {
        loop {
            let gradient_norm = here.gradient.amax();
            let (number, evaluations) = (state.steps, counted.evaluations);
            // A run that goes on has shown the iteration it stopped at.
            let mut called_off = false;
            if state.history.len() == number {
                state.history.push(Iteration { number, value: here.value, gradient_norm, evaluations });
                called_off = progress(&state.history[number]).is_break();
            }
            if gradient_norm <= self.gradient_tolerance * here.value.abs().max(1.0) {
                return Stop::GradientTolerance;
            } else if let Some(stop) = &state.settled {
                return stop.clone();
            } else if called_off {
                return Stop::Callback;
            } else if number >= self.iterations.min(until) {
                return Stop::IterationLimit;
            }
            let failures = counted.failures;
            let next = match self.step(counted, memory, here) {
                Ok(next) => next,
                Err(stop) => return stop,
            };
            let decrease = (here.value - next.value).abs();
            state.idle = if decrease <= self.function_tolerance * here.value.abs() { state.idle + 1 } else { 0 };
            let moved = (&next.point - &here.point).norm();
            let steady = moved <= self.step_tolerance * here.point.norm();
            let settled = (state.idle == 2).then_some(Stop::FunctionTolerance);
            state.settled = settled.or(steady.then_some(Stop::StepTolerance));
            if counted.failures > failures && state.settled.is_some() {
                // A wall of failures makes steps short too: that is no minimum.
                state.settled = Some(Stop::LineSearchFailed { cause: counted.last_failure.clone() });
            }
            memory.remember(here, &next);
            *here = next;
            state.steps += 1;
        }
    }

    /// One iteration: along the quasi-Newton direction, or down the gradient if that fails.
    fn step(&self, objective: &mut Counted<'_, '_>, memory: &mut Memory, here: &Trial) -> Result<Trial, Stop> {
        let mut promised = f64::INFINITY;
        if !memory.pairs.is_empty() {
            let direction = -memory.inverse_hessian_times(&here.gradient);
            let slope = here.gradient.dot(&direction);
            if slope < 0.0 {
                promised = -0.5 * slope;
                let origin = Trial { step: 0.0, slope, ..here.clone() };
                let longest = self.longest_step / direction.norm();
                if let Ok(next) = search(objective, &origin, &direction, [1.0, longest]) {
                    return Ok(next);
                }
            }
            memory.pairs.clear();
        }
        let origin = Trial { step: 0.0, slope: -here.gradient.norm_squared(), ..here.clone() };
        let first = self.first_step / here.gradient.norm();
        let longest = self.longest_step / here.gradient.norm();
        search(objective, &origin, &-&here.gradient, [first, longest]).map_err(|cause| {
            match promised <= NOISE * here.value.abs() {
                true => Stop::FunctionTolerance,
                false => Stop::LineSearchFailed { cause },
            }
        })
    }

    fn check(&self) -> Result<(), FitError> {
        let refuse = |option, value, remedy| Err(FitError::Option { option, value, remedy });
        if self.memory == 0 {
            return refuse("memory", 0.0, "keep at least one past step");
        }
        if !(self.first_step > 0.0 && self.first_step.is_finite()) {
            return refuse("first_step", self.first_step, "choose a positive length");
        }
        if self.longest_step.is_nan() || self.longest_step <= 0.0 {
            return refuse("longest_step", self.longest_step, "choose a positive length, or infinity");
        }
        let tolerances = [
            ("gradient_tolerance", self.gradient_tolerance),
            ("function_tolerance", self.function_tolerance),
            ("step_tolerance", self.step_tolerance),
        ];
        match tolerances.into_iter().find(|(_, tolerance)| tolerance.is_nan() || *tolerance < 0.0) {
            Some((option, value)) => refuse(option, value, "choose a tolerance of at least zero"),
            None => Ok(()),
        }
    }
}

/// The last steps, and by how much the gradient changed along each.
struct Memory {
    pairs: VecDeque<Pair>,
    capacity: usize,
}

struct Pair {
    step: DVector<f64>,
    change: DVector<f64>,
    /// The inner product of the two: positive, or the approximate Hessian would not stay positive definite.
    curvature: f64,
}

impl Memory {
    fn of(pairs: &[[Vec<f64>; 2]], capacity: usize) -> Self {
        let pair = |[step, change]: &[Vec<f64>; 2]| {
            let [step, change] = [step, change].map(|x| DVector::from_column_slice(x));
            Pair { curvature: step.dot(&change), step, change }
        };
        Self { pairs: pairs.iter().map(pair).collect(), capacity }
    }

    fn remember(&mut self, from: &Trial, to: &Trial) {
        let (step, change) = (&to.point - &from.point, &to.gradient - &from.gradient);
        let curvature = step.dot(&change);
        if curvature > 1e-12 * step.norm() * change.norm() {
            if self.pairs.len() == self.capacity {
                self.pairs.pop_front();
            }
            self.pairs.push_back(Pair { step, change, curvature });
        }
    }

    /// The two-loop recursion.
    fn inverse_hessian_times(&self, gradient: &DVector<f64>) -> DVector<f64> {
        let mut direction = gradient.clone();
        let mut shares = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let share = pair.step.dot(&direction) / pair.curvature;
            direction.axpy(-share, &pair.change, 1.0);
            shares.push(share);
        }
        if let Some(last) = self.pairs.back() {
            direction *= last.curvature / last.change.norm_squared();
        }
        for (pair, share) in self.pairs.iter().zip(shares.into_iter().rev()) {
            let correction = share - pair.change.dot(&direction) / pair.curvature;
            direction.axpy(correction, &pair.step, 1.0);
        }
        direction
    }
}
