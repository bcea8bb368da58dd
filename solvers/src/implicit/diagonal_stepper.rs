//! [`DiagonalStepper`]: the scratch memory of a diagonally implicit Runge-Kutta method.

use super::DiagonalMethod;
use super::newton::{Newton, Stage};
use super::plain::{Plain, add, add_mass};
use crate::{ErrorScale, ImplicitWork, State, Stepper, VectorField};
use costate_ad::{At, LinearMap, Real};
use costate_linalg::{Linearisation, MassMatrix, StepMatrix, correct};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

/// Steps any diagonally implicit Runge-Kutta method `M` on the scalar `R`.
///
/// Stages are solved on plain numbers, with a Jacobian that is kept from step to step while the iteration converges quickly. On a
/// scalar with derivatives each stage is then corrected once for each of the scalar's orders, with the factors at the stage.
#[derive(Clone, Debug)]
pub struct DiagonalStepper<M, R> {
    plain: Plain,
    /// The slopes `k_i` of the stages on plain numbers, and the states `Y_i` at which they are taken.
    k: Vec<f64>,
    states: Vec<f64>,
    known: Vec<f64>,
    guess: Vec<f64>,
    estimate: Vec<f64>,
    newton: Newton,
    /// The same slopes on the scalar.
    stages: Vec<R>,
    start: Vec<R>,
    start_slope: Vec<R>,
    next: Vec<R>,
    next_slope: Vec<R>,
    evaluations: usize,
    method: PhantomData<M>,
}

impl<M: DiagonalMethod, R: Real> DiagonalStepper<M, R> {
    const STAGES: usize = M::COEFFICIENTS.stages();
    const EXPLICIT: bool = M::COEFFICIENTS.starts_explicitly();
    const ENDS: bool = M::COEFFICIENTS.ends_at_last_stage();
    /// A Jacobian is kept for the next step while every correction is at most this part of the one before.
    const QUICK: f64 = 0.03;

    /// Scratch memory for `states` states.
    pub fn new(states: usize) -> Self {
        let (zeros, plain) = (|length| vec![R::zero(); length], |length| vec![0.0; length]);
        DiagonalStepper {
            plain: Plain::new(states),
            k: plain(Self::STAGES * states),
            states: plain(Self::STAGES * states),
            known: plain(states),
            guess: plain(states),
            estimate: plain(states),
            newton: Newton::new(),
            stages: zeros(Self::STAGES * states),
            start: zeros(states),
            start_slope: zeros(states),
            next: zeros(states),
            next_slope: zeros(states),
            evaluations: 0,
            method: PhantomData,
        }
    }

    /// Solves all stages with the Jacobian at hand; false where the matrix is singular or an iteration does not converge.
    fn solve<F: VectorField<R> + ?Sized>(
        &mut self,
        field: &F,
        state: &State<R>,
        h: f64,
        scale: Option<&ErrorScale>,
    ) -> bool {
        let (n, method) = (self.next.len(), const { &M::COEFFICIENTS });
        let shift = 1.0 / (h * method.gamma);
        if !self.plain.factor(shift) {
            return false;
        }
        self.newton = Newton::new();
        let Plain { y, p, mass, matrix, .. } = &self.plain;
        for stage in 0..Self::STAGES {
            let (before, rest) = self.k.split_at_mut(stage * n);
            let k = &mut rest[..n];
            if stage == 0 {
                k.iter_mut().zip(state.slope.as_slice()).for_each(|(k, slope)| *k = slope.value());
                if Self::EXPLICIT {
                    self.states[..n].copy_from_slice(y);
                    continue;
                }
            }
            self.known.copy_from_slice(y);
            for (&a, k) in method.a[stage].iter().zip(before.chunks_exact(n)) {
                add(h * a, k, &mut self.known);
            }
            let unknown = &mut self.states[stage * n..][..n];
            unknown.copy_from_slice(&self.known);
            if stage == 0 {
                add(h * method.gamma, k, unknown);
            }
            for (&weight, k) in method.predictor[stage].iter().zip(before.chunks_exact(n)) {
                add(h * method.gamma * weight, k, unknown);
            }
            let problem = Stage { matrix, mass: mass.as_deref(), shift, known: &self.known, y, scale };
            let t = state.t + method.c[stage] * h;
            let slope = |y: &[f64], dy: &mut [f64]| field.eval_value(t, y, p, dy);
            if !self.newton.solve(&problem, slope, unknown, &mut self.guess) {
                return false;
            }
            for c in 0..n {
                k[c] = (unknown[c] - self.known[c]) * shift;
            }
        }
        true
    }

    /// The slopes of the stages on the scalar: the plain ones, with the derivatives that follow from the equations of the stages.
    fn correct<F: VectorField<R> + ?Sized>(&mut self, field: &F, p: &[R], state: &State<R>, h: f64) -> bool {
        let (n, method) = (self.next.len(), const { &M::COEFFICIENTS });
        let mass = self.plain.mass.as_deref();
        let shift = 1.0 / (h * method.gamma);
        let mut linearisation = Linearisation::new(n);
        let (mut known, mut slope) = (self.next.clone(), self.next.clone());
        for stage in 0..Self::STAGES {
            let (before, rest) = self.stages.split_at_mut(stage * n);
            if stage == 0 && Self::EXPLICIT {
                rest[..n].copy_from_slice(state.slope.as_slice());
                continue;
            }
            known.copy_from_slice(state.y.as_slice());
            for (&a, k) in method.a[stage].iter().zip(before.chunks_exact(n)) {
                add(h * a, k, &mut known);
            }
            let (t, y) = (state.t + method.c[stage] * h, &self.states[stage * n..][..n]);
            let mut matrix = StepMatrix::new(n);
            field.linearise(At { t, y, p: &self.plain.p }, &mut linearisation);
            self.plain.work.jacobians += 1;
            self.plain.work.factorisations += 1;
            if matrix.factor(shift, mass, linearisation.jacobian()).is_err() {
                return false;
            }
            let inverse: Rc<dyn LinearMap> = Rc::new(matrix);
            let corrected = correct(y, &inverse, |y| {
                field.eval(R::from(t), y, p, &mut slope);
                let mut residual = slope.clone();
                add_mass(mass, shift, &known, &mut residual);
                add_mass(mass, -shift, y, &mut residual);
                residual
            });
            for c in 0..n {
                rest[c] = (corrected[c] - known[c]) * shift;
            }
            if stage + 1 == Self::STAGES && Self::ENDS {
                self.next.copy_from_slice(&corrected);
            }
        }
        true
    }

    /// The norm of the error estimate: what explicit stages would make too large is damped by the factors of the step
    /// (Hairer & Wanner II, equation IV.8.19).
    fn measure(&mut self, state: &State<R>, scale: Option<&ErrorScale>) -> f64 {
        let (n, method) = (self.next.len(), const { &M::COEFFICIENTS });
        let Some(scale) = scale else { return 0.0 };
        self.estimate.fill(0.0);
        for (&weight, k) in method.error.iter().zip(self.k.chunks_exact(n)) {
            add_mass(self.plain.mass.as_deref(), weight / method.gamma, k, &mut self.estimate);
        }
        self.plain.matrix.solve(&mut self.estimate);
        let plain = scale.squared_norm(state.y.as_slice(), &self.next, |c, read| read(R::from(self.estimate[c])));
        if R::ORDER == 0 || !scale.includes_tangents() {
            return plain;
        }
        let mut estimate = vec![R::zero(); n];
        for (&weight, k) in method.error.iter().zip(self.stages.chunks_exact(n)) {
            add_mass(self.plain.mass.as_deref(), weight / method.gamma, k, &mut estimate);
        }
        let inverse: Rc<dyn LinearMap> = self.plain.matrix.clone();
        let estimate = R::linear_map(&inverse, &estimate);
        scale.squared_norm(state.y.as_slice(), &self.next, |c, read| read(estimate[c]))
    }
}

impl<M: DiagonalMethod, R: Real> Stepper<R> for DiagonalStepper<M, R> {
    #[inline(never)]
    fn attempt<F: VectorField<R> + ?Sized>(
        &mut self,
        field: &F,
        p: &[R],
        state: &State<R>,
        h: f64,
        scale: Option<&ErrorScale>,
    ) -> f64 {
        let (n, method) = (self.next.len(), const { &M::COEFFICIENTS });
        self.evaluations = 0;
        self.start.copy_from_slice(state.y.as_slice());
        self.start_slope.copy_from_slice(state.slope.as_slice());
        self.plain.start_with(field, p, state, state.jacobian.as_ref());
        let mut solved = self.solve(field, state, h, scale);
        self.evaluations += self.newton.evaluations;
        self.plain.work.iterations += self.newton.iterations;
        if !solved && self.plain.refresh(field, state) {
            solved = self.solve(field, state, h, scale);
            self.evaluations += self.newton.evaluations;
            self.plain.work.iterations += self.newton.iterations;
        }
        self.stages.iter_mut().zip(&self.k).for_each(|(stage, &k)| *stage = R::from(k));
        if !solved {
            // About half the step is tried next.
            let finite = self.k.iter().fold(0.0, |total, k| total + 0.0 * k) == 0.0;
            return if finite && scale.is_some() { 4.0_f64.powi(method.order as i32) } else { f64::INFINITY };
        }
        self.end(state.y.as_slice(), h);
        let mut result = self.measure(state, scale);
        if result.is_nan() || result > 1.0 {
            return result;
        }
        if R::ORDER > 0 {
            if !self.correct(field, p, state, h) {
                return f64::INFINITY;
            }
            if !Self::ENDS {
                self.combine(state.y.as_slice(), h);
            }
            result = self.measure(state, scale);
        }
        if Self::ENDS && self.plain.mass.is_none() {
            self.next_slope.copy_from_slice(&self.stages[(Self::STAGES - 1) * n..]);
        } else {
            field.eval(R::from(state.t + h), &self.next, p, &mut self.next_slope);
            self.evaluations += 1;
        }
        let finite = |values: &[R]| values.iter().fold(0.0, |total, value| total + 0.0 * value.value());
        result + finite(&self.next) + finite(&self.next_slope)
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

    fn keep(&self, state: &mut State<R>) {
        let quick = self.newton.slowest <= Self::QUICK;
        state.jacobian = quick.then(|| self.plain.linearisation.jacobian().clone());
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

    fn interpolate(&self, y: &[R], h: f64, theta: f64, out: &mut [R]) {
        for (c, out) in out.iter_mut().enumerate() {
            let [linear, square, cube] = self.hermite(h, c, |number| number);
            *out = y[c] + (linear + (square + cube * theta) * theta) * theta;
        }
    }

    fn interpolant<T: Real>(&self, h: f64, convert: impl Fn(R) -> T, out: &mut Vec<T>) -> usize {
        for power in 0..3 {
            for c in 0..self.next.len() {
                out.push(self.hermite(h, c, &convert)[power]);
            }
        }
        3
    }
}

impl<M: DiagonalMethod, R: Real> DiagonalStepper<M, R> {
    /// The state at the end, on plain numbers.
    fn end(&mut self, y: &[R], h: f64) {
        if Self::ENDS {
            let last = &self.states[(Self::STAGES - 1) * self.next.len()..];
            self.next.iter_mut().zip(last).for_each(|(next, &y)| *next = R::from(y));
        } else {
            self.combine(y, h);
        }
    }

    /// The state at the end from the weights.
    fn combine(&mut self, y: &[R], h: f64) {
        self.next.copy_from_slice(y);
        for (&b, k) in M::COEFFICIENTS.b.iter().zip(self.stages.chunks_exact(y.len())) {
            add(h * b, k, &mut self.next);
        }
    }

    /// The cubic Hermite polynomial as coefficients of `theta`, `theta^2`, `theta^3` beside the start, for one component; with
    /// a mass matrix, whose slopes are not those of the state, the straight line.
    #[inline]
    fn hermite<T: Real>(&self, h: f64, c: usize, convert: impl Fn(R) -> T) -> [T; 3] {
        let rise = convert(self.next[c]) - convert(self.start[c]);
        if self.plain.mass.is_some() {
            return [rise, T::zero(), T::zero()];
        }
        let (first, last) = (convert(self.start_slope[c]) * h, convert(self.next_slope[c]) * h);
        [first, rise * 3.0 - first * 2.0 - last, first + last - rise * 2.0]
    }
}
