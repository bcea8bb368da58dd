//! [`State`]: what survives a step.

use crate::SolveError;
use crate::automatic::Switch;
use crate::bounds::Bounds;
use crate::controller::Memory;
use crate::implicit::Past;
use costate_ad::Real;
use costate_linalg::StateJacobian;
use nalgebra::DVector;
use std::sync::Arc;

/// Everything a solve carries from one step to the next: a clone is a checkpoint, and going on from it repeats the
/// solve bit for bit.
#[derive(Clone, Debug, PartialEq)]
pub struct State<R> {
    /// Steps accepted so far.
    pub(crate) index: usize,
    pub(crate) t: f64,
    pub(crate) y: DVector<R>,
    /// The right-hand side at `(t, y)`.
    pub(crate) slope: DVector<R>,
    /// The signed size of the step to try next.
    pub(crate) h: f64,
    pub(crate) memory: Memory,
    /// With steps of one size: how many of their ends were reached.
    pub(crate) knot: usize,
    /// How many of the stops known in advance were reached.
    pub(crate) stop: usize,
    /// The parameters, once an event has changed them.
    pub(crate) p: Option<Arc<[R]>>,
    /// Which events happened at this time; empty before the first.
    pub(crate) fired: Vec<bool>,
    /// How many events in a row happened without time to speak of between them, and since when.
    pub(crate) storm: (usize, f64),
    /// The Jacobian that an implicit method keeps for the next step.
    pub(crate) jacobian: Option<Arc<StateJacobian>>,
    /// The size of the last step, and its stages as plain numbers, from which an implicit method starts its iteration.
    pub(crate) history: Option<Arc<(f64, Vec<f64>)>>,
    /// What a multistep method remembers.
    pub(crate) past: Option<Arc<Past<R>>>,
    /// Which method makes the next step, where it is chosen on the way. Apart: every checkpoint has room for it.
    pub(crate) switch: Option<Box<Switch>>,
    /// The event that ended the solve. As narrow as can be: every checkpoint holds it.
    pub(crate) ended_by: Option<u32>,
}

impl<R: Real> State<R> {
    pub(crate) fn new(t: f64, y: DVector<R>, slope: DVector<R>) -> State<R> {
        let (memory, storm) = (Memory::new(), (0, t));
        State {
            index: 0,
            t,
            y,
            slope,
            h: 0.0,
            memory,
            knot: 0,
            stop: 0,
            p: None,
            fired: Vec::new(),
            storm,
            jacobian: None,
            history: None,
            past: None,
            switch: None,
            ended_by: None,
        }
    }

    /// The same state on another scalar: `convert` is given every number that carries derivatives from step to step, in the
    /// order of [`numbers`](Self::numbers). Parameters that an event has changed are left out.
    pub fn map<T: Real>(&self, mut convert: impl FnMut(R) -> T) -> State<T> {
        State {
            index: self.index,
            t: self.t,
            y: self.y.map(&mut convert),
            slope: self.slope.map(&mut convert),
            h: self.h,
            memory: self.memory,
            knot: self.knot,
            stop: self.stop,
            p: None,
            fired: self.fired.clone(),
            storm: self.storm,
            jacobian: self.jacobian.clone(),
            history: self.history.clone(),
            past: self.past.as_ref().map(|past| Arc::new(past.map(&mut convert))),
            switch: self.switch.clone(),
            ended_by: self.ended_by,
        }
    }

    /// The same state, with these parameters in place of the problem's.
    pub fn with_parameters(self, p: Arc<[R]>) -> State<R> {
        State { p: Some(p), ..self }
    }

    /// The numbers that carry derivatives from step to step: the state, the slope, then what a multistep method remembers.
    pub fn numbers(&self) -> impl Iterator<Item = R> + '_ {
        let past = self.past.iter().flat_map(|past| past.numbers());
        self.y.iter().chain(&self.slope).chain(past).copied()
    }

    /// Memory that a clone takes, in bytes.
    pub fn bytes(&self) -> usize {
        let past = self.past.as_ref().map_or(0, |past| past.numbers().len());
        let numbers = self.y.len() + self.slope.len() + past + self.p.as_ref().map_or(0, |p| p.len());
        // What is shared between states is counted once for each that may hold it alone.
        let history = self.history.as_ref().map_or(0, |history| size_of_val(history.1.as_slice()));
        let switch = self.switch.as_ref().map_or(0, |switch| size_of_val(&**switch));
        size_of::<Self>() + numbers * size_of::<R>() + self.fired.len() + history + switch
    }

    /// Puts the state within bounds, and with it what a multistep method goes on from.
    pub(crate) fn hold(&mut self, bounds: &Bounds) {
        bounds.hold(self.y.as_mut_slice());
        if let Some(past) = &mut self.past {
            bounds.hold(Arc::make_mut(past).last_state_mut(self.y.len()));
        }
    }

    /// The state as plain numbers.
    pub(crate) fn values(&self) -> Vec<f64> {
        self.y.iter().map(|number| number.value()).collect()
    }

    /// Whether an event happened at this time.
    #[inline(always)]
    pub(crate) fn event_happened(&self) -> bool {
        self.fired.contains(&true)
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn step_limit(&self, limit: usize, end: f64, h: f64) -> SolveError {
        SolveError::StepLimit { limit, t: self.t, end, h, state: self.values() }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn too_small(&self, h: f64) -> SolveError {
        SolveError::StepTooSmall { t: self.t, h, step: self.index, state: self.values() }
    }
}

impl<R> State<R> {
    /// How many steps led here.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The time reached.
    pub fn t(&self) -> f64 {
        self.t
    }

    /// The state `y` at that time.
    pub fn y(&self) -> &DVector<R> {
        &self.y
    }

    /// The parameters, if an event has changed them.
    pub fn changed_parameters(&self) -> Option<&[R]> {
        self.p.as_deref()
    }

    /// The right-hand side at that time and state.
    pub fn slope(&self) -> &DVector<R> {
        &self.slope
    }

    /// The signed size of the step that will be tried next, before it is shortened to end on the span's end.
    pub fn h(&self) -> f64 {
        self.h
    }
}
