//! [`Schedule`]: the times, known in advance, on which a solve steps exactly.

use super::Trigger;
use crate::SolveError;
use crate::span::Span;

/// The stops of a solve, along its span.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schedule(Vec<Stop>);

#[derive(Clone, Debug)]
struct Stop {
    t: f64,
    /// The events that happen there, in the order of their declaration.
    events: Vec<usize>,
}

impl Schedule {
    /// From plain stops and from events at given times. What lies outside the span is left out.
    pub(crate) fn new(stops: &[f64], triggers: &[Trigger], span: Span) -> Result<Schedule, SolveError> {
        let mut all: Vec<(f64, Option<usize>)> = stops.iter().map(|&t| (t, None)).collect();
        for (event, trigger) in triggers.iter().enumerate() {
            if let Trigger::Times(times) = trigger {
                all.extend(times.iter().map(|&t| (t, Some(event))));
            }
        }
        if let Some((t, _)) = all.iter().find(|(t, _)| !t.is_finite()) {
            return Err(SolveError::NonFiniteStop { t: *t });
        }
        all.retain(|(t, _)| span.contains(*t));
        // The sort is stable: at one time the order of declaration remains.
        all.sort_by(|(t, _), (u, _)| (t * span.direction()).total_cmp(&(u * span.direction())));
        let mut schedule: Vec<Stop> = Vec::with_capacity(all.len());
        for (t, event) in all {
            if schedule.last().is_none_or(|last| last.t != t) {
                schedule.push(Stop { t, events: Vec::new() });
            }
            if let (Some(last), Some(event)) = (schedule.last_mut(), event) {
                last.events.push(event);
            }
        }
        Ok(Schedule(schedule))
    }

    /// The time of stop `index`.
    #[inline(always)]
    pub(crate) fn time(&self, index: usize) -> Option<f64> {
        self.0.get(index).map(|stop| stop.t)
    }

    /// The events at stop `index`.
    pub(crate) fn events(&self, index: usize) -> &[usize] {
        &self.0[index].events
    }
}
