//! [`StochasticSteps`]: single steps of a problem, between times that are given.

use crate::{
    BrownianPath, ErrorScale, NoiseShape, Sde, SdeProblem, SolveError, StochasticError, StochasticMethod,
    StochasticStepper, Trial,
};
use costate_ad::Real;

/// Takes single steps of a method on a path: for loops of one's own, and to take the steps of a solve again.
///
/// A step depends on nothing but its arguments, so the steps of a solve, taken again from the same states between the same
/// times, have the same bits, on any scalar and in any order.
///
/// ```
/// use costate_solvers::{Brownian, Milstein, Problem, StochasticSteps, sde};
/// use nalgebra::dvector;
///
/// let geometric = sde!(|_t, [price], [growth, volatility]| drift: [growth * price], diagonal: [volatility * price]);
/// let p = dvector![1.0, 0.5];
/// let problem = Problem::sde(geometric, Brownian::seeded(1), [1.0], &p, 0.0..1.0);
/// let mut steps = StochasticSteps::<_, f64, _>::new(&problem, &Milstein)?;
/// let (mut y, mut carried) = (vec![1.0], steps.first_carried(0.0, &[1.0], p.as_slice()));
/// for [t, t_next] in [[0.0, 0.25], [0.25, 1.0]] {
///     steps.take([t, t_next], &y, &carried, p.as_slice())?;
///     (y, carried) = (steps.next().to_vec(), steps.next_carried().to_vec());
/// }
/// assert!(y[0] > 0.0);
/// # Ok::<(), costate_solvers::SolveError>(())
/// ```
pub struct StochasticSteps<'a, S, R: Real, M: StochasticMethod> {
    system: &'a S,
    pub(super) path: BrownianPath,
    stepper: M::Stepper<R>,
    with_area: bool,
    no_area: Vec<f64>,
}

impl<'a, S: Sde, R: Real, M: StochasticMethod> StochasticSteps<'a, S, R, M> {
    /// Steps of the problem's model on its Brownian motion. The problem may be one on another scalar.
    ///
    /// # Errors
    /// As [`SdeProblem::solve`], where model, motion and method do not fit together.
    pub fn new<T: Real>(problem: &'a SdeProblem<S, T>, method: &M) -> Result<Self, SolveError> {
        problem.check_method(method)?;
        let (system, states) = (problem.system(), problem.initial_state().len());
        let path = problem.noise().motion(system.noise().dimensions(states))?;
        let shape = NoiseShape::new(system.noise(), states);
        let (stepper, with_area) = (method.stepper::<R>(shape), method.needs_area());
        Ok(StochasticSteps { system, path, stepper, with_area, no_area: vec![0.0; shape.dimensions] })
    }

    /// What the method carries into a first step from the state `y` at time `t` (see
    /// [`StochasticStepper::initial_carried`]).
    pub fn first_carried(&self, t: f64, y: &[R], p: &[R]) -> Vec<R> {
        self.stepper.initial_carried(self.system, p, t, y)
    }

    /// Takes the step from `t` to `t_next`, in either direction, from the state `y` (one element for each state) and what
    /// the step before it carried on, for the parameters `p`.
    ///
    /// # Errors
    /// As [`BrownianPath::increment`]; [`StochasticError::ImplicitStep`] where the step has no solution, or ends in numbers that are not finite.
    pub fn take(&mut self, [t, t_next]: [f64; 2], y: &[R], carried: &[R], p: &[R]) -> Result<(), SolveError> {
        let error = self.attempt([t, t_next], y, carried, p, None)?;
        let step = 0;
        if error == 0.0 { Ok(()) } else { Err(StochasticError::ImplicitStep { t, h: t_next - t, step }.into()) }
    }

    /// The state at the end of the step just taken.
    pub fn next(&self) -> &[R] {
        self.stepper.next()
    }

    /// What the step just taken carries on.
    pub fn next_carried(&self) -> &[R] {
        self.stepper.next_carried()
    }

    /// Refuses a step size that the path does not resolve.
    pub(super) fn check_resolution(&self, t: f64, h: f64) -> Result<(), SolveError> {
        let resolution = self.path.resolution();
        if h.abs() >= 2.0 * resolution {
            Ok(())
        } else {
            Err(StochasticError::NoiseTooCoarse { t, h, resolution }.into())
        }
    }

    /// Evaluations of drift and diffusion in one step.
    pub(super) fn evaluations(&self) -> usize {
        self.stepper.evaluations()
    }

    /// Tries a step; the result is that of [`StochasticStepper::attempt`].
    ///
    /// Out of line: a step is compiled once for each model, method and scalar, whoever takes it.
    #[inline(never)]
    pub(super) fn attempt(
        &mut self,
        [t, t_next]: [f64; 2],
        y: &[R],
        carried: &[R],
        p: &[R],
        scale: Option<&ErrorScale>,
    ) -> Result<f64, SolveError> {
        let h = t_next - t;
        let (w, area) = if self.with_area {
            self.path.increment_and_area(t, t_next)?
        } else {
            (self.path.increment(t, t_next)?, self.no_area.as_slice())
        };
        let trial = Trial { t, h, y, carried, w, area };
        Ok(self.stepper.attempt(self.system, p, &trial, scale))
    }
}
