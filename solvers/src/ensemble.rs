//! [`Ensemble`]: many solves of one kind, on all threads.

use crate::SolveError;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Many solves that differ in parameters, initial states or seeds, spread over rayon's threads.
///
/// Each member is computed by itself, so the results have the same bits on any number of threads, and a member that fails
/// does not touch the others.
///
/// ```
/// use costate_solvers::{Ensemble, Problem, SaveAt, Tolerance, Tsit5, ode};
/// use nalgebra::dvector;
///
/// let growth = ode!(|_t, [y], [rate]| [rate * y * y]);
/// let rates = [0.5, 0.9, 1.1]; // The last blows up before the end.
/// let members = Ensemble::new(rates.len()).solve(|member| {
///     let problem = Problem::ode(growth, [1.0], &dvector![rates[member]], 0.0..1.0);
///     problem.solve(Tsit5, Tolerance::new(1e-6, 1e-6), SaveAt::end())
/// });
/// assert!((members.results()[0].as_ref().unwrap().last()[0] - 2.0).abs() < 1e-4);
/// assert_eq!(members.succeeded().map(|(member, _)| member).collect::<Vec<_>>(), [0, 1]);
/// for (member, failure) in members.failed() {
///     println!("member {member}: {failure}");
/// }
/// ```
pub struct Ensemble<'a> {
    pub(crate) members: usize,
    pub(crate) progress: Option<&'a (dyn Fn(usize) + Sync)>,
}

impl<'a> Ensemble<'a> {
    /// An ensemble of this many members.
    pub fn new(members: usize) -> Self {
        Ensemble { members, progress: None }
    }

    /// Tells `progress` how many members are done, after each, from whichever thread finished it.
    pub fn with_progress(self, progress: &'a (dyn Fn(usize) + Sync)) -> Self {
        Ensemble { progress: Some(progress), ..self }
    }

    /// Computes every member: `solve(member)` for `member` from 0.
    pub fn solve<T: Send, E: Send>(&self, solve: impl Fn(usize) -> Result<T, E> + Sync) -> Members<T, E> {
        let done = AtomicUsize::new(0);
        let one = |member| {
            let result = solve(member);
            if let Some(progress) = self.progress {
                progress(done.fetch_add(1, Ordering::Relaxed) + 1);
            }
            result
        };
        Members((0..self.members).into_par_iter().map(one).collect())
    }
}

/// What became of the members of an ensemble, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Members<T, E = SolveError>(pub(crate) Vec<Result<T, E>>);

impl<T, E> Members<T, E> {
    /// Every member's result, or why it has none.
    pub fn results(&self) -> &[Result<T, E>] {
        &self.0
    }

    /// Every member's result, taken over.
    pub fn into_results(self) -> Vec<Result<T, E>> {
        self.0
    }

    /// The members that succeeded, with their indices.
    pub fn succeeded(&self) -> impl Iterator<Item = (usize, &T)> {
        self.0.iter().enumerate().filter_map(|(member, result)| Some((member, result.as_ref().ok()?)))
    }

    /// The members that failed, with their indices.
    pub fn failed(&self) -> impl Iterator<Item = (usize, &E)> {
        self.0.iter().enumerate().filter_map(|(member, result)| Some((member, result.as_ref().err()?)))
    }
}
