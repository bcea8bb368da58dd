//! [`SymplecticStepper`]: the scratch memory of a symplectic method.

use super::SymplecticMethod;
use crate::finiteness::finiteness;
use crate::hermite::Hermite;
use crate::{ErrorScale, State, Stepper, VectorField};
use costate_ad::Real;
use std::marker::PhantomData;

/// Steps any symplectic method `M` on the scalar `R`: positions in the first half of the state, momenta in the second.
///
/// One evaluation of the right-hand side gives the velocity of the positions and the force on the momenta. A drift makes
/// the force stale and a kick the velocity, so that each needs one evaluation, except the first of a step, which has the
/// slope at the end of the last.
#[derive(Clone, Debug)]
pub struct SymplecticStepper<M, R> {
    /// The slopes at the start and at the end of the step; in between, the second half holds what was evaluated last.
    stages: Vec<R>,
    start: Vec<R>,
    next: Vec<R>,
    evaluations: usize,
    method: PhantomData<M>,
}

impl<M: SymplecticMethod, R: Real> SymplecticStepper<M, R> {
    /// Scratch memory for `states` states, an even number.
    pub fn new(states: usize) -> Self {
        let zeros = |length| vec![R::zero(); length];
        SymplecticStepper {
            stages: zeros(2 * states),
            start: zeros(states),
            next: zeros(states),
            evaluations: 0,
            method: PhantomData,
        }
    }

    #[inline]
    fn evaluate<F: VectorField<R> + ?Sized>(&mut self, field: &F, p: &[R], t: f64) {
        let n = self.next.len();
        field.eval(R::from(t), &self.next, p, &mut self.stages[n..]);
        self.evaluations += 1;
    }

    /// Adds `h` times the last slope to one half of the state.
    #[inline]
    fn advance(&mut self, half: std::ops::Range<usize>, h: f64) {
        let n = self.next.len();
        let slopes = &self.stages[n..][half.clone()];
        for (value, &slope) in self.next[half].iter_mut().zip(slopes) {
            *value += slope * h;
        }
    }

    /// Between the ends of the step; `y` is its start.
    fn hermite<'a>(&'a self, y: &'a [R]) -> Hermite<'a, R> {
        let (first, last) = self.stages.split_at(self.next.len());
        Hermite { ends: [y, &self.next], slopes: [first, last] }
    }
}

impl<M: SymplecticMethod, R: Real> Stepper<R> for SymplecticStepper<M, R> {
    #[inline(never)]
    fn attempt<F: VectorField<R> + ?Sized>(
        &mut self,
        field: &F,
        p: &[R],
        state: &State<R>,
        h: f64,
        _scale: Option<&ErrorScale>,
    ) -> f64 {
        let (n, composition) = (self.next.len(), const { &M::COMPOSITION });
        self.start.copy_from_slice(state.y.as_slice());
        self.next.copy_from_slice(state.y.as_slice());
        self.stages[..n].copy_from_slice(state.slope.as_slice());
        self.stages[n..].copy_from_slice(state.slope.as_slice());
        self.evaluations = 0;
        let (mut force_is_fresh, mut drifted) = (true, 0.0);
        for (i, &kick) in composition.kicks.iter().enumerate() {
            if !force_is_fresh {
                self.evaluate(field, p, state.t + drifted * h);
            }
            self.advance(n / 2..n, kick * h);
            if let Some(&drift) = composition.drifts.get(i) {
                self.evaluate(field, p, state.t + drifted * h);
                self.advance(0..n / 2, drift * h);
                drifted += drift;
                force_is_fresh = false;
            }
        }
        self.evaluate(field, p, state.t + h);
        finiteness(&self.next) + finiteness(&self.stages[n..])
    }

    fn evaluations(&self) -> usize {
        self.evaluations
    }

    fn next(&self) -> &[R] {
        &self.next
    }

    fn next_slope(&self) -> &[R] {
        &self.stages[self.next.len()..]
    }

    fn stages(&self) -> &[R] {
        &self.stages
    }

    fn stage_time(&self, stage: usize) -> f64 {
        stage as f64
    }

    fn interpolate(&self, y: &[R], h: f64, theta: f64, out: &mut [R]) {
        self.hermite(y).interpolate(h, theta, out);
    }

    fn interpolant<T: Real>(&self, h: f64, convert: impl Fn(R) -> T, out: &mut Vec<T>) -> usize {
        self.hermite(&self.start).interpolant(h, convert, out)
    }
}
