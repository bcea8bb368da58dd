//! [`SdeProblem`]: a stochastic model, its noise, where it starts, its parameters, and how long it runs.

use super::integrate::Walk;
use super::saves::Saves;
use crate::save::Plan;
use crate::{
    Brownian, Calculus, Condition, Control, Ended, Event, InitialState, NoiseKind, Problem, Reset, SaveAt, Sde,
    Solution, SolveError, StochasticError, StochasticMethod, WithEvent,
};
use costate_ad::Real;
use nalgebra::DVector;
use std::borrow::Borrow;
use std::ops::Range;

/// An initial value problem for a stochastic differential equation on one path of a Brownian motion. Made by
/// [`Problem::sde`].
#[derive(Clone, Debug)]
pub struct SdeProblem<S, R> {
    problem: Problem<S, R>,
    noise: Brownian,
}

impl<S: Sde, R: Real> Problem<S, R> {
    /// A problem for a stochastic model on a Brownian motion.
    ///
    /// `y0` is an array, slice or vector of `R` or `f64`. The span may run backward where the model is a Stratonovich
    /// equation or its noise additive: the way back then follows the way there.
    ///
    /// ```
    /// use costate_solvers::{Brownian, Problem, SaveAt, Sosri, Tolerance, sde};
    /// use nalgebra::dvector;
    ///
    /// let geometric = sde!(|_t, [price], [growth, volatility]| drift: [growth * price], diagonal: [volatility * price]);
    /// let p = dvector![1.01, 0.87];
    /// let problem = Problem::sde(geometric, Brownian::seeded(42), [0.5], &p, 0.0..1.0);
    /// let solution = problem.solve(Sosri, Tolerance::new(1e-3, 1e-3), SaveAt::end())?;
    ///
    /// let w = Brownian::seeded(42).motion(1)?.increment(0.0, 1.0)?[0];
    /// let exact = 0.5 * (p[0] - 0.5 * p[1] * p[1] + p[1] * w).exp();
    /// assert!((solution.last()[0] - exact).abs() < 1e-2 * exact);
    /// # Ok::<(), costate_solvers::SolveError>(())
    /// ```
    pub fn sde(
        system: S,
        noise: Brownian,
        y0: impl InitialState<R>,
        p: &DVector<R>,
        span: Range<f64>,
    ) -> SdeProblem<S, R> {
        SdeProblem { problem: Problem::new(system, y0, p, span), noise }
    }
}

/// One accepted step of a stochastic solve. Borrowed from the solver: copy what must outlive the call.
#[derive(Clone, Copy, Debug)]
pub struct StochasticStep<'a, R> {
    /// Its index, from 0.
    pub index: usize,
    /// Where it starts.
    pub t: f64,
    /// Where it ends.
    pub t_next: f64,
    /// The state at its start.
    pub y: &'a [R],
    /// The state at its end.
    pub y_next: &'a [R],
    /// What the method carried into it beside the state; see
    /// [`StochasticStepper::next_carried`](crate::StochasticStepper::next_carried).
    pub carried: &'a [R],
    /// What it carries on.
    pub carried_next: &'a [R],
}

impl<S: Sde, R: Real> SdeProblem<S, R> {
    /// Adds an event: at given times, at the jumps of a Poisson process ([`Event::jumps`]), after every step, or where a condition
    /// passes zero. Events at one time happen in the order in which they were added; those that a crossing brings first.
    ///
    /// A crossing is looked for at the ends of the steps, and then along the path inside. What crosses and comes back inside a
    /// step is missed: for a process of volatility `s`, a level seems `0.5826 s sqrt(h)` farther away than it is (Broadie,
    /// Glasserman and Kou, Mathematical Finance 7 (1997) 325-349). On numbers that carry
    /// derivatives crossings are refused: along a rough path their times have none.
    ///
    /// ```
    /// use costate_solvers::{Brownian, EulerMaruyama, Event, FixedStep, Problem, SaveAt, condition, sde};
    /// use nalgebra::dvector;
    ///
    /// // When does a drifting particle first reach 1?
    /// let drifting = sde!(|_t, [_x], [speed]| drift: [speed], diagonal_additive: [R::from(1.0)]);
    /// let arrival = Event::when(condition!(|_t, [x], [_speed]| x - 1.0)).terminal();
    /// let problem = Problem::sde(drifting, Brownian::seeded(3), [0.0], &dvector![2.0], 0.0..100.0).with_event(arrival);
    /// let solution = problem.solve(EulerMaruyama, FixedStep(0.01), SaveAt::end())?;
    /// assert!((solution.last()[0] - 1.0).abs() < 1e-3 && solution.events()[0].time < 100.0);
    /// # Ok::<(), costate_solvers::SolveError>(())
    /// ```
    pub fn with_event<C: Condition, A: Reset>(self, event: Event<C, A>) -> SdeProblem<WithEvent<S, Event<C, A>>, R> {
        SdeProblem { problem: self.problem.add_event(event), noise: self.noise }
    }

    /// Adds times on which the solve steps exactly: see [`Problem::with_stops`].
    pub fn with_stops(self, stops: impl IntoIterator<Item: Borrow<f64>>) -> Self {
        SdeProblem { problem: self.problem.with_stops(stops), noise: self.noise }
    }
}

impl<S, R> SdeProblem<S, R> {
    /// The model.
    pub fn system(&self) -> &S {
        self.problem.system()
    }

    /// The Brownian motion.
    pub fn noise(&self) -> &Brownian {
        &self.noise
    }

    /// The state at the start.
    pub fn initial_state(&self) -> &DVector<R> {
        self.problem.initial_state()
    }

    /// The parameters.
    pub fn parameters(&self) -> &DVector<R> {
        self.problem.parameters()
    }

    /// From the time of the initial state to the time of the last.
    pub fn span(&self) -> Range<f64> {
        self.problem.span()
    }

    /// The problem without its noise: model, initial state, parameters and span.
    pub fn without_noise(&self) -> &Problem<S, R> {
        &self.problem
    }

    /// The same problem on another scalar: `convert` is given every number, those of the initial state first.
    pub fn map<T>(&self, convert: impl FnMut(&R) -> T) -> SdeProblem<S, T>
    where
        S: Clone,
    {
        SdeProblem { problem: self.problem.map(convert), noise: self.noise.clone() }
    }
}

impl<S: Sde, R: Real> SdeProblem<S, R> {
    /// Solves the problem with a method, a step size control ([`Tolerance`](crate::Tolerance) or
    /// [`FixedStep`](crate::FixedStep)) and a choice of the states to keep. Steps end exactly on the times to save: the state
    /// between the steps of a rough path is unknown.
    ///
    /// Of a tolerance, norm, safety and factors count, but not the controller, nor a growth beyond 2: rough paths have a rule of
    /// their own.
    ///
    /// The step sizes look at values only, and the noise is plain numbers: the solution carries the derivatives of this very
    /// path, as computed.
    ///
    /// # Errors
    /// A [`SolveError`] that says where and what to do: sizes that do not fit, a method that cannot take the noise or means
    /// another integral, options that make no sense, numbers that are not finite, steps that became too small or too many.
    pub fn solve<M: StochasticMethod>(
        &self,
        method: M,
        control: impl Into<Control>,
        save: SaveAt,
    ) -> Result<Solution<R>, SolveError> {
        self.solve_observed(method, control, save, |_| ())
    }

    /// [`solve`](Self::solve), showing every accepted step to `observer`.
    ///
    /// # Errors
    /// As [`solve`](Self::solve).
    pub fn solve_observed<M: StochasticMethod>(
        &self,
        method: M,
        control: impl Into<Control>,
        save: SaveAt,
        mut observer: impl FnMut(&StochasticStep<'_, R>),
    ) -> Result<Solution<R>, SolveError> {
        let system = self.system();
        let span = self.problem.check_sizes(system.states(), system.parameters())?;
        let plan = save.plan(span)?;
        if plan == (Plan::Steps { dense: true }) {
            return Err(StochasticError::NoDenseNoise.into());
        }
        let mut walk = Walk::new(self, span, &method, control.into())?;
        let mut state = walk.start();
        let mut saves = Saves { plan, times: Vec::new(), numbers: Vec::new() };
        let nearer = |t: f64, u: f64| if (t - u) * span.direction() < 0.0 { t } else { u };
        loop {
            let (t, happens) = (state.t, walk.happens(&state));
            if !walk.projects(&state) {
                saves.take(t, state.y.as_slice(), happens);
            }
            if happens {
                walk.happen(&mut state)?;
                saves.take_behind(t, state.y.as_slice(), state.ended_by.is_some());
            } else {
                walk.pass(&mut state);
            }
            if t == span.end || state.ended_by.is_some() {
                break;
            }
            let stop = nearer(saves.next().unwrap_or(span.end), walk.stop(&state).unwrap_or(span.end));
            walk.advance(&mut state, stop, &mut observer)?;
        }
        let ended = state.ended_by.map_or(Ended::AtSpanEnd, Ended::ByEvent);
        Ok(Solution::new(saves.times, saves.numbers, None, walk.occurrences, ended, walk.statistics))
    }

    pub(super) fn check_method(&self, method: &impl StochasticMethod) -> Result<(), SolveError> {
        let (name, noise) = (method.name(), self.system().noise());
        if noise.dimensions(self.initial_state().len()) == 0 {
            return Err(StochasticError::NoNoise { noise }.into());
        }
        let states = self.initial_state().len();
        if let NoiseKind::SparseDiagonal { noisy } = noise {
            let bad = |&position: &usize| noisy[position] >= states || noisy[..position].contains(&noisy[position]);
            if let Some(position) = (0..noisy.len()).find(bad) {
                return Err(StochasticError::BadNoisyState { state: noisy[position], states }.into());
            }
        }
        if method.strong_order(noise).is_none() {
            return Err(StochasticError::WrongNoise {
                method: name,
                noise,
                remedy: remedy(noise, self.system().calculus()),
            }
            .into());
        }
        let (method_calculus, model_calculus) = (method.calculus(), self.system().calculus());
        if noise.is_additive() {
            return Ok(());
        }
        if method_calculus != model_calculus {
            let remedy = remedy(noise, model_calculus);
            return Err(StochasticError::WrongCalculus { method: name, method_calculus, model_calculus, remedy }.into());
        }
        let Range { start, end } = self.span();
        if method_calculus == Calculus::Ito && end < start {
            return Err(StochasticError::BackwardIto { method: name, start, end }.into());
        }
        Ok(())
    }
}

/// A good method for this kind of noise.
fn remedy(noise: NoiseKind, calculus: Calculus) -> &'static str {
    match (noise, calculus) {
        (NoiseKind::DiagonalAdditive | NoiseKind::Additive { .. }, _) => "Sosra, Shark or Sra3",
        (NoiseKind::Diagonal | NoiseKind::SparseDiagonal { .. } | NoiseKind::Scalar, Calculus::Ito) => {
            "Sosri, Sriw1, Milstein or EulerMaruyama"
        }
        (NoiseKind::Commutative { .. }, Calculus::Ito) => "Milstein or EulerMaruyama",
        (NoiseKind::General { .. }, Calculus::Ito) => "EulerMaruyama, or .to_stratonovich() and Spark",
        (_, Calculus::Stratonovich) => "Spark, EulerHeun or ReversibleHeun",
    }
}
