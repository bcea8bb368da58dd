//! [`Fallible`]: a model that may refuse to be evaluated.

use crate::Ode;
use costate_ad::Real;
use std::fmt::Display;
use std::sync::Mutex;

/// A right-hand side that can fail, written once for every scalar: outside the domain of a correlation, say.
pub trait TryOde {
    /// Why it failed.
    type Error: Display;

    /// As [`Ode::STATES`].
    const STATES: Option<usize> = None;

    /// As [`Ode::rhs`].
    ///
    /// # Errors
    /// Whatever makes the slope meaningless at this time and state.
    fn try_rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) -> Result<(), Self::Error>;

    /// As [`Ode::parameters`].
    fn parameters(&self) -> Option<usize> {
        None
    }
}

/// Makes an [`Ode`] of a model that can fail.
///
/// A step that runs into the failure is tried again with a smaller size, as one that runs into numbers that are not finite; if
/// no size helps, the solve ends with [`SolveError::Domain`](crate::SolveError::Domain), which carries the model's message.
///
/// ```
/// use costate_solvers::{Fallible, Problem, Real, SaveAt, SolveError, Tolerance, TryOde, Tsit5};
/// use nalgebra::dvector;
///
/// struct Tank;
///
/// impl TryOde for Tank {
///     type Error = String;
///     fn try_rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) -> Result<(), String> {
///         if y[0].value() < 0.1 {
///             return Err(format!("the tank runs dry: level {:.3}", y[0].value()));
///         }
///         dy[0] = -p[0] * y[0].sqrt();
///         Ok(())
///     }
/// }
/// let problem = Problem::ode(Fallible::new(Tank), [1.0], &dvector![1.0], 0.0..10.0);
/// let error = problem.solve(Tsit5, Tolerance::new(1e-6, 1e-6), SaveAt::end()).unwrap_err();
/// assert!(matches!(error, SolveError::Domain { .. }));
/// assert!(error.to_string().contains("runs dry"));
/// ```
#[derive(Debug, Default)]
pub struct Fallible<M> {
    model: M,
    /// Locked only when the model fails.
    complaint: Mutex<Option<String>>,
}

impl<M> Fallible<M> {
    /// Wraps a model.
    pub fn new(model: M) -> Self {
        Fallible { model, complaint: Mutex::new(None) }
    }
}

/// A clone has failed nowhere yet.
impl<M: Clone> Clone for Fallible<M> {
    fn clone(&self) -> Self {
        Fallible::new(self.model.clone())
    }
}

impl<M: TryOde> Ode for Fallible<M> {
    const STATES: Option<usize> = M::STATES;

    #[inline(always)]
    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        if let Err(error) = self.model.try_rhs(t, y, p, dy) {
            dy.fill(R::from(f64::NAN));
            if let Ok(mut complaint) = self.complaint.lock() {
                *complaint = Some(error.to_string());
            }
        }
    }

    fn parameters(&self) -> Option<usize> {
        self.model.parameters()
    }

    fn complaint(&self) -> Option<String> {
        self.complaint.lock().ok()?.take()
    }
}
