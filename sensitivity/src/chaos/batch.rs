//! [`Batch`]: shadowing over one stretch of a trajectory.
//!
//! Over the segments, from the last to the first, homogeneous adjoints `W` and one inhomogeneous `v` are swept back. At the start of
//! segment k they are made orthogonal, `W_k = Q_k R_k` and `b_k = Q_k^T v_k`, and the segment before ends with `Q_k` and `v_k - Q_k b_k`. The
//! adjoint `v_k + W_k a_k` is continuous if `a_(k-1) = R_k a_k + b_k`, and its unstable part at the start of the segment is
//! `Q_k (R_k a_k + b_k)`: so the smallest one has the shortest coefficients. In a system that does not depend on the time `f^T nu` differs from
//! `-g / T` by a constant, which is such that its mean is zero: this fixes the neutral direction (Ni & Talnikar, section 3).

use super::least_norm::LeastNorm;
use super::segments::{Sampled, Segments};
use crate::SensitivityError;
use crate::discrete_adjoint::field::Field;
use costate_ad::At;
use costate_solvers::{Control, Linearisation, Method, Ode, Problem, SolveError};
use nalgebra::{DMatrix, DVector};
use std::ops::Range;

/// One part in so many is left out at each end of a batch: there the adjoint is still coming up to what it is in the midst of an endless
/// trajectory.
const TRIMMED: usize = 8;

pub(super) struct Batch<'a, S, M> {
    problem: &'a Problem<S, f64>,
    segments: Segments<'a, S, M>,
}

/// What one batch has found, and where it started.
pub(super) struct Outcome {
    pub(super) start: (f64, DVector<f64>),
    pub(super) average: f64,
    pub(super) gradient: DVector<f64>,
    pub(super) exponents: Vec<f64>,
}

/// What a sweep has left of the segments, in the order of time.
#[derive(Default)]
struct Swept {
    q: Vec<DMatrix<f64>>,
    r: Vec<DMatrix<f64>>,
    b: Vec<DVector<f64>>,
    /// What is left of the inhomogeneous adjoint at the start of each segment.
    rest: Vec<DVector<f64>>,
    /// Contributions to the parameters, one row for each adjoint, the inhomogeneous last.
    p: Vec<DMatrix<f64>>,
    means: Vec<f64>,
}

impl Outcome {
    /// Whether there may be more directions in which adjoints do not decay: the last of those that there are grows, and leaves none for
    /// the direction of the flow.
    pub(super) fn needs_more(&self, length: f64) -> bool {
        let fastest = self.exponents.first().copied().unwrap_or(0.0);
        self.exponents.last().is_some_and(|&last| last > f64::max(5.0 / length, 0.25 * fastest))
    }
}

impl<'a, S: Ode + Clone + 'static, M: Method + Clone + 'static> Batch<'a, S, M> {
    pub(super) fn run(
        (problem, method, control): (&'a Problem<S, f64>, &'a M, &'a Control),
        y: &DVector<f64>,
        span: Range<f64>,
        count: usize,
    ) -> Result<Self, SolveError> {
        Ok(Batch { problem, segments: Segments::run((problem, method, control), y, span, count)? })
    }

    /// Where the next batch starts.
    pub(super) fn end(&self) -> (f64, DVector<f64>) {
        let last = self.segments.count();
        (self.segments.times[last], self.segments.states[last].clone())
    }

    pub(super) fn differentiate(&self, sampled: Sampled<'_>, directions: usize) -> Result<Outcome, SolveError> {
        let (segments, swept) = (&self.segments, self.sweep(sampled, directions)?);
        let count = segments.count();
        let not_finite = SensitivityError::BadOption {
            option: "segment",
            value: (segments.times[1] - segments.times[0]).abs(),
            remedy: "adjoints overflow within a segment; choose it shorter",
        };
        let system = LeastNorm::new(&swept.r).ok_or(not_finite)?;
        let average = swept.means.iter().sum::<f64>() / count as f64;
        let c = match self.neutral(&swept, sampled, average) {
            Some((g, value)) => system.solve_with(&swept.b, &g, value),
            None => system.solve(&swept.b),
        };
        let mut gradient = DVector::zeros(self.problem.parameters().len());
        let ends = count / TRIMMED;
        for (k, p) in swept.p.iter().enumerate().take(count - ends).skip(ends) {
            gradient += p.rows(0, directions).tr_mul(&c[k + 1]) + p.row(directions).transpose();
        }
        gradient *= count as f64 / (count - 2 * ends) as f64;
        let length = (segments.times[count] - segments.times[0]).abs();
        let exponent = |i: usize| swept.r.iter().map(|r| r[(i, i)].abs().ln()).sum::<f64>() / length;
        let exponents = (0..directions).map(exponent).collect();
        let start = (segments.times[0], segments.states[0].clone());
        Ok(Outcome { start, average, gradient, exponents })
    }

    fn sweep(&self, sampled: Sampled<'_>, directions: usize) -> Result<Swept, SolveError> {
        let (segments, n) = (&self.segments, self.problem.initial_state().len());
        let weight = 1.0 / (segments.count() * sampled.samples) as f64;
        let any =
            DMatrix::from_fn(n, directions, |i, j| (1.7 * i as f64 + 2.9 * (i * j) as f64 + j as f64 + 0.4).sin());
        let mut ends = any.qr().q().insert_column(directions, 0.0);
        let mut swept = Swept::default();
        for k in (0..segments.count()).rev() {
            let (rows, mean) = segments.sweep(k, &ends, Some((sampled, weight)))?;
            let starts = rows.columns(0, n).transpose();
            let qr = starts.columns(0, directions).into_owned().qr();
            let (q, r) = (qr.q(), qr.r());
            let inhomogeneous = starts.column(directions).into_owned();
            let b = q.tr_mul(&inhomogeneous);
            let rest = inhomogeneous - &q * &b;
            ends.columns_mut(0, directions).copy_from(&q);
            ends.set_column(directions, &rest);
            swept.p.push(rows.columns(n, rows.ncols() - n).into_owned());
            swept.q.push(q);
            swept.r.push(r);
            swept.b.push(b);
            swept.rest.push(rest);
            swept.means.push(mean);
        }
        swept.reverse();
        Ok(swept)
    }

    /// For a system that does not depend on the time: the condition that fixes its neutral direction, as the weights of the coefficients
    /// and the value of their sum.
    fn neutral(&self, swept: &Swept, sampled: Sampled<'_>, average: f64) -> Option<(Vec<DVector<f64>>, f64)> {
        let (problem, segments) = (self.problem, &self.segments);
        let (p, field) = (problem.parameters().as_slice(), Field(problem.system()));
        let mut linearisation = Linearisation::new(problem.initial_state().len());
        linearisation.evaluate(&field, At { t: segments.times[0], y: segments.states[0].as_slice(), p });
        if linearisation.time_derivative().is_some() {
            return None;
        }
        let length = segments.times[segments.count()] - segments.times[0];
        let (mut weights, mut value) = (Vec::new(), 0.0);
        for (k, q) in swept.q.iter().enumerate() {
            let y = &segments.states[k];
            let mut flow = DVector::zeros(y.len());
            problem.system().rhs(segments.times[k], y.as_slice(), p, flow.as_mut_slice());
            let here: Vec<_> = y.iter().map(|&y| y.into()).collect();
            value += (average - (sampled.quantity)(&here).value()) / length - flow.dot(&swept.rest[k]);
            weights.push(q.tr_mul(&flow));
        }
        weights.push(DVector::zeros(weights[0].len()));
        Some((weights, value))
    }
}

impl Swept {
    fn reverse(&mut self) {
        self.q.reverse();
        self.r.reverse();
        self.b.reverse();
        self.rest.reverse();
        self.p.reverse();
        self.means.reverse();
    }
}
