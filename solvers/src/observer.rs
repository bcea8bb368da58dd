//! [`Observer`]: who wants to see every step as it is accepted.

use crate::{Occurrence, Passage, State};

/// Sees every accepted step and every save of a solve, in order: for each step first [`accepted`](Self::accepted),
/// then the saves inside it. `()` observes nothing, at no cost.
pub trait Observer<R> {
    /// A step was accepted.
    #[inline(always)]
    fn accepted(&mut self, _step: &AcceptedStep<'_, R>) {}

    /// A state was saved.
    #[inline(always)]
    fn saved(&mut self, _save: Saved) {}

    /// An event happened, or nearly, at the end of the step that was shown last (or at the start).
    fn happened(&mut self, _occurrence: &Occurrence<R>) {}

    /// A stop was passed, with all the events there: shown behind them, before what is saved behind them.
    fn passed(&mut self, _passage: &Passage<'_, R>) {}

    /// Whether to go on: asked after every step. A solve that is stopped keeps what it has.
    #[inline(always)]
    fn goes_on(&mut self) -> bool {
        true
    }
}

impl<R> Observer<R> for () {}

impl<R, O: Observer<R>> Observer<R> for &mut O {
    #[inline(always)]
    fn accepted(&mut self, step: &AcceptedStep<'_, R>) {
        (**self).accepted(step);
    }

    #[inline(always)]
    fn saved(&mut self, save: Saved) {
        (**self).saved(save);
    }

    fn happened(&mut self, occurrence: &Occurrence<R>) {
        (**self).happened(occurrence);
    }

    fn passed(&mut self, passage: &Passage<'_, R>) {
        (**self).passed(passage);
    }

    #[inline(always)]
    fn goes_on(&mut self) -> bool {
        (**self).goes_on()
    }
}

/// One accepted step, from `t` to `t + h`. Borrowed from the solver: copy what must outlive the call.
#[derive(Clone, Copy, Debug)]
pub struct AcceptedStep<'a, R> {
    /// Its index, from 0.
    pub index: usize,
    /// Where it starts.
    pub t: f64,
    /// Its signed size: negative on a backward span.
    pub h: f64,
    /// How much of it is kept: 1 unless an event inside cut it short.
    pub theta: f64,
    /// The state at its start, length `n`.
    pub y: &'a [R],
    /// The state at the end of the whole step, length `n`.
    pub y_next: &'a [R],
    /// The slopes of its stages, stage by stage: length `stages * n`. For an explicit Runge-Kutta method stage 0 is
    /// the slope at the start, and the last stage is the slope at the end, which is stage 0 of the next step (for
    /// the first step, stage 0 is the right-hand side at the initial state).
    pub stages: &'a [R],
    /// The number of states.
    pub n: usize,
    /// Everything that survived the step before: a clone of it is a checkpoint, from which
    /// [`Problem::advance`](crate::Problem::advance) repeats this step bit for bit.
    pub state: &'a State<R>,
}

/// One save: at the fraction `theta` of step `step`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Saved {
    /// Index into the solution's times and states.
    pub index: usize,
    /// The accepted step it lies in, from 0.
    pub step: usize,
    /// Where in the step, in `0..=1`. Exactly 0 is the initial state (of step 0), or the state just behind an event; exactly 1 is the step's end, and
    /// then the saved state is `y_next` itself. Everything between is the method's interpolant.
    pub theta: f64,
}

/// An observer from a closure that is told the time, the step size and the number of steps after every step, and says
/// whether to go on: for a progress display, or to stop on a signal and keep what was computed.
///
/// ```
/// use costate_solvers::{Ended, Problem, Progress, SaveAt, Tolerance, Tsit5, ode};
/// use nalgebra::dvector;
///
/// let growth = ode!(|_t, [y], [rate]| [rate * y]);
/// let problem = Problem::ode(growth, [1.0], &dvector![1.0], 0.0..100.0);
/// let mut patience = Progress::new(|_t, _h, steps| steps < 10);
/// let solution = problem.solve_observed(Tsit5, Tolerance::new(1e-6, 1e-6), SaveAt::steps(), &mut patience)?;
/// assert_eq!(solution.ended(), Ended::ByObserver);
/// assert_eq!(solution.statistics().accepted, 10);
/// # Ok::<(), costate_solvers::SolveError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Progress<F> {
    tell: F,
    last: (f64, f64, usize),
}

impl<F: FnMut(f64, f64, usize) -> bool> Progress<F> {
    /// `tell` is given the time reached, the size of the step that led there and the number of steps so far.
    pub fn new(tell: F) -> Self {
        Progress { tell, last: (0.0, 0.0, 0) }
    }
}

impl<R, F: FnMut(f64, f64, usize) -> bool> Observer<R> for Progress<F> {
    fn accepted(&mut self, step: &AcceptedStep<'_, R>) {
        self.last = (step.t + step.theta * step.h, step.h, step.index + 1);
    }

    fn goes_on(&mut self) -> bool {
        let (t, h, steps) = self.last;
        (self.tell)(t, h, steps)
    }
}
