//! [`RosenbrockStepper`]: the scratch memory of a Rosenbrock method.

use super::RosenbrockMethod;
use super::plain::{Plain, add, add_mass};
use crate::{ErrorScale, ImplicitWork, State, Stepper, VectorField};
use costate_ad::{LinearMap, Real};
use costate_linalg::{MassMatrix, correct};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

/// Steps any Rosenbrock method `M` on the scalar `R`.
///
/// The stages are found on plain numbers. On a scalar with derivatives each of them is then corrected by the residual of its
/// equation, in which the Jacobian times the stage is a derivative of the right-hand side in one direction: so the derivative of
/// the Jacobian, by the state and by the parameters, is there without a second derivative ever being formed.
#[derive(Clone, Debug)]
pub struct RosenbrockStepper<M, R> {
    plain: Plain,
    /// The increments `u_i`, stage by stage, on plain numbers, and what they are solved from.
    u: Vec<f64>,
    argument: Vec<f64>,
    /// The same on the scalar.
    stages: Vec<R>,
    next: Vec<R>,
    next_slope: Vec<R>,
    error: Vec<R>,
    evaluations: usize,
    method: PhantomData<M>,
}

impl<M: RosenbrockMethod, R: Real> RosenbrockStepper<M, R> {
    const STAGES: usize = M::COEFFICIENTS.stages();

    /// Scratch memory for `states` states.
    pub fn new(states: usize) -> Self {
        let zeros = |length| vec![R::zero(); length];
        RosenbrockStepper {
            plain: Plain::new(states),
            u: vec![0.0; Self::STAGES * states],
            argument: vec![0.0; states],
            stages: zeros(Self::STAGES * states),
            next: zeros(states),
            next_slope: zeros(states),
            error: zeros(states),
            evaluations: 0,
            method: PhantomData,
        }
    }

    /// Solves for the increments on plain numbers.
    fn solve<F: VectorField<R> + ?Sized>(&mut self, field: &F, state: &State<R>, h: f64) {
        let (n, method) = (self.next.len(), const { &M::COEFFICIENTS });
        let mass = self.plain.mass.as_deref();
        for stage in 0..Self::STAGES {
            let (before, rest) = self.u.split_at_mut(stage * n);
            let u = &mut rest[..n];
            if stage == 0 {
                u.iter_mut().zip(state.slope.as_slice()).for_each(|(u, slope)| *u = slope.value());
            } else {
                self.argument.copy_from_slice(&self.plain.y);
                for (&a, u) in method.a[stage].iter().zip(before.chunks_exact(n)) {
                    if a != 0.0 {
                        add(a, u, &mut self.argument);
                    }
                }
                field.eval_value(state.t + method.c[stage] * h, &self.argument, &self.plain.p, u);
                self.evaluations += 1;
                for (&coupling, before) in method.coupling[stage].iter().zip(before.chunks_exact(n)) {
                    add_mass(mass, coupling / h, before, u);
                }
            }
            if let Some(time) = self.plain.linearisation.time_derivative().filter(|_| method.d[stage] != 0.0) {
                add(h * method.d[stage], time, u);
            }
            self.plain.matrix.solve(u);
        }
    }

    /// Gives the increments the derivatives that follow from the equations of their stages.
    fn correct<F: VectorField<R> + ?Sized>(&mut self, field: &F, p: &[R], state: &State<R>, h: f64) {
        let (n, method, y) = (self.next.len(), const { &M::COEFFICIENTS }, state.y.as_slice());
        let mass = self.plain.mass.as_deref();
        let inverse: Rc<dyn LinearMap> = self.plain.matrix.clone();
        let shift = 1.0 / (h * method.gamma);
        let (mut argument, mut known, mut product) = (y.to_vec(), y.to_vec(), y.to_vec());
        for stage in 0..Self::STAGES {
            let (before, rest) = self.stages.split_at_mut(stage * n);
            if stage == 0 {
                known.copy_from_slice(state.slope.as_slice());
            } else {
                argument.copy_from_slice(y);
                for (&a, u) in method.a[stage].iter().zip(before.chunks_exact(n)) {
                    add(a, u, &mut argument);
                }
                field.eval(R::from(state.t + method.c[stage] * h), &argument, p, &mut known);
                for (&coupling, u) in method.coupling[stage].iter().zip(before.chunks_exact(n)) {
                    add_mass(mass, coupling / h, u, &mut known);
                }
            }
            let residual = |u: &[R]| {
                field.along([state.t, h * method.d[stage]], [y, u], p, &mut product);
                let mut residual = known.clone();
                add(1.0, &product, &mut residual);
                add_mass(mass, -shift, u, &mut residual);
                residual
            };
            let corrected = correct(&self.u[stage * n..][..n], &inverse, residual);
            rest[..n].copy_from_slice(&corrected);
        }
    }

    /// The state at the end, and the error estimate, from the increments.
    fn combine(&mut self, y: &[R]) {
        let (n, method) = (self.next.len(), const { &M::COEFFICIENTS });
        self.next.copy_from_slice(y);
        self.error.fill(R::zero());
        for (stage, u) in self.stages.chunks_exact(n).enumerate() {
            add(method.weights[stage], u, &mut self.next);
            if method.error[stage] != 0.0 {
                add(method.error[stage], u, &mut self.error);
            }
        }
    }

    fn measure(&self, state: &State<R>, scale: Option<&ErrorScale>) -> f64 {
        let Some(scale) = scale else {
            return self.next.iter().fold(0.0, |total, value| total + 0.0 * value.value());
        };
        scale.squared_norm(state.y.as_slice(), &self.next, |c, read| read(self.error[c]))
    }
}

impl<M: RosenbrockMethod, R: Real> Stepper<R> for RosenbrockStepper<M, R> {
    #[inline(never)]
    fn attempt<F: VectorField<R> + ?Sized>(
        &mut self,
        field: &F,
        p: &[R],
        state: &State<R>,
        h: f64,
        scale: Option<&ErrorScale>,
    ) -> f64 {
        self.evaluations = 0;
        self.plain.start(field, p, state);
        if !self.plain.factor(1.0 / (h * M::COEFFICIENTS.gamma)) {
            self.stages.fill(R::zero());
            return f64::INFINITY;
        }
        self.solve(field, state, h);
        self.stages.iter_mut().zip(&self.u).for_each(|(stage, &u)| *stage = R::from(u));
        self.combine(state.y.as_slice());
        let mut result = self.measure(state, scale);
        if result.is_nan() || result > 1.0 {
            return result;
        }
        if R::ORDER > 0 {
            self.correct(field, p, state, h);
            self.combine(state.y.as_slice());
            result = self.measure(state, scale);
        }
        field.eval(R::from(state.t + h), &self.next, p, &mut self.next_slope);
        self.evaluations += 1;
        result + self.next_slope.iter().fold(0.0, |total, value| total + 0.0 * value.value())
    }

    fn evaluations(&self) -> usize {
        self.evaluations
    }

    fn work(&self) -> ImplicitWork {
        self.plain.work
    }

    fn set_mass(&mut self, mass: Arc<MassMatrix>) {
        self.plain.mass = Some(mass);
    }

    fn next(&self) -> &[R] {
        &self.next
    }

    fn next_slope(&self) -> &[R] {
        &self.next_slope
    }

    fn stages(&self) -> &[R] {
        &self.stages
    }

    fn stage_time(&self, stage: usize) -> f64 {
        M::COEFFICIENTS.c[stage]
    }

    fn interpolate(&self, y: &[R], _h: f64, theta: f64, out: &mut [R]) {
        out.copy_from_slice(y);
        for (stage, u) in self.stages.chunks_exact(y.len()).enumerate() {
            add(const { &M::COEFFICIENTS }.interpolant_weight(stage, theta), u, out);
        }
    }

    fn interpolant<T: Real>(&self, _h: f64, convert: impl Fn(R) -> T, out: &mut Vec<T>) -> usize {
        let (n, method) = (self.next.len(), const { &M::COEFFICIENTS });
        for power in 1..=method.degree() {
            let start = out.len();
            out.resize(start + n, T::zero());
            for (stage, u) in self.stages.chunks_exact(n).enumerate() {
                let weight = method.interpolant_coefficient(stage, power);
                out[start..].iter_mut().zip(u).for_each(|(out, &u)| *out += convert(u) * weight);
            }
        }
        method.degree()
    }
}
