//! [`SdeState`]: what survives a step of a stochastic solve.

use nalgebra::DVector;

/// Everything that a stochastic solve carries from one step to the next, but for the Brownian motion, which is a function of
/// time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SdeState<R> {
    /// Steps accepted so far.
    pub(crate) index: usize,
    /// Points of the mesh of a fixed step that were passed.
    pub(crate) mesh: usize,
    pub(crate) t: f64,
    pub(crate) y: DVector<R>,
    pub(crate) carried: Vec<R>,
    /// The parameters, once an event has had the chance to change them.
    pub(crate) p: Option<Vec<R>>,
    /// Stops known in advance that were passed.
    pub(crate) stop: usize,
    /// The terminal event that has happened.
    pub(crate) ended_by: Option<usize>,
    /// The signed size of the step to try next.
    pub(crate) h: f64,
    /// The logarithm of the scaled error of the last accepted step.
    pub(crate) log_error: f64,
    /// Ends of rejected steps that lie ahead, the nearest last. All of them will be stepped on.
    pub(crate) rejected: Vec<f64>,
}
