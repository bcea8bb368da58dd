//! [`Jump`]: what a jump of a Poisson process does to the state.

use super::{Event, Reset, Trigger};
use crate::{Mark, PoissonProcess, SolveError};
use costate_ad::Real;
use std::ops::Range;

/// A change of the state by a jump that has a [`Mark`], written once for every scalar. [`jump!`](crate::jump!) makes one from a
/// closure.
pub trait Jump {
    /// Changes the state in place.
    fn apply<R: Real>(&self, t: R, y: &mut [R], p: &[R], mark: &Mark);
}

/// The jumps of a path, and what they do: the [`Reset`] of [`Event::jumps`].
#[derive(Clone, Debug)]
pub struct Marked<J> {
    jumps: Vec<(f64, Mark)>,
    jump: J,
}

impl<J: Jump> Reset for Marked<J> {
    fn apply<R: Real>(&self, t: R, y: &mut [R], p: &mut [R]) {
        let found = self.jumps.binary_search_by(|(time, _)| time.total_cmp(&t.value()));
        if let Ok(index) = found {
            self.jump.apply(t, y, p, &self.jumps[index].1);
        }
    }
}

impl<J: Jump> Event<(), Marked<J>> {
    /// Happens at the jumps of a Poisson process in `span`, which is that of the problem: of an ordinary or of a stochastic one.
    /// Steps end exactly on them, and their times carry no derivatives.
    ///
    /// ```
    /// use costate_solvers::{Brownian, Event, Milstein, PoissonProcess, Problem, SaveAt, FixedStep, jump, sde};
    /// use nalgebra::dvector;
    ///
    /// // Merton's jump-diffusion: a price that is multiplied by exp(mean + width z) at each of three jumps a year.
    /// let price = sde!(|_t, [s], [growth, volatility, _mean, _width]| drift: [growth * s], diagonal: [volatility * s]);
    /// let crash = jump!(|_t, [s], [_growth, _volatility, mean, width], mark| [s * (mean + width * mark.normal(0)).exp()]);
    /// let problem = Problem::sde(price, Brownian::seeded(1), [1.0], &dvector![0.05, 0.2, -0.1, 0.3], 0.0..1.0)
    ///     .with_event(Event::jumps(&PoissonProcess::seeded(1, 3.0), 0.0..1.0, crash)?);
    /// let solution = problem.solve(Milstein, FixedStep(0.01), SaveAt::end())?;
    /// assert!(solution.last()[0] > 0.0);
    /// # Ok::<(), costate_solvers::SolveError>(())
    /// ```
    ///
    /// # Errors
    /// As [`PoissonProcess::jumps`].
    pub fn jumps(process: &PoissonProcess, span: Range<f64>, jump: J) -> Result<Self, SolveError> {
        let jumps = process.jumps(span)?;
        let trigger = Trigger::Times(jumps.iter().map(|(t, _)| *t).collect());
        Ok(Event { trigger, condition: (), reset: Marked { jumps, jump } })
    }
}

/// A [`Jump`](crate::Jump) from a closure with named states, parameters and a mark that returns the new state.
///
/// ```
/// use costate_solvers::{Jump, PoissonProcess, jump};
///
/// let claim = jump!(|_t, [reserve], [size], mark| [reserve + size * mark.uniform(0).ln()]);
/// let (_, mark) = PoissonProcess::seeded(1, 1.0).jumps(0.0..100.0)?[0];
/// let mut y = [10.0];
/// claim.apply(0.0, &mut y, &[2.0], &mark);
/// assert_eq!(y[0], 10.0 + 2.0 * mark.uniform(0).ln());
/// # Ok::<(), costate_solvers::SolveError>(())
/// ```
#[macro_export]
macro_rules! jump {
    (|$t:pat_param, [$($state:pat_param),* $(,)?], [$($parameter:pat_param),* $(,)?], $mark:pat_param $(,)?| $body:expr $(,)?) => {{
        #[derive(Clone, Copy, Debug)]
        struct Given;

        impl $crate::Jump for Given {
            fn apply<R: $crate::Real>(&self, t: R, y: &mut [R], p: &[R], mark: &$crate::Mark) {
                let ($t, $mark) = (t, mark);
                let &mut [$($state),*] = y else {
                    panic!("the jump names {} states, but there are {}", <[&str]>::len(&[$(::core::stringify!($state)),*]), y.len())
                };
                let &[$($parameter),*] = p else {
                    panic!("the jump names {} parameters, but there are {}", <[&str]>::len(&[$(::core::stringify!($parameter)),*]), p.len())
                };
                y.copy_from_slice(&$body);
            }
        }

        Given
    }};
}
