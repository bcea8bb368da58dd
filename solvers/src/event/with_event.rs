//! [`WithEvent`]: a model and one event more.

use super::{Condition, Event, Reset, Trigger};
use crate::{Calculus, NoiseKind, Ode, Part, Sde};
use costate_ad::{At, JacobianPattern, Real};

/// A model to which [`Problem::with_event`](crate::Problem::with_event) has added an event, behind those it had.
#[derive(Clone, Debug)]
pub struct WithEvent<S, E> {
    system: S,
    event: E,
}

impl<S, E> WithEvent<S, E> {
    pub(crate) fn new(system: S, event: E) -> Self {
        WithEvent { system, event }
    }
}

impl<S, C, A> WithEvent<S, Event<C, A>> {
    /// The added event, if `event` is its index behind the `earlier` ones.
    fn own(&self, event: usize, earlier: usize) -> Option<&Event<C, A>> {
        (event == earlier).then_some(&self.event)
    }

    /// The trigger of the added event behind the earlier ones.
    fn behind(&self, mut triggers: Vec<Trigger>) -> Vec<Trigger> {
        triggers.push(self.event.trigger.clone());
        triggers
    }
}

impl<S: Ode, C: Condition, A: Reset> Ode for WithEvent<S, Event<C, A>> {
    const STATES: Option<usize> = S::STATES;

    #[inline(always)]
    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        self.system.rhs(t, y, p, dy);
    }

    fn states(&self) -> Option<usize> {
        self.system.states()
    }

    fn parameters(&self) -> Option<usize> {
        self.system.parameters()
    }

    fn vjp(&self, at: At<'_>, w: &[f64], y_bar: &mut [f64], p_bar: &mut [f64], t_bar: &mut f64) -> bool {
        self.system.vjp(at, w, y_bar, p_bar, t_bar)
    }

    fn sparsity(&self, states: usize) -> Option<JacobianPattern> {
        self.system.sparsity(states)
    }

    fn jacobian(&self, at: At<'_>, entry: &mut dyn FnMut(usize, usize, f64)) -> bool {
        self.system.jacobian(at, entry)
    }

    fn is_split(&self) -> bool {
        self.system.is_split()
    }

    #[inline(always)]
    fn part<R: Real>(&self, part: Part, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        self.system.part(part, t, y, p, dy);
    }

    fn complaint(&self) -> Option<String> {
        self.system.complaint()
    }

    fn triggers(&self) -> Vec<Trigger> {
        self.behind(self.system.triggers())
    }

    fn condition<R: Real>(&self, event: usize, t: R, y: &[R], p: &[R]) -> R {
        match self.own(event, self.system.triggers().len()) {
            Some(own) => own.condition.eval(t, y, p),
            None => self.system.condition(event, t, y, p),
        }
    }

    fn reset<R: Real>(&self, event: usize, t: R, y: &mut [R], p: &mut [R]) {
        match self.own(event, self.system.triggers().len()) {
            Some(own) => own.reset.apply(t, y, p),
            None => self.system.reset(event, t, y, p),
        }
    }
}

impl<S: Sde, C: Condition, A: Reset> Sde for WithEvent<S, Event<C, A>> {
    fn noise(&self) -> NoiseKind {
        self.system.noise()
    }

    #[inline(always)]
    fn drift<R: Real>(&self, t: R, y: &[R], p: &[R], f: &mut [R]) {
        self.system.drift(t, y, p, f);
    }

    #[inline(always)]
    fn diffusion<R: Real>(&self, t: R, y: &[R], p: &[R], g: &mut [R]) {
        self.system.diffusion(t, y, p, g);
    }

    fn calculus(&self) -> Calculus {
        self.system.calculus()
    }

    fn states(&self) -> Option<usize> {
        self.system.states()
    }

    fn parameters(&self) -> Option<usize> {
        self.system.parameters()
    }

    fn triggers(&self) -> Vec<Trigger> {
        self.behind(self.system.triggers())
    }

    fn condition<R: Real>(&self, event: usize, t: R, y: &[R], p: &[R]) -> R {
        match self.own(event, self.system.triggers().len()) {
            Some(own) => own.condition.eval(t, y, p),
            None => self.system.condition(event, t, y, p),
        }
    }

    fn reset<R: Real>(&self, event: usize, t: R, y: &mut [R], p: &mut [R]) {
        match self.own(event, self.system.triggers().len()) {
            Some(own) => own.reset.apply(t, y, p),
            None => self.system.reset(event, t, y, p),
        }
    }
}
