//! [`Forward`]: dual numbers through the solver.

use crate::inputs::Inputs;
use crate::{GradientStrategy, Strategy};
use costate_ad::{Dual, OnTape, Real, Var};
use costate_solvers::{Control, Method, Ode, Problem, Save, SaveAt, Solution, SolveError};
use std::marker::PhantomData;

/// Solves on dual numbers, and puts the Jacobian of the solution on the tape.
///
/// The fastest gradient for few inputs (initial values and parameters that are variables): one solve carries up to eight
/// directions. It keeps no history, and its cost grows with the number of inputs: beyond about 16,
/// [`DiscreteAdjoint`](crate::DiscreteAdjoint) wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forward;

impl Strategy for Forward {
    fn name(&self) -> &'static str {
        "forward"
    }
}

impl GradientStrategy for Forward {
    fn solve<S: Ode + Clone + 'static, M: Method + Clone + 'static>(
        &self,
        problem: &Problem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: impl Save<Var>,
    ) -> Result<Solution<Var>, SolveError> {
        let run = Run::new(problem, method, control.into(), save.save_at().clone());
        let inputs = run.inputs.positions.len();
        // Implicit steps are long to compile, and their equations cost the same for any number of directions: fewer sizes.
        let solution = if const { M::FORMULA.is_some() } {
            match inputs {
                0 => run.plain(),
                1 => run.lanes::<1>(),
                2..=4 => run.lanes::<4>(),
                _ => run.lanes::<8>(),
            }
        } else {
            match inputs {
                0 => run.plain(),
                1 => run.lanes::<1>(),
                2 => run.lanes::<2>(),
                3..=4 => run.lanes::<4>(),
                5..=6 | 9..=12 => run.lanes::<6>(),
                _ => run.lanes::<8>(),
            }
        }?;
        solution.observed(&save)
    }
}

/// Second derivatives: forward mode over forward mode.
impl<const K: usize> GradientStrategy<Dual<Var, K>> for Forward {
    fn solve<S: Ode + Clone + 'static, M: Method + Clone + 'static>(
        &self,
        problem: &Problem<S, Dual<Var, K>>,
        method: M,
        control: impl Into<Control>,
        save: impl Save<Dual<Var, K>>,
    ) -> Result<Solution<Dual<Var, K>>, SolveError> {
        let run = Run::<Dual<f64, K>, _, _, _>::new(problem, method, control.into(), save.save_at().clone());
        let solution = match run.inputs.positions.len() {
            0 => run.plain(),
            _ => run.lanes::<4>(),
        }?;
        solution.observed(&save)
    }
}

/// A run on dual numbers over `P`, for a problem that is recorded on `R`.
struct Run<'a, P, R, S, M> {
    inputs: Inputs<R>,
    problem: &'a Problem<S, R>,
    method: M,
    control: Control,
    save: SaveAt,
    plain: PhantomData<P>,
}

impl<'a, P: Real, R: OnTape<P>, S: Ode + Clone, M: Method> Run<'a, P, R, S, M> {
    fn new(problem: &'a Problem<S, R>, method: M, control: Control, save: SaveAt) -> Self {
        Run { inputs: Inputs::of::<P, S>(problem), problem, method, control, save, plain: PhantomData }
    }

    /// Solves a problem that depends on nothing.
    fn plain(&self) -> Result<Solution<R>, SolveError> {
        let problem = self.problem.map(|number| number.plain());
        Ok(problem.solve(&self.method, &self.control, self.save.clone())?.map(R::constant))
    }

    /// Solves with `N` directions at a time, and records the solution with its Jacobian.
    fn lanes<const N: usize>(&self) -> Result<Solution<R>, SolveError> {
        let mut jacobians = Vec::new();
        let mut last = None;
        for directions in self.inputs.positions.chunks(N) {
            let solution = self.solve::<N>(directions)?;
            let mut jacobian = Vec::with_capacity(solution.len());
            solution.numbers().for_each(|number| jacobian.push(number.derivatives));
            jacobians.push(jacobian);
            last = Some(solution);
        }
        let solution = last.expect("there is an input");
        let mut values = Vec::with_capacity(solution.len());
        solution.numbers().for_each(|number| values.push(number.value));
        Ok(self.inputs.record(&solution, values.into_iter(), move |output, input| {
            for (input, jacobian) in input.chunks_mut(N * R::PARTS).zip(&jacobians) {
                let mut total = vec![0.0; N * R::PARTS];
                for (w, row) in output.chunks_exact(R::PARTS).zip(jacobian) {
                    for lane in 0..N {
                        R::pull_back(row[lane], w, &mut total[lane * R::PARTS..][..R::PARTS]);
                    }
                }
                input.iter_mut().zip(total).for_each(|(input, total)| *input += total);
            }
        }))
    }

    fn solve<const N: usize>(&self, directions: &[usize]) -> Result<Solution<Dual<P, N>>, SolveError> {
        let mut positions = 0..;
        let problem = self.problem.map(|number| {
            let position = positions.next();
            let lane = directions.iter().position(|&direction| Some(direction) == position);
            let plain = number.plain();
            lane.map_or(Dual::constant(plain), |lane| Dual::variable(plain, lane))
        });
        problem.solve(&self.method, &self.control, self.save.clone())
    }
}
