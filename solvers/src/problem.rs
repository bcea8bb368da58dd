//! [`Problem`]: a model, where it starts, its parameters, and how long it runs.

use crate::bounds::Bounds;
use crate::integrate::Integration;
use crate::record::Recorder;
use crate::save::Plan;
use crate::span::Span;
use crate::{
    Closure, Condition, Control, Ended, Event, InitialState, MassMatrix, Method, Observer, Ode, Reset, Save, SaveAt,
    Solution, SolveError, State, Statistics, Stepper, VectorField, WithEvent,
};
use costate_ad::Real;
use costate_linalg::LinearSolver;
use nalgebra::{Const, DVector, Dyn, VecStorage};
use std::borrow::Borrow;
use std::ops::Range;
use std::sync::Arc;

/// An initial value problem: `dy/dt = system(t, y, p)` from `y(start) = y0` to the end of the span.
///
/// Sizes and numbers are checked once, when it is solved.
#[derive(Clone, Debug)]
pub struct Problem<S, R> {
    pub(crate) system: S,
    pub(crate) initial_state: DVector<R>,
    parameters: DVector<R>,
    span: Range<f64>,
    stops: Vec<f64>,
    pub(crate) mass: Option<Arc<MassMatrix>>,
    pub(crate) bounds: Option<Bounds>,
    pub(crate) linear_solver: LinearSolver,
}

impl<S: Ode, R: Real> Problem<S, R> {
    /// A problem for a model that is written once for every scalar.
    ///
    /// `y0` is an array, slice or vector of `R` or `f64`. The span may run backward: `20.0..0.0`.
    pub fn ode(system: S, y0: impl InitialState<R>, p: &DVector<R>, span: Range<f64>) -> Self {
        Problem::new(system, y0, p, span)
    }
}

impl<S: Ode, R: Real> Problem<S, R> {
    /// Adds an event. Events at one time happen in the order in which they were added; those that their time brings first.
    pub fn with_event<C: Condition, A: Reset>(self, event: Event<C, A>) -> Problem<WithEvent<S, Event<C, A>>, R> {
        self.add_event(event)
    }
}

impl<F: Fn(R, &[R], &[R], &mut [R]), R: Real> Problem<Closure<F>, R> {
    /// A problem for a plain closure `|t, y, p, dy|` on one scalar, which may capture.
    ///
    /// ```
    /// use costate_solvers::{FixedStep, Problem, Rk4, SaveAt};
    /// use nalgebra::dvector;
    ///
    /// let drag = 0.1;
    /// let fall = |_t: f64, y: &[f64], p: &[f64], dy: &mut [f64]| {
    ///     dy[0] = y[1];
    ///     dy[1] = -p[0] - drag * y[1];
    /// };
    /// let problem = Problem::closure(fall, [100.0, 0.0], &dvector![9.81], 0.0..1.0);
    /// let solution = problem.solve(Rk4, FixedStep(0.1), SaveAt::end())?;
    /// assert!((solution.last()[0] - 95.254).abs() < 1e-3);
    /// # Ok::<(), costate_solvers::SolveError>(())
    /// ```
    pub fn closure(f: F, y0: impl InitialState<R>, p: &DVector<R>, span: Range<f64>) -> Self {
        Problem::new(Closure(f), y0, p, span)
    }
}

impl<S, R> Problem<S, R> {
    pub(crate) fn add_event<E>(self, event: E) -> Problem<WithEvent<S, E>, R> {
        let Problem { system, initial_state, parameters, span, stops, mass, bounds, linear_solver } = self;
        let system = WithEvent::new(system, event);
        Problem { system, initial_state, parameters, span, stops, mass, bounds, linear_solver }
    }

    /// The model.
    pub fn system(&self) -> &S {
        &self.system
    }

    /// The state at the start.
    pub fn initial_state(&self) -> &DVector<R> {
        &self.initial_state
    }

    /// The parameters.
    pub fn parameters(&self) -> &DVector<R> {
        &self.parameters
    }

    /// The same problem on another scalar: `convert` is given every number, those of the initial state first.
    pub fn map<T>(&self, mut convert: impl FnMut(&R) -> T) -> Problem<S, T>
    where
        S: Clone,
    {
        Problem {
            system: self.system.clone(),
            initial_state: vector(self.initial_state.iter().map(&mut convert)),
            parameters: vector(self.parameters.iter().map(&mut convert)),
            span: self.span.clone(),
            stops: self.stops.clone(),
            mass: self.mass.clone(),
            bounds: self.bounds.clone(),
            linear_solver: self.linear_solver,
        }
    }

    /// Adds times on which the solve steps exactly, and behind which it starts afresh: for a right-hand side that jumps at
    /// known times. In any order; those outside the span do not count.
    pub fn with_stops(mut self, stops: impl IntoIterator<Item: Borrow<f64>>) -> Self {
        self.stops.extend(stops.into_iter().map(|t| *t.borrow()));
        self
    }

    /// Whether the solve runs through from start to end, without events and stops.
    pub fn is_smooth(&self) -> bool
    where
        S: Ode,
    {
        self.stops.is_empty() && self.system.triggers().is_empty()
    }

    /// The times on which the solve steps exactly, beside those of events.
    pub fn stops(&self) -> &[f64] {
        &self.stops
    }

    /// From the time of the initial state to the time of the last: the end may lie before the start.
    pub fn span(&self) -> Range<f64> {
        self.span.clone()
    }
}

impl<S: VectorField<R>, R: Real> Problem<S, R> {
    /// Solves the problem with a method, a step size control ([`Tolerance`](crate::Tolerance) or
    /// [`FixedStep`](crate::FixedStep)) and a choice of the states to keep.
    ///
    /// # Errors
    /// A [`SolveError`] that says where and what to do: sizes that do not fit, options that make no sense, numbers
    /// that are not finite, steps that became too small or too many.
    pub fn solve<M: Method>(
        &self,
        method: M,
        control: impl Into<Control>,
        save: impl Save<R>,
    ) -> Result<Solution<R>, SolveError> {
        self.solve_observed(method, control, save, &mut ())
    }

    /// [`solve`](Self::solve), showing every accepted step and every save to `observer`.
    ///
    /// # Errors
    /// As [`solve`](Self::solve).
    pub fn solve_observed<M: Method, O: Observer<R>>(
        &self,
        method: M,
        control: impl Into<Control>,
        save: impl Save<R>,
        observer: &mut O,
    ) -> Result<Solution<R>, SolveError> {
        let (solution, failure) = self.solve_partially(method, control, save, observer)?;
        failure.map_or(Ok(solution), Err)
    }

    /// [`solve_observed`](Self::solve_observed), which keeps what was computed before a failure: the solution up to the last
    /// good state, and the failure beside it.
    ///
    /// # Errors
    /// Only what is found before the first step, so that there is nothing to keep.
    pub fn solve_partially<M: Method, O: Observer<R>>(
        &self,
        method: M,
        control: impl Into<Control>,
        save: impl Save<R>,
        observer: &mut O,
    ) -> Result<(Solution<R>, Option<SolveError>), SolveError> {
        let span = self.check()?;
        let control: Control = control.into();
        self.check_implicit(&method)?;
        self.check_consistent(&control)?;
        let mut integration = self.integration(&method, control, span)?;
        let plan = plan(&save, span)?;
        let mut recorder = Recorder::new(plan, self.initial_state.len(), integration.projects());
        let mut state = integration.start(self.initial_state.clone())?;
        let failure = run(&mut integration, &mut state, &mut recorder, observer, |recorder| recorder.observe(&save));
        let ended = match failure {
            Ok(ended) => ended,
            Err(_) => Ended::ByError,
        };
        if matches!(ended, Ended::ByObserver | Ended::ByError) {
            recorder.stopped(&state, observer);
            recorder.observe(&save)?;
        }
        let Integration { occurrences, statistics, .. } = integration;
        Ok((recorder.finish(occurrences, ended, statistics), failure.err()))
    }

    /// A running reduction over the saves, which keeps none of them: `step(so_far, t, y)` for each.
    ///
    /// ```
    /// use costate_solvers::{Problem, SaveAt, Tolerance, Tsit5, ode};
    /// use nalgebra::dvector;
    ///
    /// let swing = ode!(|_t, [angle, speed], []| [speed, -angle]);
    /// let problem = Problem::ode(swing, [1.0, 0.0], &dvector![], 0.0..100.0);
    /// let (highest, _) = problem.fold(Tsit5, Tolerance::new(1e-9, 1e-9), SaveAt::every(0.01), 0.0, |most, _t, y| {
    ///     f64::max(most, y[0])
    /// })?;
    /// assert!((highest - 1.0).abs() < 1e-6);
    /// # Ok::<(), costate_solvers::SolveError>(())
    /// ```
    ///
    /// # Errors
    /// As [`solve`](Self::solve).
    pub fn fold<M: Method, T>(
        &self,
        method: M,
        control: impl Into<Control>,
        save: SaveAt,
        initial: T,
        mut step: impl FnMut(T, f64, &[R]) -> T,
    ) -> Result<(T, Statistics), SolveError> {
        let span = self.check()?;
        let control: Control = control.into();
        self.check_implicit(&method)?;
        self.check_consistent(&control)?;
        let mut integration = self.integration(&method, control, span)?;
        let mut recorder = Recorder::new(save.plan(span)?, self.initial_state.len(), integration.projects());
        let mut state = integration.start(self.initial_state.clone())?;
        let mut result = Some(initial);
        run(&mut integration, &mut state, &mut recorder, &mut (), |recorder| {
            recorder.drain(|t, y| result = result.take().map(|so_far| step(so_far, t, y)));
            Ok(())
        })?;
        let result = result.expect("every step puts a result back");
        Ok((result, integration.statistics))
    }

    /// The state with which [`solve`](Self::solve) starts: for stepping by hand with [`advance`](Self::advance).
    ///
    /// # Errors
    /// As [`solve`](Self::solve).
    pub fn begin<M: Method>(&self, method: M, control: impl Into<Control>) -> Result<State<R>, SolveError> {
        let span = self.check()?;
        let control: Control = control.into();
        self.check_implicit(&method)?;
        self.check_consistent(&control)?;
        let mut integration = self.integration(&method, control, span)?;
        let mut state = integration.start(self.initial_state.clone())?;
        integration.events_at_start(&mut state, &mut ())?;
        Ok(state)
    }

    /// Takes up to `steps` accepted steps from `state`, and fewer only where the span ends.
    ///
    /// The steps are those of [`solve`](Self::solve) with the same method and control, bit for bit, from whichever
    /// clone of a state they start.
    ///
    /// # Errors
    /// As [`solve`](Self::solve).
    pub fn advance<M: Method, O: Observer<R>>(
        &self,
        method: M,
        control: impl Into<Control>,
        state: &mut State<R>,
        steps: usize,
        observer: &mut O,
    ) -> Result<Statistics, SolveError> {
        let span = self.check()?;
        let mut integration = self.integration(&method, control.into(), span)?;
        let (expected, found) = (self.initial_state.len(), state.y.len());
        if expected != found {
            return Err(SolveError::WrongStateCount { expected, found });
        }
        for _ in 0..steps {
            if integration.finished(state) {
                break;
            }
            integration.advance(state, observer, |_, _| Ok(()))?;
        }
        Ok(integration.statistics)
    }

    pub(crate) fn integration<M: Method>(
        &self,
        method: &M,
        control: Control,
        span: Span,
    ) -> Result<Integration<'_, S, R, M::Stepper<R>>, SolveError> {
        let numbers = [self.initial_state.as_slice(), self.parameters.as_slice()];
        self.check_implicit(method)?;
        self.check_bounds()?;
        let mut integration = Integration::new(&self.system, numbers, span, &self.stops, method, control)?;
        integration.bounds = self.bounds.as_ref();
        if self.linear_solver != LinearSolver::Direct {
            integration.stepper.set_linear_solver(self.linear_solver);
        }
        if let Some(mass) = &self.mass {
            integration.mass = Some(mass);
            integration.stepper.set_mass(mass.clone());
        }
        Ok(integration)
    }

    pub(crate) fn check(&self) -> Result<Span, SolveError> {
        self.check_sizes(S::STATES.or(self.system.states()), self.system.parameters())
    }
}

impl<S, R: Real> Problem<S, R> {
    pub(crate) fn new(system: S, y0: impl InitialState<R>, p: &DVector<R>, span: Range<f64>) -> Self {
        let (initial_state, parameters) = (y0.into_state(), p.clone());
        let (mass, bounds, linear_solver) = (None, None, LinearSolver::Direct);
        Problem { system, initial_state, parameters, span, stops: Vec::new(), mass, bounds, linear_solver }
    }

    /// Checks the numbers, and their counts against what the model knows.
    pub(crate) fn check_sizes(&self, states: Option<usize>, parameters: Option<usize>) -> Result<Span, SolveError> {
        let found = self.initial_state.len();
        if let Some(expected) = states.filter(|&expected| expected != found) {
            return Err(SolveError::WrongStateCount { expected, found });
        }
        if found == 0 {
            return Err(SolveError::EmptyState);
        }
        let found = self.parameters.len();
        if let Some(expected) = parameters.filter(|&expected| expected != found) {
            return Err(SolveError::WrongParameterCount { expected, found });
        }
        let bad = |values: &DVector<R>| values.iter().position(|value| !value.value().is_finite());
        if let Some(component) = bad(&self.initial_state) {
            let value = self.initial_state[component].value();
            return Err(SolveError::NonFiniteInitialState { component, value });
        }
        if let Some(index) = bad(&self.parameters) {
            return Err(SolveError::NonFiniteParameter { index, value: self.parameters[index].value() });
        }
        Span::new(self.span.start, self.span.end)
    }
}

/// What a choice of saves means on a span.
fn plan<R: Real, V: Save<R>>(save: &V, span: Span) -> Result<Plan, SolveError> {
    match save.save_at().plan(span)? {
        Plan::Steps { dense: true } if V::OBSERVES => Err(SolveError::DenseFunction),
        plan => Ok(plan),
    }
}

/// Runs from the start to the end, and shows the recorder to `saved` whenever it may have saved something. What was recorded
/// before a failure stays recorded.
#[inline]
fn run<F: VectorField<R> + ?Sized, R: Real, T: Stepper<R>, O: Observer<R>>(
    integration: &mut Integration<'_, F, R, T>,
    state: &mut State<R>,
    recorder: &mut Recorder<R>,
    observer: &mut O,
    mut saved: impl FnMut(&mut Recorder<R>) -> Result<(), SolveError>,
) -> Result<Ended, SolveError> {
    recorder.start(state, integration.something_happens_at_start(), observer);
    integration.events_at_start(state, observer)?;
    if state.event_happened() {
        recorder.behind_event(state, observer);
    }
    saved(recorder)?;
    let projects = integration.projects();
    while !integration.finished(state) {
        if state.index > 0 && !observer.goes_on() {
            return Ok(Ended::ByObserver);
        }
        integration.advance(state, observer, |interior, observer| recorder.step(interior, observer))?;
        if projects || state.event_happened() {
            recorder.behind_event(state, observer);
        }
        saved(recorder)?;
    }
    Ok(state.ended_by.map_or(Ended::AtSpanEnd, |event| Ended::ByEvent(event as usize)))
}

fn vector<T>(elements: impl Iterator<Item = T>) -> DVector<T> {
    let elements: Vec<T> = elements.collect();
    let length = Dyn(elements.len());
    DVector::from_data(VecStorage::new(length, Const, elements))
}
