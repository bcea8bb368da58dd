//! [`Newton`]: the one iteration by which implicit stages are solved.

use super::plain::{add, add_mass};
use crate::ErrorScale;
use costate_linalg::MassMatrix;

/// Modified Newton iteration for a stage `M (Y - g) shift = f(Y)`, with the factors of `shift M - J` for some Jacobian `J` near by.
///
/// It stops where the error still to come, `theta / (1 - theta)` times the last correction, is a small part of the tolerance, and
/// gives up where corrections grow or will not have become small in time (Hairer & Wanner, Solving Ordinary Differential
/// Equations II, section IV.8).
#[derive(Clone, Copy, Debug)]
pub(super) struct Newton {
    /// `theta / (1 - theta)` of the stage before in the same step.
    rate: f64,
    /// The largest `theta` of the step.
    pub(super) slowest: f64,
    pub(super) iterations: usize,
    pub(super) evaluations: usize,
    /// The norm of the last correction, how many there were, and the rate on which the next verdict relies.
    last: f64,
    iteration: usize,
    guess: f64,
    fixed: bool,
    kappa: f64,
}

/// The part of the tolerance that the iteration of a stage may leave.
pub(super) const KAPPA: f64 = 1e-2;
/// Under error control; on steps of one size there are more, since there is nothing else to be done.
const MOST: [usize; 2] = [8, 30];

/// A stage to be solved.
pub(super) struct Stage<'a> {
    pub(super) mass: Option<&'a MassMatrix>,
    pub(super) shift: f64,
    /// `g`.
    pub(super) known: &'a [f64],
    /// The state at the start of the step, which is part of what errors are measured against.
    pub(super) y: &'a [f64],
    pub(super) scale: Option<&'a ErrorScale>,
    /// What corrections are multiplied by, where the factors are those of another shift.
    pub(super) relax: f64,
}

/// What an iteration makes of its last correction.
pub(super) enum Verdict {
    Continue,
    Converged,
    Diverged,
}

impl Newton {
    /// Leaves at most the part `kappa` of the tolerance.
    pub(super) fn new(kappa: f64) -> Newton {
        let (rate, last) = (1.0, f64::NAN);
        Newton {
            rate,
            slowest: 0.0,
            iterations: 0,
            evaluations: 0,
            last,
            iteration: 0,
            guess: rate,
            fixed: false,
            kappa,
        }
    }

    /// Goes on with the rate of an earlier iteration with the same factors.
    pub(super) fn with_rate(self, rate: f64) -> Newton {
        Newton { rate, guess: rate, ..self }
    }

    /// `theta / (1 - theta)` of the last iteration.
    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    /// Starts an iteration; on steps of one size it goes down to rounding.
    pub(super) fn begin(&mut self, fixed: bool) {
        self.guess = self.rate.max(f64::EPSILON).powf(0.8);
        (self.last, self.iteration, self.fixed) = (f64::NAN, 0, fixed);
    }

    /// Takes note of a correction whose norm is `size` tolerances.
    pub(super) fn judge(&mut self, size: f64) -> Verdict {
        self.iteration += 1;
        self.iterations += 1;
        if !size.is_finite() {
            return Verdict::Diverged;
        }
        if self.iteration > 1 && size > 0.0 {
            let theta = size / self.last;
            self.slowest = self.slowest.max(theta);
            // Corrections no longer shrink where rounding is reached.
            if self.fixed && size <= 1.0 && theta > 0.5 {
                return Verdict::Converged;
            }
            let left = MOST[usize::from(self.fixed)].saturating_sub(self.iteration) as i32;
            let rate = theta / (1.0 - theta);
            if theta >= 0.99 || size * rate * theta.powi(left) > self.kappa {
                return Verdict::Diverged;
            }
            self.guess = rate;
        }
        if self.guess * size <= self.kappa {
            self.rate = self.guess;
            return Verdict::Converged;
        }
        self.last = size;
        if self.iteration >= MOST[usize::from(self.fixed)] { Verdict::Diverged } else { Verdict::Continue }
    }

    /// Moves `unknown` from a guess of `Y` to the solution; false where it does not get there. `inverse` solves with the step's matrix, `work`
    /// has the length of `unknown`.
    pub(super) fn solve(
        &mut self,
        stage: &Stage<'_>,
        mut slope: impl FnMut(&[f64], &mut [f64]),
        inverse: impl Fn(&mut [f64]),
        unknown: &mut [f64],
        work: &mut [f64],
    ) -> bool {
        let rounding = ErrorScale::relative(1e-12, stage.y);
        let scale = stage.scale.unwrap_or(&rounding);
        self.begin(stage.scale.is_none());
        loop {
            slope(unknown, work);
            self.evaluations += 1;
            add_mass(stage.mass, stage.shift, stage.known, work);
            add_mass(stage.mass, -stage.shift, unknown, work);
            inverse(work);
            if stage.relax != 1.0 {
                work.iter_mut().for_each(|correction| *correction *= stage.relax);
            }
            add(1.0, work, unknown);
            match self.judge(scale.squared_norm(stage.y, unknown, |c, read| read(work[c])).sqrt()) {
                Verdict::Continue => {}
                Verdict::Converged => return true,
                Verdict::Diverged => return false,
            }
        }
    }
}
