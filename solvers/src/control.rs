//! [`Control`]: how large the steps are, by [`Tolerance`], by [`FixedStep`] or by a [`Mesh`].

use crate::span::Span;
use crate::{Controller, Norm, SolveError};
use std::sync::Arc;

/// Steps chosen so that each step's estimated error stays below `atol + rtol * |y|`, in the root mean square over
/// the components (Hairer, Norsett & Wanner, Solving Ordinary Differential Equations I, equation II.4.11) or in another
/// [`Norm`].
///
/// The norm looks at values only, so a solve takes the same steps on every scalar, unless
/// [`including_tangents`](Self::including_tangents) asks for more.
#[derive(Clone, Debug)]
pub struct Tolerance {
    pub(crate) rtol: f64,
    pub(crate) atol: f64,
    pub(crate) max_steps: usize,
    pub(crate) initial_step: Option<f64>,
    pub(crate) min_step: f64,
    pub(crate) max_step: f64,
    pub(crate) component_atol: Option<Arc<[f64]>>,
    pub(crate) norm: Norm,
    pub(crate) tangents: bool,
    pub(crate) controller: Controller,
    pub(crate) safety: f64,
    pub(crate) factors: [f64; 2],
}

impl Tolerance {
    /// The relative and the absolute tolerance, both positive.
    pub fn new(rtol: f64, atol: f64) -> Self {
        Tolerance {
            rtol,
            atol,
            max_steps: 1_000_000,
            initial_step: None,
            min_step: 0.0,
            max_step: f64::INFINITY,
            component_atol: None,
            norm: Norm::Rms,
            tangents: false,
            controller: Controller::Pi,
            safety: 0.9,
            factors: [0.2, 10.0],
        }
    }

    /// Gives up after this many steps, accepted or not (one million unless told).
    pub fn with_max_steps(self, max_steps: usize) -> Self {
        Tolerance { max_steps, ..self }
    }

    /// Tries this step first (positive, whatever the direction), rather than estimating one.
    pub fn with_initial_step(self, initial_step: f64) -> Self {
        Tolerance { initial_step: Some(initial_step), ..self }
    }

    /// Fails rather than take a step below this size (positive).
    pub fn with_min_step(self, min_step: f64) -> Self {
        Tolerance { min_step, ..self }
    }

    /// Never takes a step above this size (positive): for a right-hand side with short events that large steps
    /// would jump over.
    pub fn with_max_step(self, max_step: f64) -> Self {
        Tolerance { max_step, ..self }
    }

    /// An absolute tolerance for each component of the state (all positive), where they have different units.
    pub fn with_component_atol(self, atol: impl Into<Vec<f64>>) -> Self {
        Tolerance { component_atol: Some(atol.into().into()), ..self }
    }

    /// Measures the error in another norm than the root mean square.
    pub fn with_norm(self, norm: Norm) -> Self {
        Tolerance { norm, ..self }
    }

    /// Keeps the tolerance for the derivatives that dual numbers carry, too: each direction by itself, in the same norm.
    ///
    /// Without it steps are chosen for the values alone. That is enough where the derivatives are about as smooth as the
    /// solution; where the solution stands still and its derivatives do not (a system started in its equilibrium) it is
    /// not enough at any tolerance. A solve on plain numbers has no derivatives and takes no notice; on a tape they are
    /// not known yet, and [`SolveError::TangentsOutOfReach`] says so.
    pub fn including_tangents(self) -> Self {
        Tolerance { tangents: true, ..self }
    }

    /// Whether the derivatives that numbers carry are held to the tolerance.
    pub fn includes_tangents(&self) -> bool {
        self.tangents
    }

    /// Chooses step sizes by another rule than [`Controller::Pi`].
    pub fn with_controller(self, controller: Controller) -> Self {
        Tolerance { controller, ..self }
    }

    /// Aims at this fraction (in `0..1`) of the step that would just meet the tolerance: 0.9 unless told.
    pub fn with_safety(self, safety: f64) -> Self {
        Tolerance { safety, ..self }
    }

    /// Lets a step be at least `least` and at most `most` times the step before: 0.2 and 10 unless told.
    pub fn with_factors(self, least: f64, most: f64) -> Self {
        Tolerance { factors: [least, most], ..self }
    }

    /// The relative tolerance.
    pub fn rtol(&self) -> f64 {
        self.rtol
    }

    /// The absolute tolerance of a component of the state.
    pub fn atol(&self, component: usize) -> f64 {
        self.component_atol.as_ref().and_then(|atol| atol.get(component).copied()).unwrap_or(self.atol)
    }

    /// The same limits on steps for another problem on the same span, whose numbers have other units: with tolerances of its
    /// own, in the norm [`Norm::Rms`], and without a first step.
    pub fn for_companion(&self, rtol: f64, atol: f64) -> Tolerance {
        let (norm, component_atol, initial_step) = (Norm::Rms, None, None);
        Tolerance { rtol, atol, norm, component_atol, initial_step, tangents: false, ..self.clone() }
    }

    fn check(&self) -> Result<(), SolveError> {
        let components = self.component_atol.iter().flat_map(|atol| atol.iter());
        for (name, value) in
            [("rtol", self.rtol), ("atol", self.atol)].into_iter().chain(components.map(|&a| ("atol", a)))
        {
            if !(value > 0.0 && value.is_finite()) {
                return Err(SolveError::BadTolerance { name, value });
            }
        }
        let remedy = "it must be positive";
        if self.initial_step.is_some_and(|step| !(step > 0.0 && step.is_finite())) {
            let value = self.initial_step.unwrap_or_default();
            return Err(SolveError::BadStep { name: "Tolerance::with_initial_step", value, remedy });
        }
        if !(self.min_step >= 0.0 && self.min_step.is_finite()) {
            return Err(SolveError::BadStep { name: "Tolerance::with_min_step", value: self.min_step, remedy });
        }
        if !(self.max_step > 0.0 && self.max_step >= self.min_step) {
            let remedy = "it must be positive and not below the smallest step";
            return Err(SolveError::BadStep { name: "Tolerance::with_max_step", value: self.max_step, remedy });
        }
        if !(self.safety > 0.0 && self.safety < 1.0) {
            let remedy = "it must lie between 0 and 1";
            return Err(SolveError::BadStep { name: "Tolerance::with_safety", value: self.safety, remedy });
        }
        let [least, most] = self.factors;
        if !(least > 0.0 && least < 1.0 && most > 1.0 && most.is_finite()) {
            let value = if most > 1.0 && most.is_finite() { least } else { most };
            let remedy = "the least factor must lie between 0 and 1, and the most above 1";
            return Err(SolveError::BadStep { name: "Tolerance::with_factors", value, remedy });
        }
        Ok(())
    }
}

/// Steps of one size `h` (positive, whatever the direction of the span); the last one is shortened to end exactly on
/// the span's end. Step `n` starts at `t0 + n * h`, without accumulated rounding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FixedStep(
    /// The size of a step.
    pub f64,
);

impl FixedStep {
    /// Above this many steps the time would no longer advance by whole steps.
    const MOST_STEPS: f64 = 1e15;

    fn check(&self, span: Span) -> Result<(), SolveError> {
        let refuse = |remedy| Err(SolveError::BadStep { name: "the step of FixedStep", value: self.0, remedy });
        if !(self.0 > 0.0 && self.0.is_finite()) {
            return refuse("it must be positive and finite; the span gives the direction");
        }
        let smallest = 2.0 * f64::EPSILON * span.start.abs().max(span.end.abs());
        if self.0 < smallest || span.intervals(self.0) > Self::MOST_STEPS {
            return refuse("it is too small to advance the time on this span; choose a larger step");
        }
        Ok(())
    }
}

/// Steps that end at the given times, along the span; a last step leads to the span's end, if that is not among them.
///
/// For a solve that must not choose its steps anew: the perturbed runs of a difference quotient, where a step more or less would
/// drown the difference.
///
/// ```
/// use costate_solvers::{Mesh, Problem, Rk4, SaveAt, ode};
/// use nalgebra::dvector;
///
/// let decay = ode!(|_t, [y], [rate]| [-rate * y]);
/// let problem = Problem::ode(decay, [1.0], &dvector![2.0], 0.0..1.0);
/// let solution = problem.solve(Rk4, Mesh::new([0.1, 0.3, 0.7]), SaveAt::steps())?;
/// assert_eq!(solution.times(), [0.0, 0.1, 0.3, 0.7, 1.0]);
/// # Ok::<(), costate_solvers::SolveError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Mesh(pub(crate) Arc<[f64]>);

impl Mesh {
    /// The ends of the steps.
    pub fn new(times: impl Into<Vec<f64>>) -> Mesh {
        Mesh(times.into().into())
    }

    /// The ends of the steps.
    pub fn times(&self) -> &[f64] {
        &self.0
    }

    fn check(&self, span: Span) -> Result<(), SolveError> {
        let mut before = span.start;
        for &t in self.0.iter() {
            if !(t.is_finite() && span.contains(t) && (t - before) * span.direction() > 0.0) {
                let remedy = "the times of a mesh lie in the span behind its start, each beyond the one before";
                return Err(SolveError::BadStep { name: "a time of Mesh", value: t, remedy });
            }
            before = t;
        }
        Ok(())
    }
}

/// How step sizes are chosen. Made from a [`Tolerance`], a [`FixedStep`] or a [`Mesh`]; holds plain values only.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Control {
    /// Error control.
    Adaptive(Tolerance),
    /// Steps of one size.
    Fixed(FixedStep),
    /// Given steps.
    Mesh(Mesh),
}

impl Control {
    pub(crate) fn check(&self, span: Span) -> Result<(), SolveError> {
        match self {
            Control::Adaptive(tolerance) => tolerance.check(),
            Control::Fixed(step) => step.check(span),
            Control::Mesh(mesh) => mesh.check(span),
        }
    }
}

impl Control {
    /// A control for a solution of which this one's error can be read off: a hundredth of the tolerance, or two steps for one.
    pub fn refined(&self) -> Control {
        match self {
            Control::Adaptive(tolerance) => {
                let component_atol =
                    tolerance.component_atol.as_ref().map(|atol| atol.iter().map(|a| a / 100.0).collect());
                let (rtol, atol) = (tolerance.rtol / 100.0, tolerance.atol / 100.0);
                Control::Adaptive(Tolerance { rtol, atol, component_atol, ..tolerance.clone() })
            }
            Control::Fixed(FixedStep(h)) => Control::Fixed(FixedStep(0.5 * h)),
            Control::Mesh(Mesh(times)) => {
                let between = times.windows(2).flat_map(|ends| [ends[0], 0.5 * (ends[0] + ends[1])]);
                Control::Mesh(Mesh(between.chain(times.last().copied()).collect()))
            }
        }
    }

    /// Whether the derivatives that numbers carry are held to the tolerance.
    pub fn includes_tangents(&self) -> bool {
        matches!(self, Control::Adaptive(tolerance) if tolerance.tangents)
    }
}

impl From<Tolerance> for Control {
    fn from(tolerance: Tolerance) -> Self {
        Control::Adaptive(tolerance)
    }
}

impl From<FixedStep> for Control {
    fn from(step: FixedStep) -> Self {
        Control::Fixed(step)
    }
}

impl From<Mesh> for Control {
    fn from(mesh: Mesh) -> Self {
        Control::Mesh(mesh)
    }
}

/// Keeps the tolerance for the next solve.
impl From<&Tolerance> for Control {
    fn from(tolerance: &Tolerance) -> Self {
        Control::Adaptive(tolerance.clone())
    }
}

/// Keeps the control for the next solve.
impl From<&Control> for Control {
    fn from(control: &Control) -> Self {
        control.clone()
    }
}
