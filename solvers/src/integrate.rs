//! [`Integration`]: the one loop through time.

use crate::bounds::Bounds;
use crate::control::{Control, FixedStep};
use crate::event::{Cut, Locator, Schedule};
use crate::interior::Interior;
use crate::pacing::{Accepted, Adaptive, Steps};
use crate::span::Span;
use crate::{MassMatrix, Method, Observer, Occurrence, SolveError, State, Statistics, Stepper, Trigger, VectorField};
use costate_ad::Real;
use nalgebra::DVector;

/// A checked problem on its way: the parts that do not change from step to step, and scratch.
pub(crate) struct Integration<'a, F: ?Sized, R, T> {
    pub(crate) field: &'a F,
    pub(crate) p: &'a [R],
    pub(crate) span: Span,
    pub(crate) schedule: Schedule,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) steps: Steps,
    pub(crate) stepper: T,
    pub(crate) statistics: Statistics,
    pub(crate) occurrences: Vec<Occurrence<R>>,
    pub(crate) bounds: Option<&'a Bounds>,
    pub(crate) mass: Option<&'a MassMatrix>,
    locator: Locator,
}

impl<'a, F: VectorField<R> + ?Sized, R: Real, T: Stepper<R>> Integration<'a, F, R, T> {
    pub(crate) fn new<M: Method<Stepper<R> = T>>(
        field: &'a F,
        [y, p]: [&'a [R]; 2],
        span: Span,
        stops: &[f64],
        method: &M,
        control: Control,
    ) -> Result<Self, SolveError> {
        control.check(span)?;
        method.check(y.len())?;
        let steps = match control {
            Control::Fixed(FixedStep(h)) => Steps::Fixed { h, intervals: span.intervals(h) as usize },
            Control::Mesh(mesh) => Steps::Given(mesh),
            Control::Adaptive(tolerance) => {
                Steps::Adaptive(Box::new(Adaptive::new::<R, M>(tolerance, method, y.len())?))
            }
        };
        let triggers = field.triggers();
        let (schedule, locator) = (Schedule::new(stops, &triggers, span)?, Locator::new(&triggers, y.len()));
        let (stepper, statistics) = (method.stepper::<R>(y.len()), Statistics::default());
        let (occurrences, bounds, mass) = (Vec::new(), None, None);
        Ok(Integration {
            field,
            p,
            span,
            schedule,
            triggers,
            steps,
            stepper,
            statistics,
            occurrences,
            bounds,
            mass,
            locator,
        })
    }

    /// The state at the start of the span, with its slope and a first step size.
    pub(crate) fn start(&mut self, y: DVector<R>) -> Result<State<R>, SolveError> {
        let mut slope = DVector::from_element(y.len(), R::zero());
        self.field.eval(R::from(self.span.start), y.as_slice(), self.p, slope.as_mut_slice());
        self.statistics.evaluations += 1;
        let at = [self.span.start, 0.0];
        if let Some(error) = SolveError::non_finite("the slope dy", slope.as_slice(), at, 0, y.as_slice()) {
            return Err(error);
        }
        let mut state = State::new(self.span.start, y, slope);
        let h = match &self.steps {
            Steps::Fixed { h, .. } => *h,
            Steps::Given(mesh) => (mesh.times().first().copied().unwrap_or(self.span.end) - self.span.start).abs(),
            Steps::Adaptive(adaptive) => {
                adaptive.first_step(self.field, self.p, &state, self.span, &mut self.statistics.evaluations)
            }
        };
        state.h = self.span.direction() * h;
        Ok(state)
    }

    /// Whether something happens after every step.
    pub(crate) fn projects(&self) -> bool {
        self.triggers.contains(&Trigger::EveryStep)
    }

    pub(crate) fn something_happens_at_start(&self) -> bool {
        self.schedule.time(0) == Some(self.span.start) && !self.schedule.events(0).is_empty()
    }

    /// Lets happen what happens at the start of the span.
    pub(crate) fn events_at_start<O: Observer<R>>(
        &mut self,
        state: &mut State<R>,
        observer: &mut O,
    ) -> Result<(), SolveError> {
        if self.schedule.time(0) == Some(state.t) {
            self.happen(state, &[], true, observer)?;
        }
        Ok(())
    }

    pub(crate) fn finished(&self, state: &State<R>) -> bool {
        state.t == self.span.end || state.ended_by.is_some()
    }

    /// Takes one step and shows it to the observer, then to `inspect`, and moves the state to its end, or to the first event
    /// inside, and through it.
    #[inline(always)]
    pub(crate) fn advance<O: Observer<R>>(
        &mut self,
        state: &mut State<R>,
        observer: &mut O,
        inspect: impl FnOnce(&mut Interior<'_, F, R, T>, &mut O) -> Result<(), SolveError>,
    ) -> Result<(), SolveError> {
        let stop = self.schedule.time(state.stop);
        // Written in place: returned by value it would be copied once a step, and that would show.
        let mut step = Accepted::from(state);
        match self.steps {
            Steps::Fixed { .. } | Steps::Given(_) => self.fixed(state, stop, &mut step)?,
            Steps::Adaptive(_) => self.adaptive(state, stop, &mut step)?,
        }
        let start: &State<R> = state;
        let p = start.p.as_deref().unwrap_or(self.p);
        let (stepper, evaluations) = (&mut self.stepper, &mut self.statistics.evaluations);
        let (field, bounds) = (self.field, self.bounds);
        let mut interior = Interior { field, p, bounds, state: start, step: &mut step, stepper, evaluations };
        let cut = if self.locator.is_idle() { None } else { interior.first_event(&mut self.locator)? };
        let happens = cut.as_ref().is_some_and(|cut| !cut.events.is_empty());
        if let Some(cut) = cut.as_ref().filter(|cut| happens && cut.theta < 1.0) {
            interior.step.cut(start.knot, cut.theta);
        }
        interior.step.event = happens || interior.step.stops && !self.schedule.events(start.stop).is_empty();
        observer.accepted(&interior.as_accepted());
        inspect(&mut interior, observer)?;
        self.commit(state, &step);
        debug_assert!(!step.stops || stop == Some(state.t));
        if self.triggers.is_empty() && !step.stops {
            return Ok(());
        }
        self.events(state, &step, cut.unwrap_or_default(), observer)
    }

    /// Moves the state to the end of what is kept of a step.
    #[inline(always)]
    pub(crate) fn commit(&mut self, state: &mut State<R>, step: &Accepted) {
        self.statistics.accepted += 1;
        if step.theta == 1.0 {
            // A copy of known length takes a few moves, one of unknown length a call.
            let (y, slope) = (state.y.as_mut_slice(), state.slope.as_mut_slice());
            let n = F::STATES.unwrap_or(y.len());
            y[..n].copy_from_slice(self.stepper.next());
            slope[..n].copy_from_slice(self.stepper.next_slope());
        } else {
            let mut y = state.y.clone();
            self.stepper.interpolate(state.y.as_slice(), step.h, step.theta, y.as_mut_slice());
            state.y = y;
        }
        state.index += 1;
        (state.t, state.h) = (step.t_next, step.next_h);
        (state.memory, state.knot) = (step.memory, step.knot);
        self.stepper.keep(state);
        if let Some(bounds) = self.bounds {
            state.hold(bounds);
        }
        self.stepper.report(state, &mut self.statistics);
    }

    /// What happens at the end of a committed step.
    #[inline(never)]
    fn events<O: Observer<R>>(
        &mut self,
        state: &mut State<R>,
        step: &Accepted,
        cut: Cut,
        observer: &mut O,
    ) -> Result<(), SolveError> {
        for (event, theta) in &cut.touches {
            let time = R::from(step.start + theta * step.h);
            let (before, after) = (DVector::zeros(0), DVector::zeros(0));
            let touch = Occurrence { event: *event, time, before, after, grazing: true, happened: false };
            observer.happened(&touch);
            self.occurrences.push(touch);
        }
        state.fired.clear();
        state.fired.resize(self.triggers.len(), false);
        if !cut.events.is_empty() || step.stops || self.projects() {
            self.happen(state, &cut.events, step.stops, observer)?;
        }
        Ok(())
    }
}
