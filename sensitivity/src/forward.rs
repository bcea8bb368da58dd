//! [`Forward`]: dual numbers through the solver.

use crate::GradientStrategy;
use crate::inputs::Inputs;
use costate_ad::{Dual, Var};
use costate_solvers::{Control, Method, Ode, Problem, SaveAt, Solution, SolveError};

/// Solves on dual numbers, and puts the Jacobian of the solution on the tape.
///
/// The fastest gradient for few inputs (initial values and parameters that are variables): one solve carries up to eight
/// directions. It keeps no history, and its cost grows with the number of inputs: beyond about 16,
/// [`DiscreteAdjoint`](crate::DiscreteAdjoint) wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forward;

/// Directions that one solve carries at the most.
const LANES: usize = 8;

impl GradientStrategy for Forward {
    fn name(&self) -> &'static str {
        "forward"
    }

    fn solve<S: Ode + Clone + 'static, M: Method + Clone + 'static>(
        &self,
        problem: &Problem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: SaveAt,
    ) -> Result<Solution<Var>, SolveError> {
        let inputs = Inputs::of(problem);
        let control = control.into();
        let mut columns = Vec::new();
        let mut plain = None;
        for directions in inputs.positions.chunks(LANES) {
            let solve = (problem, &method, control, &save, directions, &mut columns);
            plain = Some(match directions.len() {
                1 => lanes::<S, M, 1>(solve)?,
                2 => lanes::<S, M, 2>(solve)?,
                3..=4 => lanes::<S, M, 4>(solve)?,
                5..=6 => lanes::<S, M, 6>(solve)?,
                _ => lanes::<S, M, LANES>(solve)?,
            });
        }
        match plain {
            Some(solution) => Ok(inputs.record(&solution, move |output, input| {
                for (input, column) in input.iter_mut().zip(&columns) {
                    *input += output.iter().zip(column).map(|(w, d)| w * d).sum::<f64>();
                }
            })),
            None => Ok(problem.map(|x| x.value()).solve(method, control, save)?.map(Var::constant)),
        }
    }
}

type Solve<'a, S, M> = (&'a Problem<S, Var>, &'a M, Control, &'a SaveAt, &'a [usize], &'a mut Vec<Vec<f64>>);

/// Solves with derivatives in the given directions. Appends the derivative of every number of the solution, one column for
/// each direction, and returns the values.
fn lanes<S: Ode + Clone, M: Method, const N: usize>(
    (problem, method, control, save, directions, columns): Solve<'_, S, M>,
) -> Result<Solution<f64>, SolveError> {
    let mut position = 0;
    let problem = problem.map(|number| {
        let lane = directions.iter().position(|&direction| direction == position);
        position += 1;
        lane.map_or(Dual::constant(number.value()), |lane| Dual::<f64, N>::variable(number.value(), lane))
    });
    let solution = problem.solve(method, control, save.clone())?;
    let first = columns.len();
    columns.resize_with(first + directions.len(), Vec::new);
    Ok(solution.map(|number| {
        for (column, derivative) in columns[first..].iter_mut().zip(number.derivatives) {
            column.push(derivative);
        }
        number.value
    }))
}
