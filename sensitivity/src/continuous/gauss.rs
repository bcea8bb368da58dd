//! [`GaussAdjoint`]: the adjoint equation, with Gauss-Legendre nodes for the parameters.

use super::along_path::AlongPath;
use super::quadrature::Quadrature;
use super::run::Run;
use crate::inputs::Inputs;
use crate::{GradientStrategy, Strategy};
use costate_ad::Var;
use costate_solvers::{Control, Method, Ode, Problem, Save, Solution, SolveError};

/// As [`InterpolatingAdjoint`](crate::InterpolatingAdjoint), but integrates `lambda^T df/dp` by Gauss and Legendre's nodes on the
/// interpolant of each adjoint step: as many as keep the order of the method, without an error estimate of their own.
///
/// The cheapest continuous adjoint for many parameters: a step of a fifth-order method costs three products by the parameters
/// (Kim, Ji, Deng, Ma & Rackauckas, Chaos 31 (2021) 093122; Norcliffe & Deisenroth, TMLR 2023).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GaussAdjoint {
    /// The relative tolerance of the adjoint equation: see [`InterpolatingAdjoint`](crate::InterpolatingAdjoint::tolerance).
    pub tolerance: Option<f64>,
    /// How many steps of the forward solution are held as interpolants at a time (at least 1): all unless given.
    pub checkpoint_every: Option<usize>,
    /// Nodes on each step (at least 1); unless given, `ceil((order + 1) / 2)`, which integrate polynomials of the method's order, and
    /// for an implicit method twice as many, because its steps may be longer than the adjoint's boundary layers.
    pub nodes: Option<usize>,
}

impl Strategy for GaussAdjoint {
    fn name(&self) -> &'static str {
        "gauss-adjoint"
    }
}

impl GradientStrategy for GaussAdjoint {
    fn solve<S: Ode + Clone + 'static, M: Method + Clone + 'static>(
        &self,
        problem: &Problem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: impl Save<Var>,
    ) -> Result<Solution<Var>, SolveError> {
        let every = self.checkpoint_every.unwrap_or(usize::MAX).max(1);
        let nodes = self.nodes.unwrap_or_else(|| nodes(&method)).max(1);
        let (run, solution) = Run::forward(problem, (method, control.into()), &save, every, self.tolerance)?;
        run.on_tape(&Inputs::of(problem), &solution, &save, move |run, cotangents| {
            run.backward(cotangents, AlongPath::new(run, Quadrature::gauss(nodes)))
        })
    }
}

/// How many nodes a step of the method is given.
pub(super) fn nodes<M: Method>(method: &M) -> usize {
    (method.order() + 1).div_ceil(2) * if method.is_implicit() { 2 } else { 1 }
}
