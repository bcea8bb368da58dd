//! [`SolveError`]: where a solve went wrong, and what to do about it.

use crate::{ImplicitError, Refusal, StochasticError};
use costate_ad::Real;

impl SolveError {
    /// [`NonFinite`](SolveError::NonFinite) for the first of the `numbers` that is not finite, if one is. They may be those of several
    /// states, one after the other; `start` is the last good state, at the start of step `step`.
    #[cold]
    pub(crate) fn non_finite<R: Real>(
        what: &'static str,
        numbers: &[R],
        [t, h]: [f64; 2],
        step: usize,
        start: &[R],
    ) -> Option<SolveError> {
        let index = numbers.iter().position(|number| !number.value().is_finite())?;
        let (component, value) = (index % start.len(), numbers[index].value());
        let state = start.iter().map(|number| number.value()).collect();
        Some(SolveError::NonFinite { what, component, value, t, h, step, state })
    }
}

/// Why a problem could not be solved. Every message says where, and ends with the remedy.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SolveError {
    /// The initial state and the model disagree on the number of states.
    #[error("the model has {expected} states, but the initial state has {found}: pass {expected} initial values")]
    WrongStateCount {
        /// States of the model.
        expected: usize,
        /// Elements of the initial state.
        found: usize,
    },
    /// The parameter vector and the model disagree on the number of parameters.
    #[error("the model has {expected} parameters, but the vector p has {found}: pass {expected} parameters")]
    WrongParameterCount {
        /// Parameters of the model.
        expected: usize,
        /// Elements of `p`.
        found: usize,
    },
    /// There is nothing to integrate.
    #[error("the initial state has 0 elements: pass at least one initial value")]
    EmptyState,
    /// The span has no length.
    #[error("the span starts and ends at t = {t}: choose an end that differs from the start")]
    EmptySpan {
        /// Both ends of the span.
        t: f64,
    },
    /// An end of the span is NaN or infinite, or their distance overflows.
    #[error("the span {start}..{end} is not finite: choose finite ends")]
    NonFiniteSpan {
        /// Start of the span.
        start: f64,
        /// End of the span.
        end: f64,
    },
    /// An initial value is NaN or infinite.
    #[error("component {component} of the initial state is {value}: pass finite initial values")]
    NonFiniteInitialState {
        /// Index into the state.
        component: usize,
        /// Its value.
        value: f64,
    },
    /// A parameter is NaN or infinite.
    #[error("parameter {index} is {value}: pass finite parameters")]
    NonFiniteParameter {
        /// Index into `p`.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// A tolerance is zero, negative, NaN or infinite.
    #[error("the tolerance {name} is {value}: it must be positive and finite, for example 1e-6")]
    BadTolerance {
        /// `rtol` or `atol`.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// There is an absolute tolerance for each component, but not as many as components.
    #[error("Tolerance::with_component_atol has {found} elements for {expected} states: give one for each state")]
    WrongToleranceCount {
        /// States of the problem.
        expected: usize,
        /// Elements given.
        found: usize,
    },
    /// Derivatives were to be held to the tolerance where they are not known while stepping.
    #[error(
        "Tolerance::including_tangents needs derivatives while stepping, and a reverse mode knows them afterwards only: \
         use the strategy Forward, or leave it out"
    )]
    TangentsOutOfReach,
    /// A step-size option makes no sense.
    #[error("{name} is {value}: {remedy}")]
    BadStep {
        /// The option, as the caller spelled it.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What would be valid.
        remedy: &'static str,
    },
    /// Tolerances were asked of a method without an error estimate.
    #[error(
        "{method} has no error estimate and cannot keep a tolerance: use FixedStep(h), or an adaptive method such as Tsit5"
    )]
    NotAdaptive {
        /// The method's name.
        method: &'static str,
    },
    /// A symplectic method was given a state that does not split into positions and momenta.
    #[error(
        "{method} steps positions and momenta, the first and the second half of the state, but the state has {states} \
         elements: pass an even number, or use a method such as Vern7"
    )]
    OddState {
        /// The method's name.
        method: &'static str,
        /// Elements of the state.
        states: usize,
    },
    /// There are bounds on the state, but not as many as states.
    #[error("there are {found} bounds for {expected} states: give one for each, infinite where there is none")]
    BoundCount {
        /// States of the problem.
        expected: usize,
        /// Bounds given.
        found: usize,
    },
    /// The initial state lies beyond the bounds, or the bounds cross.
    #[error(
        "component {component} of the initial state is {value}, outside of its bounds {lower} and {upper}: start inside, or widen them"
    )]
    BadBounds {
        /// Index into the state.
        component: usize,
        /// Its value at the start.
        value: f64,
        /// Its lower bound.
        lower: f64,
        /// Its upper bound.
        upper: f64,
    },
    /// An implicit method, or a mass matrix, does not fit the problem.
    #[error(transparent)]
    Implicit(#[from] ImplicitError),
    /// A stochastic equation, its Brownian motion and its method do not fit together.
    #[error(transparent)]
    Stochastic(#[from] StochasticError),

    /// Whoever called the solver refused for a reason of its own.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The interval of `SaveAt::every` makes no sense.
    #[error(
        "SaveAt::every({interval}) on a span of length {length}: the interval must be positive, and give at most 1e8 saves"
    )]
    BadSaveInterval {
        /// The interval as given.
        interval: f64,
        /// Length of the span.
        length: f64,
    },
    /// `SaveAt::times` was given no times.
    #[error("SaveAt::times has no times: give at least one, or use SaveAt::end()")]
    NoSaveTimes,
    /// A time to save at is NaN, infinite, or outside the span.
    #[error("save time {index} is t = {t}, outside the span {start}..{end}: choose times inside the span")]
    SaveTimeOutsideSpan {
        /// Index into the given times.
        index: usize,
        /// The time.
        t: f64,
        /// Start of the span.
        start: f64,
        /// End of the span.
        end: f64,
    },
    /// The times to save at do not follow the direction of the span.
    #[error(
        "save time {index} is t = {t}, after t = {previous}, against the direction of the span: sort the times along the span"
    )]
    UnorderedSaveTimes {
        /// Index into the given times.
        index: usize,
        /// The time.
        t: f64,
        /// The time before it.
        previous: f64,
    },
    /// A function of the state gave another number of values than before, or none.
    #[error(
        "the function of SaveAt::with gave {found} numbers at t = {t} and {expected} before: give as many every time, at least one"
    )]
    UnevenSaves {
        /// Where.
        t: f64,
        /// How many it gave first.
        expected: usize,
        /// How many it gave there.
        found: usize,
    },
    /// Dense output was asked of a function of the state.
    #[error("SaveAt::dense keeps the state: leave SaveAt::with out, or give the times with SaveAt::times")]
    DenseFunction,
    /// A stop, or the time of an event, is NaN or infinite.
    #[error("a stop or an event is given at t = {t}: choose finite times")]
    NonFiniteStop {
        /// The time.
        t: f64,
    },
    /// The time of an event has no derivative, or not one of the order asked for.
    #[error(
        "the time of event {event} at t = {t} has no derivative (its condition changes at the rate {rate} there): \
         the solution only grazes it, or derivatives beyond the fourth were asked for; move the condition, or solve on plain numbers"
    )]
    NoEventTimeDerivative {
        /// Index of the event.
        event: usize,
        /// Where.
        t: f64,
        /// The derivative of its condition along the solution.
        rate: f64,
    },
    /// Events followed one another without time passing.
    #[error(
        "event {event} happened {count} times within {length:e} of time at t = {t}: the solution may come to rest on it; \
         make it terminal, or change the model there"
    )]
    EventStorm {
        /// Index of the last event.
        event: usize,
        /// How often events happened in a row.
        count: usize,
        /// The time in which they did.
        length: f64,
        /// Where.
        t: f64,
        /// The state there.
        state: Vec<f64>,
    },
    /// The right-hand side, or the state, became NaN or infinite.
    #[error(
        "component {component} of {what} is {value} at t = {t} (step {step}, step size {h:e}): \
         check the model there (division by zero, a root or logarithm of a negative number, a blow-up), or stop before it"
    )]
    NonFinite {
        /// `the slope dy` or `the state`.
        what: &'static str,
        /// Index into the state.
        component: usize,
        /// The offending value.
        value: f64,
        /// Where it appeared.
        t: f64,
        /// The step that was tried; zero for the slope at the start.
        h: f64,
        /// Steps accepted before.
        step: usize,
        /// The last good state, at the start of the step.
        state: Vec<f64>,
    },
    /// A model that can fail refused to be evaluated.
    #[error(
        "{message} (at t = {t}, in step {step} of size {h:e}): keep the solution inside the model's domain, or stop before it"
    )]
    Domain {
        /// What the model said: see [`Fallible`](crate::Fallible).
        message: String,
        /// Where.
        t: f64,
        /// The step that was tried; zero for the slope at the start.
        h: f64,
        /// Steps accepted before.
        step: usize,
        /// The last good state, at the start of the step.
        state: Vec<f64>,
    },
    /// Error control asked for steps too small to advance.
    #[error(
        "step size fell below {h:e} at t = {t} after {step} steps: the problem may be stiff or singular there; \
         try an implicit method, or loosen rtol"
    )]
    StepTooSmall {
        /// Where it stopped.
        t: f64,
        /// The smallest step allowed there.
        h: f64,
        /// Steps accepted before.
        step: usize,
        /// The last good state, at the start of the step.
        state: Vec<f64>,
    },
    /// The step limit was reached.
    #[error(
        "{limit} steps were tried and only t = {t} of {end} was reached (step size {h:e}): \
         loosen rtol, raise Tolerance::with_max_steps, or try an implicit method if the problem is stiff"
    )]
    StepLimit {
        /// Steps tried, accepted or not.
        limit: usize,
        /// Where it stopped.
        t: f64,
        /// End of the span.
        end: f64,
        /// The step size there.
        h: f64,
        /// The state there.
        state: Vec<f64>,
    },
    /// `Solution::at` was asked of a solution without dense output.
    #[error("no dense output to evaluate at t = {t}: solve with SaveAt::dense()")]
    NoDenseOutput {
        /// The time asked for.
        t: f64,
    },
    /// `Solution::at` was asked outside the span.
    #[error("t = {t} is outside the solution's span {start}..{end}: ask inside it, or solve a longer span")]
    OutsideSpan {
        /// The time asked for.
        t: f64,
        /// Start of the span.
        start: f64,
        /// End of the span.
        end: f64,
    },
}
