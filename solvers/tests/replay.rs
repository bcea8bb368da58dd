//! A clone of the state is a checkpoint: going on from it repeats the solve bit for bit.

use costate_solvers::{
    AcceptedStep, Control, FixedStep, Method, Observer, Problem, Rk4, SaveAt, State, Tolerance, Tsit5, ode,
};
use nalgebra::dvector;

#[derive(Default)]
struct Record {
    states: Vec<State<f64>>,
    stages: Vec<Vec<f64>>,
}

impl Observer<f64> for Record {
    fn accepted(&mut self, step: &AcceptedStep<'_, f64>) {
        self.states.push(step.state.clone());
        self.stages.push(step.stages.to_vec());
    }
}

fn check(method: impl Method + Copy, control: impl Into<Control>) {
    let control = control.into();
    let van_der_pol = ode!(|_t, [x, v], [mu]| [v, mu * (1.0 - x * x) * v - x]);
    let problem = Problem::ode(van_der_pol, [2.0, 0.0], &dvector![8.0], 0.0..20.0);
    let mut record = Record::default();
    let solution = problem.solve_observed(method, &control, SaveAt::end(), &mut record).unwrap();

    let mut state = problem.begin(method, &control).unwrap();
    problem.advance(method, &control, &mut state, usize::MAX, &mut ()).unwrap();
    assert_eq!(state.y(), solution.last());
    assert_eq!((state.t(), state.index()), (20.0, record.states.len()));

    for (index, checkpoint) in record.states.iter().enumerate().step_by(7) {
        let (mut state, mut replay) = (checkpoint.clone(), Record::default());
        problem.advance(method, &control, &mut state, 7, &mut replay).unwrap();
        assert_eq!(replay.stages[..], record.stages[index..index + replay.stages.len()]);
        if let Some(expected) = record.states.get(index + 7) {
            assert_eq!((state.t(), state.y()), (expected.t(), expected.y()));
        }
    }
}

#[test]
fn a_replay_from_any_checkpoint_is_exact() {
    check(Tsit5, Tolerance::new(1e-6, 1e-6));
    check(Tsit5, FixedStep(0.01));
    check(Rk4, FixedStep(0.01));
}
