//! Strategies by which a check looks at an objective: what its meshes are, its value on them, its gradient on finer ones.

use crate::{GradientStrategy, Strategy};
use costate_ad::Var;
use costate_solvers::{AcceptedStep, Control, Mesh, Method, Observer, Ode, Problem, Save, Solution, SolveError};
use std::cell::{Cell, RefCell};

/// Solves on plain numbers, and remembers the steps of each solve.
#[derive(Default)]
pub(super) struct Meshes {
    meshes: RefCell<Vec<Mesh>>,
}

/// Solves on plain numbers, on the meshes of an earlier run, in the same order.
pub(super) struct OnMeshes<'a> {
    meshes: &'a Meshes,
    next: Cell<usize>,
}

/// The starts of all steps but the first.
#[derive(Default)]
struct Knots(Vec<f64>);

impl Observer<f64> for Knots {
    fn accepted(&mut self, step: &AcceptedStep<'_, f64>) {
        if step.index > 0 {
            self.0.push(step.t);
        }
    }
}

impl Meshes {
    /// The same meshes, to be solved on from the first.
    pub(super) fn again(&self) -> OnMeshes<'_> {
        OnMeshes { meshes: self, next: Cell::new(0) }
    }
}

impl Strategy for Meshes {
    fn name(&self) -> &'static str {
        "meshes"
    }
}

impl GradientStrategy for Meshes {
    fn solve<S: Ode + Clone + 'static, M: Method + Clone + 'static>(
        &self,
        problem: &Problem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: impl Save<Var>,
    ) -> Result<Solution<Var>, SolveError> {
        let (plain, mut knots) = (problem.map(|number| number.value()), Knots::default());
        let solution = plain.solve_observed(method, control, save.save_at().clone(), &mut knots)?;
        self.meshes.borrow_mut().push(Mesh::new(knots.0));
        constant(&solution, &save)
    }
}

impl Strategy for OnMeshes<'_> {
    fn name(&self) -> &'static str {
        "meshes"
    }
}

impl GradientStrategy for OnMeshes<'_> {
    fn solve<S: Ode + Clone + 'static, M: Method + Clone + 'static>(
        &self,
        problem: &Problem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: impl Save<Var>,
    ) -> Result<Solution<Var>, SolveError> {
        let mesh = self.meshes.meshes.borrow().get(self.next.replace(self.next.get() + 1)).cloned();
        // An objective that solves once more than before has taken another way: its own control is as good as any.
        let control = mesh.map_or_else(|| control.into(), Control::Mesh);
        let solution = problem.map(|number| number.value()).solve(method, control, save.save_at().clone())?;
        constant(&solution, &save)
    }
}

fn constant(solution: &Solution<f64>, save: &impl Save<Var>) -> Result<Solution<Var>, SolveError> {
    let solution = solution.map(Var::constant);
    solution.observed(save)
}

/// Another strategy, under a [refined](Control::refined) control.
pub(super) struct Refined<'a, G>(pub(super) &'a G);

impl<G: GradientStrategy> Strategy for Refined<'_, G> {
    fn name(&self) -> &'static str {
        self.0.name()
    }
}

impl<G: GradientStrategy> GradientStrategy for Refined<'_, G> {
    fn solve<S: Ode + Clone + 'static, M: Method + Clone + 'static>(
        &self,
        problem: &Problem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: impl Save<Var>,
    ) -> Result<Solution<Var>, SolveError> {
        self.0.solve(problem, method, control.into().refined(), save)
    }
}
