//! How events happen to a stochastic solve: at the end of a step.

use super::integrate::Walk;
use super::state::SdeState;
use crate::event::{end_at_terminal, of_every_step};
use crate::{Occurrence, Sde, SolveError, StochasticMethod, Trigger};
use costate_ad::Real;

impl<S: Sde, R: Real, M: StochasticMethod> Walk<'_, S, R, M> {
    /// The next time, known in advance, at which something happens.
    #[inline]
    pub(super) fn stop(&self, state: &SdeState<R>) -> Option<f64> {
        self.schedule.time(state.stop)
    }

    /// Whether the state is the end of a step, after each of which something happens: then it is saved behind that.
    #[inline]
    pub(super) fn projects(&self, state: &SdeState<R>) -> bool {
        state.index > 0 && self.triggers.contains(&Trigger::EveryStep)
    }

    /// Whether something happens where the state is: at a crossing, at a stop with events, or after every step.
    #[inline]
    pub(super) fn happens(&self, state: &SdeState<R>) -> bool {
        let due = self.stop(state) == Some(state.t);
        !self.triggers.is_empty()
            && (!self.crossings.crossed.is_empty()
                || due && !self.schedule.events(state.stop).is_empty()
                || self.projects(state))
    }

    /// Passes the stop where the state is, if there is one, and nothing happens there.
    #[inline]
    pub(super) fn pass(&self, state: &mut SdeState<R>) {
        state.stop += usize::from(self.stop(state) == Some(state.t));
    }

    /// Passes the stop where the state is, if there is one, and lets happen what happens there: crossings first, then the events of
    /// the stop, then those of every step; among each, in the order of declaration. A terminal event is the last.
    pub(super) fn happen(&mut self, state: &mut SdeState<R>) -> Result<(), SolveError> {
        let mut events = std::mem::take(&mut self.crossings.crossed);
        if self.stop(state) == Some(state.t) {
            events.extend_from_slice(self.schedule.events(state.stop));
            state.stop += 1;
        }
        if state.index > 0 {
            events.extend(of_every_step(&self.triggers));
        }
        state.ended_by = end_at_terminal(&self.triggers, &mut events, |&event| event);
        if events.is_empty() {
            return Ok(());
        }
        let (system, t) = (self.problem.system(), R::from(state.t));
        let mut p = state.p.take().unwrap_or_else(|| self.p.to_vec());
        for event in events {
            let before = state.y.clone();
            system.reset(event, t, state.y.as_mut_slice(), &mut p);
            // An event of every step leaves no record.
            if self.triggers[event] != Trigger::EveryStep {
                let after = state.y.clone();
                self.occurrences.push(Occurrence { event, time: t, before, after, grazing: false, happened: true });
            }
        }
        state.carried = self.steps.first_carried(state.t, state.y.as_slice(), &p);
        state.p = Some(p);
        self.check_state(state)
    }

    fn check_state(&self, state: &SdeState<R>) -> Result<(), SolveError> {
        let y = state.y.as_slice();
        SolveError::non_finite("the state", y, [state.t, 0.0], state.index, y).map_or(Ok(()), Err)
    }
}
