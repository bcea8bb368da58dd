//! The inputs and outputs of a solve, as one entry of the tape.

use costate_ad::{OnTape, Real, custom};
use costate_solvers::{Problem, Solution};

/// The numbers of a problem that depend on something: what a strategy differentiates with respect to.
pub(crate) struct Inputs<R> {
    /// Their positions among the initial state followed by the parameters, ascending.
    pub(crate) positions: Vec<usize>,
    numbers: Vec<R>,
}

impl<R: Real> Inputs<R> {
    pub(crate) fn of<P: Real, S>(problem: &Problem<S, R>) -> Inputs<R>
    where
        R: OnTape<P>,
    {
        let numbers = problem.initial_state().iter().chain(problem.parameters());
        let active = numbers.enumerate().filter(|(_, number)| !number.is_off_tape());
        let (positions, numbers) = active.map(|(position, &number)| (position, number)).unzip();
        Inputs { positions, numbers }
    }

    /// Puts a solution, of which `values` are the numbers in the order of [`Solution::map`], on the tape. `pullback`
    /// receives the cotangents of the parts of each of them, and adds to those of the parts of every input, in the order of
    /// `positions`.
    pub(crate) fn record<P: Real, T: Real>(
        &self,
        solution: &Solution<T>,
        values: impl ExactSizeIterator<Item = P>,
        pullback: impl Fn(&[f64], &mut [f64]) + 'static,
    ) -> Solution<R>
    where
        R: OnTape<P>,
    {
        let mut inputs = Vec::with_capacity(self.numbers.len() * R::PARTS);
        self.numbers.iter().for_each(|number| number.parts(&mut inputs));
        let mut parts = Vec::with_capacity(values.len() * R::PARTS);
        values.for_each(|value| R::plain_parts(value, &mut parts));
        let outputs = custom(&inputs, &parts, pullback);
        let mut outputs = outputs.chunks_exact(R::PARTS).map(R::from_parts);
        solution.map(|_| outputs.next().expect("as many outputs as numbers"))
    }
}
