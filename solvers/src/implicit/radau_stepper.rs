//! [`RadauStepper`]: the scratch memory of the Radau IIA method of order 5.

use super::newton::{Newton, Verdict};
use super::plain::{Plain, add, add_mass};
use super::radau::{C, ERROR, GAMMA, PAIR, T, T_INVERSE, interpolation, inverse_of_a};
use crate::{ErrorScale, ImplicitWork, State, Stepper, VectorField};
use costate_ad::{At, LinearMap, Real};
use costate_linalg::{Linearisation, MassMatrix, PairMatrix, StageMatrix, correct};
use std::rc::Rc;
use std::sync::Arc;

const INVERSE_OF_A: [[f64; 3]; 3] = inverse_of_a();
const POWERS: [[f64; 3]; 3] = interpolation();

/// Steps [`RadauIIA5`](crate::RadauIIA5) on the scalar `R`.
///
/// The three stages `y + Z_i` are solved together on plain numbers, in the eigenvectors of the method, where the matrix falls apart
/// into a real and a complex one. On a scalar with derivatives all stages are then corrected at once.
#[derive(Clone, Debug)]
pub struct RadauStepper<R> {
    plain: Plain,
    pair: PairMatrix,
    /// `Z` and its coordinates in the eigenvectors, stage by stage, and scratch of the same size.
    z: Vec<f64>,
    w: Vec<f64>,
    slopes: Vec<f64>,
    residual: Vec<f64>,
    estimate: Vec<f64>,
    argument: Vec<f64>,
    newton: Newton,
    h: f64,
    /// `Z` on the scalar.
    stages: Vec<R>,
    next: Vec<R>,
    next_slope: Vec<R>,
    evaluations: usize,
}

/// `y += factor * M x` for the stages of `x` weighted by `row`.
fn add_row<R: Real>(mass: Option<&MassMatrix>, factor: f64, row: [f64; 3], x: &[R], y: &mut [R]) {
    for (weight, x) in row.into_iter().zip(x.chunks_exact(y.len())) {
        add_mass(mass, factor * weight, x, y);
    }
}

/// Applies a 3 x 3 matrix to the stages.
fn transform(matrix: &[[f64; 3]; 3], from: &[f64], to: &mut [f64]) {
    let n = from.len() / 3;
    for (row, to) in matrix.iter().zip(to.chunks_exact_mut(n)) {
        for c in 0..n {
            to[c] = row[0] * from[c] + row[1] * from[n + c] + row[2] * from[2 * n + c];
        }
    }
}

impl<R: Real> RadauStepper<R> {
    /// A Jacobian is kept for the next step while every correction is at most this part of the one before.
    const QUICK: f64 = 0.01;

    /// Scratch memory for `states` states.
    pub fn new(states: usize) -> Self {
        let (zeros, plain) = (|length| vec![R::zero(); length], |length| vec![0.0; length]);
        RadauStepper {
            plain: Plain::new(states),
            pair: PairMatrix::new(states),
            z: plain(3 * states),
            w: plain(3 * states),
            slopes: plain(3 * states),
            residual: plain(3 * states),
            estimate: plain(states),
            argument: plain(states),
            newton: Newton::new(),
            h: 0.0,
            stages: zeros(3 * states),
            next: zeros(states),
            next_slope: zeros(states),
            evaluations: 0,
        }
    }

    /// Starts from the polynomial of the step before, continued, if there is one.
    fn guess(&mut self, state: &State<R>, h: f64) {
        let n = self.next.len();
        let Some((last_h, last)) = state.history.as_deref() else { return self.z.fill(0.0) };
        for (node, z) in C.into_iter().zip(self.z.chunks_exact_mut(n)) {
            let theta = 1.0 + node * h / last_h;
            z.fill(0.0);
            add(-1.0, &last[2 * n..], z);
            for (stage, last) in last.chunks_exact(n).enumerate() {
                let weight = POWERS.iter().rev().fold(0.0, |sum, row| (sum + row[stage]) * theta);
                add(weight, last, z);
            }
        }
    }

    fn solve<F: VectorField<R> + ?Sized>(
        &mut self,
        field: &F,
        state: &State<R>,
        h: f64,
        scale: Option<&ErrorScale>,
    ) -> bool {
        let n = self.next.len();
        let (pair, mass) = (PAIR.map(|part| part / h), self.plain.mass.clone());
        let mass = mass.as_deref();
        if !self.plain.factor(GAMMA / h) || self.pair.factor(pair, mass, self.plain.linearisation.jacobian()).is_err() {
            return false;
        }
        self.guess(state, h);
        transform(&T_INVERSE, &self.z, &mut self.w);
        let rounding = ErrorScale::relative(1e-12, &self.plain.y);
        self.newton = Newton::new();
        self.newton.begin(scale.is_none());
        loop {
            self.slopes(field, state, h);
            transform(&T_INVERSE, &self.slopes, &mut self.residual);
            let [alpha, beta] = pair;
            let (real, complex) = self.residual.split_at_mut(n);
            add_row(mass, 1.0, [-GAMMA / h, 0.0, 0.0], &self.w, real);
            add_row(mass, 1.0, [0.0, -alpha, beta], &self.w, &mut complex[..n]);
            add_row(mass, 1.0, [0.0, -beta, -alpha], &self.w, &mut complex[n..]);
            self.plain.matrix.solve(real);
            self.pair.solve(complex);
            add(1.0, &self.residual, &mut self.w);
            transform(&T, &self.w, &mut self.z);
            let (scale, y) = (scale.unwrap_or(&rounding), &self.plain.y[..]);
            let squared = |step: &[f64]| scale.squared_norm(y, y, |c, read| read(step[c]));
            let size = (self.residual.chunks_exact(n).map(squared).sum::<f64>() / 3.0).sqrt();
            match self.newton.judge(size) {
                Verdict::Continue => {}
                Verdict::Converged => return true,
                Verdict::Diverged => return false,
            }
        }
    }

    /// The slopes at the stages.
    fn slopes<F: VectorField<R> + ?Sized>(&mut self, field: &F, state: &State<R>, h: f64) {
        let n = self.next.len();
        for (i, slope) in self.slopes.chunks_exact_mut(n).enumerate() {
            self.argument.copy_from_slice(&self.plain.y);
            add(1.0, &self.z[i * n..][..n], &mut self.argument);
            field.eval_value(state.t + C[i] * h, &self.argument, &self.plain.p, slope);
            self.evaluations += 1;
        }
    }

    /// Gives the stages their derivatives, by the implicit function theorem for all of them at once.
    fn correct<F: VectorField<R> + ?Sized>(&mut self, field: &F, p: &[R], state: &State<R>, h: f64) -> bool {
        let (n, mass) = (self.next.len(), self.plain.mass.as_deref());
        let mut jacobians = Vec::with_capacity(3);
        for (node, z) in C.into_iter().zip(self.z.chunks_exact(n)) {
            let mut linearisation = Linearisation::new(n);
            let y: Vec<f64> = self.plain.y.iter().zip(z).map(|(y, z)| y + z).collect();
            field.linearise(At { t: state.t + node * h, y: &y, p: &self.plain.p }, &mut linearisation);
            jacobians.push(linearisation.jacobian().clone());
        }
        self.plain.work.jacobians += 3;
        self.plain.work.factorisations += 1;
        let Ok(matrix) = StageMatrix::new(|i, j| INVERSE_OF_A[i][j] / h, mass, &jacobians) else { return false };
        let inverse: Rc<dyn LinearMap> = Rc::new(matrix);
        let corrected = correct(&self.z, &inverse, |z| {
            let mut residual = z.to_vec();
            for (i, residual) in residual.chunks_exact_mut(n).enumerate() {
                let mut y = state.y.as_slice().to_vec();
                add(1.0, &z[i * n..][..n], &mut y);
                field.eval(R::from(state.t + C[i] * h), &y, p, residual);
                add_row(mass, -1.0 / h, INVERSE_OF_A[i], z, residual);
            }
            residual
        });
        self.stages.copy_from_slice(&corrected);
        true
    }

    fn combine(&mut self, y: &[R]) {
        self.next.copy_from_slice(y);
        add(1.0, &self.stages[2 * y.len()..], &mut self.next);
    }

    /// The squared norm of the error estimate (Hairer & Wanner II, equations IV.8.19 and, where that is too large, IV.8.20).
    fn measure<F: VectorField<R> + ?Sized>(
        &mut self,
        field: &F,
        state: &State<R>,
        h: f64,
        scale: Option<&ErrorScale>,
    ) -> f64 {
        let Some(scale) = scale else { return 0.0 };
        let (mass, y) = (self.plain.mass.as_deref(), state.y.as_slice());
        let slope: Vec<f64> = state.slope.iter().map(|slope| slope.value()).collect();
        self.estimate.copy_from_slice(&slope);
        add_row(mass, 1.0 / h, ERROR, &self.z, &mut self.estimate);
        self.plain.matrix.solve(&mut self.estimate);
        let first = scale.squared_norm(y, &self.next, |c, read| read(R::from(self.estimate[c])));
        if first <= 1.0 || first.is_nan() {
            return first;
        }
        self.argument.copy_from_slice(&self.plain.y);
        add(1.0, &self.estimate, &mut self.argument);
        field.eval_value(state.t, &self.argument, &self.plain.p, &mut self.estimate);
        self.evaluations += 1;
        add_row(mass, 1.0 / h, ERROR, &self.z, &mut self.estimate);
        self.plain.matrix.solve(&mut self.estimate);
        scale.squared_norm(y, &self.next, |c, read| read(R::from(self.estimate[c])))
    }

    /// The squared norm of the error estimate, derivatives included, for a step that is accepted for its values.
    fn measure_tangents(&self, state: &State<R>, h: f64, scale: &ErrorScale) -> f64 {
        let mut estimate = state.slope.as_slice().to_vec();
        add_row(self.plain.mass.as_deref(), 1.0 / h, ERROR, &self.stages, &mut estimate);
        let inverse: Rc<dyn LinearMap> = self.plain.matrix.clone();
        let estimate = R::linear_map(&inverse, &estimate);
        scale.squared_norm(state.y.as_slice(), &self.next, |c, read| read(estimate[c]))
    }
}

impl<R: Real> Stepper<R> for RadauStepper<R> {
    #[inline(never)]
    fn attempt<F: VectorField<R> + ?Sized>(
        &mut self,
        field: &F,
        p: &[R],
        state: &State<R>,
        h: f64,
        scale: Option<&ErrorScale>,
    ) -> f64 {
        (self.evaluations, self.h) = (0, h);
        self.plain.start_with(field, p, state, state.jacobian.as_ref());
        let mut solved = self.solve(field, state, h, scale);
        self.plain.work.iterations += self.newton.iterations;
        if !solved && self.plain.refresh(field, state) {
            solved = self.solve(field, state, h, scale);
            self.plain.work.iterations += self.newton.iterations;
        }
        // The pair is a factorisation of its own.
        self.plain.work.factorisations *= 2;
        self.stages.iter_mut().zip(&self.z).for_each(|(stage, &z)| *stage = R::from(z));
        self.combine(state.y.as_slice());
        if !solved {
            // About half the step is tried next.
            let finite = self.z.iter().fold(0.0, |total, z| total + 0.0 * z) == 0.0;
            return if finite && scale.is_some() { 256.0 } else { f64::INFINITY };
        }
        let mut result = self.measure(field, state, h, scale);
        if result.is_nan() || result > 1.0 {
            return result;
        }
        if R::ORDER > 0 {
            if !self.correct(field, p, state, h) {
                return f64::INFINITY;
            }
            self.combine(state.y.as_slice());
            if let Some(scale) = scale.filter(|scale| scale.includes_tangents()) {
                result = self.measure_tangents(state, h, scale);
            }
        }
        field.eval(R::from(state.t + h), &self.next, p, &mut self.next_slope);
        self.evaluations += 1;
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
        match state.history.as_mut().and_then(Arc::get_mut) {
            Some((h, z)) if z.len() == self.z.len() => {
                *h = self.h;
                z.copy_from_slice(&self.z);
            }
            _ => state.history = Some(Arc::new((self.h, self.z.clone()))),
        }
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
        C[stage]
    }

    fn interpolate(&self, y: &[R], _h: f64, theta: f64, out: &mut [R]) {
        out.copy_from_slice(y);
        for (stage, z) in self.stages.chunks_exact(y.len()).enumerate() {
            add(POWERS.iter().rev().fold(0.0, |sum, row| (sum + row[stage]) * theta), z, out);
        }
    }

    fn interpolant<T: Real>(&self, _h: f64, convert: impl Fn(R) -> T, out: &mut Vec<T>) -> usize {
        let n = self.next.len();
        for row in &POWERS {
            for c in 0..n {
                let term = |stage: usize| convert(self.stages[stage * n + c]) * row[stage];
                out.push(term(0) + term(1) + term(2));
            }
        }
        3
    }
}
