//! [`BacksolveAdjoint`]: the forward solution is solved again, backward, beside the adjoint equation.

use super::beside::Beside;
use super::gauss::nodes;
use super::quadrature::Quadrature;
use super::run::Run;
use crate::inputs::Inputs;
use crate::{GradientStrategy, SensitivityError, Strategy};
use costate_ad::Var;
use costate_solvers::{Control, Method, Ode, Problem, Save, Solution, SolveError};

/// Solves the forward equation again, from its end back to its start, with the adjoint equation beside it (Chen, Rubanova,
/// Bettencourt & Duvenaud, NeurIPS 2018): the memory of two states beyond the saves.
///
/// What decays forward grows backward, so for many models (anything stiff, anything dissipative over a long span) the state that is
/// computed backward is not the one that was computed forward, and the gradient is wrong. So the backward solve is tried at once, when the
/// forward solve is done: where it drifts from the stored saves, from the states at stops or from the initial state, `solve` fails
/// with [`SensitivityError::Drift`], inside [`SolveError::Refused`]. That costs one more solve. The reverse sweep checks again; should it
/// fail there, every derivative is NaN and [`sweep_failure`](crate::sweep_failure) says why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BacksolveAdjoint {
    /// The relative tolerance of the backward solve: see [`InterpolatingAdjoint`](crate::InterpolatingAdjoint::tolerance).
    pub tolerance: Option<f64>,
    /// Whether every save takes the place of the state that was computed backward (the default), so that errors do not grow
    /// from save to save.
    pub reset: bool,
    /// How far the state computed backward may lie from the one computed forward, in units of the forward tolerance
    /// `atol + rtol |y|` in the worst component: 1000 unless told. Under steps of one size the unit is a millionth of the largest
    /// component.
    pub drift_limit: f64,
}

impl Default for BacksolveAdjoint {
    fn default() -> Self {
        BacksolveAdjoint { tolerance: None, reset: true, drift_limit: 1e3 }
    }
}

impl BacksolveAdjoint {
    fn carrier<'a, S, M: Method>(&self, run: &'a Run<S, M>, rehearsal: bool) -> Beside<'a, S, M> {
        let quadrature = Quadrature::gauss(nodes(&run.method));
        let (companion, reset, limit) = (run.companion.clone(), self.reset, self.drift_limit);
        Beside { run, companion, quadrature, reset, limit, rehearsal, y: None }
    }
}

impl Strategy for BacksolveAdjoint {
    fn name(&self) -> &'static str {
        "backsolve-adjoint"
    }
}

impl GradientStrategy for BacksolveAdjoint {
    fn solve<S: Ode + Clone + 'static, M: Method + Clone + 'static>(
        &self,
        problem: &Problem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: impl Save<Var>,
    ) -> Result<Solution<Var>, SolveError> {
        if self.drift_limit.is_nan() || self.drift_limit <= 0.0 {
            let (option, value, remedy) = ("drift_limit", self.drift_limit, "it must be positive");
            return Err(SensitivityError::BadOption { option, value, remedy }.into());
        }
        let (run, solution) = Run::forward(problem, (method, control.into()), &save, 0, self.tolerance)?;
        run.backward(&vec![0.0; solution.len()], self.carrier(&run, true))?;
        let strategy = *self;
        run.on_tape(&Inputs::of(problem), &solution, &save, move |run, cotangents| {
            run.backward(cotangents, strategy.carrier(run, false))
        })
    }
}
