//! [`ReversibleAdjoint`]: a solve that can be taken back exactly.

mod increment;
mod mesh;
mod pair;

use crate::discrete_adjoint::field::Field;
use crate::error::deliver;
use crate::inputs::Inputs;
use crate::{GradientStrategy, SensitivityError, Strategy};
use costate_ad::{At, Real, Var, Vjp};
use costate_solvers::{Control, Method, Ode, Problem, Save, SaveAt, Solution, SolveError, Tableau};
use increment::Increment;
use mesh::Mesh;
use pair::{Pair, PairBar};

/// Wraps an explicit Runge-Kutta method so that its steps can be taken back, and sweeps back by taking them back: the exact gradient
/// of its own solution, with the memory of two states and the list of step ends, however many steps there are.
///
/// Beside the state `y` a second one, `z`, is carried: `y_next = l y + (1 - l) z + Psi_h(z)` and `z_next = z - Psi_(-h)(y_next)`, where
/// `Psi_h` is what a step of the method adds (McCallum & Foster, "Efficient, accurate and stable gradients for neural ODEs", arXiv
/// 2410.11648). The order is that of the method, and a step costs two.
///
/// **The solution is not that of [`Problem::solve`]**, but another one, of the same order and with a
/// larger error (of Lotka-Volterra's gradient at 1e-8 some 25 times that of `DiscreteAdjoint`: ask for a tolerance a digit tighter).
/// [`simulate`](Self::simulate) computes the same numbers without derivatives. The steps are those that the method itself takes on the problem under the same control, with a stop at
/// every save, so every save is the state `y` at the end of a step.
///
/// A stochastic equation needs no wrapper: a method that is reversible itself ([`ReversibleHeun`](costate_solvers::ReversibleHeun))
/// undoes its steps, and no other is taken (Kidger, Foster, Li and Lyons, NeurIPS 2021, algorithm 2). The coupling does not matter there.
///
/// Going back divides by the coupling `l` in every step, which enlarges rounding errors by `l^-1`. A run of so many steps that this would
/// spoil the gradient is refused before it starts back; 10,000 steps with the default lose five digits of sixteen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReversibleAdjoint {
    /// The coupling `l` of the two states, above 0 and at most 1; 0.999 unless told. Smaller is more stable, and forgets faster.
    pub coupling: f64,
}

impl Default for ReversibleAdjoint {
    fn default() -> Self {
        ReversibleAdjoint { coupling: 0.999 }
    }
}

/// Rounding errors may grow to this on the way back.
const LARGEST_ERROR: f64 = 1e-7;

impl ReversibleAdjoint {
    /// The reversible solution on any scalar: the numbers of which [`solve`](GradientStrategy::solve) has the exact gradient.
    ///
    /// # Errors
    /// As [`Problem::solve`]; and [`SolveError::Refused`] with a [`SensitivityError`] for a method that is no explicit Runge-Kutta
    /// method, for events, for dense output, and for so many steps that they could not be taken back.
    pub fn simulate<S: Ode + Clone, R: Real, M: Method>(
        &self,
        problem: &Problem<S, R>,
        method: M,
        control: impl Into<Control>,
        save: &SaveAt,
    ) -> Result<Solution<R>, SolveError> {
        let plain = problem.map(|number| number.value());
        let (tableau, mesh, solution) = self.mesh(&plain, method, control.into(), save)?;
        let (_, mut numbers) = self.run(problem, tableau, &mesh)?;
        let mut numbers = numbers.drain(..);
        Ok(solution.map(|_| numbers.next().expect("as many numbers as were saved")))
    }

    /// The steps of a plain solve, with a solution whose times are right and whose numbers are not used.
    fn mesh<S: Ode + Clone, M: Method>(
        &self,
        problem: &Problem<S, f64>,
        method: M,
        control: Control,
        save: &SaveAt,
    ) -> Result<(&'static Tableau, Mesh, Solution<f64>), SolveError> {
        let strategy = "ReversibleAdjoint";
        let Some(tableau) = method.tableau() else {
            let remedy = "use an explicit Runge-Kutta method such as Tsit5, or DiscreteAdjoint";
            return Err(SensitivityError::MethodRefused { strategy, method: method.name(), remedy }.into());
        };
        let (events, dense) = (!problem.system().triggers().is_empty(), save.is_dense());
        if events || dense {
            let what = if events { "events" } else { "SaveAt::dense" };
            return Err(SensitivityError::NotServed { strategy, what }.into());
        }
        if !(self.coupling > 0.0 && self.coupling <= 1.0) {
            let (option, value, remedy) = ("coupling", self.coupling, "it must lie above 0 and be at most 1");
            return Err(SensitivityError::BadOption { option, value, remedy }.into());
        }
        let stops = save.known_times(problem.span())?.unwrap_or_default();
        let mut mesh = Mesh::new(problem.span().start);
        let stopping = problem.clone().with_stops(stops);
        let solution = stopping.solve_observed(method, control, save.clone(), &mut mesh)?;
        if f64::EPSILON * self.coupling.powf(-(mesh.steps() as f64)) > LARGEST_ERROR {
            let remedy = "so many steps cannot be taken back with it; choose it closer to 1, or use DiscreteAdjoint";
            return Err(SensitivityError::BadOption { option: "coupling", value: self.coupling, remedy }.into());
        }
        Ok((tableau, mesh, solution))
    }

    /// The pair at the end, and the saved numbers.
    fn run<S: Ode, R: Real>(
        &self,
        problem: &Problem<S, R>,
        tableau: &'static Tableau,
        mesh: &Mesh,
    ) -> Result<(Pair<R>, Vec<R>), SolveError> {
        let (system, p, y) = (problem.system(), problem.parameters().as_slice(), problem.initial_state().as_slice());
        let (mut pair, mut increment) = (Pair::new(y), Increment::new(tableau, y.len()));
        let (mut numbers, mut saves) = (Vec::new(), mesh.saves.iter().peekable());
        for index in 0..mesh.times.len() {
            if index > 0 {
                let times = [mesh.times[index - 1], mesh.times[index]];
                pair.forward((system, p), &mut increment, times, self.coupling);
                check(&pair, times, index - 1)?;
            }
            while saves.next_if(|&&save| save == index).is_some() {
                numbers.extend_from_slice(&pair.y);
            }
        }
        Ok((pair, numbers))
    }

    /// The cotangents of the initial state and the parameters for those of the saved numbers.
    fn sweep<S: Ode>(
        &self,
        problem: &Problem<S, f64>,
        (tableau, mesh): (&'static Tableau, &Mesh),
        mut pair: Pair<f64>,
        cotangents: &[f64],
    ) -> Result<Vec<f64>, SolveError> {
        let (system, p, y) = (problem.system(), problem.parameters().as_slice(), problem.initial_state().as_slice());
        let (n, field) = (y.len(), Field(system));
        let mut vjp = Vjp::new(&field, At { t: mesh.times[0], y, p });
        let mut increment = Increment::new(tableau, n);
        let mut bar = PairBar { y: vec![0.0; n], z: vec![0.0; n], p: vec![0.0; p.len()] };
        let mut saves = mesh.saves.iter().zip(cotangents.chunks_exact(n)).rev().peekable();
        for index in (0..mesh.times.len()).rev() {
            while let Some((_, cotangent)) = saves.next_if(|(save, _)| **save == index) {
                bar.y.iter_mut().zip(cotangent).for_each(|(bar, cotangent)| *bar += cotangent);
            }
            if index > 0 {
                let times = [mesh.times[index - 1], mesh.times[index]];
                pair.backward(&mut vjp, (system, p), &mut increment, times, self.coupling, &mut bar);
            }
        }
        came_back(&pair, y, mesh.times[0])?;
        let mut all: Vec<f64> = bar.y.iter().zip(&bar.z).map(|(y, z)| y + z).collect();
        all.extend_from_slice(&bar.p);
        Ok(all)
    }
}

fn check<R: Real>(pair: &Pair<R>, [t, t_next]: [f64; 2], step: usize) -> Result<(), SolveError> {
    let Some(component) = pair.y.iter().position(|y| !y.value().is_finite()) else { return Ok(()) };
    let (value, state) = (pair.y[component].value(), pair.z.iter().map(|z| z.value()).collect());
    Err(SolveError::NonFinite { what: "the state", component, value, t: t_next, h: t_next - t, step, state })
}

/// What was taken back must arrive where it began.
fn came_back(pair: &Pair<f64>, initial: &[f64], t: f64) -> Result<(), SensitivityError> {
    let unit = LARGEST_ERROR * initial.iter().fold(0.0, |most: f64, y| most.max(y.abs())).max(1e-300);
    let drifts = pair.y.iter().zip(initial).map(|(found, stored)| (found - stored).abs() / unit);
    let worst = drifts.enumerate().fold((0, 0.0), |most, one| if one.1 <= most.1 { most } else { one });
    if worst.1 <= 1.0 || initial.iter().all(|&y| y == 0.0) && pair.y.iter().all(|y| y.abs() <= LARGEST_ERROR) {
        return Ok(());
    }
    let (component, drift) = worst;
    let (stored, found) = (initial[component], pair.y[component]);
    Err(SensitivityError::Drift { strategy: "ReversibleAdjoint", t, component, stored, found, drift })
}

impl Strategy for ReversibleAdjoint {
    fn name(&self) -> &'static str {
        "reversible-adjoint"
    }
}

impl GradientStrategy for ReversibleAdjoint {
    /// Unlike those of other strategies the values are not those of [`Problem::solve`], but those of
    /// [`simulate`](ReversibleAdjoint::simulate).
    fn solve<S: Ode + Clone + 'static, M: Method + Clone + 'static>(
        &self,
        problem: &Problem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: impl Save<Var>,
    ) -> Result<Solution<Var>, SolveError> {
        let control = control.into();
        if control.includes_tangents() {
            return Err(SolveError::TangentsOutOfReach);
        }
        let inputs = Inputs::of(problem);
        let plain = problem.map(|number| number.value());
        let (tableau, mesh, solution) = self.mesh(&plain, method, control, save.save_at())?;
        let (pair, numbers) = self.run(&plain, tableau, &mesh)?;
        let (strategy, positions) = (*self, inputs.positions.clone());
        let solution = inputs.record(&solution, numbers.into_iter(), move |output, input| {
            deliver(strategy.sweep(&plain, (tableau, &mesh), pair.clone(), output), &positions, input);
        });
        solution.observed(&save)
    }
}
