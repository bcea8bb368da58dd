//! [`Forward`] on a stochastic problem: dual numbers through the solver.

use super::StochasticGradientStrategy;
use crate::Forward;
use crate::inputs::Inputs;
use costate_ad::{Dual, Var};
use costate_solvers::{Control, SaveAt, Sde, SdeProblem, Solution, SolveError, StochasticMethod};

impl StochasticGradientStrategy for Forward {
    fn solve_sde<S: Sde + Clone + 'static, M: StochasticMethod + Clone + 'static>(
        &self,
        problem: &SdeProblem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: SaveAt,
    ) -> Result<Solution<Var>, SolveError> {
        let inputs = Inputs::of::<f64, _>(problem.without_noise());
        let run = Run { inputs: &inputs, problem, method, control: control.into(), save };
        match inputs.positions.len() {
            0 => Ok(problem.map(|x| x.value()).solve(run.method, run.control, run.save)?.map(Var::constant)),
            1..=2 => run.lanes::<2>(),
            _ => run.lanes::<6>(),
        }
    }
}

struct Run<'a, S, M> {
    inputs: &'a Inputs<Var>,
    problem: &'a SdeProblem<S, Var>,
    method: M,
    control: Control,
    save: SaveAt,
}

impl<S: Sde + Clone, M: StochasticMethod> Run<'_, S, M> {
    /// Solves with `N` directions at a time, and records the solution with its Jacobian.
    fn lanes<const N: usize>(&self) -> Result<Solution<Var>, SolveError> {
        let (first, rest) = self.inputs.positions.split_at(N.min(self.inputs.positions.len()));
        let mut last = self.solve::<N>(first)?;
        let jacobian = |solution: &Solution<Dual<f64, N>>| -> Vec<[f64; N]> {
            solution.numbers().map(|number| number.derivatives).collect()
        };
        let mut jacobians = vec![jacobian(&last)];
        for directions in rest.chunks(N) {
            last = self.solve::<N>(directions)?;
            jacobians.push(jacobian(&last));
        }
        let values: Vec<f64> = last.numbers().map(|number| number.value).collect();
        Ok(self.inputs.record(&last, values.into_iter(), move |output, input| {
            for (input, jacobian) in input.chunks_mut(N).zip(&jacobians) {
                for (lane, input) in input.iter_mut().enumerate() {
                    *input += output.iter().zip(jacobian).map(|(w, row)| w * row[lane]).sum::<f64>();
                }
            }
        }))
    }

    fn solve<const N: usize>(&self, directions: &[usize]) -> Result<Solution<Dual<f64, N>>, SolveError> {
        let mut positions = 0..;
        let problem = self.problem.map(|number| {
            let position = positions.next();
            let lane = directions.iter().position(|&direction| Some(direction) == position);
            lane.map_or(Dual::constant(number.value()), |lane| Dual::variable(number.value(), lane))
        });
        problem.solve(&self.method, &self.control, self.save.clone())
    }
}
