//! [`Locator`]: finds where conditions pass zero inside a step.
//!
//! Everything here decides, so it looks at values. The condition is followed along the step's interpolant: its values at a
//! few nodes make a polynomial, whose roots are isolated by the signs of its Bernstein coefficients, so that two roots in one
//! step are not missed; then each root is found on the condition itself. A condition that the polynomial does not follow is
//! looked at on halves of the step.

use super::bernstein::{self, Coefficients, DEGREE, Meeting, NODES};
use super::{Direction, Trigger};
use crate::VectorField;
use costate_ad::Real;

/// The first roots inside a step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cut {
    /// Where, as a fraction of the step.
    pub(crate) theta: f64,
    /// The events that happen there, in the order of declaration, and whether each only grazes zero.
    pub(crate) events: Vec<(usize, bool)>,
    /// Conditions that touch zero before that, without passing it, and where.
    pub(crate) touches: Vec<(usize, f64)>,
}

/// Scratch, and the conditions of a model.
#[derive(Clone, Debug)]
pub(crate) struct Locator {
    conditions: Vec<(usize, Direction)>,
    /// The parameters, as values.
    p: Vec<f64>,
    /// The state at the start of the step, and the interpolant's vectors `q_1 .. q_d`.
    y: Vec<f64>,
    polynomial: Vec<f64>,
    state: Vec<f64>,
    t: f64,
    h: f64,
}

/// Roots closer than this fraction of the step are one place in time.
const SAME: f64 = 1e-12;
/// A condition that is this flat at its root, in units of its size over the step, grazes zero.
const FLAT: f64 = 1e-6;
/// How often a step is halved for a condition that no polynomial follows.
const HALVINGS: usize = 6;

struct Root {
    event: usize,
    theta: f64,
    grazing: bool,
    passes: bool,
}

impl Locator {
    pub(crate) fn new(triggers: &[Trigger], states: usize) -> Locator {
        let conditions = triggers.iter().enumerate().filter_map(|(event, trigger)| match trigger {
            Trigger::Root { direction, .. } => Some((event, *direction)),
            _ => None,
        });
        let (conditions, state) = (conditions.collect(), vec![0.0; states]);
        Locator { conditions, p: Vec::new(), y: Vec::new(), polynomial: Vec::new(), state, t: 0.0, h: 0.0 }
    }

    /// Whether there is nothing to look for.
    #[inline(always)]
    pub(crate) fn is_idle(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Takes over a step from `(t, y)` of size `h`, whose interpolant `write` appends.
    pub(crate) fn load<R: Real>(&mut self, [t, h]: [f64; 2], y: &[R], p: &[R], write: impl FnOnce(&mut Vec<f64>)) {
        (self.t, self.h) = (t, h);
        self.y.clear();
        self.y.extend(y.iter().map(|number| number.value()));
        self.p.clear();
        self.p.extend(p.iter().map(|number| number.value()));
        self.polynomial.clear();
        write(&mut self.polynomial);
    }

    /// The first roots in the step. `fired` says for each event whether it happened at the step's start: a condition that
    /// is zero there for this reason is not found again.
    pub(crate) fn first<R: Real, F: VectorField<R> + ?Sized>(&mut self, field: &F, fired: &[bool]) -> Option<Cut> {
        let mut found = Vec::new();
        for (event, direction) in self.conditions.clone() {
            let fired = fired.get(event).copied().unwrap_or(true);
            let mut condition = |theta: f64, locator: &mut Locator| locator.condition::<R, F>(field, event, theta);
            self.search(&mut condition, event, direction, [0.0, 1.0], fired, HALVINGS, &mut found);
        }
        self.select(found)
    }

    fn condition<R: Real, F: VectorField<R> + ?Sized>(&mut self, field: &F, event: usize, theta: f64) -> f64 {
        let n = self.y.len();
        self.state.fill(0.0);
        for q in self.polynomial.chunks_exact(n).rev() {
            for (value, q) in self.state.iter_mut().zip(q) {
                *value = (*value + q) * theta;
            }
        }
        self.state.iter_mut().zip(&self.y).for_each(|(value, y)| *value += y);
        field.condition_value(event, self.t + theta * self.h, &self.state, &self.p)
    }

    #[allow(clippy::too_many_arguments)] // The arguments of a recursion.
    fn search(
        &mut self,
        condition: &mut dyn FnMut(f64, &mut Locator) -> f64,
        event: usize,
        direction: Direction,
        [from, to]: [f64; 2],
        fired: bool,
        halvings: usize,
        found: &mut Vec<Root>,
    ) {
        let mut samples: Coefficients = NODES.map(|x| condition(from + (to - from) * x, self));
        let size = samples.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        let at_root = fired && from == 0.0 && samples[0].abs() <= 1e-10 * size;
        if at_root {
            samples[0] = 0.0;
        }
        let mut polynomial = bernstein::from_samples(&samples);
        let between = 0.5 * (NODES[DEGREE / 2] + NODES[DEGREE / 2 + 1]);
        let follows = [0.5 * NODES[1], between]
            .into_iter()
            .all(|x| (bernstein::value(&polynomial, x) - condition(from + (to - from) * x, self)).abs() <= 1e-4 * size);
        if !follows && halvings > 0 {
            let middle = 0.5 * (from + to);
            self.search(condition, event, direction, [from, middle], fired, halvings - 1, found);
            return self.search(condition, event, direction, [middle, to], fired, halvings - 1, found);
        }
        if at_root {
            polynomial = bernstein::without_root_at_start(&polynomial);
        }
        let mut meetings = Vec::new();
        bernstein::roots(&polynomial, &mut meetings);
        for meeting in meetings {
            let root = self.root(condition, &polynomial, meeting, [from, to], at_root, size);
            let (theta, grazing, passes) = root;
            if passes.is_none_or(|begins_below| direction.counts(begins_below)) {
                found.push(Root { event, theta, grazing, passes: passes.is_some() });
            }
        }
    }

    /// Where a condition meets zero, whether it grazes, and, if it passes, whether it comes from below.
    fn root(
        &mut self,
        condition: &mut dyn FnMut(f64, &mut Locator) -> f64,
        polynomial: &Coefficients,
        meeting: Meeting,
        [from, to]: [f64; 2],
        begins_at_root: bool,
        size: f64,
    ) -> (f64, bool, Option<bool>) {
        let place = |x: f64| from + (to - from) * x;
        let (x, touches) = match meeting {
            Meeting::Touch { at } => (at, true),
            Meeting::Crossing { from: left, to: right, .. } => {
                (bracketed(|x| bernstein::value(polynomial, x), left, right), false)
            }
        };
        // The condition itself, on a bracket that grows around the root of the polynomial.
        // The root at which the step begins stays outside.
        let least = if begins_at_root { from + 0.5 * (place(x) - from) } else { from };
        let mut width = 1e-7 * (to - from);
        while width <= 1e-2 * (to - from) {
            let (left, right) = ((place(x) - width).max(least), (place(x) + width).min(to));
            let (begin, end) = (condition(left, self), condition(right, self));
            if begin * end < 0.0 {
                let theta = bracketed(|theta| condition(theta, self), left, right);
                let grazing = (end - begin).abs() / (right - left) * (to - from) <= FLAT * size;
                return (theta, touches || grazing, Some(begin < 0.0));
            }
            width *= 10.0;
        }
        match meeting {
            Meeting::Touch { .. } => (place(x), true, None),
            Meeting::Crossing { begins_below, .. } => (place(x), false, Some(begins_below)),
        }
    }

    /// The earliest of the roots, and all at the same place in time.
    fn select(&self, found: Vec<Root>) -> Option<Cut> {
        let first = found.iter().filter(|root| root.passes).map(|root| root.theta).fold(f64::INFINITY, f64::min);
        let same = SAME + 16.0 * f64::EPSILON * (self.t / self.h).abs();
        let touches = found.iter().filter(|root| !root.passes && root.theta < first);
        let touches: Vec<_> = touches.map(|root| (root.event, root.theta)).collect();
        let mut events: Vec<(usize, bool)> = Vec::new();
        for root in found.iter().filter(|root| root.passes && root.theta <= first + same) {
            if events.last().is_none_or(|(event, _)| *event != root.event) {
                events.push((root.event, root.grazing));
            }
        }
        if events.is_empty() && touches.is_empty() {
            return None;
        }
        // What ends within rounding of the step ends with it.
        let theta = if first >= 1.0 - same { 1.0 } else { first };
        Some(Cut { theta, events, touches })
    }
}

/// The root of `f` between `left` and `right`, where it changes sign: the Illinois variant of the rule of false position,
/// with a bisection whenever it makes little progress.
fn bracketed(mut f: impl FnMut(f64) -> f64, mut left: f64, mut right: f64) -> f64 {
    let (mut at_left, mut at_right) = (f(left), f(right));
    if at_left == 0.0 || left == right {
        return left;
    }
    if at_right == 0.0 {
        return right;
    }
    let mut side = 0;
    for round in 0..200 {
        let width = right - left;
        let secant = right - at_right * width / (at_right - at_left);
        let middle = if round % 4 == 3 || !(secant > left && secant < right) { 0.5 * (left + right) } else { secant };
        if middle <= left || middle >= right {
            break;
        }
        let value = f(middle);
        if value == 0.0 {
            return middle;
        }
        if (value < 0.0) == (at_left < 0.0) {
            (left, at_left) = (middle, value);
            at_right *= if side == -1 { 0.5 } else { 1.0 };
            side = -1;
        } else {
            (right, at_right) = (middle, value);
            at_left *= if side == 1 { 0.5 } else { 1.0 };
            side = 1;
        }
    }
    // Just behind the crossing, or on it.
    right
}
