//! [`Adam`].

use super::line_search::Counted;
use super::{Evaluation, Iteration, Objective, Optimum, Progress, Resumable, Stop};
use crate::{Cause, FitError};
use nalgebra::DVector;
use serde::{Deserialize, Serialize};

/// Adam: steps along an average of past gradients, each component divided by the size that it usually has.
///
/// For networks and for objectives that are noisy or drawn anew at each call (batches). It never compares values, so it does
/// not stop at a minimum by itself unless `gradient_tolerance` is set, and its value may rise on the way; what is returned is the best
/// point seen. Its answer has three digits where [`Lbfgs`](crate::Lbfgs) has ten: let that one finish. A point where the
/// objective fails is given up: the step is halved until it works, up to 30 times.
///
/// Kingma and Ba (2015, arXiv:1412.6980), algorithm 1; with `weight_decay`, Loshchilov and Hutter (2019,
/// arXiv:1711.05101).
///
/// ```
/// use costate_fit::{Adam, Optimiser, Schedule, quiet};
/// use nalgebra::dvector;
/// let adam = Adam { schedule: Schedule::Cosine { rate: 0.2, last: 1e-3 }, iterations: 500, ..Adam::default() };
/// let mut bowl = |x: &nalgebra::DVector<f64>| Ok((x.norm_squared(), 2.0 * x));
/// let optimum = adam.minimise(&mut bowl, &dvector![3.0, -4.0], &mut quiet)?;
/// assert!(optimum.point.norm() < 1e-2);
/// # Ok::<(), costate_fit::FitError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Adam {
    /// How long the steps are, iteration by iteration. Default: constantly 0.01.
    pub schedule: Schedule,
    /// The memory of the averages of gradients and of their squares. Default 0.9 and 0.999.
    pub memory: [f64; 2],
    /// What is added to the usual size of a component. Default 1e-8.
    pub epsilon: f64,
    /// The share of each component, times the rate, by which it shrinks in a step. Default 0.
    pub weight_decay: f64,
    /// Longer gradients are cut to this norm. Default infinity.
    pub longest_gradient: f64,
    /// Stop after so many iterations. Default 1000.
    pub iterations: usize,
    /// Stop once no component of the gradient exceeds this times `max(1, |value|)`. Default 0: never.
    pub gradient_tolerance: f64,
}

/// The length of Adam's steps by iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Schedule {
    /// Always the same.
    Constant(f64),
    /// From `rate` to `last` at the end, by half a period of a cosine.
    Cosine {
        /// At the start.
        rate: f64,
        /// At the end.
        last: f64,
    },
    /// `rate` times `factor` to the power of `iteration / every`, in whole steps.
    Steps {
        /// At the start.
        rate: f64,
        /// What each step multiplies by.
        factor: f64,
        /// Iterations between steps.
        every: usize,
    },
    /// From `rate` to `last` by equal factors.
    Exponential {
        /// At the start.
        rate: f64,
        /// At the end.
        last: f64,
    },
    /// Rising in equal steps to `rate` over the first `warm_up` iterations, then as `Cosine` to 0.
    WarmUp {
        /// The largest.
        rate: f64,
        /// The iterations it takes to get there.
        warm_up: usize,
    },
}

impl Schedule {
    /// The rate at an iteration, from 0, of so many.
    pub fn rate(self, iteration: usize, iterations: usize) -> f64 {
        let share = |done: usize, all: usize| done as f64 / all.max(1) as f64;
        let cosine =
            |from: f64, to: f64, share: f64| to + 0.5 * (from - to) * (1.0 + (share * std::f64::consts::PI).cos());
        match self {
            Schedule::Constant(rate) => rate,
            Schedule::Cosine { rate, last } => cosine(rate, last, share(iteration, iterations)),
            Schedule::Steps { rate, factor, every } => rate * factor.powi((iteration / every.max(1)) as i32),
            Schedule::Exponential { rate, last } => rate * (last / rate).powf(share(iteration, iterations)),
            Schedule::WarmUp { rate, warm_up } if iteration < warm_up => rate * share(iteration + 1, warm_up),
            Schedule::WarmUp { rate, warm_up } => {
                cosine(rate, 0.0, share(iteration - warm_up, iterations.saturating_sub(warm_up)))
            }
        }
    }

    fn largest(self) -> f64 {
        match self {
            Schedule::Constant(rate) | Schedule::Steps { rate, .. } | Schedule::WarmUp { rate, .. } => rate,
            Schedule::Cosine { rate, last } | Schedule::Exponential { rate, last } => rate.min(last),
        }
    }
}

impl Default for Adam {
    fn default() -> Self {
        Self {
            schedule: Schedule::Constant(0.01),
            memory: [0.9, 0.999],
            epsilon: 1e-8,
            weight_decay: 0.0,
            longest_gradient: f64::INFINITY,
            iterations: 1000,
            gradient_tolerance: 0.0,
        }
    }
}

/// Where a run of [`Adam`] is: enough to go on, bit for bit, as if it had never stopped. It can be
/// [saved](crate::Saved).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdamState {
    point: Vec<f64>,
    /// The step that led there.
    last: Vec<f64>,
    averages: [Vec<f64>; 2],
    best: Option<Best>,
    history: Vec<Iteration>,
    evaluations: usize,
    failures: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Best {
    value: f64,
    point: Vec<f64>,
    gradient: Vec<f64>,
}

impl AdamState {
    /// The beginning of a run.
    pub fn new(start: &DVector<f64>) -> Self {
        let zeros = vec![0.0; start.len()];
        Self {
            point: start.as_slice().to_vec(),
            last: zeros.clone(),
            averages: [zeros.clone(), zeros],
            best: None,
            history: Vec::new(),
            evaluations: 0,
            failures: 0,
        }
    }

    /// Every iteration so far.
    pub fn history(&self) -> &[Iteration] {
        &self.history
    }

    /// The best point so far; the start, if nothing was evaluated.
    pub fn best(&self) -> DVector<f64> {
        DVector::from_column_slice(self.best.as_ref().map_or(&self.point, |best| &best.point))
    }

    /// Where the run is, which for an objective drawn anew at each call is a better answer than the best so far.
    pub fn point(&self) -> DVector<f64> {
        DVector::from_column_slice(&self.point)
    }

    /// Writes down what was found at the point.
    fn see(&mut self, value: f64, gradient: &DVector<f64>, evaluations: usize) {
        if self.best.as_ref().is_none_or(|best| value < best.value) {
            let (point, gradient) = (self.point.clone(), gradient.as_slice().to_vec());
            self.best = Some(Best { value, point, gradient });
        }
        let (number, gradient_norm) = (self.history.len(), gradient.amax());
        self.history.push(Iteration { number, value, gradient_norm, evaluations });
    }
}

impl Resumable for Adam {
    type State = AdamState;

    const NAME: &'static str = "Adam";

    fn begin(&self, start: &DVector<f64>) -> AdamState {
        AdamState::new(start)
    }

    fn run(
        &self,
        state: &mut AdamState,
        until: usize,
        objective: &mut Objective<'_>,
        progress: &mut Progress<'_>,
    ) -> Result<Stop, FitError> {
        self.check()?;
        let mut counted = Counted::new(objective);
        (counted.evaluations, counted.failures) = (state.evaluations, state.failures);
        let stop = self.iterate(state, until, &mut counted, progress);
        (state.evaluations, state.failures) = (counted.evaluations, counted.failures);
        stop
    }

    fn optimum(&self, state: AdamState, stop: Stop) -> Optimum {
        let Best { value, point, gradient } = state.best.expect("a run evaluates its start");
        let (point, gradient) = (DVector::from_vec(point), DVector::from_vec(gradient));
        let AdamState { history, evaluations, failures, .. } = state;
        Optimum { point, value, gradient, stop, history, evaluations, failures }
    }
}

impl Adam {
    /// Takes one step, given the value and the gradient at the [point](AdamState::point) of `state`: for a loop of one's own, such as
    /// learning while something runs.
    ///
    /// ```
    /// use costate_fit::{Adam, AdamState};
    /// use nalgebra::dvector;
    ///
    /// let (adam, mut state) = (Adam::default(), AdamState::new(&dvector![3.0, -4.0]));
    /// for _ in 0..2000 {
    ///     let x = state.point();
    ///     adam.update(&mut state, x.norm_squared(), &(2.0 * &x))?;
    /// }
    /// assert!(state.point().norm() < 0.01);
    /// # Ok::<(), costate_fit::FitError>(())
    /// ```
    ///
    /// # Errors
    /// [`FitError::Option`] for options that make no sense, [`FitError::Shape`] for a gradient of another size.
    pub fn update(&self, state: &mut AdamState, value: f64, gradient: &DVector<f64>) -> Result<(), FitError> {
        self.check()?;
        let (expected, found) = (state.point.len(), gradient.len());
        if expected != found {
            let remedy = "give one slope for each component of the point";
            return Err(FitError::Shape { what: "the gradient, against the point".into(), expected, found, remedy });
        }
        state.evaluations += 1;
        state.see(value, gradient, state.evaluations);
        self.step(state, gradient, state.history.len() - 1);
        Ok(())
    }

    fn iterate(
        &self,
        state: &mut AdamState,
        until: usize,
        counted: &mut Counted<'_, '_>,
        progress: &mut Progress<'_>,
    ) -> Result<Stop, FitError> {
        loop {
            let number = state.history.len();
            if number > self.iterations.min(until) {
                return Ok(Stop::IterationLimit);
            }
            let (value, gradient) = match evaluate_or_back_away(counted, state) {
                Ok(found) => found,
                Err(source) if number == 0 => return Err(FitError::Start { source }),
                Err(source) => return Ok(Stop::LineSearchFailed { cause: source.to_string() }),
            };
            let gradient_norm = gradient.amax();
            state.see(value, &gradient, counted.evaluations);
            let called_off = progress(&state.history[number]).is_break();
            self.step(state, &gradient, number);
            if gradient_norm <= self.gradient_tolerance * value.abs().max(1.0) {
                return Ok(Stop::GradientTolerance);
            } else if called_off {
                return Ok(Stop::Callback);
            }
        }
    }

    fn step(&self, state: &mut AdamState, gradient: &DVector<f64>, number: usize) {
        let norm = gradient.norm();
        let cut = if norm > self.longest_gradient { self.longest_gradient / norm } else { 1.0 };
        let rate = self.schedule.rate(number, self.iterations);
        let power = i32::try_from(number + 1).unwrap_or(i32::MAX);
        let missing = self.memory.map(|memory| 1.0 - memory.powi(power));
        let [first, second] = &mut state.averages;
        for (i, &slope) in gradient.iter().enumerate() {
            let slope = cut * slope;
            first[i] = self.memory[0] * first[i] + (1.0 - self.memory[0]) * slope;
            second[i] = self.memory[1] * second[i] + (1.0 - self.memory[1]) * slope * slope;
            let usual = (second[i] / missing[1]).sqrt() + self.epsilon;
            state.last[i] = -rate * (first[i] / missing[0] / usual + self.weight_decay * state.point[i]);
            state.point[i] += state.last[i];
        }
    }

    fn check(&self) -> Result<(), FitError> {
        let refuse = |option, value, remedy| Err(FitError::Option { option, value, remedy });
        let rate = self.schedule.largest();
        if !(rate >= 0.0 && rate.is_finite()) {
            return refuse("rate of the schedule", rate, "choose a positive length");
        }
        if let Some(&memory) = self.memory.iter().find(|memory| !(0.0..1.0).contains(*memory)) {
            return refuse("memory", memory, "choose at least 0 and less than 1");
        }
        if self.epsilon.is_nan() || self.epsilon <= 0.0 {
            return refuse("epsilon", self.epsilon, "choose a small positive number");
        }
        if self.longest_gradient.is_nan() || self.longest_gradient <= 0.0 {
            return refuse("longest_gradient", self.longest_gradient, "choose a positive norm, or infinity");
        }
        if self.gradient_tolerance.is_nan() || self.gradient_tolerance < 0.0 {
            return refuse("gradient_tolerance", self.gradient_tolerance, "choose a tolerance of at least zero");
        }
        Ok(())
    }
}

/// Evaluates at the point of the state; where that fails, half-way back to the last point, and so on.
fn evaluate_or_back_away(counted: &mut Counted<'_, '_>, state: &mut AdamState) -> Result<Evaluation, Cause> {
    let mut outcome = counted.evaluate(&DVector::from_column_slice(&state.point));
    for _ in 0..30 {
        if outcome.is_ok() || state.last.iter().all(|&step| step == 0.0) {
            break;
        }
        for (x, step) in state.point.iter_mut().zip(&mut state.last) {
            *step *= 0.5;
            *x -= *step;
        }
        outcome = counted.evaluate(&DVector::from_column_slice(&state.point));
    }
    outcome
}
