//! [`Path`]: the interpolants of steps in a row.

use costate_solvers::DenseStep;
use std::ops::Range;

/// Steps that are finer by this factor are looked at by themselves.
const FINER: f64 = 16.0;

/// Some steps of a forward run as polynomials: where its state can be read at any time.
#[derive(Clone, Debug, Default)]
pub(super) struct Path {
    n: usize,
    /// The index of the first step.
    first: usize,
    times: Vec<(f64, f64)>,
    starts: Vec<f64>,
    coefficients: Vec<f64>,
    /// Where the coefficients of each step end.
    ends: Vec<usize>,
}

impl Path {
    pub(super) fn push(&mut self, step: DenseStep<'_, f64>) {
        if self.times.is_empty() {
            (self.first, self.n) = (step.index, step.y.len());
        }
        self.times.push((step.t, step.t_next));
        self.starts.extend_from_slice(step.y);
        self.coefficients.extend_from_slice(step.coefficients);
        self.ends.push(self.coefficients.len());
    }

    /// The index of the first step.
    pub(super) fn first(&self) -> usize {
        self.first
    }

    /// Which of the steps `steps` (their indices in the run) holds the time, and the fraction of it: never outside.
    fn locate(&self, t: f64, steps: &Range<usize>) -> (usize, f64) {
        let first = steps.start.saturating_sub(self.first);
        let times = &self.times[first..steps.end - self.first];
        let direction = times.first().map_or(1.0, |(start, end)| end - start);
        let behind = times.partition_point(|(start, _)| (t - start) * direction >= 0.0);
        let step = first + behind.saturating_sub(1);
        let (start, end) = self.times[step];
        (step, ((t - start) / (end - start)).clamp(0.0, 1.0))
    }

    /// Where, on the way back from one time to another, the forward steps become finer by a factor of [`FINER`], and again by as much:
    /// there is something that a step of the adjoint, which may be smooth there, should not pass over.
    pub(super) fn refinements(&self, [from, to]: [f64; 2], steps: &Range<usize>) -> Vec<f64> {
        let [last, first] = [from, to].map(|t| self.locate(t, steps).0);
        let (mut all, mut size) = (Vec::new(), 0.0);
        for step in (first..=last).rev() {
            let (start, end) = self.times[step];
            let h = (end - start).abs();
            if FINER * h < size {
                all.push(end);
                size = h;
            }
            size = f64::max(size, h);
        }
        all
    }

    fn polynomial(&self, step: usize) -> &[f64] {
        let start = if step == 0 { 0 } else { self.ends[step - 1] };
        &self.coefficients[start..self.ends[step]]
    }

    /// Writes the state at time `t`, which lies in one of the steps `steps`.
    pub(super) fn state(&self, t: f64, steps: &Range<usize>, y: &mut [f64]) {
        let (step, theta) = self.locate(t, steps);
        evaluate(&self.starts[step * self.n..][..self.n], self.polynomial(step), theta, y);
    }

    /// Writes its derivative by the time.
    pub(super) fn slope(&self, t: f64, steps: &Range<usize>, slope: &mut [f64]) {
        let (step, theta) = self.locate(t, steps);
        let (start, end) = self.times[step];
        slope.fill(0.0);
        let mut power = 1.0 / (end - start);
        for (j, q) in self.polynomial(step).chunks_exact(self.n).enumerate() {
            slope.iter_mut().zip(q).for_each(|(slope, q)| *slope += (j + 1) as f64 * power * q);
            power *= theta;
        }
    }
}

/// Writes `y + sum of q_j theta^j`.
pub(super) fn evaluate(y: &[f64], coefficients: &[f64], theta: f64, out: &mut [f64]) {
    out.fill(0.0);
    for q in coefficients.chunks_exact(y.len()).rev() {
        out.iter_mut().zip(q).for_each(|(out, q)| *out = (*out + q) * theta);
    }
    out.iter_mut().zip(y).for_each(|(out, y)| *out += y);
}
