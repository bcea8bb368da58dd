//! The spellings of a model, and what may stand for an initial state.

use costate_solvers::{FixedStep, Ode, Problem, Real, Rk4, SaveAt, ode};
use nalgebra::{DVector, dvector};

fn decay<R: Real>(_t: R, y: &[R], p: &[R], dy: &mut [R]) {
    dy[0] = -p[0] * y[0];
}

struct Decay {
    factor: f64,
}

impl Ode for Decay {
    fn rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
        dy[0] = -self.factor * p[0] * y[0];
    }
}

#[test]
fn three_spellings_and_a_closure_are_one_model() {
    let (p, span) = (dvector![0.7], 0.0..1.0);
    let solve = |last: Result<_, costate_solvers::SolveError>| -> f64 {
        let solution: costate_solvers::Solution<f64> = last.unwrap();
        solution.last()[0]
    };
    let by_struct = Decay { factor: 1.0 };
    let by_closure = |_: f64, y: &[f64], p: &[f64], dy: &mut [f64]| dy[0] = -p[0] * y[0];
    let (control, end) = (FixedStep(0.1), SaveAt::end);
    let table = [
        solve(Problem::ode(ode!(|_t, [x], [k]| [-k * x]), [1.0], &p, span.clone()).solve(Rk4, control, end())),
        solve(Problem::ode(ode!(decay), [1.0], &p, span.clone()).solve(Rk4, control, end())),
        solve(Problem::ode(&by_struct, [1.0], &p, span.clone()).solve(Rk4, control, end())),
        solve(Problem::closure(by_closure, [1.0], &p, span).solve(Rk4, control, end())),
    ];
    assert!(table.iter().all(|&y| y == table[0] && (y - (-0.7_f64).exp()).abs() < 1e-6), "{table:?}");
}

#[test]
fn the_macro_takes_blocks_unused_names_time_and_trailing_commas() {
    let forced = ode!(|t, [x, _unused], [k]| {
        let force = t.cos();
        [force - k * x, R::from(1.0)]
    });
    let copy = forced;
    assert_eq!((forced.states(), copy.parameters()), (Some(2), Some(1)));
    assert_eq!((ode!(decay).states(), ode!(decay).parameters()), (None, None));
    let free = ode!(|_, [x], []| [-x]);
    assert_eq!(free.parameters(), Some(0));
    let mut dy = [0.0; 2];
    copy.rhs(0.0, &[2.0, 5.0], &[3.0], &mut dy);
    assert_eq!(dy, [-5.0, 1.0]);
}

#[test]
fn an_initial_state_is_any_row_of_numbers() {
    let (model, p) = (ode!(|_t, [x, v], []| [v, -x]), dvector![]);
    let values = [1.0, 2.0];
    let (list, vector) = (values.to_vec(), DVector::from_row_slice(&values));
    let by_reference = &values;
    let problems = [
        Problem::ode(model, values, &p, 0.0..1.0),
        Problem::ode(model, by_reference, &p, 0.0..1.0),
        Problem::ode(model, &values[..], &p, 0.0..1.0),
        Problem::ode(model, list.clone(), &p, 0.0..1.0),
        Problem::ode(model, &list, &p, 0.0..1.0),
        Problem::ode(model, vector.clone(), &p, 0.0..1.0),
        Problem::ode(model, &vector, &p, 0.0..1.0),
    ];
    for problem in problems {
        assert_eq!(problem.initial_state(), &dvector![1.0, 2.0]);
        assert_eq!((problem.span(), problem.parameters().len()), (0.0..1.0, 0));
    }
}
