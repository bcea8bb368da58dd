//! The inputs and outputs of a solve, as one entry of the tape.

use costate_ad::{Real, Var, custom};
use costate_solvers::{Problem, Solution};

/// The numbers of a problem that depend on something: what a strategy differentiates with respect to.
pub(crate) struct Inputs {
    /// Their positions among the initial state followed by the parameters, ascending.
    pub(crate) positions: Vec<usize>,
    variables: Vec<Var>,
}

impl Inputs {
    pub(crate) fn of<S>(problem: &Problem<S, Var>) -> Inputs {
        let numbers = problem.initial_state().iter().chain(problem.parameters());
        let active = numbers.enumerate().filter(|(_, number)| !number.is_constant());
        let (positions, variables) = active.map(|(position, &number)| (position, number)).unzip();
        Inputs { positions, variables }
    }

    /// Puts a solution, of which `values` are the numbers in the order of [`Solution::map`], on the tape. `pullback`
    /// receives the cotangent of each of them, and adds to the cotangent of every input, in the order of `positions`.
    pub(crate) fn record<R: Real>(
        &self,
        solution: &Solution<R>,
        values: &[f64],
        pullback: impl Fn(&[f64], &mut [f64]) + 'static,
    ) -> Solution<Var> {
        let mut outputs = custom(&self.variables, values, pullback).into_iter();
        solution.map(|_| outputs.next().expect("as many outputs as numbers"))
    }
}
