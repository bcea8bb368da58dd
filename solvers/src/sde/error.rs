//! [`StochasticError`]: why a stochastic equation, its Brownian motion and its method do not fit together.

/// Why a stochastic equation could not be solved, beside what can go wrong with any. Every message ends with the remedy.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StochasticError {
    /// The description of a Brownian motion makes no sense.
    #[error("{what} of the Brownian motion cannot be used: {remedy}")]
    BadNoise {
        /// The part of it.
        what: &'static str,
        /// What would be valid.
        remedy: &'static str,
    },
    /// The Brownian motion and the model disagree on the number of dimensions.
    #[error("the noise of the model has {expected} dimensions, but the Brownian motion has {found}: they must agree")]
    WrongNoiseCount {
        /// Dimensions of the model's noise.
        expected: usize,
        /// Dimensions of the motion.
        found: usize,
    },
    /// A stored path was asked for a time between its own.
    #[error("the stored path has no value at t = {t}: step and save at its times, with FixedStep")]
    NoiseUnknown {
        /// The time asked for.
        t: f64,
    },
    /// A path stored without Levy areas met a method that needs them.
    #[error(
        "the path was stored without Levy areas, which the method needs: use Brownian::stored_with_areas, or EulerMaruyama"
    )]
    NoiseWithoutArea,
    /// A path was asked for second areas that it does not know.
    #[error("the path has no space-time-time areas: use Brownian::seeded(..).with_second_areas()")]
    NoiseWithoutSecondArea,
    /// A rejection-sampled path was asked for something behind it.
    #[error(
        "the rejection-sampled path was asked at t = {t}, but has moved on to {start}..{end}: \
         use Brownian::seeded, which is a function of time, or a fresh motion"
    )]
    NoiseOnlyForward {
        /// The time asked for.
        t: f64,
        /// Start of the last step.
        start: f64,
        /// End of the last step.
        end: f64,
    },
    /// The model and the method speak of different stochastic integrals.
    #[error(
        "{method} solves {method_calculus} equations, but the model is meant in the sense of {model_calculus}: \
         convert it by .to_{method_calculus}(), or use {remedy}"
    )]
    WrongCalculus {
        /// The method's name.
        method: &'static str,
        /// What the method solves.
        method_calculus: crate::Calculus,
        /// What the model states.
        model_calculus: crate::Calculus,
        /// A method for the model as it is.
        remedy: &'static str,
    },
    /// The method cannot take this kind of noise.
    #[error("{method} cannot take {noise} noise: use {remedy}")]
    WrongNoise {
        /// The method's name.
        method: &'static str,
        /// What the model states.
        noise: crate::NoiseKind,
        /// A method for it.
        remedy: &'static str,
    },
    /// The number of dimensions of the noise does not fit the model.
    #[error("the model states {noise} noise, which needs at least one dimension: check Sde::noise")]
    NoNoise {
        /// What the model states.
        noise: crate::NoiseKind,
    },
    /// A sparse diagonal names a state that does not exist, or one twice.
    #[error(
        "the sparse diagonal noise names state {state} of {states} states, or names it twice: list each noisy state once, counted from 0"
    )]
    BadNoisyState {
        /// The state in question.
        state: usize,
        /// States of the model.
        states: usize,
    },
    /// An Ito equation was to be solved backward in time.
    #[error(
        "{method} cannot run from t = {start} back to {end}: Ito integrals look forward only; \
         convert the model by .to_stratonovich() and use a Stratonovich method such as ReversibleHeun"
    )]
    BackwardIto {
        /// The method's name.
        method: &'static str,
        /// Start of the span.
        start: f64,
        /// End of the span.
        end: f64,
    },
    /// Dense output was asked of a stochastic solve.
    #[error("a rough path has no interpolant, so SaveAt::dense() is impossible: use SaveAt::every, times or steps")]
    NoDenseNoise,
    /// The rate of a Poisson process makes no sense.
    #[error(
        "a Poisson process of rate {rate} with {expected:e} jumps to expect cannot be drawn: the rate must be finite and not \
         negative, with at most 1e8 jumps in a span"
    )]
    BadJumpRate {
        /// The rate.
        rate: f64,
        /// Jumps to expect in the span.
        expected: f64,
    },
    /// A number that carries derivatives met a condition on a rough path.
    #[error(
        "event {event} happens where a rough path crosses zero, and that time has no derivative along the path: \
         take events at given times, a loss that is smooth in the state, or differences of means over paths"
    )]
    NoCrossingDerivative {
        /// The event.
        event: usize,
    },
    /// A strategy met events that it cannot take back.
    #[error(
        "{strategy} cannot pass through events of this kind: use the strategy DiscreteAdjoint or Forward, and no event of every step"
    )]
    EventsOutOfReach {
        /// The strategy's name.
        strategy: &'static str,
    },
    /// The steps are shorter than the Brownian motion resolves.
    #[error(
        "step size {h:e} at t = {t} is not resolved by the Brownian motion, which knows times to {resolution:e}: \
         give it a shorter unit of time by Brownian::with_unit"
    )]
    NoiseTooCoarse {
        /// Where it stopped.
        t: f64,
        /// The step.
        h: f64,
        /// The shortest time that the motion knows.
        resolution: f64,
    },
    /// A strategy that undoes steps met a method whose steps cannot be undone.
    #[error("the steps of {method} cannot be undone: use ReversibleHeun, or the strategy DiscreteAdjoint")]
    NotReversible {
        /// The method's name.
        method: &'static str,
    },
    /// A strategy that asks for the noise again met a motion that is drawn by the steps.
    #[error(
        "a rejection-sampled path cannot be asked for again on the way back: use Brownian::seeded, \
         or the strategy Forward"
    )]
    NoiseOnlyOnce,
    /// The continuous adjoint was asked of an Ito equation.
    #[error(
        "the adjoint equation runs backward, where Ito integrals have no meaning: convert the model by \
         .to_stratonovich(), or use the strategy DiscreteAdjoint"
    )]
    AdjointOfIto,
    /// The equations of an implicit step could not be solved.
    #[error(
        "the implicit step of size {h:e} from t = {t} (step {step}) has no solution that Newton's method finds: take smaller steps"
    )]
    ImplicitStep {
        /// Where the step starts.
        t: f64,
        /// The step.
        h: f64,
        /// Steps accepted before.
        step: usize,
    },
}
