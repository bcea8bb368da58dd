//! [`Boundary`]: where a reverse sweep over stages has arrived, between two steps.

use super::by_parameters::ByParameters;
use super::cotangents::Cotangents;
use super::field::Field;
use super::passages::Passed;
use super::stages::Time;
use super::trajectory::Trajectory;
use costate_ad::{At, Var, Vjp};
use costate_solvers::{MassMatrix, Ode, Problem};

/// The cotangents of what one step hands on to the next, and the way back through what happens between steps: stops and events.
pub(super) struct Boundary<'a, S> {
    pub(super) field: &'a Field<'a, S>,
    vjp: Vjp<'a, Field<'a, S>>,
    /// Where that is cheaper than the products by the state as well.
    by_parameters: Option<ByParameters>,
    unused: Vec<f64>,
    mass: Option<&'a MassMatrix>,
    /// The stops not yet swept over, and the parameters before the last that was.
    passages: &'a [Passed<f64>],
    pub(super) p: &'a [f64],
    pub(super) cotangents: Cotangents<'a>,
    /// Of the state, and of the slope there where a step uses that of the one before.
    pub(super) y_bar: Vec<f64>,
    pub(super) slope_bar: Vec<f64>,
    /// Of the end of the step that is swept over.
    pub(super) end_bar: Vec<f64>,
    pub(super) p_bar: Vec<f64>,
}

impl<'a, S: Ode> Boundary<'a, S> {
    /// The end of the span, for the cotangents of every number of the solution.
    pub(super) fn new<K>(
        field: &'a Field<'a, S>,
        problem: &'a Problem<S, f64>,
        trajectory: &'a Trajectory<f64, K>,
        output: &'a [f64],
    ) -> Self {
        let (t, y, p) = (problem.span().start, problem.initial_state().as_slice(), problem.parameters().as_slice());
        let vjp = Vjp::new(field, At { t, y, p });
        let cotangents = Cotangents::new(trajectory, output, [y.len(), 1]);
        let passages = trajectory.passages.all();
        let p = passages.last().map_or(p, |passed| passed.behind().1);
        let (y_bar, p_bar) = (vec![0.0; y.len()], vec![0.0; p.len()]);
        let (by_parameters, unused) = (ByParameters::of(field, At { t, y, p }, vjp.engine()), y_bar.clone());
        let (mass, slope_bar, end_bar) = (problem.mass_matrix(), y_bar.clone(), y_bar.clone());
        Boundary { field, vjp, by_parameters, unused, mass, passages, p, cotangents, slope_bar, end_bar, y_bar, p_bar }
    }

    /// Whether a stop lies behind the step `index` and was not swept over yet.
    #[inline(always)]
    pub(super) fn stops_behind(&self, index: usize) -> bool {
        self.passages.last().is_some_and(|passed| passed.index > index)
    }

    /// Goes back through the last stop: what was saved behind it, the slope that was evaluated there, and its events.
    #[cold]
    pub(super) fn passage(&mut self) {
        let Some((passed, rest)) = self.passages.split_last() else { return };
        self.passages = rest;
        while let Some(cotangent) = self.cotangents.pop_behind(passed.saves) {
            add(&mut self.y_bar, 1.0, cotangent);
        }
        let (y, p) = passed.behind();
        self.close_slope(At { t: passed.t, y, p });
        let behind = [&self.y_bar, &self.p_bar, self.cotangents.pop_events(passed)].concat();
        let before = passed.pull_back::<Var, S>((self.field.0, self.mass), behind);
        let (y_bar, p_bar) = before.as_slice().split_at(self.y_bar.len());
        self.y_bar.copy_from_slice(y_bar);
        self.p_bar.copy_from_slice(p_bar);
        self.p = passed.before().1;
    }

    /// Hands out what arrives at a step whose interpolant is the polynomial `y + sum of q_k theta^k` of this degree: leaves the cotangents of
    /// its end in `end_bar` and of its start in `y_bar`, and shows those of the `q_k` to `coefficient`, each as `k`, a factor, and a vector
    /// for which it stands.
    pub(super) fn gather(&mut self, time: Time, degree: usize, mut coefficient: impl FnMut(usize, f64, &[f64])) {
        std::mem::swap(&mut self.end_bar, &mut self.y_bar);
        self.y_bar.fill(0.0);
        let mut inside = |y_bar: &mut [f64], theta: f64, cotangent: &[f64]| {
            add(y_bar, 1.0, cotangent);
            (1..=degree).for_each(|power| coefficient(power, theta.powi(power as i32), cotangent));
        };
        if time.theta != 1.0 {
            // The end of a step that an event cut short lies inside it.
            inside(&mut self.y_bar, time.theta, &self.end_bar);
            self.end_bar.fill(0.0);
        }
        while let Some((theta, cotangent)) = self.cotangents.pop(time.index) {
            if theta == 1.0 {
                add(&mut self.end_bar, 1.0, cotangent)
            } else {
                inside(&mut self.y_bar, theta, cotangent)
            }
        }
        if !self.cotangents.dense.is_empty() {
            let n = self.y_bar.len();
            for (power, cotangent) in (1..).zip(self.cotangents.pop_dense(degree * n).chunks_exact(n)) {
                coefficient(power, time.theta.powi(power as i32), cotangent);
            }
        }
    }

    /// Closes the sweep at the initial state: its saves, and the slope that was evaluated there. Returns the cotangents of the state and
    /// the parameters, one after the other.
    pub(super) fn start(mut self, problem: &Problem<S, f64>) -> Vec<f64> {
        if !self.passages.is_empty() {
            self.passage();
        }
        while let Some(cotangent) = self.cotangents.pop_behind(0) {
            add(&mut self.y_bar, 1.0, cotangent);
        }
        self.close_slope(At { t: problem.span().start, y: problem.initial_state().as_slice(), p: self.p });
        self.y_bar.extend_from_slice(&self.p_bar);
        self.y_bar
    }

    /// The slope was evaluated at `at`: nothing is left of its cotangent.
    fn close_slope(&mut self, at: At<'_>) {
        if is_zero(&self.slope_bar) {
            return;
        }
        self.vjp.apply(at, &self.slope_bar, &mut self.y_bar, &mut self.p_bar, &mut 0.0);
        self.slope_bar.fill(0.0);
    }

    /// Adds the cotangents of the state, to `y_bar`, and of the parameters that belong to the cotangent `w` of the slope at `y`.
    ///
    /// The one call of the product: its code holds the right-hand side once for each engine, and is not to be multiplied by the sizes for
    /// which a sweep is compiled.
    #[inline(never)]
    pub(super) fn add_product(&mut self, t: f64, y: &[f64], w: &[f64], y_bar: &mut [f64]) {
        self.vjp.apply(At { t, y, p: self.p }, w, y_bar, &mut self.p_bar, &mut 0.0);
    }

    /// Adds the cotangents of the parameters alone.
    #[inline(never)]
    pub(super) fn add_by_parameters(&mut self, t: f64, y: &[f64], w: &[f64]) {
        let at = At { t, y, p: self.p };
        match &mut self.by_parameters {
            Some(by_parameters) => by_parameters.add(self.field, at, w, &mut self.p_bar),
            None => self.vjp.apply(at, w, &mut self.unused, &mut self.p_bar, &mut 0.0),
        }
    }
}

/// Whether nothing arrives.
pub(crate) fn is_zero(cotangents: &[f64]) -> bool {
    cotangents.iter().all(|&cotangent| cotangent == 0.0)
}

/// `total += factor * x`.
#[inline(always)]
pub(crate) fn add(total: &mut [f64], factor: f64, x: &[f64]) {
    for (total, x) in total.iter_mut().zip(x) {
        *total += factor * x;
    }
}
