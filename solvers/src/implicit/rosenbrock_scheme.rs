//! [`RosenbrockScheme`]: the stages of a Rosenbrock method.

use super::RosenbrockMethod;
use super::plain::{accumulate, add, add_mass};
use super::scheme::{Attempt, Scheme, Step};
use crate::VectorField;
use costate_ad::{LinearMap, Real};
use costate_linalg::correct;
use std::marker::PhantomData;
use std::rc::Rc;

/// The stages of any Rosenbrock method `M`.
///
/// On a scalar with derivatives each of them is corrected by the residual of its equation, in which the Jacobian times the stage
/// is a derivative of the right-hand side in one direction: so the derivative of the Jacobian, by the state and by the
/// parameters, is there without a second derivative ever being formed.
#[derive(Clone, Debug)]
pub struct RosenbrockScheme<M, R> {
    /// The increments `u_i`, stage by stage, on plain numbers, and what they are solved from.
    u: Vec<f64>,
    argument: Vec<f64>,
    error: Vec<R>,
    method: PhantomData<M>,
}

impl<M: RosenbrockMethod, R: Real> RosenbrockScheme<M, R> {
    fn squared_error<F: ?Sized>(&self, step: &Step<R>, attempt: &Attempt<'_, F, R>) -> f64 {
        let Some(scale) = attempt.scale else { return 0.0 };
        scale.squared_norm(attempt.state.y.as_slice(), &step.next, |c, read| read(self.error[c]))
    }
}

impl<M: RosenbrockMethod, R: Real> Scheme<R> for RosenbrockScheme<M, R> {
    const STAGES: usize = M::COEFFICIENTS.stages();
    const FAILED: f64 = f64::INFINITY;
    const ITERATES: bool = false;

    fn new(states: usize) -> Self {
        let (u, argument) = (vec![0.0; Self::STAGES * states], vec![0.0; states]);
        RosenbrockScheme { u, argument, error: vec![R::zero(); states], method: PhantomData }
    }

    fn solve<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> bool {
        let (n, method) = (step.next.len(), const { &M::COEFFICIENTS });
        let Attempt { field, state, h, .. } = *attempt;
        if !step.plain.factor(1.0 / (h * method.gamma)) {
            self.u.fill(0.0);
            return false;
        }
        let mass = step.plain.mass.as_deref();
        for stage in 0..Self::STAGES {
            let (before, rest) = self.u.split_at_mut(stage * n);
            let u = &mut rest[..n];
            if stage == 0 {
                u.iter_mut().zip(state.slope.as_slice()).for_each(|(u, slope)| *u = slope.value());
            } else {
                self.argument.copy_from_slice(&step.plain.y);
                accumulate(method.a[stage].iter().copied(), before, &mut self.argument);
                field.eval_value(state.t + method.c[stage] * h, &self.argument, &step.plain.p, u);
                step.evaluations += 1;
                let couplings = method.coupling[stage].iter().map(|coupling| coupling / h);
                match mass {
                    None => accumulate(couplings, before, u),
                    Some(_) => {
                        couplings.zip(before.chunks_exact(n)).for_each(|(weight, x)| add_mass(mass, weight, x, u))
                    }
                }
            }
            if let Some(time) = step.plain.linearisation.time_derivative().filter(|_| method.d[stage] != 0.0) {
                add(h * method.d[stage], time, u);
            }
            step.plain.matrix.solve(u);
        }
        true
    }

    fn unknowns(&self) -> &[f64] {
        &self.u
    }

    fn combine<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) {
        let method = const { &M::COEFFICIENTS };
        step.next.copy_from_slice(attempt.state.y.as_slice());
        self.error.fill(R::zero());
        accumulate(method.weights.iter().copied(), &step.stages, &mut step.next);
        accumulate(method.error.iter().copied(), &step.stages, &mut self.error);
    }

    fn measure<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> f64 {
        self.squared_error(step, attempt)
    }

    fn correct<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> bool {
        let Attempt { field, p, state, h, .. } = *attempt;
        let (n, method, y) = (step.next.len(), const { &M::COEFFICIENTS }, state.y.as_slice());
        let mass = step.plain.mass.as_deref();
        let inverse: Rc<dyn LinearMap> = step.plain.matrix.clone();
        let shift = 1.0 / (h * method.gamma);
        let (mut argument, mut known, mut product) = (y.to_vec(), y.to_vec(), y.to_vec());
        for stage in 0..Self::STAGES {
            let (before, rest) = step.stages.split_at_mut(stage * n);
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
        self.combine(step, attempt);
        true
    }

    fn measure_tangents<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> f64 {
        self.squared_error(step, attempt)
    }

    fn stage_time(&self, stage: usize) -> f64 {
        M::COEFFICIENTS.c[stage]
    }

    fn interpolate(&self, step: &Step<R>, y: &[R], _h: f64, theta: f64, out: &mut [R]) {
        out.copy_from_slice(y);
        for (stage, u) in step.stages.chunks_exact(y.len()).enumerate() {
            add(const { &M::COEFFICIENTS }.interpolant_weight(stage, theta), u, out);
        }
    }

    fn interpolant<T: Real>(&self, step: &Step<R>, _h: f64, convert: impl Fn(R) -> T, out: &mut Vec<T>) -> usize {
        let (n, method) = (step.next.len(), const { &M::COEFFICIENTS });
        for power in 1..=method.degree() {
            let start = out.len();
            out.resize(start + n, T::zero());
            for (stage, u) in step.stages.chunks_exact(n).enumerate() {
                let weight = method.interpolant_coefficient(stage, power);
                out[start..].iter_mut().zip(u).for_each(|(out, &u)| *out += convert(u) * weight);
            }
        }
        method.degree()
    }
}
