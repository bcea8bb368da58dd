//! [`Recorder`]: puts the saves of a solve together while it runs.

use crate::dense::Dense;
use crate::interior::Interior;
use crate::save::Plan;
use crate::{Observer, Saved, Solution, SolveError, State, Statistics, Stepper, VectorField};
use costate_ad::Real;

pub(crate) struct Recorder<R> {
    plan: Plan,
    times: Vec<f64>,
    /// The saved states, one after the other.
    numbers: Vec<R>,
    dense: Option<Dense<R>>,
}

impl<R: Real> Recorder<R> {
    /// For states of `n` numbers.
    pub(crate) fn new(plan: Plan, n: usize) -> Self {
        let expected = if let Plan::Times(times) = &plan { times.len() } else { 0 };
        let dense = matches!(plan, Plan::Steps { dense: true }).then(Dense::new);
        Recorder { plan, times: Vec::with_capacity(expected), numbers: Vec::with_capacity(expected * n), dense }
    }

    /// Saves the initial state, where it is asked for.
    pub(crate) fn start<O: Observer<R>>(&mut self, state: &State<R>, observer: &mut O) {
        let saves = match &self.plan {
            Plan::Times(times) => times.iter().take_while(|&&t| t == state.t).count(),
            Plan::Steps { .. } => 1,
        };
        for _ in 0..saves {
            observer.saved(Saved { index: self.times.len(), step: 0, theta: 0.0 });
            self.times.push(state.t);
            self.numbers.extend_from_slice(state.y.as_slice());
        }
    }

    /// Saves what lies in an accepted step.
    #[inline]
    pub(crate) fn step<F: VectorField<R> + ?Sized, T: Stepper<R>, O: Observer<R>>(
        &mut self,
        interior: &mut Interior<'_, F, R, T>,
        observer: &mut O,
    ) -> Result<(), SolveError> {
        let (start, h, end) = (interior.state.t, interior.step.h, interior.step.t_next);
        if let Plan::Steps { .. } = self.plan {
            if let Some(dense) = &mut self.dense {
                dense.push(|coefficients| interior.interpolant(coefficients))?;
            }
            return self.save(end, 1.0, interior, observer);
        }
        while let Plan::Times(times) = &self.plan
            && let Some(&t) = times.get(self.times.len())
            && (end - t) * h >= 0.0
        {
            let theta = if t == end { 1.0 } else { (t - start) / h };
            self.save(t, theta, interior, observer)?;
        }
        Ok(())
    }

    fn save<F: VectorField<R> + ?Sized, T: Stepper<R>, O: Observer<R>>(
        &mut self,
        t: f64,
        theta: f64,
        interior: &mut Interior<'_, F, R, T>,
        observer: &mut O,
    ) -> Result<(), SolveError> {
        observer.saved(Saved { index: self.times.len(), step: interior.state.index, theta });
        self.times.push(t);
        if theta == 1.0 {
            self.numbers.extend_from_slice(interior.stepper.next());
            return Ok(());
        }
        let start = self.numbers.len();
        self.numbers.extend_from_slice(interior.state.y.as_slice());
        interior.interpolate(theta, &mut self.numbers[start..])
    }

    pub(crate) fn finish(self, statistics: Statistics) -> Solution<R> {
        Solution::new(self.times, self.numbers, self.dense, statistics)
    }
}
