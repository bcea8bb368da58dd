//! [`ExplicitStepper`]: the scratch memory of an explicit Runge-Kutta method.

use super::{ExplicitRungeKutta, large, small};
use crate::{ErrorScale, State, Stepper, VectorField};
use costate_ad::Real;
use std::marker::PhantomData;

/// Steps any explicit Runge-Kutta method `M` on the scalar `R`.
#[derive(Clone, Debug)]
pub struct ExplicitStepper<M, R> {
    n: usize,
    stages: Vec<R>,
    next: Vec<R>,
    method: PhantomData<M>,
}

impl<M: ExplicitRungeKutta, R: Real> ExplicitStepper<M, R> {
    /// Scratch memory for `states` states.
    pub fn new(states: usize) -> Self {
        let stages = vec![R::zero(); M::TABLEAU.stages() * states];
        ExplicitStepper { n: states, stages, next: vec![R::zero(); states], method: PhantomData }
    }

    #[inline(always)]
    fn attempt_small<F: VectorField<R> + ?Sized, const N: usize>(
        &mut self,
        field: &F,
        p: &[R],
        state: &State<R>,
        h: f64,
        scale: Option<ErrorScale>,
    ) -> f64 {
        let array = "lengths are checked before the first step";
        let y: &[R; N] = state.y.as_slice().try_into().expect(array);
        let slope: &[R; N] = state.slope.as_slice().try_into().expect(array);
        let stages = self.stages.as_chunks_mut().0;
        // Plain numbers fit into registers, so a local array is worth the copy; large ones stay where they will be read.
        let mut local = M::per_stage(*slope);
        let in_registers = const { size_of::<R>() <= size_of::<f64>() };
        let k = if in_registers { local.as_mut() } else { &mut *stages };
        k[0] = *slope;
        let next = small::step::<M, F, R, N>(field, p, state.t, h, y, k);
        self.next.copy_from_slice(&next);
        let finite = finiteness(&next) + finiteness(&k[k.len() - 1]);
        let error = scale.map_or(0.0, |scale| small::error::<M, R, N>(h, y, &next, k, scale) / N as f64);
        if in_registers {
            stages.copy_from_slice(local.as_ref());
        }
        finite + error
    }

    fn attempt_large<F: VectorField<R> + ?Sized>(
        &mut self,
        field: &F,
        p: &[R],
        state: &State<R>,
        h: f64,
        scale: Option<ErrorScale>,
    ) -> f64 {
        let y = state.y.as_slice();
        self.stages[..self.n].copy_from_slice(state.slope.as_slice());
        large::step::<M, F, R>(field, p, state.t, h, y, &mut self.stages, &mut self.next);
        let finite = finiteness(&self.next) + finiteness(self.next_slope());
        match scale {
            Some(scale) => finite + large::error::<M, R>(h, y, &self.next, &self.stages, scale) / self.n as f64,
            None => finite,
        }
    }
}

/// Whether steps of `n` states are compiled for that size: not where the type of the model rules it out, and not for a
/// scalar so large that nothing would be gained.
const fn small_size<R: Real, F: VectorField<R> + ?Sized>(n: usize) -> bool {
    n <= R::UNROLL
        && match F::STATES {
            Some(states) => states == n,
            None => true,
        }
}

/// Zero where every value is finite, NaN otherwise: a sum, so that it needs no branch.
#[inline(always)]
fn finiteness<R: Real>(values: &[R]) -> f64 {
    values.iter().fold(0.0, |total, value| total + 0.0 * value.value())
}

impl<M: ExplicitRungeKutta, R: Real> Stepper<R> for ExplicitStepper<M, R> {
    const EVALUATIONS: usize = M::TABLEAU.stages() - 1;

    /// A function of its own: inlined into the loop it would compete with the loop for registers.
    #[inline(never)]
    fn attempt<F: VectorField<R> + ?Sized>(
        &mut self,
        field: &F,
        p: &[R],
        state: &State<R>,
        h: f64,
        scale: Option<ErrorScale>,
    ) -> f64 {
        macro_rules! small {
            ($($N:literal)*) => {
                $(if const { small_size::<R, F>($N) } && self.n == $N {
                    return self.attempt_small::<F, $N>(field, p, state, h, scale);
                })*
            };
        }
        small!(1 2 3 4 5 6 7 8);
        self.attempt_large(field, p, state, h, scale)
    }

    #[inline]
    fn next(&self) -> &[R] {
        &self.next
    }

    #[inline]
    fn next_slope(&self) -> &[R] {
        &self.stages[(M::TABLEAU.stages() - 1) * self.n..]
    }

    #[inline]
    fn stages(&self) -> &[R] {
        &self.stages
    }

    fn stage_time(&self, stage: usize) -> f64 {
        M::TABLEAU.c[stage]
    }

    fn interpolate(&self, y: &[R], h: f64, theta: f64, out: &mut [R]) {
        large::interpolate::<M, R>(y, h, &self.stages, theta, out);
    }

    fn interpolant(&self, h: f64, out: &mut Vec<R>) -> usize {
        let degree = M::TABLEAU.interpolant.iter().map(|row| row.len()).max().unwrap_or(0);
        for power in 0..degree {
            for c in 0..self.n {
                let weights = M::TABLEAU.interpolant.iter().map(|row| row.get(power).copied().unwrap_or(0.0));
                let terms = weights.enumerate().filter(|(_, weight)| *weight != 0.0);
                out.push(
                    terms.fold(R::zero(), |sum, (stage, weight)| sum + self.stages[stage * self.n + c] * (h * weight)),
                );
            }
        }
        degree
    }
}
