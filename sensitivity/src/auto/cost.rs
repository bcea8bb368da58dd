//! The cost model of [`Auto`](crate::Auto): what is measured, and what follows.

use super::Choice;
use crate::discrete_adjoint::{Field, sweeps_stages};
use costate_ad::{At, Dual, Var, Vjp};
use costate_solvers::{Control, Formula, Method, Ode, Problem, SaveAt, SolveError};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Directions in one run of dual numbers.
const LANES: usize = 8;

/// What a step of a method without a sweep of its own costs on a tape, in plain steps: measured 6 for Radau IIA, 7 for Kvaerno5 and
/// 17 to 24 for Rodas5P, on Robertson's and Lotka and Volterra's equations.
const TAPED_STEP: f64 = 12.0;
/// What the way back over a step costs, in plain steps: that of a Rosenbrock method, with its second derivatives, and of other implicit ones.
const ROSENBROCK_STEP: f64 = 8.0;
const IMPLICIT_STEP: f64 = 2.0;

/// Measures a problem, and chooses.
pub(super) fn choose<S: Ode + Clone, M: Method>(
    problem: &Problem<S, Var>,
    method: &M,
    control: &Control,
    save: &SaveAt,
    [states, parameters, inputs]: [usize; 3],
    memory_limit: usize,
) -> Result<Choice, SolveError> {
    let plain_problem = problem.map(|number| number.value());
    let start = Instant::now();
    let solution = plain_problem.solve(method, control, save.clone())?;
    let steps = solution.statistics().accepted;
    let plain = start.elapsed().max(Duration::from_nanos(1));
    let [dual, product] = ratios(&plain_problem);
    let forward = forward_cost(inputs, dual);
    let formula = M::FORMULA.filter(|_| sweeps_stages::<_, _, M>(problem));
    let (adjoint, stages) = match (method.tableau(), formula) {
        (Some(tableau), _) => (1.2 + product, tableau.stages()),
        (None, Some(formula @ Formula::Rosenbrock(_))) => (1.0 + ROSENBROCK_STEP, formula.stages()),
        (None, Some(formula)) => (1.0 + IMPLICIT_STEP, formula.stages()),
        (None, None) => (1.0 + TAPED_STEP, 1),
    };
    let taped = method.tableau().is_none() && formula.is_none();
    let step_bytes = ((stages + 1) * states + 8) * size_of::<f64>();
    let history = steps * step_bytes;
    // What does not fit is computed again, once.
    let adjoint = if history > memory_limit { adjoint + 1.0 } else { adjoint };
    let sizes = format!("{states} states, {parameters} parameters, {inputs} inputs, {steps} steps");
    let rates =
        format!("a right-hand side on {LANES} directions costs {dual:.1}, its vector-Jacobian product {product:.1}");
    let how = if taped { "steps are taken again on a tape" } else { "stages are swept" };
    let (strategy, predicted, other) =
        if forward <= adjoint { ("forward", forward, adjoint) } else { ("discrete-adjoint", adjoint, forward) };
    let reason = format!(
        "{sizes}; {rates}; {how}; a history of {history} bytes of {memory_limit}; the other would cost {other:.1}"
    );
    Ok(Choice { strategy, reason, predicted, actual: None, plain })
}

/// Runs of up to [`LANES`] directions: a run with fewer is proportionally nearer to a plain one.
fn forward_cost(inputs: usize, dual: f64) -> f64 {
    let (full, rest) = (inputs / LANES, inputs % LANES);
    let part = if rest > 0 { 1.0 + (dual - 1.0) * rest as f64 / LANES as f64 } else { 0.0 };
    full as f64 * dual + part
}

/// The times of the right-hand side on [`LANES`] directions, and of its vector-Jacobian product, over that on plain numbers.
fn ratios<S: Ode>(problem: &Problem<S, f64>) -> [f64; 2] {
    let (t, y, p) = (problem.span().start, problem.initial_state().as_slice(), problem.parameters().as_slice());
    let (system, n) = (problem.system(), y.len());
    let mut dy = vec![0.0; n];
    let plain = shortest(|| system.rhs(black_box(t), black_box(y), p, &mut dy));
    let lift = |numbers: &[f64]| numbers.iter().map(|&x| Dual::<f64, LANES>::variable(x, 0)).collect::<Vec<_>>();
    let (dual_y, dual_p) = (lift(y), lift(p));
    let mut dual_dy = dual_y.clone();
    let dual = shortest(|| system.rhs(Dual::from(black_box(t)), black_box(&dual_y), &dual_p, &mut dual_dy));
    let (field, w) = (Field(system), vec![1.0; n]);
    let mut vjp = Vjp::new(&field, At { t, y, p });
    let (mut y_bar, mut p_bar) = (vec![0.0; n], vec![0.0; p.len()]);
    let product = shortest(|| vjp.apply(At { t: black_box(t), y, p }, &w, &mut y_bar, &mut p_bar, &mut 0.0));
    [dual / plain, product / plain]
}

/// The shortest of some timings of `run`, each long enough for the clock, in seconds for one.
fn shortest(mut run: impl FnMut()) -> f64 {
    run();
    let mut time = |count: usize| {
        let start = Instant::now();
        (0..count).for_each(|_| run());
        start.elapsed().as_secs_f64()
    };
    let once = time(1).max(1e-9);
    let count = (2e-5 / once).clamp(1.0, 1000.0) as usize;
    (0..5).map(|_| time(count) / count as f64).fold(f64::INFINITY, f64::min).max(1e-10)
}
