//! [`DiagonalScheme`]: the stages of a diagonally implicit Runge-Kutta method.

use super::DiagonalMethod;
use super::additive::Additive;
use super::newton::{KAPPA, Newton, Stage};
use super::plain::{Plain, accumulate, add, add_mass};
use super::scheme::{Scheme, Step};
use crate::attempt::Attempt;
use crate::hermite::Hermite;
use crate::{Part, State, VectorField};
use costate_ad::{At, LinearMap, Real};
use costate_linalg::{Linearisation, correct};
use std::marker::PhantomData;
use std::rc::Rc;

/// The stages of any diagonally implicit Runge-Kutta method `M`.
///
/// They are solved one after the other, with a Jacobian that is kept from step to step while the iteration converges quickly; each
/// is corrected with the factors at the stage.
#[derive(Clone, Debug)]
pub struct DiagonalScheme<M, R> {
    /// The slopes `k_i` of the stages on plain numbers, and the states `Y_i` at which they are taken.
    k: Vec<f64>,
    states: Vec<f64>,
    known: Vec<f64>,
    guess: Vec<f64>,
    estimate: Vec<f64>,
    newton: Newton,
    /// The other part of a sum; nothing where the whole is solved for.
    additive: Option<Additive<M, R>>,
    /// The size of the step, under error control.
    h: Option<f64>,
    start: Vec<R>,
    start_slope: Vec<R>,
    method: PhantomData<M>,
}

impl<M: DiagonalMethod, R: Real> DiagonalScheme<M, R> {
    const EXPLICIT: bool = M::COEFFICIENTS.starts_explicitly();
    const ENDS: bool = M::COEFFICIENTS.ends_at_last_stage();
    /// Whether a sum is stepped by its parts.
    const SPLITS: bool = !M::COEFFICIENTS.explicit.is_empty();
    /// A Jacobian is kept for the next step while every correction is at most this part of the one before.
    const QUICK: f64 = 0.03;

    /// Solves the stages, one after the other.
    fn stages<F: VectorField<R> + ?Sized>(&mut self, plain: &Plain, attempt: &Attempt<'_, F, R>) -> bool {
        let Attempt { field, state, h, scale, .. } = *attempt;
        let Plain { y, p, mass, .. } = plain;
        let (n, method) = (y.len(), const { &M::COEFFICIENTS });
        let shift = 1.0 / (h * method.gamma);
        for stage in 0..Self::STAGES {
            let (before, rest) = self.k.split_at_mut(stage * n);
            let k = &mut rest[..n];
            if stage == 0 {
                k.iter_mut().zip(state.slope.as_slice()).for_each(|(k, slope)| *k = slope.value());
                if Self::EXPLICIT {
                    self.states[..n].copy_from_slice(y);
                    if let Some(additive) = &mut self.additive {
                        let other = additive.evaluate_value(field, 0, state.t, y, p);
                        k.iter_mut().zip(other).for_each(|(k, other)| *k -= other);
                    }
                    continue;
                }
            }
            self.known.copy_from_slice(y);
            accumulate(method.a[stage].iter().map(|a| h * a), before, &mut self.known);
            if let Some(additive) = &self.additive {
                additive.add_known_value(stage, h, &mut self.known);
            }
            let unknown = &mut self.states[stage * n..][..n];
            unknown.copy_from_slice(&self.known);
            if stage == 0 {
                add(h * method.gamma, k, unknown);
            }
            accumulate(method.predictor[stage].iter().map(|weight| h * method.gamma * weight), before, unknown);
            let problem = Stage { mass: mass.as_deref(), shift, known: &self.known, y, scale, relax: 1.0 };
            let t = state.t + method.c[stage] * h;
            let splits = self.additive.is_some();
            let slope = |y: &[f64], dy: &mut [f64]| match splits {
                true if Self::SPLITS => field.eval_part_value(Part::Implicit, t, y, p, dy),
                _ => field.eval_value(t, y, p, dy),
            };
            let inverse = |b: &mut [f64]| plain.solve(field, (state.t, shift, Self::SPLITS && splits), b);
            if !self.newton.solve(&problem, slope, inverse, unknown, &mut self.guess) {
                return false;
            }
            for c in 0..n {
                k[c] = (unknown[c] - self.known[c]) * shift;
            }
            if let Some(additive) = &mut self.additive {
                additive.evaluate_value(field, stage, t, unknown, p);
            }
        }
        true
    }

    /// The error estimate times the matrix of the step.
    fn estimate<T: Real>(plain: &Plain, stages: &[T], estimate: &mut [T]) {
        estimate.fill(T::zero());
        let method = const { &M::COEFFICIENTS };
        for (&weight, k) in method.error.iter().zip(stages.chunks_exact(estimate.len())) {
            add_mass(plain.mass.as_deref(), weight / method.gamma, k, estimate);
        }
    }

    /// The state at the end from the weights.
    fn weigh(&self, step: &mut Step<R>, y: &[R], h: f64) {
        step.next.copy_from_slice(y);
        accumulate(M::COEFFICIENTS.b.iter().map(|b| h * b), &step.stages, &mut step.next);
        if let Some(additive) = &self.additive {
            additive.add(h, M::COEFFICIENTS.b, &mut step.next);
        }
    }

    /// Whether the step ends at its last stage: the parts of a sum end apart.
    fn ends(&self) -> bool {
        Self::ENDS && self.additive.is_none()
    }

    /// The interpolant, where slopes are those of the state: without a mass matrix.
    fn hermite<'a>(&'a self, step: &'a Step<R>) -> Option<Hermite<'a, R>> {
        let ends = [&self.start[..], &step.next[..]];
        step.plain.mass.is_none().then(|| Hermite { ends, slopes: [&self.start_slope, &step.next_slope] })
    }
}

impl<M: DiagonalMethod, R: Real> Scheme<R> for DiagonalScheme<M, R> {
    const STAGES: usize = M::COEFFICIENTS.stages();
    const FAILED: f64 = (1_u64 << (2 * M::COEFFICIENTS.order)) as f64;
    const ITERATES: bool = true;
    const MULTIPLIES: bool = true;

    fn new(states: usize) -> Self {
        let (zeros, plain) = (|length| vec![R::zero(); length], |length| vec![0.0; length]);
        DiagonalScheme {
            k: plain(Self::STAGES * states),
            states: plain(Self::STAGES * states),
            known: plain(states),
            guess: plain(states),
            estimate: plain(states),
            newton: Newton::new(KAPPA),
            additive: None,
            h: None,
            start: zeros(states),
            start_slope: zeros(states),
            method: PhantomData,
        }
    }

    fn linearise<F: VectorField<R> + ?Sized>(field: &F, at: At<'_>, linearisation: &mut Linearisation) {
        if Self::SPLITS && field.is_split() {
            field.linearise_implicit(at, linearisation);
        } else {
            field.linearise(at, linearisation);
        }
    }

    fn solve<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> bool {
        self.start.copy_from_slice(attempt.state.y.as_slice());
        self.start_slope.copy_from_slice(attempt.state.slope.as_slice());
        self.newton = Newton::new(KAPPA);
        self.h = attempt.scale.map(|_| attempt.h);
        if Self::SPLITS && attempt.field.is_split() {
            self.additive.get_or_insert_with(|| Additive::new(step.next.len()));
            step.evaluations += Self::STAGES;
        }
        let solved =
            step.plain.refactor(1.0 / (attempt.h * M::COEFFICIENTS.gamma)) && self.stages(&step.plain, attempt);
        step.evaluations += self.newton.evaluations;
        step.plain.work.iterations += self.newton.iterations;
        solved
    }

    fn unknowns(&self) -> &[f64] {
        &self.k
    }

    fn combine<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) {
        if let Some(additive) = &mut self.additive {
            additive.set_slopes();
        }
        if self.ends() {
            let last = &self.states[(Self::STAGES - 1) * step.next.len()..];
            step.next.iter_mut().zip(last).for_each(|(next, &y)| *next = R::from(y));
        } else {
            self.weigh(step, attempt.state.y.as_slice(), attempt.h);
        }
    }

    /// What explicit stages would make too large is damped by the factors of the step (Hairer & Wanner II, equation IV.8.19).
    fn measure<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> f64 {
        let Some(scale) = attempt.scale else { return 0.0 };
        Self::estimate(&step.plain, &self.k, &mut self.estimate);
        if let Some(additive) = &self.additive {
            additive.add_value(1.0 / M::COEFFICIENTS.gamma, M::COEFFICIENTS.error, &mut self.estimate);
        }
        let (shift, splits) = (1.0 / (attempt.h * M::COEFFICIENTS.gamma), Self::SPLITS && self.additive.is_some());
        step.plain.solve(attempt.field, (attempt.state.t, shift, splits), &mut self.estimate);
        scale.squared_norm(attempt.state.y.as_slice(), &step.next, |c, read| read(R::from(self.estimate[c])))
    }

    fn correct<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> bool {
        let Attempt { field, p, state, h, .. } = *attempt;
        let (n, method) = (step.next.len(), const { &M::COEFFICIENTS });
        let Step { plain, stages, next, .. } = step;
        let mass = plain.mass.as_deref();
        let shift = 1.0 / (h * method.gamma);
        let mut linearisation = plain.linearisation.clone();
        let (mut known, mut slope) = (next.clone(), next.clone());
        for stage in 0..Self::STAGES {
            let (before, rest) = stages.split_at_mut(stage * n);
            if stage == 0 && Self::EXPLICIT {
                rest[..n].copy_from_slice(state.slope.as_slice());
                if let Some(additive) = &mut self.additive {
                    let other = additive.evaluate(field, 0, state.t, state.y.as_slice(), p);
                    rest.iter_mut().zip(other).for_each(|(k, &other)| *k -= other);
                }
                continue;
            }
            known.copy_from_slice(state.y.as_slice());
            for (&a, k) in method.a[stage].iter().zip(before.chunks_exact(n)) {
                add(h * a, k, &mut known);
            }
            if let Some(additive) = &self.additive {
                additive.add_known(stage, h, &mut known);
            }
            let (t, y) = (state.t + method.c[stage] * h, &self.states[stage * n..][..n]);
            let mut matrix = plain.matrix.another();
            <Self as Scheme<R>>::linearise(field, At { t, y, p: &plain.p }, &mut linearisation);
            plain.work.jacobians += 1;
            plain.work.factorisations += 1;
            if matrix.factor(shift, mass, linearisation.jacobian()).is_err() {
                return false;
            }
            let splits = self.additive.is_some();
            let inverse: Rc<dyn LinearMap> = Rc::new(matrix);
            let corrected = correct(y, &inverse, |y| {
                match splits {
                    true if Self::SPLITS => field.eval_part(Part::Implicit, R::from(t), y, p, &mut slope),
                    _ => field.eval(R::from(t), y, p, &mut slope),
                }
                let mut residual = slope.clone();
                add_mass(mass, shift, &known, &mut residual);
                add_mass(mass, -shift, y, &mut residual);
                residual
            });
            for c in 0..n {
                rest[c] = (corrected[c] - known[c]) * shift;
            }
            if let Some(additive) = &mut self.additive {
                additive.evaluate(field, stage, t, &corrected, p);
            } else if stage + 1 == Self::STAGES && Self::ENDS {
                next.copy_from_slice(&corrected);
            }
        }
        if !self.ends() {
            self.weigh(step, state.y.as_slice(), h);
        }
        true
    }

    fn measure_tangents<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> f64 {
        let Some(scale) = attempt.scale else { return 0.0 };
        let mut estimate = step.next.clone();
        Self::estimate(&step.plain, &step.stages, &mut estimate);
        if let Some(additive) = &self.additive {
            additive.add(1.0 / M::COEFFICIENTS.gamma, M::COEFFICIENTS.error, &mut estimate);
        }
        if step.plain.products.is_some()
            && !step.plain.form(
                attempt.field,
                attempt.state.t,
                1.0 / (attempt.h * M::COEFFICIENTS.gamma),
                Self::linearise,
            )
        {
            return f64::NAN;
        }
        let inverse: Rc<dyn LinearMap> = step.plain.matrix.clone();
        let estimate = R::linear_map(&inverse, &estimate);
        scale.squared_norm(attempt.state.y.as_slice(), &step.next, |c, read| read(estimate[c]))
    }

    fn slope<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) {
        if self.ends() && step.plain.mass.is_none() {
            step.next_slope.copy_from_slice(&step.stages[(Self::STAGES - 1) * step.next.len()..]);
        } else {
            let Attempt { field, p, state, h, .. } = *attempt;
            field.eval(R::from(state.t + h), &step.next, p, &mut step.next_slope);
            step.evaluations += 1;
        }
    }

    fn keep(&self, step: &Step<R>, state: &mut State<R>) {
        step.plain.keep(self.newton.slowest <= Self::QUICK, self.h, state);
    }

    fn stage_time(&self, stage: usize) -> f64 {
        M::COEFFICIENTS.c[stage]
    }

    fn interpolate(&self, step: &Step<R>, y: &[R], h: f64, theta: f64, out: &mut [R]) {
        match self.hermite(step) {
            Some(hermite) => hermite.interpolate(h, theta, out),
            None => (0..y.len()).for_each(|c| out[c] = y[c] + (step.next[c] - y[c]) * theta),
        }
    }

    fn interpolant<T: Real>(&self, step: &Step<R>, h: f64, convert: impl Fn(R) -> T, out: &mut Vec<T>) -> usize {
        match self.hermite(step) {
            Some(hermite) => hermite.interpolant(h, convert, out),
            None => {
                out.extend((0..step.next.len()).map(|c| convert(step.next[c]) - convert(self.start[c])));
                1
            }
        }
    }
}
