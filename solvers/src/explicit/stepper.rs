//! [`ExplicitStepper`]: the scratch memory of an explicit Runge-Kutta method.

use super::{ExplicitRungeKutta, large, small};
use crate::attempt::Attempt;
use crate::finiteness::finiteness;
use crate::{ErrorScale, State, Stepper, VectorField};
use costate_ad::Real;
use std::marker::PhantomData;

/// Steps any explicit Runge-Kutta method `M` on the scalar `R`.
#[derive(Clone, Debug)]
pub struct ExplicitStepper<M, R> {
    n: usize,
    /// Stage by stage, the extra stages behind those of the step.
    stages: Vec<R>,
    next: Vec<R>,
    /// The argument of an extra stage; empty for a method without.
    argument: Vec<R>,
    /// What the last attempt evaluated.
    evaluations: usize,
    /// Whether the extra stages belong to the step just tried.
    complete: bool,
    method: PhantomData<M>,
}

/// Runs the first arm for the number of states, where it is compiled for that size, or else the second.
macro_rules! by_size {
    ($self:ident, $M:ident, $R:ident, $F:ident, $small:ident $arguments:tt, $large:expr, $($N:literal)*) => {
        $(if const { small_size::<$M, $R, $F>($N) } && $self.n == $N {
            $self.$small::<$F, $N> $arguments
        } else)* {
            $large
        }
    };
}

impl<M: ExplicitRungeKutta, R: Real> ExplicitStepper<M, R> {
    /// Stages of a step; behind them come the extra stages.
    const STAGES: usize = M::TABLEAU.stages();
    const EXTRA: usize = M::TABLEAU.extra_stages;
    /// Whether the last stage waits for the step to be accepted.
    const WAITS: bool = M::TABLEAU.last_stage_waits();

    /// Scratch memory for `states` states.
    pub fn new(states: usize) -> Self {
        let zeros = |length| vec![R::zero(); length];
        ExplicitStepper {
            n: states,
            stages: zeros(M::TABLEAU.c.len() * states),
            next: zeros(states),
            argument: zeros(if Self::EXTRA > 0 { states } else { 0 }),
            evaluations: 0,
            complete: false,
            method: PhantomData,
        }
    }

    #[inline(always)]
    fn attempt_of_any_size<F: VectorField<R> + ?Sized>(&mut self, attempt: &Attempt<'_, F, R>) -> f64 {
        by_size!(self, M, R, F, attempt_small(attempt), self.attempt_large(attempt), 1 2 3 4 5 6 7 8)
    }

    /// The same for a processor with registers of four numbers, which every compilation must do without otherwise. The operations
    /// are the same, and so is every bit of what comes out.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn attempt_wide<F: VectorField<R> + ?Sized>(&mut self, attempt: &Attempt<'_, F, R>) -> f64 {
        self.attempt_of_any_size(attempt)
    }

    #[inline(always)]
    fn attempt_small<F: VectorField<R> + ?Sized, const N: usize>(&mut self, attempt: &Attempt<'_, F, R>) -> f64 {
        let Attempt { field, p, state, h, scale } = *attempt;
        let array = "lengths are checked before the first step";
        let y: &[R; N] = state.y.as_slice().try_into().expect(array);
        let slope: &[R; N] = state.slope.as_slice().try_into().expect(array);
        let stages = &mut self.stages.as_chunks_mut().0[..Self::STAGES];
        // Plain numbers fit into registers, so a local array is worth the copy; large ones stay where they will be read.
        let mut local = M::per_stage(*slope);
        let in_registers = const { size_of::<R>() <= size_of::<f64>() };
        let k = if in_registers { local.as_mut() } else { &mut *stages };
        k[0] = *slope;
        let next = small::step::<M, F, R, N>(field, p, state.t, h, y, k);
        self.next.copy_from_slice(&next);
        // No closure: that would be a function of its own, without the registers of this one.
        let totals = match scale {
            Some(scale) => small::error::<M, R, N>(h, y, &next, k, scale),
            None => [0.0; 2],
        };
        let mut result = finiteness(&next) + measure::<M>(totals);
        let last = &mut k[Self::STAGES - 1];
        if Self::WAITS {
            if rejected(result) {
                *last = [R::zero(); N];
                self.evaluations -= 1;
            } else {
                field.eval(R::from(state.t + h), &next, p, last);
            }
        }
        result += finiteness(last);
        if in_registers {
            stages.copy_from_slice(local.as_ref());
        }
        result
    }

    fn attempt_large<F: VectorField<R> + ?Sized>(&mut self, attempt: &Attempt<'_, F, R>) -> f64 {
        let Attempt { field, p, state, h, scale } = *attempt;
        let y = state.y.as_slice();
        self.stages[..self.n].copy_from_slice(state.slope.as_slice());
        large::step::<M, F, R>(field, p, state.t, h, y, &mut self.stages, &mut self.next);
        let totals = scale.map_or([0.0; 2], |scale| large::error::<M, R>(h, y, &self.next, &self.stages, scale));
        let result = finiteness(&self.next) + measure::<M>(totals);
        if Self::WAITS {
            if rejected(result) {
                self.stages[(Self::STAGES - 1) * self.n..][..self.n].fill(R::zero());
                self.evaluations -= 1;
            } else {
                large::last_stage::<M, F, R>(field, p, state.t, h, &mut self.stages, &self.next);
            }
        }
        result + finiteness(self.next_slope())
    }

    #[inline(always)]
    fn complete_small<F: VectorField<R> + ?Sized, const N: usize>(
        &mut self,
        field: &F,
        p: &[R],
        state: &State<R>,
        h: f64,
    ) {
        let y: &[R; N] = state.y.as_slice().try_into().expect("lengths are checked before the first step");
        small::extra_stages::<M, F, R, N>(field, p, state.t, h, y, self.stages.as_chunks_mut().0);
    }
}

/// Whether steps of `n` states are compiled for that size: not where the type of the model rules it out, not for a scalar
/// so large that nothing would be gained, and for a long method only where the type of the model asks for this one size.
const fn small_size<M: ExplicitRungeKutta, R: Real, F: VectorField<R> + ?Sized>(n: usize) -> bool {
    n <= R::UNROLL
        && match F::STATES {
            Some(states) => states == n,
            None => M::TABLEAU.c.len() <= 8,
        }
}

/// Whether a number carries enough derivatives beside its value to fill wide registers.
const fn carries_a_vector<R: Real>() -> bool {
    matches!(R::TANGENTS, Some(3..))
}

/// Whether a step with this squared norm of its error, or with numbers that are not finite, is rejected.
#[inline(always)]
fn rejected(result: f64) -> bool {
    result > 1.0 || result.is_nan()
}

/// The squared norm that counts, from those of the two error estimates.
#[inline(always)]
fn measure<M: ExplicitRungeKutta>([error, coarse]: [f64; 2]) -> f64 {
    if const { M::TABLEAU.coarse_error.is_empty() } || error == 0.0 {
        error
    } else {
        error * (error / (error + 0.01 * coarse))
    }
}

impl<M: ExplicitRungeKutta, R: Real> Stepper<R> for ExplicitStepper<M, R> {
    /// A function of its own: inlined into the loop it would compete with the loop for registers.
    #[inline(never)]
    fn attempt<F: VectorField<R> + ?Sized>(
        &mut self,
        field: &F,
        p: &[R],
        state: &State<R>,
        h: f64,
        scale: Option<&ErrorScale>,
    ) -> f64 {
        self.complete = Self::EXTRA == 0;
        self.evaluations = Self::STAGES - 1;
        let attempt = &Attempt { field, p, state, h, scale };
        #[cfg(target_arch = "x86_64")]
        if const { carries_a_vector::<R>() } && std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has the instructions.
            return unsafe { self.attempt_wide(attempt) };
        }
        self.attempt_of_any_size(attempt)
    }

    #[inline]
    fn evaluations(&self) -> usize {
        self.evaluations
    }

    #[inline]
    fn next(&self) -> &[R] {
        &self.next
    }

    #[inline]
    fn next_slope(&self) -> &[R] {
        &self.stages[(Self::STAGES - 1) * self.n..][..self.n]
    }

    #[inline]
    fn stages(&self) -> &[R] {
        let stages = if self.complete { Self::STAGES + Self::EXTRA } else { Self::STAGES };
        &self.stages[..stages * self.n]
    }

    fn stage_time(&self, stage: usize) -> f64 {
        M::TABLEAU.c[stage]
    }

    #[inline]
    fn complete<F: VectorField<R> + ?Sized>(&mut self, field: &F, p: &[R], state: &State<R>, h: f64) -> usize {
        if self.complete {
            return 0;
        }
        self.complete = true;
        by_size!(self, M, R, F, complete_small(field, p, state, h), {
            let (y, argument) = (state.y.as_slice(), &mut self.argument);
            large::extra_stages::<M, F, R>(field, p, state.t, h, y, &mut self.stages, argument);
        }, 1 2 3 4 5 6 7 8);
        Self::EXTRA
    }

    fn interpolate(&self, y: &[R], h: f64, theta: f64, out: &mut [R]) {
        macro_rules! small {
            ($($N:literal)*) => {
                $(if const { $N <= R::UNROLL }
                    && let (Ok(y), Ok(out)) = (<&[R; $N]>::try_from(y), <&mut [R; $N]>::try_from(&mut *out))
                {
                    return small::interpolate::<M, R, $N>(y, h, self.stages.as_chunks().0, theta, out);
                })*
            };
        }
        small!(1 2 3 4);
        large::interpolate::<M, R>(y, h, &self.stages, theta, out);
    }

    fn interpolant<T: Real>(&self, h: f64, convert: impl Fn(R) -> T, out: &mut Vec<T>) -> usize {
        let degree = super::degree(M::TABLEAU.interpolant);
        for power in 0..degree {
            for c in 0..self.n {
                let weights = M::TABLEAU.interpolant.iter().map(|row| row.get(power).copied().unwrap_or(0.0));
                let terms = weights.enumerate().filter(|(_, weight)| *weight != 0.0);
                let sum = terms.fold(T::zero(), |sum, (stage, weight)| {
                    sum + convert(self.stages[stage * self.n + c]) * (h * weight)
                });
                out.push(sum);
            }
        }
        degree
    }
}
