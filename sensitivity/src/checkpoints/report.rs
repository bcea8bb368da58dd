//! [`SweepReport`]: what a reverse sweep cost, beside what was foreseen.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// What a choice of [`Checkpoints`](crate::Checkpoints) is expected to cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// Steps taken in all, the forward run included, over the steps of the forward run: 1 where nothing is computed again.
    pub factor: f64,
    /// The most bytes held at a time for states and recorded steps.
    pub bytes: usize,
}

/// What the last reverse sweep of this thread cost: see [`last_sweep`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SweepReport {
    /// Steps of the forward run.
    pub steps: usize,
    /// Bytes of one state, and of one recorded step.
    pub unit_bytes: [usize; 2],
    /// What was foreseen when the number of steps was known, before the sweep.
    pub forecast: Forecast,
    /// What it came to.
    pub actual: Forecast,
    /// How long the sweep took.
    pub time: Duration,
}

thread_local! {
    static LAST: Cell<Option<SweepReport>> = const { Cell::new(None) };
}

/// What the last reverse sweep of a [`DiscreteAdjoint`](crate::DiscreteAdjoint) on this thread cost, if there was one.
///
/// ```
/// use costate_ad::try_gradient;
/// use costate_sensitivity::{Checkpoints, DiscreteAdjoint, GradientStrategy, last_sweep};
/// use costate_solvers::{FixedStep, Problem, Rk4, SaveAt, SolveError, ode};
/// use nalgebra::dvector;
///
/// let decay = ode!(|_t, [y], [rate]| [-rate * y]);
/// let strategy = DiscreteAdjoint { checkpoints: Checkpoints::Binomial(10) };
/// try_gradient(
///     |p| {
///         let problem = Problem::ode(decay, [1.0], p, 0.0..1.0);
///         Ok::<_, SolveError>(strategy.solve(&problem, Rk4, FixedStep(0.001), SaveAt::end())?.last()[0])
///     },
///     &dvector![0.5],
/// )?;
/// let report = last_sweep().unwrap();
/// assert_eq!(report.steps, 1000);
/// assert!((report.actual.factor - report.forecast.factor).abs() < 0.01);
/// # Ok::<(), SolveError>(())
/// ```
pub fn last_sweep() -> Option<SweepReport> {
    LAST.get()
}

pub(crate) fn forget_last_sweep() {
    LAST.set(None);
}

/// Keeps account while a sweep runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ledger {
    start: Instant,
    steps: usize,
    unit_bytes: [usize; 2],
    taken: usize,
    most_bytes: usize,
}

impl Ledger {
    /// For a run of so many steps, which are taken already.
    pub(crate) fn open(steps: usize, unit_bytes: [usize; 2]) -> Ledger {
        Ledger { start: Instant::now(), steps, unit_bytes, taken: steps, most_bytes: 0 }
    }

    /// So many steps are taken again.
    pub(crate) fn take(&mut self, steps: usize) {
        self.taken += steps;
    }

    /// So many bytes are held now.
    pub(crate) fn hold(&mut self, bytes: usize) {
        self.most_bytes = self.most_bytes.max(bytes);
    }

    /// Closes the account, for [`last_sweep`].
    pub(crate) fn close(self, forecast: Forecast) {
        let factor = self.taken as f64 / self.steps.max(1) as f64;
        let actual = Forecast { factor, bytes: self.most_bytes };
        let (steps, unit_bytes, time) = (self.steps, self.unit_bytes, self.start.elapsed());
        LAST.set(Some(SweepReport { steps, unit_bytes, forecast, actual, time }));
    }
}
