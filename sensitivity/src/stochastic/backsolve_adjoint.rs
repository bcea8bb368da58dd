//! [`BacksolveAdjoint`]: the adjoint equation, backward along the same path.

use super::StochasticGradientStrategy;
use super::augmented::Augmented;
use super::passages::check_events;
use super::saves::Saves;
use crate::BacksolveAdjoint;
use crate::inputs::Inputs;
use costate_ad::Var;
use costate_solvers::{
    Calculus, Control, Problem, SaveAt, Sde, SdeProblem, Solution, SolveError, StochasticError, StochasticMethod,
    StochasticSteps,
};
use nalgebra::DVector;

/// Solves the adjoint equation of a Stratonovich model backward along the same path, together with the state itself.
///
/// It needs memory for the times of the steps alone. Its gradient is that of the exact solution, up to the errors of the
/// steps on the way back (the same times, the same method), so it differs from that of the other strategies by the order of
/// the method. The method must take the noise of the adjoint equation, which is commutative or general:
/// [`EulerHeun`](costate_solvers::EulerHeun), [`StochasticMidpoint`](costate_solvers::StochasticMidpoint),
/// [`Spark`](costate_solvers::Spark) or [`ReversibleHeun`](costate_solvers::ReversibleHeun). Each step costs a product for
/// each Brownian motion. Ito models go through [`to_stratonovich`](Sde::to_stratonovich).
///
/// Where the model forgets its state on the way forward, the way back is unstable: prefer
/// [`DiscreteAdjoint`](crate::DiscreteAdjoint) unless it is the continuous adjoint that you want to study.
/// Its options are for ordinary equations; here the way back takes the same steps.
impl StochasticGradientStrategy for BacksolveAdjoint {
    fn solve_sde<S: Sde + Clone + 'static, M: StochasticMethod + Clone + 'static>(
        &self,
        problem: &SdeProblem<S, Var>,
        method: M,
        control: impl Into<Control>,
        save: SaveAt,
    ) -> Result<Solution<Var>, SolveError> {
        let control = control.into();
        if control.includes_tangents() {
            return Err(SolveError::TangentsOutOfReach);
        }
        if !problem.noise().is_function_of_time() {
            return Err(StochasticError::NoiseOnlyOnce.into());
        }
        check_events(problem.system(), "BacksolveAdjoint", false)?;
        let inputs = Inputs::of::<f64, _>(problem.without_noise());
        let problem = problem.map(|number| number.value());
        if problem.system().calculus() == Calculus::Ito && !problem.system().noise().is_additive() {
            return Err(StochasticError::AdjointOfIto.into());
        }
        let (mut times, mut last) = (vec![problem.span().start], problem.initial_state().clone());
        let solution = problem.solve_observed(&method, control, save, |step| {
            times.push(step.t_next);
            last.as_mut_slice().copy_from_slice(step.y_next);
        })?;
        let system = problem.system();
        StochasticSteps::<_, f64, _>::new(&backward(&problem, system, last.as_slice()), &method)?;
        let values: Vec<f64> = solution.numbers().collect();
        let (positions, saves) = (inputs.positions.clone(), solution.times().to_vec());
        Ok(inputs.record(&solution, values.into_iter(), move |output, input| {
            let problem = backward(&problem, problem.system(), last.as_slice());
            let cotangents = pull_back(&problem, &method, &times, Saves { times: &saves, cotangents: output });
            for (input, &position) in input.iter_mut().zip(&positions) {
                *input += cotangents[position];
            }
        }))
    }
}

/// The adjoint equation from the end of the span, where the state is `last`, to its start.
fn backward<'a, S: Sde>(
    problem: &SdeProblem<S, f64>,
    system: &'a S,
    last: &[f64],
) -> SdeProblem<Augmented<'a, S>, f64> {
    let (n, p, span) = (last.len(), problem.parameters(), problem.span());
    let mut z = DVector::zeros(2 * n + p.len());
    z.rows_mut(0, n).copy_from_slice(last);
    Problem::sde(Augmented { system, states: n }, problem.noise().clone(), z, p, span.end..span.start)
}

/// The cotangents of the initial state and the parameters, one after the other.
fn pull_back<S: Sde, M: StochasticMethod>(
    problem: &SdeProblem<Augmented<'_, S>, f64>,
    method: &M,
    times: &[f64],
    mut saves: Saves<'_>,
) -> Vec<f64> {
    let (n, p) = (problem.system().states, problem.parameters().as_slice());
    let mut steps = StochasticSteps::<_, f64, _>::new(problem, method).expect("they were checked before the solve");
    let mut z = problem.initial_state().as_slice().to_vec();
    saves.add(times[times.len() - 1], &mut z[n..2 * n]);
    let mut carried = steps.first_carried(times[times.len() - 1], &z, p);
    for pair in times.windows(2).rev() {
        // What overflows on the way back leaves a gradient that says so.
        if steps.take([pair[1], pair[0]], &z, &carried, p).is_err() {
            return vec![f64::NAN; n + p.len()];
        }
        z.copy_from_slice(steps.next());
        carried.copy_from_slice(steps.next_carried());
        if saves.add(pair[0], &mut z[n..2 * n]) {
            carried = steps.first_carried(pair[0], &z, p);
        }
    }
    z.split_off(n)
}
