//! What is saved, and where: ends, grids, dense output, backward spans, and what an observer is told.

use costate_solvers::{
    AcceptedStep, FixedStep, Observer, Problem, Rk4, Rodas5P, SaveAt, Saved, Solution, Tolerance, Tsit5, ode,
};
use nalgebra::dvector;
use std::ops::Range;

fn solve(span: Range<f64>, save: SaveAt) -> Solution<f64> {
    let oscillator = ode!(|_t, [x, v], [k]| [v, -k * x]);
    let start = [span.start.sin(), span.start.cos()];
    let problem = Problem::ode(oscillator, start, &dvector![1.0], span);
    problem.solve(Tsit5, Tolerance::new(1e-9, 1e-9), save).unwrap()
}

#[test]
fn every_kind_of_save_has_its_times_and_the_right_states() {
    let table: [(Range<f64>, SaveAt, Option<Vec<f64>>); 8] = [
        (0.0..10.0, SaveAt::end(), Some(vec![10.0])),
        (0.0..1.0, SaveAt::every(0.25), Some(vec![0.0, 0.25, 0.5, 0.75, 1.0])),
        (0.0..1.0, SaveAt::every(0.4), Some(vec![0.0, 0.4, 0.8, 1.0])),
        (0.0..1.0, SaveAt::every(7.0), Some(vec![0.0, 1.0])),
        (2.0..1.0, SaveAt::every(0.5), Some(vec![2.0, 1.5, 1.0])),
        (0.0..5.0, SaveAt::times([0.0, 0.3, 0.3, 5.0]), Some(vec![0.0, 0.3, 0.3, 5.0])),
        (5.0..0.0, SaveAt::times([4.0, 0.25].iter()), Some(vec![4.0, 0.25])),
        (3.0..-3.0, SaveAt::steps(), None),
    ];
    for (span, save, times) in table {
        let solution = solve(span.clone(), save.clone());
        if let Some(times) = times {
            assert_eq!(solution.times(), times, "{save:?}");
        } else {
            assert_eq!(solution.times().len(), solution.statistics().accepted + 1);
            assert_eq!((solution.times()[0], *solution.times().last().unwrap()), (span.start, span.end));
        }
        for (t, y) in solution.times().iter().zip(solution.states()) {
            assert!((y - dvector![t.sin(), t.cos()]).amax() < 1e-7, "{save:?} at {t}");
        }
    }
}

/// A time close to the start, as the span goes, is not the start.
#[test]
fn early_saves_of_a_long_span_are_where_they_should_be() {
    let cooling = ode!(|_t, [y], []| [-y]);
    let problem = Problem::ode(cooling, [1.0], &dvector![], 0.0..1e11);
    let times = [0.0, 1e-6, 1e-3, 1e-2];
    let solution: Solution<f64> = problem.solve(Rodas5P, Tolerance::new(1e-8, 1e-10), SaveAt::times(times)).unwrap();
    assert_eq!(solution.times(), times);
    for (t, y) in solution.saves() {
        let expected: f64 = (-t).exp();
        assert!((y[0] - expected).abs() < 1e-8, "{y:?} at {t}");
    }
}

#[test]
fn a_grid_of_a_hundred_tenths_has_no_rounding() {
    let solution = solve(0.0..10.0, SaveAt::every(0.1));
    assert_eq!(solution.times().len(), 101);
    assert_eq!(solution.times()[100], 10.0);
    assert_eq!(solution.times()[99], 99.0 * 0.1);
}

#[test]
fn dense_output_answers_everywhere_and_agrees_with_saves() {
    for span in [0.0..4.0, 4.0..0.0] {
        let dense = solve(span.clone(), SaveAt::dense());
        let saves = solve(span.clone(), SaveAt::every(0.07));
        for (&t, y) in saves.times().iter().zip(saves.states()) {
            assert!((dense.at(t).unwrap() - y).amax() < 1e-13, "at {t}");
        }
        for (&t, y) in dense.times().iter().zip(dense.states()) {
            assert_eq!(dense.at(t).unwrap(), *y);
        }
    }
}

struct Step {
    h: f64,
    y: Vec<f64>,
    y_next: Vec<f64>,
    stages: Vec<f64>,
}

/// Takes the interpolant from what the observer is shown, as a reverse sweep does.
#[derive(Default)]
struct Sweep {
    steps: Vec<Step>,
    saves: Vec<Saved>,
}

impl Observer<f64> for Sweep {
    fn accepted(&mut self, step: &AcceptedStep<'_, f64>) {
        assert_eq!(step.index, self.steps.len());
        let (y, y_next, stages) = (step.y.to_vec(), step.y_next.to_vec(), step.stages.to_vec());
        self.steps.push(Step { h: step.h, y, y_next, stages });
    }

    fn saved(&mut self, save: Saved) {
        self.saves.push(save);
    }
}

#[test]
fn an_observer_sees_enough_to_rebuild_every_save() {
    let oscillator = ode!(|_t, [x, v], [k]| [v, -k * x]);
    let problem = Problem::ode(oscillator, [0.0, 1.0], &dvector![1.0], 0.0..3.0);
    let mut sweep = Sweep::default();
    let solution = problem.solve_observed(Tsit5, Tolerance::new(1e-7, 1e-7), SaveAt::every(0.05), &mut sweep).unwrap();
    assert_eq!(sweep.steps.len(), solution.statistics().accepted);
    assert_eq!(sweep.saves.len(), solution.states().len());
    assert_eq!((sweep.saves[0].step, sweep.saves[0].theta), (0, 0.0));
    assert_eq!((sweep.saves[60].step, sweep.saves[60].theta), (sweep.steps.len() - 1, 1.0));
    let tableau = costate_solvers::Method::tableau(&Tsit5).unwrap();
    for (save, state) in sweep.saves.iter().zip(solution.states()) {
        let Step { h, y, y_next, stages } = &sweep.steps[save.step];
        for c in 0..2 {
            let weighted = |i: usize| h * tableau.interpolant_weight(i, save.theta) * stages[2 * i + c];
            let rebuilt = y[c] + (0..tableau.stages()).map(weighted).sum::<f64>();
            assert!((rebuilt - state[c]).abs() < 1e-13, "{save:?}");
            assert!(save.theta < 1.0 || y_next[c] == state[c]);
        }
    }
    for pair in sweep.steps.windows(2) {
        assert_eq!(pair[0].stages[12..], pair[1].stages[..2], "the last slope of a step is the first of the next");
    }
}

#[test]
fn fixed_steps_end_exactly_on_the_span_and_meet_a_grid_of_their_own_size() {
    let growth = ode!(|_t, [x], []| [x]);
    let problem = Problem::ode(growth, [1.0], &dvector![], 0.0..1.0);
    for (h, steps) in [(0.1, 10), (0.3, 4), (5.0, 1), (1.0 / 3.0, 3)] {
        let mut sweep = Sweep::default();
        let solution = problem.solve_observed(Rk4, FixedStep(h), SaveAt::every(h), &mut sweep).unwrap();
        assert_eq!(solution.statistics().accepted, steps, "h = {h}");
        assert_eq!(*solution.times().last().unwrap(), 1.0);
        assert!(sweep.saves[1..].iter().all(|save| save.theta == 1.0), "h = {h}");
    }
}
