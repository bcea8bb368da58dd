//! [`AutoStepper`]: steps by an explicit or an implicit method, whichever the state says.

use super::Automatic;
use super::choice::{Explicit, Implicit};
use super::stiffness;
use super::switch::Switch;
use crate::{
    BdfStepper, ErrorScale, ExplicitRungeKutta, ExplicitStepper, ImplicitWork, Method, Rodas5P, RosenbrockStepper,
    State, Statistics, Stepper, Tsit5, VectorField, Vern7,
};
use costate_ad::Real;
use costate_linalg::{LinalgError, LinearSolver, MassMatrix};
use std::sync::Arc;

/// Steps [`AutoMethod`](crate::AutoMethod) on the scalar `R`. Memory for a method is taken when it makes its first step.
#[derive(Clone, Debug)]
pub struct AutoStepper<R> {
    states: usize,
    engines: [Option<Engine<R>>; 2],
    mass: Option<Arc<MassMatrix>>,
    linear_solver: LinearSolver,
    /// Why the explicit method cannot be run, if it cannot.
    throughout: Option<&'static str>,
    /// Whether the step just tried was an implicit one, the part of the reach of stability that it used, and its size.
    stiff: bool,
    part: Option<f64>,
    h: f64,
    chosen: Explicit,
}

/// The stepper of a method.
#[derive(Clone, Debug)]
enum Engine<R> {
    Tsit5(Box<ExplicitStepper<Tsit5, R>>),
    Vern7(Box<ExplicitStepper<Vern7, R>>),
    Rodas5P(Box<RosenbrockStepper<Rodas5P, R>>),
    Bdf(Box<BdfStepper<R>>),
}

/// The expression for the stepper of the step just tried.
macro_rules! engine {
    ($self:ident, $stepper:ident => $expression:expr) => {
        match $self.engines[usize::from($self.stiff)] {
            Some(Engine::Tsit5(ref $stepper)) => $expression,
            Some(Engine::Vern7(ref $stepper)) => $expression,
            Some(Engine::Rodas5P(ref $stepper)) => $expression,
            Some(Engine::Bdf(ref $stepper)) => $expression,
            None => unreachable!("a step was tried before"),
        }
    };
    (mut $self:ident, $stepper:ident => $expression:expr) => {
        match $self.engines[usize::from($self.stiff)] {
            Some(Engine::Tsit5(ref mut $stepper)) => $expression,
            Some(Engine::Vern7(ref mut $stepper)) => $expression,
            Some(Engine::Rodas5P(ref mut $stepper)) => $expression,
            Some(Engine::Bdf(ref mut $stepper)) => $expression,
            None => unreachable!("a step was tried before"),
        }
    };
}

impl<R: Real> AutoStepper<R> {
    /// Scratch memory for `states` states.
    pub fn new(states: usize) -> Self {
        AutoStepper {
            states,
            engines: [None, None],
            mass: None,
            linear_solver: LinearSolver::Direct,
            throughout: None,
            stiff: false,
            part: None,
            h: 0.0,
            chosen: Explicit::Tsit5,
        }
    }

    /// The method for this step: what the state says, unless only one can be run.
    fn choose(&mut self, state: &State<R>, scale: Option<&ErrorScale>) {
        self.throughout = match (&self.mass, scale) {
            (Some(_), _) => Some("with a mass matrix"),
            (None, None) => Some("on given steps stability is not seen"),
            (None, Some(_)) => None,
        };
        self.chosen = scale.map_or(Explicit::Tsit5, |scale| Explicit::by_tolerance(scale.rtol()));
        self.stiff = self.throughout.is_some() || state.switch.as_ref().is_some_and(|switch| switch.stiff);
        let (states, engine) = (self.states, &mut self.engines[usize::from(self.stiff)]);
        if engine.is_none() {
            *engine = Some(match (self.stiff, self.chosen, Implicit::by_size(states)) {
                (false, Explicit::Tsit5, _) => Engine::Tsit5(Box::new(Tsit5.stepper(states))),
                (false, Explicit::Vern7, _) => Engine::Vern7(Box::new(Vern7.stepper(states))),
                (true, _, Implicit::Rodas5P) => Engine::Rodas5P(Box::new(Rodas5P.stepper(states))),
                (true, _, Implicit::Bdf) => Engine::Bdf(Box::new(crate::Bdf::default().stepper(states))),
            });
            let solver = self.linear_solver;
            engine!(mut self, stepper => stepper.set_linear_solver(solver));
            if let Some(mass) = self.mass.clone() {
                engine!(mut self, stepper => stepper.set_mass(mass));
            }
        }
    }

    /// The part of the reach of stability that the step just accepted has used, or would have used.
    fn look(&self, state: &State<R>, scale: &ErrorScale) -> Option<f64> {
        let (y, h) = (state.y.as_slice(), self.h);
        let (jacobian, y) = match self.engines[usize::from(self.stiff)].as_ref()? {
            Engine::Tsit5(stepper) => {
                let part = stiffness::of_step(&Tsit5::TABLEAU, y, h, stepper.stages(), stepper.next(), scale);
                return Some(part / Explicit::Tsit5.reach());
            }
            Engine::Vern7(stepper) => {
                let part = stiffness::of_step(&Vern7::TABLEAU, y, h, stepper.stages(), stepper.next(), scale);
                return Some(part / Explicit::Vern7.reach());
            }
            _ if !state.switch.as_ref().is_some_and(|switch| switch.looks()) => return None,
            Engine::Rodas5P(stepper) => stepper.linearised(),
            Engine::Bdf(stepper) => stepper.linearised(),
        };
        Some(h.abs() * stiffness::of_jacobian(jacobian, y, scale) / self.chosen.reach())
    }
}

impl<R: Real> Stepper<R> for AutoStepper<R> {
    fn attempt<F: VectorField<R> + ?Sized>(
        &mut self,
        field: &F,
        p: &[R],
        state: &State<R>,
        h: f64,
        scale: Option<&ErrorScale>,
    ) -> f64 {
        self.choose(state, scale);
        (self.h, self.part) = (h, None);
        let result = engine!(mut self, stepper => stepper.attempt(field, p, state, h, scale));
        if result <= 1.0 && self.throughout.is_none() {
            self.part = scale.and_then(|scale| self.look(state, scale));
        }
        result
    }

    fn evaluations(&self) -> usize {
        engine!(self, stepper => stepper.evaluations())
    }

    fn work(&self) -> ImplicitWork {
        engine!(self, stepper => stepper.work())
    }

    fn trouble(&self) -> Option<&LinalgError> {
        engine!(self, stepper => stepper.trouble())
    }

    fn set_linear_solver(&mut self, solver: LinearSolver) {
        self.linear_solver = solver.with_jacobian();
    }

    fn set_mass(&mut self, mass: Arc<MassMatrix>) {
        self.mass = Some(mass);
    }

    fn error_order(&self) -> Option<usize> {
        if self.stiff { Implicit::by_size(self.states).embedded_order() } else { self.chosen.embedded_order() }
    }

    fn keep(&self, state: &mut State<R>) {
        engine!(self, stepper => stepper.keep(state));
        if self.throughout.is_some() {
            return;
        }
        let switch = state.switch.get_or_insert_with(|| Box::new(Switch::new()));
        if self.stiff {
            switch.implicit(self.part, self.h)
        } else {
            switch.explicit(self.part.unwrap_or(f64::NAN), self.h)
        }
        if switch.stiff != self.stiff {
            // What one method remembers is nothing to the other.
            (state.jacobian, state.history, state.past) = (None, None, None);
        }
    }

    fn report(&self, state: &State<R>, statistics: &mut Statistics) {
        let (explicit, implicit) = (self.chosen, Implicit::by_size(self.states));
        let automatic = statistics.automatic.get_or_insert_with(|| Automatic {
            explicit: [explicit.name(), explicit.reason()],
            implicit: [implicit.name(), implicit.reason()],
            explicit_steps: 0,
            implicit_steps: 0,
            to_implicit: 0,
            to_explicit: 0,
            stiff_from: None,
            implicit_throughout: self.throughout,
        });
        let steps = if self.stiff { &mut automatic.implicit_steps } else { &mut automatic.explicit_steps };
        *steps += 1;
        match (self.stiff, state.switch.as_ref().is_some_and(|switch| switch.stiff)) {
            (false, true) => {
                automatic.to_implicit += 1;
                automatic.stiff_from.get_or_insert(state.t);
            }
            (true, false) if self.throughout.is_none() => automatic.to_explicit += 1,
            _ => {}
        }
    }

    fn next(&self) -> &[R] {
        engine!(self, stepper => stepper.next())
    }

    fn next_slope(&self) -> &[R] {
        engine!(self, stepper => stepper.next_slope())
    }

    fn stages(&self) -> &[R] {
        engine!(self, stepper => stepper.stages())
    }

    fn stage_time(&self, stage: usize) -> f64 {
        engine!(self, stepper => stepper.stage_time(stage))
    }

    fn complete<F: VectorField<R> + ?Sized>(&mut self, field: &F, p: &[R], state: &State<R>, h: f64) -> usize {
        engine!(mut self, stepper => stepper.complete(field, p, state, h))
    }

    fn interpolate(&self, y: &[R], h: f64, theta: f64, out: &mut [R]) {
        engine!(self, stepper => stepper.interpolate(y, h, theta, out));
    }

    fn interpolant<T: Real>(&self, h: f64, convert: impl Fn(R) -> T, out: &mut Vec<T>) -> usize {
        engine!(self, stepper => stepper.interpolant(h, convert, out))
    }
}
