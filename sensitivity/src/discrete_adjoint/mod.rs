//! [`DiscreteAdjoint`]: the exact adjoint of the computed steps.

pub(crate) mod boundary;
pub(crate) mod by_parameters;
mod collocation;
mod cotangents;
mod diagonal;
mod explicit;
pub(crate) mod field;
mod multistep;
pub(crate) mod passages;
mod rosenbrock;
mod stages;
mod taped;
mod trajectory;
mod transposed;

use crate::checkpoints::Record;
use crate::inputs::Inputs;
use crate::{Checkpoints, GradientStrategy, Strategy};
use costate_ad::{Dual, OnTape, Var};
use costate_solvers::{Control, Formula, Method, Ode, Problem, Real, Save, Solution, SolveError};
pub(crate) use field::Field;
use multistep::Ends;
use stages::Stages;
use taped::States;
use trajectory::Trajectory;

/// Solves on plain numbers, remembers the steps, and sweeps back over them stage by stage: reverse mode written at the level of
/// the method, where only the right-hand side's vector-Jacobian product is automatic.
///
/// It differentiates the numbers that were computed, on the mesh that was chosen, so it agrees with [`Direct`](crate::Direct)
/// and [`Forward`](crate::Forward) to rounding; its cost hardly depends on the number of inputs.
///
/// Explicit Runge-Kutta methods, implicit ones of every family are swept stage by stage. A step of any other method, or of an
/// implicit one on a problem with bounds or on the parts of a sum, is taken again on a tape of its own, where the equations that it solves are differentiated
/// by the implicit function theorem; so are second derivatives, by any method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiscreteAdjoint {
    /// What to remember of the steps.
    pub checkpoints: Checkpoints,
}

impl Strategy for DiscreteAdjoint {
    fn name(&self) -> &'static str {
        "discrete-adjoint"
    }
}

impl GradientStrategy for DiscreteAdjoint {
    fn solve<S: Ode + Clone + 'static, M: Method + Clone + 'static>(
        &self,
        problem: &Problem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: impl Save<Var>,
    ) -> Result<Solution<Var>, SolveError> {
        let (control, states) = (control.into(), problem.initial_state().len());
        if let Some(tableau) = method.tableau() {
            let blank = Stages::new(tableau.stages(), states);
            return self.solve_with(
                problem,
                method,
                control,
                save,
                blank,
                move |problem, method, control, run, output| {
                    explicit::pull_back(problem, method, control, (tableau, run), output)
                },
            );
        }
        // What is not of the method's family is not compiled for it.
        macro_rules! sweep_back {
            ($Family:ident by $module:ident) => {
                if const { matches!(M::FORMULA, Some(Formula::$Family(_))) }
                    && let Some(Formula::$Family(formula)) = M::FORMULA
                    && sweeps_stages::<_, _, M>(problem)
                {
                    let blank = Stages::new(formula.stages(), states);
                    return self.solve_with(
                        problem,
                        method,
                        control,
                        save,
                        blank,
                        move |problem, method, control, run, output| {
                            $module::pull_back(problem, method, control, (formula, run), output)
                        },
                    );
                }
            };
        }
        sweep_back!(Rosenbrock by rosenbrock);
        sweep_back!(Diagonal by diagonal);
        sweep_back!(Collocation by collocation);
        if const { matches!(M::FORMULA, Some(Formula::Multistep)) } && sweeps_stages::<_, _, M>(problem) {
            let (blank, pull_back) = (Ends::new(states), multistep::pull_back::<S, M>);
            return self.solve_with(problem, method, control, save, blank, pull_back);
        }
        self.step_by_step::<f64, Var, S, M>(problem, method, control, save)
    }
}

/// Whether implicit steps of a problem are swept at the level of their stages: not with bounds, because a state that was put onto one is
/// not where its slope was evaluated; and not where a sum is stepped by its parts.
pub(crate) fn sweeps_stages<S: Ode, R: Real, M: Method>(problem: &Problem<S, R>) -> bool {
    let additive = matches!(M::FORMULA, Some(Formula::Diagonal(formula)) if !formula.explicit.is_empty());
    let by_parts = additive && problem.system().is_split();
    !problem.has_bounds() && !by_parts
}

/// Second derivatives: reverse mode over forward mode, a step at a time.
impl<const N: usize> GradientStrategy<Dual<Var, N>> for DiscreteAdjoint {
    fn solve<S: Ode + Clone + 'static, M: Method + Clone + 'static>(
        &self,
        problem: &Problem<S, Dual<Var, N>>,
        method: M,
        control: impl Into<Control>,
        save: impl Save<Dual<Var, N>>,
    ) -> Result<Solution<Dual<Var, N>>, SolveError> {
        self.step_by_step::<Dual<f64, N>, _, S, M>(problem, method, control.into(), save)
    }
}

impl DiscreteAdjoint {
    /// For a method without a sweep of its own stages, and for any scalar.
    fn step_by_step<P: Real, R: OnTape<P>, S: Ode + Clone + 'static, M: Method + Clone + 'static>(
        &self,
        problem: &Problem<S, R>,
        method: M,
        control: Control,
        save: impl Save<R>,
    ) -> Result<Solution<R>, SolveError> {
        let pull_back = taped::pull_back::<P, R, S, M>;
        self.solve_with(problem, method, control, save, States::new(), pull_back)
    }

    /// Solves on plain numbers, keeping what `pull_back` needs in records like `blank`, and puts the solution on the tape.
    fn solve_with<
        P: Real,
        R: OnTape<P>,
        S: Ode + Clone + 'static,
        M: Method + Clone + 'static,
        K: Record<P> + 'static,
    >(
        &self,
        problem: &Problem<S, R>,
        method: M,
        control: Control,
        save: impl Save<R>,
        blank: K,
        pull_back: impl Fn(&Problem<S, P>, &M, &Control, &Trajectory<P, K>, &[f64]) -> Vec<f64> + 'static,
    ) -> Result<Solution<R>, SolveError> {
        if control.includes_tangents() {
            return Err(SolveError::TangentsOutOfReach);
        }
        let inputs = Inputs::of::<P, S>(problem);
        let problem = problem.map(|number| number.plain());
        let mut trajectory = Trajectory::new(self.checkpoints, blank);
        let solution = problem.solve_observed(method.clone(), &control, save.save_at().clone(), &mut trajectory)?;
        trajectory.passages.check(problem.system(), problem.mass_matrix())?;
        let mut values = Vec::with_capacity(solution.len());
        values.extend(solution.numbers());
        let positions = inputs.positions.clone();
        let solution = inputs.record(&solution, values.into_iter(), move |output, input| {
            let cotangents = pull_back(&problem, &method, &control, &trajectory, output);
            for (input, &position) in input.chunks_exact_mut(R::PARTS).zip(&positions) {
                let cotangent = &cotangents[position * R::PARTS..];
                input.iter_mut().zip(cotangent).for_each(|(input, cotangent)| *input += cotangent);
            }
        });
        solution.observed(&save)
    }
}
