//! [`SplitOde`]: a right-hand side in two parts, for methods that treat them differently.

use crate::Ode;
use costate_ad::Real;

/// One part of a right-hand side that is a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The stiff part, which a method of both kinds solves for: its Jacobian alone is asked for.
    Implicit,
    /// The rest, which it evaluates.
    Explicit,
}

/// The sum of a stiff and another right-hand side, `dy/dt = implicit(t, y, p) + explicit(t, y, p)`, for additive (IMEX) methods.
///
/// [`KenCarp4`](crate::KenCarp4) solves for the first part and evaluates the second: no Newton iteration, no Jacobian and no factors
/// see that one, which may be nonlinear, dense or dear. Stability then asks only that steps suit the second part as those of an
/// explicit method. Every other method steps the sum.
///
/// ```
/// use costate_solvers::{KenCarp4, Problem, SaveAt, SplitOde, Tolerance, ode};
/// use nalgebra::dvector;
///
/// // Fast relaxation towards a slow oscillation.
/// let relaxation = ode!(|t, [y, _v, _w], [rate]| [-rate * (y - t.cos()), R::from(0.0), R::from(0.0)]);
/// let oscillation = ode!(|t, [_y, v, w], [_rate]| [-t.sin(), w, -v]);
/// let problem = Problem::ode(SplitOde::new(relaxation, oscillation), [1.0, 1.0, 0.0], &dvector![1e6], 0.0..3.0);
/// let solution = problem.solve(KenCarp4, Tolerance::new(1e-7, 1e-7), SaveAt::end())?;
/// assert!((solution.last()[0] - 3.0_f64.cos()).abs() < 1e-5 && (solution.last()[1] - 3.0_f64.cos()).abs() < 1e-5);
/// # Ok::<(), costate_solvers::SolveError>(())
/// ```
///
/// Both parts see all states and all parameters. What a part brings along beside its right-hand side (a pattern, a Jacobian, events) is
/// not used; events are added to the problem.
#[derive(Clone, Copy, Debug)]
pub struct SplitOde<I, E> {
    implicit: I,
    explicit: E,
}

impl<I: Ode, E: Ode> SplitOde<I, E> {
    /// From the stiff part and the rest, each an `ode!` or an `impl Ode`.
    ///
    /// # Panics
    /// If both know their numbers of states, or of parameters, and differ in them.
    pub fn new(implicit: I, explicit: E) -> Self {
        let differ = |a: Option<usize>, b: Option<usize>| a.zip(b).is_some_and(|(a, b)| a != b);
        assert!(!differ(implicit.states(), explicit.states()), "both parts of a sum have the same states");
        assert!(!differ(implicit.parameters(), explicit.parameters()), "both parts of a sum have the same parameters");
        SplitOde { implicit, explicit }
    }
}

/// Up to how many states the second part is written without allocating.
const FEW: usize = 16;

impl<I: Ode, E: Ode> Ode for SplitOde<I, E> {
    const STATES: Option<usize> = match I::STATES {
        Some(states) => Some(states),
        None => E::STATES,
    };

    #[inline]
    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        self.implicit.rhs(t, y, p, dy);
        let (mut few, mut many) = ([R::zero(); FEW], Vec::new());
        let explicit = if let Some(few) = few.get_mut(..dy.len()) {
            few
        } else {
            many.resize(dy.len(), R::zero());
            &mut many[..]
        };
        self.explicit.rhs(t, y, p, explicit);
        dy.iter_mut().zip(explicit).for_each(|(dy, explicit)| *dy += *explicit);
    }

    fn states(&self) -> Option<usize> {
        self.implicit.states().or_else(|| self.explicit.states())
    }

    fn parameters(&self) -> Option<usize> {
        self.implicit.parameters().or_else(|| self.explicit.parameters())
    }

    fn is_split(&self) -> bool {
        true
    }

    #[inline]
    fn part<R: Real>(&self, part: Part, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        match part {
            Part::Implicit => self.implicit.rhs(t, y, p, dy),
            Part::Explicit => self.explicit.rhs(t, y, p, dy),
        }
    }

    fn complaint(&self) -> Option<String> {
        self.implicit.complaint().or_else(|| self.explicit.complaint())
    }
}
