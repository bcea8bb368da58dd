//! [`MultipleShooting`]: a fit whose trajectory is cut into pieces.

mod condensed;
mod segments;

pub use segments::{OdeSegments, Segments};

use crate::least_squares::uncertainty_of;
use crate::optimise::Counts;
use crate::{Cause, Data, FitError, Fitted, Iteration, NoUncertainty, Optimum, Parameters, Stop};
use condensed::{Condensed, Pieces, Variables};
use nalgebra::DVector;
use std::ops::ControlFlow;

/// Direct multiple shooting: the state at several times is an unknown of its own, and the pieces between must meet in
/// the end.
///
/// A single shot over many periods, or through chaos, forgets in which valley it began: errors of the parameters grow along
/// the trajectory until nothing fits. Each piece here is short, starts near the data, and what does not meet is closed little by little
/// while the parameters improve. All of the state need not be observed: the nodes are unknowns, not data.
///
/// Each iteration solves the linearised least-squares problem with the linearised conditions of continuity, condensed to the
/// first state and the parameters (Bock 1983, Recent advances in parameter identification techniques for O.D.E.; Bock,
/// Kostina and Schloeder 2007, GAMM-Mitt. 30:376-408). Steps are damped so that the l1 merit function decreases (Nocedal and Wright 2006,
/// section 18.3). The pieces are solved on rayon's threads, with the same bits on any number of them.
#[derive(Clone, Debug, PartialEq)]
pub struct MultipleShooting {
    /// How many pieces the data are cut into, of nearly equal numbers of rows. Default 10.
    pub pieces: usize,
    /// Stop once a full step changes every variable by at most this, relative to its size (absolute below 1 for parameters on
    /// their unbounded scale). Default 1e-9.
    pub step_tolerance: f64,
    /// Stop after so many iterations. Default 200.
    pub iterations: usize,
}

impl Default for MultipleShooting {
    fn default() -> Self {
        Self { pieces: 10, step_tolerance: 1e-9, iterations: 200 }
    }
}

/// Halvings of a step before the search gives up.
const HALVINGS: usize = 25;

impl MultipleShooting {
    /// The times at which pieces begin.
    ///
    /// # Errors
    /// If there is to be no piece, or there are more than rows of data.
    pub fn node_times(&self, data: &Data) -> Result<Vec<f64>, FitError> {
        if self.pieces == 0 || self.pieces >= data.len() {
            let remedy = "choose at least one piece, and fewer than there are rows";
            return Err(FitError::Option { option: "pieces", value: self.pieces as f64, remedy });
        }
        let row = |piece: usize| piece * (data.len() - 1) / self.pieces;
        Ok((0..self.pieces).map(|piece| data.times()[row(piece)]).collect())
    }

    /// Fits the parameters of `model`, and its state at the first time of the data, by least squares.
    ///
    /// `nodes` is a guess of the state at each of the [`node_times`](Self::node_times): the data themselves, where
    /// all of the state is observed, or anything plausible. `initial` names the components of the state; what it gives them as
    /// starts and scales is not used. The estimates of the result are the parameters, then the initial state; standard errors are those of
    /// the least-squares problem in these alone.
    ///
    /// # Errors
    /// If shapes differ, a start is outside of its domain, or a piece fails at the start. Later trouble is a [`Stop`].
    pub fn fit(
        &self,
        model: &impl Segments,
        data: &Data,
        parameters: &Parameters,
        initial: &Parameters,
        nodes: &[DVector<f64>],
        mut progress: impl FnMut(&Iteration) -> ControlFlow<()>,
    ) -> Result<Fitted, FitError> {
        let times = self.node_times(data)?;
        let remedy = "give the state at each of the node times, with a component for each name in `initial`";
        let size = initial.len();
        let sizes = nodes.iter().map(|node| (size, node.len())).chain([(times.len(), nodes.len())]);
        if let Some((expected, found)) = sizes.into_iter().find(|(expected, found)| expected != found) {
            return Err(FitError::Shape { what: "nodes".into(), expected, found, remedy });
        }
        let point = parameters.to_unbounded(&parameters.start())?;
        let pieces = Pieces { model, data, parameters, times };
        let variables = Variables { nodes: nodes.to_vec(), parameters: point };
        let mut run = Run { pieces, penalty: 0.0, counts: Counts::default() };
        let (condensed, variables, history, stop) = run.search(self, variables, &mut progress)?;
        let names = initial.iter().fold(parameters.clone(), |all, state| all.linear(&state.name, 0.0));
        let stacked = variables.parameters.iter().chain(&variables.nodes[0]).copied();
        let point = DVector::from_iterator(names.len(), stacked);
        let (residuals, jacobian) = condensed.least_squares();
        let uncertainty = match stop.converged() {
            true => uncertainty_of(&residuals, &jacobian, &vec![true; names.len()], &names, &point),
            false => Err(NoUncertainty::NotConverged { stop: stop.clone() }),
        };
        let (value, gradient) = (residuals.norm_squared(), 2.0 * jacobian.tr_mul(&residuals));
        let Counts { evaluations, failures } = run.counts;
        let optimum = Optimum { point, value, gradient, stop, history, evaluations, failures };
        Ok(Fitted::new(&names, "multiple shooting", optimum, uncertainty))
    }
}

struct Run<'a, M> {
    pieces: Pieces<'a, M>,
    /// The weight of what does not meet, in the merit function.
    penalty: f64,
    counts: Counts,
}

type Searched = (Condensed, Variables, Vec<Iteration>, Stop);

impl<M: Segments> Run<'_, M> {
    fn search(
        &mut self,
        options: &MultipleShooting,
        mut here: Variables,
        progress: &mut impl FnMut(&Iteration) -> ControlFlow<()>,
    ) -> Result<Searched, FitError> {
        let mut condensed = self.linearise(&here).map_err(|source| FitError::Start { source })?;
        let mut history: Vec<Iteration> = Vec::new();
        let (mut settled, mut damping) = (None, 0.0);
        loop {
            let (number, evaluations) = (history.len(), self.counts.evaluations);
            let (value, gap) = (condensed.squares(), condensed.gap());
            let gradient_norm = condensed.gradient_norm();
            history.push(Iteration { number, value, gradient_norm, evaluations });
            let called_off = progress(&history[number]).is_break();
            let stop = settled
                .take()
                .or(called_off.then_some(Stop::Callback))
                .or((number == options.iterations).then_some(Stop::IterationLimit));
            if let Some(stop) = stop {
                return Ok((condensed, here, history, stop));
            }
            let step = condensed.step(damping);
            let (slope, curvature) = condensed.along(&step);
            // Nocedal and Wright 2006, eq. 18.36.
            if gap > 0.0 {
                self.penalty = self.penalty.max((slope + 0.5 * curvature) / (0.5 * gap));
            }
            let merit = |squares: f64, gap: f64| 0.5 * squares + self.penalty * gap;
            let (before, descent) = (merit(value, gap), slope - self.penalty * gap);
            let little = here.is_little(&step, options.step_tolerance);
            let (mut share, mut cause) = (1.0, "no damped step decreases the merit function".to_string());
            let mut next = None;
            for _ in 0..HALVINGS {
                let there = here.moved(&step, share);
                match self.linearise(&there) {
                    Ok(condensed) => {
                        let after = self.merit(&condensed);
                        if after <= before + 1e-4 * share * descent || little && after <= before + 1e-9 * before.abs() {
                            next = Some((there, condensed));
                            break;
                        }
                    }
                    Err(failure) => cause = failure.to_string(),
                }
                share *= 0.5;
            }
            match next {
                Some((there, linearised)) => {
                    settled = (little && share == 1.0).then_some(Stop::StepTolerance);
                    damping = if share < 0.1 { 10.0 * f64::max(damping, 1e-4) } else { 0.2 * damping };
                    damping = if damping < 1e-10 { 0.0 } else { damping };
                    (here, condensed) = (there, linearised);
                }
                None if little => return Ok((condensed, here, history, Stop::StepTolerance)),
                None if damping < 1e6 => damping = 100.0 * f64::max(damping, 1e-4),
                None => return Ok((condensed, here, history, Stop::LineSearchFailed { cause })),
            }
        }
    }

    fn merit(&self, condensed: &Condensed) -> f64 {
        0.5 * condensed.squares() + self.penalty * condensed.gap()
    }

    fn linearise(&mut self, variables: &Variables) -> Result<Condensed, Cause> {
        self.counts.evaluations += 1;
        let condensed = self.pieces.linearise(variables);
        self.counts.failures += usize::from(condensed.is_err());
        condensed
    }
}
