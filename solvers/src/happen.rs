//! How events happen to a solve: at the end of a committed step.

use crate::event::{apply, end_at_terminal, of_every_step};
use crate::integrate::Integration;
use crate::{Observer, Occurrence, Passage, SolveError, State, Stepper, Trigger, VectorField};
use costate_ad::Real;
use nalgebra::DVector;
use std::sync::Arc;

/// Events that follow one another within this fraction of the span, this often in a row, are a storm.
const STORM: (f64, usize) = (1e-9, 12);

impl<F: VectorField<R> + ?Sized, R: Real, T: Stepper<R>> Integration<'_, F, R, T> {
    /// Lets the `roots` happen, then the events of the stop that was reached, then those of every step; among each, in the
    /// order of declaration. A terminal event is the last.
    pub(crate) fn happen<O: Observer<R>>(
        &mut self,
        state: &mut State<R>,
        roots: &[(usize, bool)],
        stops: bool,
        observer: &mut O,
    ) -> Result<(), SolveError> {
        state.fired.resize(self.triggers.len(), false);
        let mut events = roots.to_vec();
        if stops {
            events.extend(self.schedule.events(state.stop).iter().map(|&event| (event, false)));
            state.stop += 1;
        }
        events.extend(of_every_step(&self.triggers).map(|event| (event, false)));
        state.ended_by = end_at_terminal(&self.triggers, &mut events, |&(event, _)| event).map(|event| event as u32);
        let (y, p) = (state.y.clone(), state.p.clone());
        for &(event, grazing) in &events {
            self.one(state, event, grazing, observer)?;
        }
        let parameters = |p: &Option<Arc<[R]>>| p.clone().unwrap_or_else(|| self.p.into());
        let (p, p_next) = (parameters(&p), parameters(&state.p));
        let indices: Vec<usize> = events.iter().map(|(event, _)| *event).collect();
        observer.passed(&Passage {
            index: state.index,
            t: state.t,
            events: &indices,
            y: y.as_slice(),
            p: &p,
            y_next: state.y.as_slice(),
            p_next: &p_next,
        });
        if state.ended_by.is_some() {
            return Ok(());
        }
        self.slope(state)?;
        match roots.last() {
            Some(&(event, _)) => self.check_storm(state, event),
            None => Ok(()),
        }
    }

    fn one<O: Observer<R>>(
        &mut self,
        state: &mut State<R>,
        event: usize,
        grazing: bool,
        observer: &mut O,
    ) -> Result<(), SolveError> {
        let trigger = &self.triggers[event];
        let mut p = state.p.as_deref().unwrap_or(self.p).to_vec();
        let kick = apply(self.field, self.mass, event, trigger, state.t, state.y.as_mut_slice(), &mut p)?;
        // Equal values may differ in their derivatives.
        if R::ORDER > 0 || state.p.as_deref().unwrap_or(self.p) != p.as_slice() {
            state.p = Some(p.into());
        }
        // An event of every step leaves no record.
        if *trigger != Trigger::EveryStep {
            state.fired[event] = true;
            let (before, after) = (DVector::from_vec(kick.before), DVector::from_vec(kick.after));
            let occurrence = Occurrence { event, time: kick.time, before, after, grazing, happened: true };
            observer.happened(&occurrence);
            self.occurrences.push(occurrence);
        }
        Ok(())
    }

    /// The slope behind an event.
    fn slope(&mut self, state: &mut State<R>) -> Result<(), SolveError> {
        (state.jacobian, state.history, state.past) = (None, None, None);
        let p = state.p.as_deref().unwrap_or(self.p);
        self.field.eval(R::from(state.t), state.y.as_slice(), p, state.slope.as_mut_slice());
        self.statistics.evaluations += 1;
        let bad = |what: &'static str, numbers: &DVector<R>| {
            SolveError::non_finite(what, numbers.as_slice(), [state.t, 0.0], state.index, state.y.as_slice())
        };
        bad("the state", &state.y).or_else(|| bad("the slope dy", &state.slope)).map_or(Ok(()), Err)
    }

    fn check_storm(&self, state: &mut State<R>, event: usize) -> Result<(), SolveError> {
        let (count, since) = state.storm;
        let quick = (state.t - since).abs() <= STORM.0 * self.span.length();
        state.storm = if quick { (count + 1, since) } else { (1, state.t) };
        if state.storm.0 < STORM.1 {
            return Ok(());
        }
        let (t, length) = (state.t, (state.t - since).abs());
        Err(SolveError::EventStorm { event, count: state.storm.0, length, t, state: state.values() })
    }
}
