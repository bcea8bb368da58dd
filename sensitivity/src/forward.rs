//! [`Forward`]: dual numbers through the solver.

use crate::GradientStrategy;
use crate::inputs::Inputs;
use costate_ad::{Dual, Var};
use costate_solvers::{Control, Method, Ode, Problem, Save, SaveAt, Solution, SolveError};

/// Solves on dual numbers, and puts the Jacobian of the solution on the tape.
///
/// The fastest gradient for few inputs (initial values and parameters that are variables): one solve carries up to eight
/// directions. It keeps no history, and its cost grows with the number of inputs: beyond about 16,
/// [`DiscreteAdjoint`](crate::DiscreteAdjoint) wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forward;

impl GradientStrategy for Forward {
    fn name(&self) -> &'static str {
        "forward"
    }

    fn solve<S: Ode + Clone + 'static, M: Method + Clone + 'static>(
        &self,
        problem: &Problem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: impl Save<Var>,
    ) -> Result<Solution<Var>, SolveError> {
        let run = Run {
            inputs: &Inputs::of(problem),
            problem,
            method,
            control: control.into(),
            save: save.save_at().clone(),
        };
        let solution = match run.inputs.positions.len() {
            0 => Ok(problem.map(|x| x.value()).solve(run.method, run.control, run.save)?.map(Var::constant)),
            1 => run.lanes::<1>(),
            2 => run.lanes::<2>(),
            3..=4 => run.lanes::<4>(),
            5..=6 | 9..=12 => run.lanes::<6>(),
            _ => run.lanes::<8>(),
        }?;
        if save.observes() { solution.observed(&save) } else { Ok(solution) }
    }
}

struct Run<'a, S, M> {
    inputs: &'a Inputs,
    problem: &'a Problem<S, Var>,
    method: M,
    control: Control,
    save: SaveAt,
}

impl<S: Ode + Clone, M: Method> Run<'_, S, M> {
    /// Solves with `N` directions at a time, and records the solution with its Jacobian.
    fn lanes<const N: usize>(&self) -> Result<Solution<Var>, SolveError> {
        let mut jacobians = Vec::new();
        let mut last = None;
        for directions in self.inputs.positions.chunks(N) {
            let solution = self.solve::<N>(directions)?;
            let mut jacobian = Vec::with_capacity(solution.len());
            jacobian.extend(solution.numbers().map(|number| number.derivatives));
            jacobians.push(jacobian);
            last = Some(solution);
        }
        let solution = last.expect("there is an input");
        let mut values = Vec::with_capacity(solution.len());
        values.extend(solution.numbers().map(|number| number.value));
        Ok(self.inputs.record(&solution, &values, move |output, input| {
            for (input, jacobian) in input.chunks_mut(N).zip(&jacobians) {
                let mut total = [0.0; N];
                for (w, row) in output.iter().zip(jacobian) {
                    for lane in 0..N {
                        total[lane] += w * row[lane];
                    }
                }
                input.iter_mut().zip(total).for_each(|(input, total)| *input += total);
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
