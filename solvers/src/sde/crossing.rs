//! [`Crossings`]: where conditions pass zero along a rough path.

use super::integrate::Walk;
use super::state::SdeState;
use crate::{Direction, Sde, SolveError, StochasticError, StochasticMethod, Trigger};
use costate_ad::Real;

/// The conditions of a model, and scratch.
#[derive(Clone, Debug, Default)]
pub(super) struct Crossings {
    conditions: Vec<(usize, Direction)>,
    /// The values of the conditions at the start of the step.
    start: Vec<f64>,
    /// The events whose conditions pass zero by the end of the step.
    pub(super) crossed: Vec<usize>,
    y: Vec<f64>,
    p: Vec<f64>,
}

impl Crossings {
    pub(super) fn new(triggers: &[Trigger]) -> Crossings {
        let conditions = triggers.iter().enumerate().filter_map(|(event, trigger)| match trigger {
            Trigger::Root { direction, .. } => Some((event, *direction)),
            _ => None,
        });
        Crossings { conditions: conditions.collect(), ..Crossings::default() }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.conditions.is_empty()
    }

    /// The first event that has a condition.
    pub(super) fn first(&self) -> Option<usize> {
        self.conditions.first().map(|(event, _)| *event)
    }

    fn load<R: Real>(&mut self, y: &[R], p: &[R]) {
        let values = |numbers: &[R], into: &mut Vec<f64>| {
            into.clear();
            into.extend(numbers.iter().map(|number| number.value()));
        };
        values(y, &mut self.y);
        values(p, &mut self.p);
    }

    /// Takes the start of a step.
    fn begin<S: Sde, R: Real>(&mut self, system: &S, t: f64, y: &[R], p: &[R]) {
        self.load(y, p);
        let Crossings { conditions, start, y, p, .. } = self;
        start.clear();
        start.extend(conditions.iter().map(|(event, _)| system.condition(*event, t, y.as_slice(), p.as_slice())));
    }

    /// The events whose conditions have passed zero between the start of the step and a state at `t`.
    fn passed<S: Sde, R: Real>(&mut self, system: &S, t: f64, y: &[R], p: &[R]) -> Vec<usize> {
        self.load(y, p);
        let crosses = |((event, direction), start): (&(usize, Direction), &f64)| {
            let end = system.condition(*event, t, self.y.as_slice(), self.p.as_slice());
            let passes = *start != 0.0 && end * start.signum() <= 0.0 && direction.counts(*start < 0.0);
            passes.then_some(*event)
        };
        self.conditions.iter().zip(&self.start).filter_map(crosses).collect()
    }
}

impl<S: Sde, R: Real, M: StochasticMethod> Walk<'_, S, R, M> {
    /// The end of the step to `t_next` that was just tried, unless a condition has passed zero by then: in that case a time just
    /// behind such a crossing, and the step is taken again up to there.
    ///
    /// A rough path crosses a level again and again. The step is halved, and the first half in which a condition ends on the other
    /// side is halved again, down to the resolution of the path; each time the path itself is stepped on. A path that is known
    /// at given times only is cut at the end of the step.
    pub(super) fn first_crossing(&mut self, state: &SdeState<R>, t_next: f64) -> Result<f64, SolveError> {
        let system = self.problem.system();
        let p = state.p.as_deref().unwrap_or(self.p);
        self.crossings.begin(system, state.t, state.y.as_slice(), p);
        self.crossings.crossed = self.crossings.passed(system, t_next, self.steps.next(), p);
        if self.crossings.crossed.is_empty() {
            return Ok(t_next);
        }
        let (mut before, mut behind) = (state.t, t_next);
        let rounding = 4.0 * f64::EPSILON * t_next.abs().max(state.t.abs());
        let least = (2.0 * self.steps.path.resolution()).max(rounding);
        while (behind - before).abs() > least {
            let middle = 0.5 * (before + behind);
            match self.attempt(state, middle) {
                Err(SolveError::Stochastic(StochasticError::NoiseUnknown { .. })) => break,
                result => result?,
            };
            let p = state.p.as_deref().unwrap_or(self.p);
            let passed = self.crossings.passed(system, middle, self.steps.next(), p);
            if passed.is_empty() {
                before = middle;
            } else {
                (behind, self.crossings.crossed) = (middle, passed);
            }
        }
        self.attempt(state, behind)?;
        Ok(behind)
    }
}
