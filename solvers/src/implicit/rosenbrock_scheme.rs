//! [`RosenbrockScheme`]: the stages of a Rosenbrock method.

use super::RosenbrockMethod;
use super::plain::{accumulate, add, add_mass};
use super::scheme::{Scheme, Step};
use crate::VectorField;
use crate::attempt::Attempt;
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
    known: Vec<f64>,
    error: Vec<R>,
    method: PhantomData<M>,
}

/// Runs the first arm on arrays for a model whose type knows its size, if that is small, or else the second.
macro_rules! by_size {
    ($self:ident, $F:ident, $few:ident $arguments:tt, $many:ident) => {
        by_size!($self, $F, $few $arguments, $many, 1 2 3 4 5 6 7 8)
    };
    ($self:ident, $F:ident, $few:ident $arguments:tt, $many:ident, $($N:literal)*) => {
        $(if const { matches!($F::STATES, Some($N)) } {
            $self.$few::<$F, $N> $arguments
        } else)* {
            $self.$many $arguments
        }
    };
}

impl<M: RosenbrockMethod, R: Real> RosenbrockScheme<M, R> {
    /// The stages, with the factors of the step, on arrays. The order of all operations is that on slices.
    #[inline(always)]
    fn few_stages<F: VectorField<R> + ?Sized, const N: usize>(
        &mut self,
        step: &mut Step<R>,
        attempt: &Attempt<'_, F, R>,
    ) {
        let method = const { &M::COEFFICIENTS };
        let Attempt { field, state, h, .. } = *attempt;
        let (plain, per_h) = (&step.plain, 1.0 / h);
        let y: &[f64; N] = plain.y.as_slice().try_into().expect("lengths are checked before the first step");
        let (all, _) = self.u.as_chunks_mut::<N>();
        for stage in 0..Self::STAGES {
            let (before, rest) = all.split_at_mut(stage);
            let u = &mut rest[0];
            if stage == 0 {
                u.iter_mut().zip(state.slope.as_slice()).for_each(|(u, slope)| *u = slope.value());
            } else {
                let (mut argument, mut known) = (*y, [0.0; N]);
                for ((&a, &coupling), before) in method.a[stage].iter().zip(method.coupling[stage]).zip(&*before) {
                    let coupling = coupling * per_h;
                    for c in 0..N {
                        argument[c] += before[c] * a;
                        known[c] += before[c] * coupling;
                    }
                }
                field.eval_value(state.t + method.c[stage] * h, &argument, &plain.p, u);
                for c in 0..N {
                    u[c] += known[c];
                }
            }
            if let Some(time) = plain.linearisation.time_derivative().filter(|_| method.d[stage] != 0.0) {
                add(h * method.d[stage], time, u);
            }
            plain.matrix.solve(u);
        }
    }

    /// The same on slices.
    #[inline(always)]
    fn stages<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) {
        let (n, method) = (step.next.len(), const { &M::COEFFICIENTS });
        let Attempt { field, state, h, .. } = *attempt;
        let (plain, mass, per_h) = (&step.plain, step.plain.mass.as_deref(), 1.0 / h);
        for stage in 0..Self::STAGES {
            let (before, rest) = self.u.split_at_mut(stage * n);
            let u = &mut rest[..n];
            if stage == 0 {
                u.iter_mut().zip(state.slope.as_slice()).for_each(|(u, slope)| *u = slope.value());
            } else {
                self.argument.copy_from_slice(&plain.y);
                self.known.fill(0.0);
                let (argument, known) = (&mut self.argument[..n], &mut self.known[..n]);
                for ((&a, &coupling), before) in
                    method.a[stage].iter().zip(method.coupling[stage]).zip(before.chunks_exact(n))
                {
                    let coupling = coupling * per_h;
                    for c in 0..n {
                        argument[c] += before[c] * a;
                        known[c] += before[c] * coupling;
                    }
                }
                field.eval_value(state.t + method.c[stage] * h, argument, &plain.p, u);
                add_mass(mass, 1.0, known, u);
            }
            if let Some(time) = plain.linearisation.time_derivative().filter(|_| method.d[stage] != 0.0) {
                add(h * method.d[stage], time, u);
            }
            plain.matrix.solve(u);
        }
    }

    /// The state at the end and the error, on arrays.
    #[inline(always)]
    fn few_sums<F: VectorField<R> + ?Sized, const N: usize>(
        &mut self,
        step: &mut Step<R>,
        attempt: &Attempt<'_, F, R>,
    ) {
        let (method, y) = (const { &M::COEFFICIENTS }, attempt.state.y.as_slice());
        let mut next: [R; N] = y.try_into().expect("lengths are checked before the first step");
        let mut error = [R::zero(); N];
        for ((&weight, &part), u) in method.weights.iter().zip(method.error).zip(step.stages.as_chunks::<N>().0) {
            for c in 0..N {
                next[c] += u[c] * weight;
            }
            if part != 0.0 {
                for c in 0..N {
                    error[c] += u[c] * part;
                }
            }
        }
        step.next.copy_from_slice(&next);
        self.error.copy_from_slice(&error);
    }

    /// The same on slices.
    #[inline(always)]
    fn sums<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) {
        let method = const { &M::COEFFICIENTS };
        step.next.copy_from_slice(attempt.state.y.as_slice());
        self.error.fill(R::zero());
        accumulate(method.weights.iter().copied(), &step.stages, &mut step.next);
        accumulate(method.error.iter().copied(), &step.stages, &mut self.error);
    }

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
        RosenbrockScheme { u, known: argument.clone(), argument, error: vec![R::zero(); states], method: PhantomData }
    }

    fn solve<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> bool {
        if !step.plain.factor(1.0 / (attempt.h * const { M::COEFFICIENTS.gamma })) {
            self.u.fill(0.0);
            return false;
        }
        step.evaluations += Self::STAGES - 1;
        if step.plain.mass.is_some() {
            self.stages(step, attempt);
        } else {
            by_size!(self, F, few_stages(step, attempt), stages);
        }
        true
    }

    fn unknowns(&self) -> &[f64] {
        &self.u
    }

    fn combine<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) {
        if R::UNROLL >= 4 { by_size!(self, F, few_sums(step, attempt), sums) } else { self.sums(step, attempt) }
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
                    add_mass(mass, coupling * (1.0 / h), u, &mut known);
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
