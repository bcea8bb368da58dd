//! [`Observer`]: who wants to see every step as it is accepted.

use crate::State;

/// Sees every accepted step and every save of a solve, in order: for each step first [`accepted`](Self::accepted),
/// then the saves inside it. `()` observes nothing, at no cost.
pub trait Observer<R> {
    /// A step was accepted.
    #[inline(always)]
    fn accepted(&mut self, _step: &AcceptedStep<'_, R>) {}

    /// A state was saved.
    #[inline(always)]
    fn saved(&mut self, _save: Saved) {}
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
    /// The state at its start, length `n`.
    pub y: &'a [R],
    /// The state at its end, length `n`.
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
    /// Where in the step, in `0..=1`. Exactly 0 is the initial state (of step 0); exactly 1 is the step's end, and
    /// then the saved state is `y_next` itself. Everything between is the method's interpolant.
    pub theta: f64,
}
