//! [`Recorder`]: puts the saves of a solve together while it runs.

use crate::dense::Dense;
use crate::interior::Interior;
use crate::observe::keep;
use crate::pacing::Accepted;
use crate::save::Plan;
use crate::{Ended, Observer, Occurrence, Save, Saved, Solution, SolveError, State, Statistics, Stepper, VectorField};
use costate_ad::Real;

/// An event this close to a time to save at is at that time: both are known to rounding only, of the time and of the step around it.
fn slack(t: f64, h: f64) -> f64 {
    1e-13 * t.abs().max(h.abs())
}

pub(crate) struct Recorder<R> {
    plan: Plan,
    times: Vec<f64>,
    /// The saved states, one after the other.
    numbers: Vec<R>,
    dense: Option<Dense<R>>,
    /// Whether something happens after every step: then the end of a step is saved behind it.
    projects: bool,
    /// Numbers in a state; in what is kept of one, once that is known; and how many saves were turned into what is kept.
    n: usize,
    width: Option<usize>,
    observed: usize,
}

impl<R: Real> Recorder<R> {
    /// For states of `n` numbers.
    pub(crate) fn new(plan: Plan, n: usize, projects: bool) -> Self {
        let expected = if let Plan::Times { times, .. } = &plan { times.len() } else { 0 };
        let dense = matches!(plan, Plan::Steps { dense: true }).then(Dense::new);
        let (times, numbers) = (Vec::with_capacity(expected), Vec::with_capacity(expected * n));
        Recorder { plan, times, numbers, dense, projects, n, width: None, observed: 0 }
    }

    /// Saves the initial state, where it is asked for; `event` says whether something happens there.
    pub(crate) fn start<O: Observer<R>>(&mut self, state: &State<R>, event: bool, observer: &mut O) {
        match self.plan {
            Plan::Times { after_events: true, .. } if event => {}
            Plan::Times { .. } => self.save_here(state, observer),
            Plan::Steps { .. } => self.push(state, observer),
        }
    }

    /// Saves the state behind an event, where it is asked for; at the end of the solve in any case.
    pub(crate) fn behind_event<O: Observer<R>>(&mut self, state: &State<R>, observer: &mut O) {
        if let Plan::Steps { .. } = self.plan {
            if let Some(dense) = self.dense.as_mut().filter(|_| !self.projects) {
                dense.push_nothing();
            }
            self.push(state, observer);
        } else if state.ended_by.is_some() {
            self.push(state, observer);
        } else {
            self.save_here(state, observer);
        }
    }

    /// Saves the state where a solve was stopped, unless it is there already.
    pub(crate) fn stopped<O: Observer<R>>(&mut self, state: &State<R>, observer: &mut O) {
        if self.times.last() != Some(&state.t) {
            self.push(state, observer);
        }
    }

    /// Saves the state for every time asked for that it has.
    fn save_here<O: Observer<R>>(&mut self, state: &State<R>, observer: &mut O) {
        while let Plan::Times { times, .. } = &self.plan
            && times.get(self.times.len()).is_some_and(|t| (t - state.t).abs() <= slack(state.t, state.h))
        {
            self.push(state, observer);
        }
    }

    fn push<O: Observer<R>>(&mut self, state: &State<R>, observer: &mut O) {
        observer.saved(Saved { index: self.times.len(), step: state.index, theta: 0.0 });
        self.times.push(state.t);
        self.numbers.extend_from_slice(state.y.as_slice());
    }

    /// Saves what lies in an accepted step.
    #[inline]
    pub(crate) fn step<F: VectorField<R> + ?Sized, T: Stepper<R>, O: Observer<R>>(
        &mut self,
        interior: &mut Interior<'_, F, R, T>,
        observer: &mut O,
    ) -> Result<(), SolveError> {
        let Accepted { start, h, theta: kept, t_next: end, event, .. } = *interior.step;
        if let Plan::Steps { .. } = self.plan {
            if let Some(dense) = &mut self.dense {
                dense.push(|coefficients| interior.interpolant(coefficients))?;
            }
            return if self.projects { Ok(()) } else { self.save(end, kept, interior, observer) };
        }
        let slack = if event || self.projects { slack(end, h) } else { 0.0 };
        let beyond = -slack * h.abs();
        while let Plan::Times { times, after_events } = &self.plan
            && let Some(&t) = times.get(self.times.len())
            && (end - t) * h >= beyond
            && !((event && *after_events || self.projects) && (end - t).abs() <= slack)
        {
            let theta = if t == end || (end - t).abs() <= slack { kept } else { ((t - start) / h).min(kept) };
            self.save(t, theta, interior, observer)?;
        }
        Ok(())
    }

    fn save<F: VectorField<R> + ?Sized, T: Stepper<R>, O: Observer<R>>(
        &mut self,
        t: f64,
        theta: f64,
        interior: &mut Interior<'_, F, R, T>,
        observer: &mut O,
    ) -> Result<(), SolveError> {
        observer.saved(Saved { index: self.times.len(), step: interior.state.index, theta });
        self.times.push(t);
        let start = self.numbers.len();
        // A copy of known length takes a few moves, one of unknown length a call.
        let n = F::STATES.unwrap_or(self.n);
        if theta == 1.0 {
            self.numbers.extend_from_slice(&interior.stepper.next()[..n]);
            interior.hold(&mut self.numbers[start..]);
            return Ok(());
        }
        self.numbers.extend_from_slice(&interior.state.y.as_slice()[..n]);
        interior.interpolate(theta, &mut self.numbers[start..])
    }

    /// Turns the states saved since the last call into what is to be kept of them.
    #[inline]
    pub(crate) fn observe<V: Save<R>>(&mut self, save: &V) -> Result<(), SolveError> {
        if !V::OBSERVES || self.observed == self.times.len() {
            return Ok(());
        }
        let raw = self.numbers.split_off(self.numbers.len() - (self.times.len() - self.observed) * self.n);
        for y in raw.chunks_exact(self.n) {
            keep(save, self.times[self.observed], y, &mut self.numbers, &mut self.width)?;
            self.observed += 1;
        }
        Ok(())
    }

    /// Hands the states saved since the last call over, and forgets them.
    pub(crate) fn drain(&mut self, mut take: impl FnMut(f64, &[R])) {
        for (&t, y) in self.times[self.observed..].iter().zip(self.numbers.chunks_exact(self.n)) {
            take(t, y);
        }
        self.observed = self.times.len();
        self.numbers.clear();
    }

    pub(crate) fn finish(self, occurrences: Vec<Occurrence<R>>, ended: Ended, statistics: Statistics) -> Solution<R> {
        Solution::new(self.times, self.numbers, self.dense, occurrences, ended, statistics)
    }
}
