//! [`RadauScheme`]: the stages of the Radau IIA method of order 5.

use super::newton::{KAPPA, Newton, Verdict};
use super::plain::{add, add_mass};
use super::radau::{C, ERROR, GAMMA, PAIR, T, T_INVERSE, interpolation, inverse_of_a};
use super::scheme::{Scheme, Step};
use crate::attempt::Attempt;
use crate::{ErrorScale, State, VectorField};
use costate_ad::{At, LinearMap, Real};
use costate_linalg::{LinearSolver, MassMatrix, PairMatrix, StageMatrix, correct};
use std::rc::Rc;
use std::sync::Arc;

const INVERSE_OF_A: [[f64; 3]; 3] = inverse_of_a();
const POWERS: [[f64; 3]; 3] = interpolation();

/// The stages of [`RadauIIA5`](crate::RadauIIA5).
///
/// The three stages `y + Z_i` are solved together, in the eigenvectors of the method, where the matrix falls apart into a real and a
/// complex one. All stages are corrected at once.
#[derive(Clone, Debug)]
pub struct RadauScheme {
    pair: PairMatrix,
    /// Not factorised: where all stages are corrected, the order of elimination is known from it.
    all: StageMatrix,
    /// `Z` and its coordinates in the eigenvectors, stage by stage, and scratch of the same size.
    z: Vec<f64>,
    w: Vec<f64>,
    slopes: Vec<f64>,
    residual: Vec<f64>,
    estimate: Vec<f64>,
    argument: Vec<f64>,
    newton: Newton,
    h: f64,
    controlled: bool,
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

impl RadauScheme {
    /// A Jacobian is kept for the next step while every correction is at most this part of the one before.
    const QUICK: f64 = 0.01;

    /// Starts from the polynomial of the step before, continued, if there is one.
    fn guess<R>(&mut self, state: &State<R>, h: f64) {
        let Some((last_h, last)) = state.history.as_deref() else { return self.z.fill(0.0) };
        let n = last.len() / 3;
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

    /// Iterates until the stages are found.
    fn iterate<F: VectorField<R> + ?Sized, R: Real>(
        &mut self,
        step: &mut Step<R>,
        attempt: &Attempt<'_, F, R>,
    ) -> bool {
        let Attempt { state, h, scale, .. } = *attempt;
        let n = step.next.len();
        let [alpha, beta] = PAIR.map(|part| part / h);
        self.guess(state, h);
        transform(&T_INVERSE, &self.z, &mut self.w);
        let rounding = ErrorScale::relative(1e-12, &step.plain.y);
        let scale = scale.unwrap_or(&rounding);
        loop {
            self.slopes(step, attempt);
            transform(&T_INVERSE, &self.slopes, &mut self.residual);
            let (mass, y) = (step.plain.mass.as_deref(), &step.plain.y[..]);
            let (real, complex) = self.residual.split_at_mut(n);
            add_row(mass, 1.0, [-GAMMA / h, 0.0, 0.0], &self.w, real);
            add_row(mass, 1.0, [0.0, -alpha, beta], &self.w, &mut complex[..n]);
            add_row(mass, 1.0, [0.0, -beta, -alpha], &self.w, &mut complex[n..]);
            step.plain.matrix.solve(real);
            self.pair.solve(complex);
            add(1.0, &self.residual, &mut self.w);
            transform(&T, &self.w, &mut self.z);
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
    fn slopes<F: VectorField<R> + ?Sized, R: Real>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) {
        let n = step.next.len();
        for (i, slope) in self.slopes.chunks_exact_mut(n).enumerate() {
            self.argument.copy_from_slice(&step.plain.y);
            add(1.0, &self.z[i * n..][..n], &mut self.argument);
            attempt.field.eval_value(attempt.state.t + C[i] * attempt.h, &self.argument, &step.plain.p, slope);
            step.evaluations += 1;
        }
    }
}

impl<R: Real> Scheme<R> for RadauScheme {
    const STAGES: usize = 3;
    const FAILED: f64 = 256.0;
    const ITERATES: bool = true;

    fn new(states: usize) -> Self {
        let plain = |length| vec![0.0; length];
        RadauScheme {
            pair: PairMatrix::new(states),
            all: StageMatrix::new(3, states),
            z: plain(3 * states),
            w: plain(3 * states),
            slopes: plain(3 * states),
            residual: plain(3 * states),
            estimate: plain(states),
            argument: plain(states),
            newton: Newton::new(KAPPA),
            h: 0.0,
            controlled: false,
        }
    }

    fn set_linear_solver(&mut self, solver: LinearSolver) {
        self.pair.set_solver(solver);
        self.all.set_solver(solver);
    }

    fn solve<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> bool {
        let (h, plain) = (attempt.h, &mut step.plain);
        (self.h, self.controlled) = (h, attempt.scale.is_some());
        let before = plain.work.factorisations;
        if !plain.refactor(GAMMA / h) {
            return false;
        }
        // The pair belongs to the same step and Jacobian, and is a factorisation of its own.
        if plain.work.factorisations > before {
            plain.work.factorisations += 1;
            let pair = PAIR.map(|part| part / h);
            if let Err(error) = self.pair.factor(pair, plain.mass.as_deref(), plain.linearisation.jacobian()) {
                plain.forget();
                plain.trouble = Some(error);
                return false;
            }
        }
        self.newton = Newton::new(KAPPA);
        self.newton.begin(attempt.scale.is_none());
        let solved = self.iterate(step, attempt);
        step.plain.work.iterations += self.newton.iterations;
        solved
    }

    fn unknowns(&self) -> &[f64] {
        &self.z
    }

    fn combine<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) {
        step.next.copy_from_slice(attempt.state.y.as_slice());
        add(1.0, &step.stages[2 * step.next.len()..], &mut step.next);
    }

    /// Hairer & Wanner II, equations IV.8.19 and, where that is too large, IV.8.20.
    fn measure<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> f64 {
        let Attempt { field, state, h, scale, .. } = *attempt;
        let Some(scale) = scale else { return 0.0 };
        let (mass, y) = (step.plain.mass.as_deref(), state.y.as_slice());
        self.estimate.iter_mut().zip(state.slope.as_slice()).for_each(|(estimate, slope)| *estimate = slope.value());
        add_row(mass, 1.0 / h, ERROR, &self.z, &mut self.estimate);
        step.plain.matrix.solve(&mut self.estimate);
        let first = scale.squared_norm(y, &step.next, |c, read| read(R::from(self.estimate[c])));
        if first <= 1.0 || first.is_nan() {
            return first;
        }
        self.argument.copy_from_slice(&step.plain.y);
        add(1.0, &self.estimate, &mut self.argument);
        field.eval_value(state.t, &self.argument, &step.plain.p, &mut self.estimate);
        step.evaluations += 1;
        add_row(mass, 1.0 / h, ERROR, &self.z, &mut self.estimate);
        step.plain.matrix.solve(&mut self.estimate);
        scale.squared_norm(y, &step.next, |c, read| read(R::from(self.estimate[c])))
    }

    /// By the implicit function theorem for all stages at once.
    fn correct<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> bool {
        let Attempt { field, p, state, h, .. } = *attempt;
        let (n, mass) = (step.next.len(), step.plain.mass.clone());
        let mass = mass.as_deref();
        let mut jacobians = Vec::with_capacity(3);
        for (node, z) in C.into_iter().zip(self.z.chunks_exact(n)) {
            let mut linearisation = step.plain.linearisation.clone();
            let y: Vec<f64> = step.plain.y.iter().zip(z).map(|(y, z)| y + z).collect();
            field.linearise(At { t: state.t + node * h, y: &y, p: &step.plain.p }, &mut linearisation);
            jacobians.push(linearisation.jacobian().clone());
        }
        step.plain.work.jacobians += 3;
        step.plain.work.factorisations += 1;
        let mut matrix = self.all.another();
        if matrix.factor(|i, j| INVERSE_OF_A[i][j] / h, mass, &jacobians).is_err() {
            return false;
        }
        self.all = matrix.another();
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
        step.stages.copy_from_slice(&corrected);
        self.combine(step, attempt);
        true
    }

    fn measure_tangents<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> f64 {
        let Some(scale) = attempt.scale else { return 0.0 };
        let mut estimate = attempt.state.slope.as_slice().to_vec();
        add_row(step.plain.mass.as_deref(), 1.0 / attempt.h, ERROR, &step.stages, &mut estimate);
        let inverse: Rc<dyn LinearMap> = step.plain.matrix.clone();
        let estimate = R::linear_map(&inverse, &estimate);
        scale.squared_norm(attempt.state.y.as_slice(), &step.next, |c, read| read(estimate[c]))
    }

    fn keep(&self, step: &Step<R>, state: &mut State<R>) {
        step.plain.keep(self.newton.slowest <= Self::QUICK, self.controlled.then_some(self.h), state);
        match state.history.as_mut().and_then(Arc::get_mut) {
            Some((h, z)) if z.len() == self.z.len() => {
                *h = self.h;
                z.copy_from_slice(&self.z);
            }
            _ => state.history = Some(Arc::new((self.h, self.z.clone()))),
        }
    }

    fn stage_time(&self, stage: usize) -> f64 {
        C[stage]
    }

    fn interpolate(&self, step: &Step<R>, y: &[R], _h: f64, theta: f64, out: &mut [R]) {
        out.copy_from_slice(y);
        for (stage, z) in step.stages.chunks_exact(y.len()).enumerate() {
            add(POWERS.iter().rev().fold(0.0, |sum, row| (sum + row[stage]) * theta), z, out);
        }
    }

    fn interpolant<T: Real>(&self, step: &Step<R>, _h: f64, convert: impl Fn(R) -> T, out: &mut Vec<T>) -> usize {
        let n = step.next.len();
        for row in &POWERS {
            for c in 0..n {
                let term = |stage: usize| convert(step.stages[stage * n + c]) * row[stage];
                out.push(term(0) + term(1) + term(2));
            }
        }
        3
    }
}
