//! [`BdfScheme`]: a step of the backward differentiation formulas.

use super::newton::{Newton, Stage};
use super::past::{MAX_ORDER, Past};
use super::plain::{add_mass, storage};
use super::scheme::{Scheme, Step};
use crate::attempt::Attempt;
use crate::{ErrorScale, State, VectorField};
use costate_ad::{At, LinearMap, Real};
use costate_linalg::{StateJacobian, StepMatrix, correct};
use std::rc::Rc;
use std::sync::Arc;

/// Parts of the difference of the next order that are added for smaller errors (Shampine & Reichelt, table 1).
pub(super) const KAPPA: [f64; MAX_ORDER + 1] = [0.0, -0.185, -1.0 / 9.0, -0.0823, -0.0415, 0.0];

/// `1 + 1/2 + .. + 1/order`.
pub(super) fn harmonic(order: usize) -> f64 {
    (1..=order).map(|k| 1.0 / k as f64).sum()
}

/// The size of the error of a step of this order, in units of its correction.
fn error_constant(order: usize) -> f64 {
    KAPPA.get(order).copied().unwrap_or(0.0) * harmonic(order) + 1.0 / (order + 1) as f64
}

/// The step of [`Bdf`](crate::Bdf): the unknown is the correction of the predicted state.
#[derive(Clone, Debug)]
pub struct BdfScheme<R> {
    max_order: usize,
    past: Past<R>,
    /// The past behind the step, once it is solved.
    next: Past<R>,
    /// The predicted state; the state for which the formula sees no slope.
    predicted: Vec<R>,
    base: Vec<R>,
    correction: Vec<f64>,
    unknown: Vec<f64>,
    known: Vec<f64>,
    work: Vec<f64>,
    newton: Newton,
    /// The shift of the factors in use, and the size of the next step, where it is the method's choice.
    shift: f64,
    next_h: Option<f64>,
    /// The factors at the end of the last step, by which its derivatives were corrected.
    corrector: Option<Rc<StepMatrix>>,
}

/// Steps grow by at most this factor, and only where they grow by at least that.
const GROWTH: [f64; 2] = [1.2, 10.0];
/// Old factors serve shifts that differ from their own by at most this part.
const SAME: f64 = 0.25;
/// The part of the tolerance that the iteration may leave: the error of a step is a fraction of its correction.
const LEFT: f64 = 0.05;
/// A Jacobian is kept while every correction is at most this part of the one before.
const QUICK: f64 = 0.3;
/// How many times smaller than the tolerance an error is to be after a change of the step: without one of the order, and where the
/// order rises (Hindmarsh et al., ACM Trans. Math. Softw. 31 (2005) 363-396, section 2.1).
const BIAS: [f64; 2] = [6.0, 10.0];

impl<R: Real> BdfScheme<R> {
    pub(crate) fn with_order(max_order: usize, states: usize) -> Self {
        BdfScheme { max_order, ..Self::new(states) }
    }

    /// The differences on the mesh of this step, and what they predict.
    fn predict<F: ?Sized>(&mut self, step: &Step<R>, attempt: &Attempt<'_, F, R>) {
        let (state, h, n) = (attempt.state, attempt.h, step.next.len());
        match state.past.as_deref() {
            Some(past) => {
                self.past.assign(past);
                if past.h != h {
                    self.past.stretch(h, n);
                }
            }
            // With a mass matrix the right-hand side is not the slope of the state.
            None => {
                let slope = step.plain.mass.is_none().then_some(state.slope.as_slice());
                self.past = Past::start(state.y.as_slice(), slope, h);
            }
        }
        let order = self.past.order;
        let alpha = (1.0 - KAPPA[order]) * harmonic(order);
        self.predicted.copy_from_slice(self.past.row(0, n));
        self.base.fill(R::zero());
        for row in 1..=order {
            let weight = harmonic(row) / alpha;
            let both = self.predicted.iter_mut().zip(&mut self.base);
            for ((predicted, psi), &difference) in both.zip(self.past.row(row, n)) {
                *predicted += difference;
                *psi += difference * weight;
            }
        }
        self.base.iter_mut().zip(&self.predicted).for_each(|(base, &predicted)| *base = predicted - *base);
    }

    fn shift(&self) -> f64 {
        let order = self.past.order;
        (1.0 - KAPPA[order]) * harmonic(order) / self.past.h
    }

    /// The order and size of the next step from the errors of this one at three orders, as powers that make them step sizes.
    fn choose<F: ?Sized>(&mut self, step: &Step<R>, attempt: &Attempt<'_, F, R>, squared_error: f64) {
        let (n, order) = (step.next.len(), self.past.order);
        let Some(scale) = attempt.scale else {
            self.next.order = (order + 1).min(self.max_order);
            return;
        };
        self.next_h = Some(attempt.h);
        if self.next.equal_steps <= order {
            return;
        }
        let factor = |squared: f64, other: usize| {
            let bias = BIAS[usize::from(other > order)];
            (bias * bias * squared).max(1e-20).powf(-0.5 / (other + 1) as f64)
        };
        let at = |other: usize| {
            let row = self.next.row(other + 1, n);
            let constant = error_constant(other);
            let squared = scale.squared_norm(attempt.state.y.as_slice(), &step.next, |c, read| read(row[c]) * constant);
            factor(squared, other)
        };
        let mut best = (factor(squared_error, order), order);
        let lower = (order > 1).then(|| (at(order - 1), order - 1));
        let higher = (order < self.max_order).then(|| (at(order + 1), order + 1));
        for other in [lower, higher].into_iter().flatten() {
            best = if other.0 > best.0 { other } else { best };
        }
        let growth = best.0;
        if !(0.9..GROWTH[0]).contains(&growth) {
            self.next.order = best.1;
            self.next.equal_steps = 0;
            self.next_h = Some(attempt.h * growth.min(GROWTH[1]));
        }
    }
}

impl<R: Real> Scheme<R> for BdfScheme<R> {
    const STAGES: usize = 1;
    const FAILED: f64 = 8.0;
    const ITERATES: bool = true;
    const MULTIPLIES: bool = true;

    fn new(states: usize) -> Self {
        let (zeros, plain) = (vec![R::zero(); states], vec![0.0; states]);
        let past = Past::start(&zeros, None, 1.0);
        BdfScheme {
            max_order: MAX_ORDER,
            next: past.clone(),
            past,
            predicted: zeros.clone(),
            base: zeros,
            correction: plain.clone(),
            unknown: plain.clone(),
            known: plain.clone(),
            work: plain,
            newton: Newton::new(LEFT),
            shift: 0.0,
            next_h: None,
            corrector: None,
        }
    }

    /// It survives a rejected step, after which another size may do.
    fn kept(state: &State<R>) -> Option<&Arc<StateJacobian>> {
        state.past.as_ref().and_then(|past| past.jacobian.as_ref())
    }

    fn solve<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> bool {
        let Attempt { field, state, h, scale, .. } = *attempt;
        self.predict(step, attempt);
        let shift = self.shift();
        let old = state.past.as_ref().map_or(0.0, |past| past.shift);
        let serves = !step.plain.is_fresh() && (shift / old - 1.0).abs() <= SAME;
        self.shift = if serves { old } else { shift };
        self.newton = Newton::new(LEFT).with_rate(if serves { self.past.rate } else { 1.0 });
        if !step.plain.refactor(self.shift) {
            return false;
        }
        for c in 0..step.next.len() {
            (self.unknown[c], self.known[c]) = (self.predicted[c].value(), self.base[c].value());
        }
        let plain = &step.plain;
        let (t, y, known, mass) = (state.t + h, &plain.y[..], &self.known[..], plain.mass.as_deref());
        let relax = 2.0 / (1.0 + shift / self.shift);
        let problem = Stage { mass, shift, known, y, scale, relax };
        let inverse = |b: &mut [f64]| plain.solve(field, (state.t, self.shift, false), b);
        let slope = |y: &[f64], dy: &mut [f64]| field.eval_value(t, y, &plain.p, dy);
        let solved = self.newton.solve(&problem, slope, inverse, &mut self.unknown, &mut self.work);
        for c in 0..step.next.len() {
            self.correction[c] = self.unknown[c] - self.predicted[c].value();
        }
        step.evaluations += self.newton.evaluations;
        step.plain.work.iterations += self.newton.iterations;
        solved
    }

    fn unknowns(&self) -> &[f64] {
        &self.correction
    }

    fn combine<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, _attempt: &Attempt<'_, F, R>) {
        for (c, next) in step.next.iter_mut().enumerate() {
            *next = self.predicted[c] + step.stages[c];
        }
        self.next.assign(&self.past);
        self.next.advance(&step.stages);
    }

    /// In powers that make it a step size: the loop, which chooses the next try from it, does not know the order.
    fn measure<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> f64 {
        let order = self.past.order;
        let constant = error_constant(order);
        self.next_h = None;
        let squared = attempt.scale.map_or(0.0, |scale| {
            scale.squared_norm(attempt.state.y.as_slice(), &step.next, |c, read| read(step.stages[c]) * constant)
        });
        if squared <= 1.0 {
            self.choose(step, attempt, squared);
        }
        squared.powf(1.0 / (order + 1) as f64)
    }

    fn correct<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> bool {
        let Attempt { field, p, state, h, scale } = *attempt;
        let (t, shift) = (state.t + h, self.shift());
        let Step { plain, stages, .. } = step;
        let mass = plain.mass.as_deref();
        let mut linearisation = plain.linearisation.clone();
        field.linearise(At { t, y: &self.unknown, p: &plain.p }, &mut linearisation);
        plain.work.jacobians += 1;
        plain.work.factorisations += 1;
        let matrix = self.corrector.get_or_insert_with(|| Rc::new(plain.matrix.another()));
        if storage(matrix).factor(shift, mass, linearisation.jacobian()).is_err() {
            return false;
        }
        let inverse: Rc<dyn LinearMap> = matrix.clone();
        let (mut y, mut moved) = (self.predicted.clone(), self.predicted.clone());
        let corrected = correct(&self.correction, &inverse, |correction: &[R]| {
            for c in 0..y.len() {
                y[c] = self.predicted[c] + correction[c];
                moved[c] = y[c] - self.base[c];
            }
            let mut residual = y.clone();
            field.eval(R::from(t), &y, p, &mut residual);
            add_mass(mass, -shift, &moved, &mut residual);
            residual
        });
        stages.copy_from_slice(&corrected);
        let (order, equal_steps) = (self.next.order, self.next.equal_steps);
        self.combine(step, attempt);
        // With derivatives in the error the choice is made again.
        if !scale.is_some_and(ErrorScale::includes_tangents) {
            (self.next.order, self.next.equal_steps) = (order, equal_steps);
        }
        true
    }

    fn measure_tangents<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) -> f64 {
        self.measure(step, attempt)
    }

    fn slope<F: VectorField<R> + ?Sized>(&mut self, step: &mut Step<R>, attempt: &Attempt<'_, F, R>) {
        if step.plain.mass.is_some() {
            let Attempt { field, p, state, h, .. } = *attempt;
            field.eval(R::from(state.t + h), &step.next, p, &mut step.next_slope);
            step.evaluations += 1;
            return;
        }
        let shift = self.shift();
        for (c, slope) in step.next_slope.iter_mut().enumerate() {
            *slope = (step.next[c] - self.base[c]) * shift;
        }
    }

    fn keep(&self, step: &Step<R>, state: &mut State<R>) {
        match state.past.as_mut().and_then(Arc::get_mut) {
            Some(past) => past.assign(&self.next),
            None => state.past = Some(Arc::new(self.next.clone())),
        }
        if let Some(past) = state.past.as_mut().and_then(Arc::get_mut) {
            let quick = self.newton.slowest <= QUICK && step.plain.products.is_none();
            past.jacobian = quick.then(|| step.plain.linearisation.jacobian().clone());
            (past.shift, past.rate) = (self.shift, self.newton.rate());
        }
        state.h = self.next_h.unwrap_or(state.h);
    }

    fn stage_time(&self, _stage: usize) -> f64 {
        1.0
    }

    fn interpolate(&self, step: &Step<R>, y: &[R], h: f64, theta: f64, out: &mut [R]) {
        let mut coefficients = Vec::new();
        self.interpolant(step, h, |number| number, &mut coefficients);
        out.copy_from_slice(y);
        for (power, row) in coefficients.chunks_exact(y.len()).enumerate() {
            let power = theta.powi(power as i32 + 1);
            out.iter_mut().zip(row).for_each(|(out, &coefficient)| *out += coefficient * power);
        }
    }

    /// The polynomial through the last `order + 1` states: the sum of the differences at the end of the step, each times
    /// `x (x + 1) .. (x + j - 1) / j!` for `x = theta - 1`.
    fn interpolant<T: Real>(&self, step: &Step<R>, _h: f64, convert: impl Fn(R) -> T, out: &mut Vec<T>) -> usize {
        let (n, order, start) = (step.next.len(), self.past.order, out.len());
        out.resize(start + order * n, T::zero());
        // The coefficients of the product in powers of theta.
        let mut product = [0.0; MAX_ORDER + 1];
        product[0] = 1.0;
        for j in 1..=order {
            for power in (0..=j).rev() {
                let lower = if power > 0 { product[power - 1] } else { 0.0 };
                product[power] = (lower + product[power] * (j as f64 - 2.0)) / j as f64;
            }
            for power in 1..=j {
                for (c, &difference) in self.next.row(j, n).iter().enumerate() {
                    out[start + (power - 1) * n + c] += convert(difference) * product[power];
                }
            }
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The formula of each order is exact for polynomials of its degree: on `y = x^k` with steps of 1, at `x = 0`, the differences
    /// times their harmonic sums make the slope.
    #[test]
    fn every_formula_has_its_order() {
        for order in 1..=MAX_ORDER {
            for degree in 0..=order {
                let value = |x: f64| (x + 0.3).powi(degree as i32);
                let slope = if degree == 0 { 0.0 } else { degree as f64 * 0.3_f64.powi(degree as i32 - 1) };
                let mut row: Vec<f64> = (0..=order).map(|k| value(-(k as f64))).collect();
                let mut sum = 0.0;
                for k in 1..=order {
                    row = row.windows(2).map(|pair| pair[0] - pair[1]).collect();
                    sum += row[0] / k as f64;
                }
                assert!((sum - slope).abs() < 1e-11, "{order} {degree}: {sum} {slope}");
            }
        }
    }
}
