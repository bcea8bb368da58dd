//! [`Segments`]: a trajectory in pieces, over each of which adjoints are swept alone.

use crate::{DiscreteAdjoint, GradientStrategy};
use costate_ad::{Var, try_jacobian_reverse};
use costate_solvers::{Control, Method, Ode, Problem, SaveAt, SolveError};
use nalgebra::{DMatrix, DVector};
use std::ops::Range;

/// A trajectory cut at times so close that an adjoint does not grow much between two of them.
pub(super) struct Segments<'a, S, M> {
    problem: &'a Problem<S, f64>,
    method: &'a M,
    control: &'a Control,
    /// The ends of the segments, one more than there are segments, and the states there.
    pub(super) times: Vec<f64>,
    pub(super) states: Vec<DVector<f64>>,
}

/// A quantity whose mean is wanted: how many samples are taken in a segment, and what it is of a state.
#[derive(Clone, Copy)]
pub(super) struct Sampled<'a> {
    pub(super) samples: usize,
    pub(super) quantity: &'a dyn Fn(&[Var]) -> Var,
}

impl<'a, S: Ode + Clone + 'static, M: Method + Clone + 'static> Segments<'a, S, M> {
    /// Solves over `count` segments of one length, from `y` on.
    pub(super) fn run(
        (problem, method, control): (&'a Problem<S, f64>, &'a M, &'a Control),
        y: &DVector<f64>,
        span: Range<f64>,
        count: usize,
    ) -> Result<Self, SolveError> {
        let times = (0..=count).map(|k| span.start + (span.end - span.start) * k as f64 / count as f64).collect();
        let mut all = Segments { problem, method, control, times, states: vec![y.clone()] };
        for k in 0..count {
            let piece = Problem::ode(problem.system(), &all.states[k], problem.parameters(), all.span(k));
            let solution = piece.solve(method, control, SaveAt::end())?;
            all.states.push(solution.last().clone());
        }
        Ok(all)
    }

    pub(super) fn count(&self) -> usize {
        self.times.len() - 1
    }

    fn span(&self, k: usize) -> Range<f64> {
        self.times[k]..self.times[k + 1]
    }

    /// Sweeps adjoints over segment `k`: for the columns of `ends` at its end, in the rows of the result those at its start and,
    /// behind them, what they give to the parameters. To the last of them the samples of the quantity are added, if there is one;
    /// beside the result is the mean of these samples.
    pub(super) fn sweep(
        &self,
        k: usize,
        ends: &DMatrix<f64>,
        sampled: Option<(Sampled<'_>, f64)>,
    ) -> Result<(DMatrix<f64>, f64), SolveError> {
        let (n, system) = (ends.nrows(), self.problem.system());
        let x = DVector::from_iterator(
            n + self.problem.parameters().len(),
            self.states[k].iter().chain(self.problem.parameters()).copied(),
        );
        let mut mean = 0.0;
        let sweep = |x: &DVector<Var>| {
            let (y, p) = (x.rows(0, n).into_owned(), x.rows(n, x.len() - n).into_owned());
            let problem = Problem::ode(system.clone(), y, &p, self.span(k));
            let interval = (self.times[k + 1] - self.times[k]).abs() / sampled.map_or(1.0, |(s, _)| s.samples as f64);
            let save = SaveAt::every(interval);
            let solution = DiscreteAdjoint::default().solve(&problem, self.method.clone(), self.control, save)?;
            let column = |end: nalgebra::DVectorView<'_, f64>| {
                solution.last().iter().zip(end.iter()).map(|(&y, &end)| y * end).sum::<Var>()
            };
            let mut rows: Vec<Var> = ends.column_iter().map(column).collect();
            if let (Some((sampled, weight)), Some(last)) = (sampled, rows.last_mut()) {
                let sum: Var = solution.saves().skip(1).map(|(_, y)| (sampled.quantity)(y)).sum();
                mean = sum.value() / sampled.samples as f64;
                *last += sum * weight;
            }
            Ok::<_, SolveError>(DVector::from_vec(rows))
        };
        let (_, slopes) = try_jacobian_reverse(sweep, &x)?;
        Ok((slopes, mean))
    }
}
