//! What the continuous adjoints have in common: their options, and the forward run.

use super::companion::Companion;
use super::jump::Jump;
use super::products::Products;
use super::record::Record;
use super::sweep::{Carrier, Output, Sweep};
use crate::SensitivityError;
use crate::discrete_adjoint::field::Field;
use crate::error::deliver;
use crate::inputs::Inputs;
use costate_ad::{At, Var};
use costate_solvers::{Control, Method, Ode, Problem, Save, Solution, SolveError};

/// A forward run on plain numbers, with all that a reverse sweep needs of it.
pub(super) struct Run<S, M> {
    pub(super) problem: Problem<S, f64>,
    pub(super) method: M,
    pub(super) control: Control,
    pub(super) record: Record,
    pub(super) jump: Jump,
    pub(super) companion: Companion,
    /// The saved states, one after the other.
    states: Vec<f64>,
    /// Whether a derivative by a parameter is asked for.
    pub(super) by_parameters: bool,
}

impl<S: Ode + Clone + 'static, M: Method + Clone + 'static> Run<S, M> {
    /// Solves forward, with a checkpoint every so many steps.
    pub(super) fn forward(
        problem: &Problem<S, Var>,
        (method, control): (M, Control),
        save: &impl Save<Var>,
        every: usize,
        tolerance: Option<f64>,
    ) -> Result<(Self, Solution<f64>), SolveError> {
        if control.includes_tangents() {
            return Err(SolveError::TangentsOutOfReach);
        }
        if let Some(value) = tolerance.filter(|&rtol| !(rtol > 0.0 && rtol < 1.0)) {
            let remedy = "it must lie between 0 and 1";
            return Err(SensitivityError::BadOption { option: "tolerance", value, remedy }.into());
        }
        let by_parameters = problem.parameters().iter().any(|p| !p.is_constant());
        let problem = problem.map(|number| number.value());
        let mut record = Record::new(every, problem.span().start);
        let solution = problem.solve_observed(method.clone(), &control, save.save_at().clone(), &mut record)?;
        record.passages.check(problem.system(), problem.mass_matrix())?;
        // An event may make a parameter of the state.
        let by_parameters = by_parameters || !record.passages.all().is_empty();
        let states: Vec<f64> = solution.saves().flat_map(|(_, state)| state.iter().copied()).collect();
        let initial = problem.initial_state().as_slice();
        let companion = Companion::new(&control, tolerance, &[initial, &states].concat(), initial.len());
        let jump = Jump::new(problem.mass_matrix());
        Ok((Run { problem, method, control, record, jump, companion, states, by_parameters }, solution))
    }

    /// Sweeps back: the cotangents of the initial state and the parameters for those of the solution's numbers.
    pub(super) fn backward<C: Carrier<S>>(&self, cotangents: &[f64], carrier: C) -> Result<Vec<f64>, SolveError> {
        let problem = &self.problem;
        let (t, y, p) = (problem.span().start, problem.initial_state().as_slice(), problem.parameters().as_slice());
        let field = Field(problem.system());
        let products = Products::new(&field, At { t, y, p });
        let output = Output { states: &self.states, cotangents };
        Sweep::new(problem, products, &self.record, &self.jump, carrier, output).run(t, y)
    }

    /// Puts the solution on the tape, with `sweep` as its derivative.
    pub(super) fn on_tape(
        self,
        inputs: &Inputs<Var>,
        solution: &Solution<f64>,
        save: &impl Save<Var>,
        sweep: impl Fn(&Self, &[f64]) -> Result<Vec<f64>, SolveError> + 'static,
    ) -> Result<Solution<Var>, SolveError> {
        let values: Vec<f64> = solution.numbers().collect();
        let positions = inputs.positions.clone();
        let solution = inputs.record(solution, values.into_iter(), move |output, input| {
            deliver(sweep(&self, output), &positions, input);
        });
        solution.observed(save)
    }
}
