//! [`Recorder`]: puts the saves of a solve together while it runs.

use crate::dense::Dense;
use crate::integrate::Accepted;
use crate::save::Plan;
use crate::{Observer, Saved, Solution, State, Statistics, Stepper};
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

    /// Saves what lies in an accepted step, of which `state` is the start.
    #[inline]
    pub(crate) fn step<T: Stepper<R>, O: Observer<R>>(
        &mut self,
        state: &State<R>,
        step: &Accepted,
        stepper: &T,
        observer: &mut O,
    ) {
        if let Plan::Steps { .. } = self.plan {
            if let Some(dense) = &mut self.dense {
                dense.push(|coefficients| {
                    stepper.interpolant(step.h, coefficients);
                });
            }
            return self.save(step.t_next, 1.0, state, step.h, stepper, observer);
        }
        while let Plan::Times(times) = &self.plan
            && let Some(&t) = times.get(self.times.len())
            && (step.t_next - t) * step.h >= 0.0
        {
            let theta = if t == step.t_next { 1.0 } else { (t - state.t) / step.h };
            self.save(t, theta, state, step.h, stepper, observer);
        }
    }

    fn save<T: Stepper<R>, O: Observer<R>>(
        &mut self,
        t: f64,
        theta: f64,
        state: &State<R>,
        h: f64,
        stepper: &T,
        observer: &mut O,
    ) {
        observer.saved(Saved { index: self.times.len(), step: state.index, theta });
        self.times.push(t);
        if theta == 1.0 {
            return self.numbers.extend_from_slice(stepper.next());
        }
        let (y, start) = (state.y.as_slice(), self.numbers.len());
        self.numbers.extend_from_slice(y);
        stepper.interpolate(y, h, theta, &mut self.numbers[start..]);
    }

    pub(crate) fn finish(self, statistics: Statistics) -> Solution<R> {
        Solution::new(self.times, self.numbers, self.dense, statistics)
    }
}
