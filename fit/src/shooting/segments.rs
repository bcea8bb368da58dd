//! [`Segments`]: a model that can be started anywhere.

use crate::{Cause, Data};
use costate_ad::Real;
use costate_solvers::{Control, Method, Ode, Problem, SaveAt};
use nalgebra::DVector;
use std::ops::Range;

/// A model that multiple shooting can start from any state at any time, written once for every scalar.
pub trait Segments: Sync {
    /// The states at `times`, which lie within `span` and increase, and after them the state at the end of `span`, from `start` at its
    /// beginning, for natural parameters `p`.
    ///
    /// # Errors
    /// A solve that failed, for instance.
    fn solve<R: Real>(
        &self,
        span: Range<f64>,
        times: &[f64],
        start: &DVector<R>,
        p: &DVector<R>,
    ) -> Result<Vec<DVector<R>>, Cause>;

    /// What is observed of a state: one number for each observable of the data. By default the state itself.
    fn observe<R: Real>(&self, state: &DVector<R>, _p: &DVector<R>) -> DVector<R> {
        state.clone()
    }

    /// A residual, from what is seen and what the model says. By default their difference; for log-normal noise the
    /// difference of logarithms.
    ///
    /// # Errors
    /// Where there is none.
    fn residual<R: Real>(&self, seen: f64, model: R) -> Result<R, Cause> {
        Ok(model - seen)
    }
}

/// A differential equation whose first so many states are what the data observe.
///
/// ```
/// use costate_fit::OdeSegments;
/// use costate_solvers::{Tolerance, Tsit5, ode};
/// let decay = ode!(|_t, [y], [rate]| [-rate * y]);
/// let segments = OdeSegments::new(decay, Tsit5, Tolerance::new(1e-8, 1e-8), 1);
/// # let _ = segments;
/// ```
#[derive(Clone, Debug)]
pub struct OdeSegments<S, M> {
    system: S,
    method: M,
    control: Control,
    observables: usize,
}

impl<S: Ode + Clone, M: Method> OdeSegments<S, M> {
    /// The equation, and how to solve it.
    pub fn new(system: S, method: M, control: impl Into<Control>, observables: usize) -> Self {
        Self { system, method, control: control.into(), observables }
    }
}

impl<S: Ode + Clone + Sync, M: Method + Clone + Sync> Segments for OdeSegments<S, M> {
    fn solve<R: Real>(
        &self,
        span: Range<f64>,
        times: &[f64],
        start: &DVector<R>,
        p: &DVector<R>,
    ) -> Result<Vec<DVector<R>>, Cause> {
        let with_end: Vec<f64> = times.iter().copied().filter(|&time| time < span.end).chain([span.end]).collect();
        let repeated = times.last().is_some_and(|&last| last == span.end);
        let problem = Problem::ode(self.system.clone(), start.clone(), p, span);
        let solution = problem.solve(self.method.clone(), self.control.clone(), SaveAt::times(&with_end))?;
        let mut states = solution.states().to_vec();
        if repeated {
            states.push(states[states.len() - 1].clone());
        }
        Ok(states)
    }

    fn observe<R: Real>(&self, state: &DVector<R>, _p: &DVector<R>) -> DVector<R> {
        state.rows(0, self.observables).into_owned()
    }
}

/// The rows of data that belong to the piece that begins at `times[piece]`: up to the next beginning, which belongs to the next piece.
pub(super) fn rows_of(data: &Data, times: &[f64], piece: usize) -> Range<usize> {
    let first = |piece: usize| data.times().partition_point(|&time| time < times[piece]);
    first(piece)..if piece + 1 < times.len() { first(piece + 1) } else { data.len() }
}
