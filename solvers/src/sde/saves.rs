//! [`Saves`]: the saves of a solve as they come together.

use crate::save::Plan;

pub(super) struct Saves<R> {
    pub(super) plan: Plan,
    pub(super) times: Vec<f64>,
    pub(super) numbers: Vec<R>,
}

impl<R: Copy> Saves<R> {
    /// The next time to step on.
    #[inline]
    pub(super) fn next(&self) -> Option<f64> {
        if let Plan::Times { times, .. } = &self.plan { times.get(self.times.len()).copied() } else { None }
    }

    /// Saves the state at `t`, where it is asked for: more than once where the time was given more than once. Where something
    /// happens at `t`, this is the state before.
    #[inline]
    pub(super) fn take(&mut self, t: f64, y: &[R], happens: bool) {
        match self.plan {
            Plan::Times { after_events: true, .. } if happens => {}
            Plan::Times { .. } => self.take_due(t, y),
            Plan::Steps { .. } => self.push(t, y),
        }
    }

    /// Saves the state behind what happened at `t`; where that ended the solve, in any case.
    pub(super) fn take_behind(&mut self, t: f64, y: &[R], ended: bool) {
        if ended || matches!(self.plan, Plan::Steps { .. }) { self.push(t, y) } else { self.take_due(t, y) }
    }

    #[inline]
    fn take_due(&mut self, t: f64, y: &[R]) {
        while self.next() == Some(t) {
            self.push(t, y);
        }
    }

    #[inline]
    fn push(&mut self, t: f64, y: &[R]) {
        self.times.push(t);
        self.numbers.extend_from_slice(y);
    }
}
