//! [`Event`]: something that happens to a solve, at a root of a function of the state, at given times, or at every step.
//!
//! `condition.rs`, `reset.rs` and `jump.rs` hold what a user writes, `with_event.rs` joins it to a model, `schedule.rs` knows the times
//! given in advance, `locate.rs` finds the roots inside a step, `apply.rs` lets an event happen, in the arithmetic of the
//! scalar, carrying the state to it by `flow.rs`, and `occurrence.rs` is what remains of it.

mod apply;
mod bernstein;
mod condition;
mod flow;
mod jump;
mod locate;
mod occurrence;
mod reset;
mod schedule;
mod with_event;

pub(crate) use apply::apply;
pub use apply::{Passage, pass};
pub use condition::Condition;
pub(crate) use flow::flow;
pub use jump::{Jump, Marked};
pub(crate) use locate::{Cut, Locator};
pub use occurrence::Occurrence;
pub use reset::{NewValues, Reset};
pub(crate) use schedule::Schedule;
pub use with_event::WithEvent;

/// When an event happens, and whether it ends the solve.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Trigger {
    /// Where the condition passes zero in this direction along the span.
    Root {
        /// The crossings that count.
        direction: Direction,
        /// Whether the solve ends there.
        terminal: bool,
    },
    /// At these times. Those outside the span do not happen.
    Times(Vec<f64>),
    /// After every accepted step.
    EveryStep,
}

impl Trigger {
    /// Whether the solve ends where it happens.
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self, Trigger::Root { terminal: true, .. })
    }
}

/// The events that happen after every step.
pub(crate) fn of_every_step(triggers: &[Trigger]) -> impl Iterator<Item = usize> + '_ {
    (0..triggers.len()).filter(|&event| triggers[event] == Trigger::EveryStep)
}

/// Leaves out what would follow a terminal event, and names that event.
pub(crate) fn end_at_terminal<E>(
    triggers: &[Trigger],
    events: &mut Vec<E>,
    event: impl Fn(&E) -> usize,
) -> Option<usize> {
    let last = events.iter().position(|e| triggers[event(e)].is_terminal())?;
    events.truncate(last + 1);
    Some(event(&events[last]))
}

/// In which direction a condition passes zero, as the solve moves along its span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Either.
    #[default]
    Any,
    /// From negative to positive.
    Rising,
    /// From positive to negative.
    Falling,
}

impl Direction {
    /// Whether a crossing that begins below zero counts.
    pub(crate) fn counts(self, begins_below: bool) -> bool {
        match self {
            Direction::Any => true,
            Direction::Rising => begins_below,
            Direction::Falling => !begins_below,
        }
    }
}

/// An event: when it happens, by a trigger and a [`Condition`], and what it does, by a [`Reset`].
///
/// ```
/// use costate_solvers::{Event, Problem, SaveAt, Tolerance, Tsit5, condition, ode, reset};
/// use nalgebra::dvector;
///
/// // A ball that is dropped from a height of 50 m and loses a fifth of its speed at every bounce.
/// let ball = ode!(|_t, [_height, speed], [gravity, _restitution]| [speed, -gravity]);
/// let bounce = Event::when(condition!(|_t, [height, _speed], [_gravity, _restitution]| height))
///     .falling()
///     .then(reset!(|_t, [_height, speed], [_gravity, restitution]| [R::from(0.0), -restitution * speed]));
/// let problem = Problem::ode(ball, [50.0, 0.0], &dvector![9.8, 0.8], 0.0..5.0).with_event(bounce);
/// let solution = problem.solve(Tsit5, Tolerance::new(1e-10, 1e-10), SaveAt::end())?;
/// assert!((solution.events()[0].time - 3.1943828249997).abs() < 1e-9);
/// assert!((solution.last()[0] - 29.24456516497).abs() < 1e-8);
/// # Ok::<(), costate_solvers::SolveError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Event<C, A> {
    trigger: Trigger,
    condition: C,
    reset: A,
}

impl<C: Condition> Event<C, ()> {
    /// Happens where `condition` passes zero, in either direction.
    ///
    /// Roots are looked for on the interpolant of each step, as many as there are. A condition that is zero at the start
    /// of the span happens only when it is zero again.
    pub fn when(condition: C) -> Self {
        Event { trigger: Trigger::Root { direction: Direction::Any, terminal: false }, condition, reset: () }
    }
}

impl Event<(), ()> {
    /// Happens at these times, on which the solve steps exactly; in any order, and those outside the span do not count.
    pub fn at(times: impl Into<Vec<f64>>) -> Self {
        Event { trigger: Trigger::Times(times.into()), condition: (), reset: () }
    }

    /// Happens after every accepted step: a projection onto a constraint, or a bound that a step may overshoot.
    pub fn every_step() -> Self {
        Event { trigger: Trigger::EveryStep, condition: (), reset: () }
    }
}

impl<C, A> Event<C, A> {
    /// Counts only roots where the condition rises along the span.
    pub fn rising(self) -> Self {
        self.with_direction(Direction::Rising)
    }

    /// Counts only roots where the condition falls along the span.
    pub fn falling(self) -> Self {
        self.with_direction(Direction::Falling)
    }

    fn with_direction(mut self, wanted: Direction) -> Self {
        if let Trigger::Root { direction, .. } = &mut self.trigger {
            *direction = wanted;
        }
        self
    }

    /// Ends the solve at the first root: the state there is the last that is saved.
    pub fn terminal(mut self) -> Self {
        if let Trigger::Root { terminal, .. } = &mut self.trigger {
            *terminal = true;
        }
        self
    }

    /// Changes the state, or the parameters from then on, when it happens.
    pub fn then<B: Reset>(self, reset: B) -> Event<C, B> {
        Event { trigger: self.trigger, condition: self.condition, reset }
    }
}
