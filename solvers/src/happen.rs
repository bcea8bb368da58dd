//! How events happen to a solve: at the end of a committed step.

use crate::event::apply;
use crate::integrate::Integration;
use crate::{Observer, Occurrence, SolveError, State, Stepper, Trigger, VectorField};
use costate_ad::Real;
use nalgebra::DVector;

/// Events that follow one another within this fraction of the span, this often in a row, are a storm.
const STORM: (f64, usize) = (1e-9, 12);

impl<F: VectorField<R> + ?Sized, R: Real, T: Stepper<R>> Integration<'_, F, R, T> {
    /// Lets the `roots` happen, then the events of the stop that was reached, then those of every step; among each, in the
    /// order of declaration.
    pub(crate) fn happen<O: Observer<R>>(
        &mut self,
        state: &mut State<R>,
        roots: &[(usize, bool)],
        stops: bool,
        observer: &mut O,
    ) -> Result<(), SolveError> {
        state.fired.resize(self.triggers.len(), false);
        for &(event, grazing) in roots {
            self.one(state, event, grazing, observer)?;
            if matches!(self.triggers[event], Trigger::Root { terminal: true, .. }) {
                state.ended_by = Some(event);
                return Ok(());
            }
        }
        if stops {
            for event in self.schedule.events(state.stop).to_vec() {
                self.one(state, event, false, observer)?;
            }
            state.stop += 1;
        }
        for event in 0..self.triggers.len() {
            if self.triggers[event] == Trigger::EveryStep {
                self.project(state, event)?;
            }
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
        let moves = matches!(self.triggers[event], Trigger::Root { .. });
        let mut p = state.p.as_deref().unwrap_or(self.p).to_vec();
        let kick = apply(self.field, event, moves, state.t, state.y.as_mut_slice(), &mut p)?;
        self.keep_parameters(state, p);
        state.fired[event] = true;
        if matches!(self.triggers[event], Trigger::Root { terminal: true, .. }) {
            // The last state is the one at the moving time.
            state.y.as_mut_slice().copy_from_slice(&kick.after);
        }
        let (before, after) = (DVector::from_vec(kick.before), DVector::from_vec(kick.after));
        let occurrence = Occurrence { event, time: kick.time, before, after, grazing, happened: true };
        observer.happened(&occurrence);
        self.occurrences.push(occurrence);
        Ok(())
    }

    /// An event of every step leaves no record.
    fn project(&mut self, state: &mut State<R>, event: usize) -> Result<(), SolveError> {
        let mut p = state.p.as_deref().unwrap_or(self.p).to_vec();
        apply(self.field, event, false, state.t, state.y.as_mut_slice(), &mut p)?;
        self.keep_parameters(state, p);
        Ok(())
    }

    fn keep_parameters(&self, state: &mut State<R>, p: Vec<R>) {
        // Equal values may differ in their derivatives.
        if R::ORDER > 0 || state.p.as_deref().unwrap_or(self.p) != p.as_slice() {
            state.p = Some(p.into());
        }
    }

    /// The slope behind an event.
    fn slope(&mut self, state: &mut State<R>) -> Result<(), SolveError> {
        let p = state.p.as_deref().unwrap_or(self.p);
        self.field.eval(R::from(state.t), state.y.as_slice(), p, state.slope.as_mut_slice());
        self.statistics.evaluations += 1;
        for (what, numbers) in [("the state", &state.y), ("the slope dy", &state.slope)] {
            if let Some(component) = numbers.iter().position(|number| !number.value().is_finite()) {
                let (value, t, step) = (numbers[component].value(), state.t, state.index);
                return Err(SolveError::NonFinite { what, component, value, t, h: 0.0, step, state: state.values() });
            }
        }
        Ok(())
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
