//! Stochastic solves: the path is followed, not the steps; moments; refusals.

use costate_solvers::{
    Brownian, Calculus, DriftImplicitEuler, EulerHeun, EulerMaruyama, FixedStep, Milstein, NoiseKind, Problem,
    ReversibleHeun, SaveAt, Sde, SdeProblem, Shark, SkenCarp, Solution, SolveError, Sosra, Sosri, Spark, Sra1, Sra3,
    Sriw1, StochasticError, StochasticMethod, Tolerance, sde,
};
use nalgebra::{DVector, dvector};

/// No parameters.
fn none() -> DVector<f64> {
    dvector![]
}

/// `du = a u dt + b u dW`.
fn geometric(noise: Brownian) -> SdeProblem<impl Sde + Copy, f64> {
    let model = sde!(|_t, [u], [a, b]| drift: [a * u], diagonal: [b * u]);
    Problem::sde(model, noise, [0.5], &dvector![1.01, 0.87], 0.0..1.0)
}

fn geometric_exact(noise: &Brownian, t: f64) -> f64 {
    let w = noise.motion(1).unwrap().increment(0.0, t).unwrap()[0];
    0.5 * ((1.01 - 0.5 * 0.87 * 0.87) * t + 0.87 * w).exp()
}

#[test]
fn saves_are_stepped_on() {
    let noise = Brownian::seeded(5);
    let problem = geometric(noise.clone());
    let times = [0.0, 0.25, 0.3, 0.3, 0.99];
    for control in [FixedStep(0.1).into(), costate_solvers::Control::from(Tolerance::new(1e-4, 1e-4))] {
        let solution = problem.solve(Sosri, control, SaveAt::times(times)).unwrap();
        assert_eq!(solution.times(), times);
        for (t, u) in solution.saves() {
            assert!((u[0] - geometric_exact(&noise, t)).abs() < 0.02, "at {t}");
        }
        assert_eq!(solution.state(2), solution.state(3));
    }
    let every = problem.solve(Sosri, FixedStep(0.1), SaveAt::every(0.2)).unwrap();
    assert_eq!(every.times(), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
    // Saves on the mesh change nothing.
    let steps = problem.solve(Sosri, FixedStep(0.1), SaveAt::steps()).unwrap();
    assert_eq!((steps.times().len(), steps.last()), (11, every.last()));
    let mut seen = Vec::new();
    problem
        .solve_observed(Sosri, FixedStep(0.1), SaveAt::end(), |step| seen.push((step.t_next, step.y_next[0])))
        .unwrap();
    let saved: Vec<_> = steps.saves().skip(1).map(|(t, u)| (t, u[0])).collect();
    assert_eq!(seen, saved);
}

#[test]
fn adaptive_solves_keep_their_tolerance_on_the_path() {
    let mean_error = |rtol: f64| {
        let mut accepted = 0;
        let error = |path| {
            let noise = Brownian::seeded(8).path(path);
            let solution = geometric(noise.clone()).solve(Sosri, Tolerance::new(rtol, rtol), SaveAt::end()).unwrap();
            accepted += solution.statistics().accepted;
            (solution.last()[0] - geometric_exact(&noise, 1.0)).abs()
        };
        let error = (0..100).map(error).sum::<f64>() / 100.0;
        (error, accepted)
    };
    let (coarse, fine) = (mean_error(1e-3), mean_error(1e-5));
    assert!(coarse.0 < 3e-3 && fine.0 < 3e-5, "{coarse:?} {fine:?}");
    // Steps go as the tolerance to the power 2/3.
    let growth = fine.1 as f64 / coarse.1 as f64;
    assert!((10.0..40.0).contains(&growth), "{growth}");
}

/// Adaptive and fine fixed steps meet on the same path.
fn meet<S: Sde + Copy>(model: S, method: impl StochasticMethod + Copy, y0: &[f64], tolerance: f64, steps: i32) {
    for path in 0..10 {
        let problem = Problem::sde(model, Brownian::seeded(77).path(path), y0, &none(), 0.0..2.0);
        let adaptive = problem.solve(method, Tolerance::new(tolerance, tolerance), SaveAt::every(0.5)).unwrap();
        let fixed = problem.solve(method, FixedStep(2.0 / f64::from(steps)), SaveAt::every(0.5)).unwrap();
        for (state, reference) in adaptive.states().iter().zip(fixed.states()) {
            let distance = (state - reference).norm();
            assert!(distance < 20.0 * tolerance, "{} on path {path}: {distance}", method.name());
        }
    }
}

#[test]
fn adaptive_and_fine_fixed_steps_meet_on_the_same_path() {
    let diagonal = sde!(|_t, [x, v], []| drift: [v, x - x * x * x - v], diagonal: [0.2 * x.cos(), 0.3 * v.sin()]);
    meet(diagonal, Sosri, &[0.5, 0.0], 1e-3, 2000);
    meet(diagonal, Sriw1, &[0.5, 0.0], 1e-3, 2000);
    let additive = sde!(|t, [x, v], []| drift: [v, x - x * x * x - v],
        additive: [[R::from(0.1), 0.3 * t.cos()], [R::from(0.0), R::from(0.2)]]);
    meet(additive, Sra1, &[0.5, 0.0], 1e-4, 2000);
    meet(additive, Sra3, &[0.5, 0.0], 1e-4, 2000);
    meet(additive, Sosra, &[0.5, 0.0], 1e-4, 2000);
    meet(additive, Shark, &[0.5, 0.0], 1e-4, 2000);
    let general = sde!(stratonovich |_t, [x, v], []| drift: [v, x - x * x * x - v],
        general: [[0.2 * v, R::from(0.1)], [R::from(0.1), 0.2 * x]]);
    meet(general, Spark, &[0.5, 0.0], 1e-3, 8000);
    meet(general, ReversibleHeun, &[0.5, 0.0], 1e-3, 8000);
}

/// Means must lie within three standard errors of what is expected.
fn assert_means(rows: &[Vec<f64>], expected: &[f64], what: &str) {
    let n = rows.len() as f64;
    for (column, expected) in expected.iter().enumerate() {
        let mean = rows.iter().map(|row| row[column]).sum::<f64>() / n;
        let variance = rows.iter().map(|row| (row[column] - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let deviation = (mean - expected) / (variance / n).sqrt();
        assert!(
            deviation.abs() < 3.0,
            "{what}, moment {column}: {mean}, expected {expected}: {deviation} standard errors"
        );
    }
}

#[test]
fn many_rejections_leave_no_bias() {
    // y is the integral of x dW2 for x = W1: noise that does not commute, and steps that depend on the path.
    let area = sde!(stratonovich |_t, [x, y], []| drift: [0.0 * x, 0.0 * y],
        general: [[R::from(1.0), R::from(0.0)], [R::from(0.0), x]]);
    let tolerance = Tolerance::new(0.02, 0.02).with_initial_step(0.5);
    for sampled in [false, true] {
        let (mut accepted, mut rejected) = (0, 0);
        let row = |path| {
            let noise = if sampled { Brownian::rejection_sampled(path) } else { Brownian::seeded(4).path(path) };
            let problem = Problem::sde(area, noise, [0.0, 0.0], &none(), 0.0..1.0);
            let solution = problem.solve(Spark, tolerance.clone(), SaveAt::end()).unwrap();
            accepted += solution.statistics().accepted;
            rejected += solution.statistics().rejected;
            let (x, y) = (solution.last()[0], solution.last()[1]);
            vec![x, y, x * x, x * y, y * y, x * x * y, x * x * y * y]
        };
        let rows: Vec<_> = (0..10_000).map(row).collect();
        assert!(rejected > 20_000, "{accepted} steps accepted, {rejected} rejected");
        // By Ito's formula: E y^2 is the integral of t, and E x^2 y^2 that of E y^2 + E x^4 = t^2 / 2 + 3 t^2.
        assert_means(&rows, &[0.0, 0.0, 1.0, 0.0, 0.5, 0.0, 3.5 / 3.0], if sampled { "sampled" } else { "tree" });
    }
}

/// The moments of the problem of this name in the data.
fn moments(name: &str) -> [f64; 2] {
    let text = include_str!("../../data/sde/problems.json");
    let data: serde_json::Value = serde_json::from_str(text).unwrap();
    let problems = data["path_problems"].as_array().unwrap();
    let problem = problems.iter().find(|problem| problem["name"] == name).unwrap();
    ["mean_at_T", "second_moment_at_T"].map(|key| problem[key].as_f64().unwrap())
}

fn check_moments<S: Sde + Copy>(name: &str, model: S, method: impl StochasticMethod + Copy, u0: f64, p: &DVector<f64>) {
    let row = |path| {
        let problem = Problem::sde(model, Brownian::seeded(31).path(path), [u0], p, 0.0..1.0);
        let u = problem.solve(method, FixedStep(0.05), SaveAt::end()).unwrap().last()[0];
        vec![u, u * u]
    };
    let rows: Vec<_> = (0..5000).map(row).collect();
    assert_means(&rows, &moments(name), name);
}

#[test]
fn weak_moments() {
    let linear = sde!(|_t, [u], [a, b]| drift: [a * u], diagonal: [b * u]);
    check_moments("linear_ito", linear, Sosri, 0.5, &dvector![1.01, 0.87]);
    check_moments("torchsde_ExDiagonal", linear, Sriw1, 0.1, &dvector![-0.8, 0.5]);
    let stratonovich = sde!(stratonovich |_t, [u], [a, b]| drift: [a * u], scalar: [b * u]);
    check_moments("linear_stratonovich", stratonovich.to_ito(), Sosri, 0.5, &dvector![1.01, 0.87]);
    let cubic = sde!(|_t, [u], []| drift: [-0.25 * u * (1.0 - u * u)], diagonal: [0.5 * (1.0 - u * u)]);
    check_moments("cubic", cubic, Milstein, 0.5, &none());
    let wave = sde!(|_t, [u], [p]| drift: [-p * p * u.sin() * u.cos().powi(3)], diagonal: [p * u.cos().powi(2)]);
    check_moments("wave", wave, Sosri, 1.0, &dvector![0.1]);
    check_moments("torchsde_ExScalar", wave.to_stratonovich(), Spark, 1.0, &dvector![0.5]);
    let additive = sde!(|t, [u], [a, b]| drift: [b / (1.0 + t).sqrt() - 0.5 * u / (1.0 + t)],
        diagonal_additive: [a * b / (1.0 + t).sqrt()]);
    check_moments("additive", additive, Sosra, 1.0, &dvector![0.1, 0.05]);
}

#[test]
fn stiff_drifts_with_additive_noise() {
    // The fast state follows sin of the slow one, a thousand times quicker than the slow one moves.
    let stiff = sde!(|_t, [x, y], [s]| drift: [-x + y, -1e4 * (y - x.sin())], diagonal_additive: [s, 0.1 * s]);
    let p = dvector![0.2];
    for path in 0..5 {
        let problem = Problem::sde(stiff, Brownian::seeded(14).path(path), [1.0, 0.0], &p, 0.0..1.0);
        let implicit = problem.solve(SkenCarp, Tolerance::new(1e-2, 1e-3), SaveAt::end()).unwrap();
        let euler = problem.solve(DriftImplicitEuler, FixedStep(1e-3), SaveAt::end()).unwrap();
        let fine = problem.solve(EulerMaruyama, FixedStep(5e-5), SaveAt::end()).unwrap();
        assert!((implicit.last()[0] - fine.last()[0]).abs() < 5e-3, "SkenCarp on path {path}");
        assert!((euler.last()[0] - fine.last()[0]).abs() < 5e-3, "DriftImplicitEuler on path {path}");
        let steps = implicit.statistics();
        assert!(steps.accepted + steps.rejected < 3000, "{steps}");
        assert!(problem.solve(EulerMaruyama, FixedStep(1e-3), SaveAt::end()).is_err(), "an explicit method blows up");
    }
}

#[test]
fn the_way_back_follows_the_way_there() {
    let swing =
        sde!(stratonovich |_t, [x, v], [s]| drift: [v, -x.sin()], general: [[0.0 * x, s * x], [s * v, 0.1 * x]]);
    let noise = Brownian::seeded(6);
    let p = dvector![0.2];
    fn round<M: StochasticMethod + Copy>(
        model: impl Sde + Copy,
        noise: &Brownian,
        p: &DVector<f64>,
        method: M,
    ) -> DVector<f64> {
        let there = Problem::sde(model, noise.clone(), [1.0, 0.0], p, -0.5..1.5);
        let there = there.solve(method, FixedStep(1e-3), SaveAt::end()).unwrap();
        let back = Problem::sde(model, noise.clone(), there.last(), p, 1.5..-0.5);
        back.solve(method, FixedStep(1e-3), SaveAt::end()).unwrap().last() - dvector![1.0, 0.0]
    }
    assert!(round(swing, &noise, &p, EulerHeun).norm() < 1e-3);
    assert!(round(swing, &noise, &p, Spark).norm() < 1e-3);
    assert!(round(swing, &noise, &p, ReversibleHeun).norm() < 1e-3);
    let additive = sde!(|_t, [x], [s]| drift: [-x * x * x], diagonal_additive: [s]);
    let there = Problem::sde(additive, noise.clone(), [1.0], &p, 0.0..1.0);
    let there = there.solve(Sosra, Tolerance::new(1e-6, 1e-6), SaveAt::end()).unwrap();
    let back = Problem::sde(additive, noise, there.last(), &p, 1.0..0.0);
    let back = back.solve(Sosra, Tolerance::new(1e-6, 1e-6), SaveAt::end()).unwrap();
    assert!((back.last()[0] - 1.0).abs() < 1e-4);
}

#[test]
fn stored_paths_give_the_same_bits() {
    let steps: Vec<f64> = (0..=20).map(|k| 0.05 * f64::from(k)).collect();
    let mut path = Brownian::seeded(12).motion(1).unwrap();
    let mut increments = Vec::new();
    let mut areas = Vec::new();
    for pair in steps.windows(2) {
        let (w, h) = path.increment_and_area(pair[0], pair[1]).unwrap();
        increments.push(w.to_vec());
        areas.push(h.to_vec());
    }
    let last =
        |noise: Brownian| geometric(noise).solve(EulerMaruyama, FixedStep(0.05), SaveAt::end()).unwrap().last()[0];
    assert_eq!(last(Brownian::stored(&steps, &increments)), last(Brownian::seeded(12)));
    let last = |noise: Brownian| geometric(noise).solve(Sosri, FixedStep(0.05), SaveAt::end()).unwrap().last()[0];
    let stored = last(Brownian::stored_with_areas(&steps, &increments, &areas));
    assert!((stored - last(Brownian::seeded(12))).abs() < 1e-14);
}

#[test]
fn solves_in_pieces_and_on_threads_give_the_same_bits() {
    let solve =
        |path: u64| geometric(Brownian::seeded(1).path(path)).solve(Sosri, Tolerance::new(1e-3, 1e-3), SaveAt::end());
    let here: Vec<_> = (0..8).map(|path| solve(path).unwrap().last().clone()).collect();
    let threads: Vec<_> = (0..8).map(|path| std::thread::spawn(move || solve(path).unwrap().last().clone())).collect();
    let there: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(here, there);
    let whole = geometric(Brownian::seeded(3)).solve(Milstein, FixedStep(0.125), SaveAt::every(0.5)).unwrap();
    let model = sde!(|_t, [u], [a, b]| drift: [a * u], diagonal: [b * u]);
    let second = Problem::sde(model, Brownian::seeded(3), whole.state(1), &dvector![1.01, 0.87], 0.5..1.0);
    assert_eq!(second.solve(Milstein, FixedStep(0.125), SaveAt::end()).unwrap().last(), whole.last());
}

#[test]
fn what_cannot_be_solved_is_refused() {
    let noise = || Brownian::seeded(0);
    let message = |result: Result<Solution<f64>, SolveError>| result.unwrap_err().to_string();
    let ito = geometric(noise());
    let wrong = ito.solve(EulerHeun, FixedStep(0.1), SaveAt::end()).unwrap_err();
    assert!(matches!(
        wrong,
        SolveError::Stochastic(StochasticError::WrongCalculus {
            model_calculus: Calculus::Ito,
            method_calculus: Calculus::Stratonovich,
            ..
        })
    ));
    assert!(wrong.to_string().contains(".to_stratonovich()") && wrong.to_string().contains("Sosri"));
    let general = sde!(|_t, [x], []| drift: [-x], general: [[x], [x * x]]);
    let problem = Problem::sde(general, noise(), [1.0], &none(), 0.0..1.0);
    let wrong = problem.solve(Sosri, FixedStep(0.1), SaveAt::end()).unwrap_err();
    let expected = NoiseKind::General { dimensions: 2 };
    assert!(
        matches!(wrong, SolveError::Stochastic(StochasticError::WrongNoise { method: "Sosri", noise, .. }) if noise == expected)
    );
    assert!(message(problem.solve(Milstein, FixedStep(0.1), SaveAt::end())).contains("EulerMaruyama"));
    assert!(message(ito.solve(Sosra, FixedStep(0.1), SaveAt::end())).contains("diagonal noise"));
    assert!(message(ito.solve(EulerMaruyama, Tolerance::new(1e-3, 1e-3), SaveAt::end())).contains("no error estimate"));
    assert_eq!(ito.solve(Sosri, FixedStep(0.1), SaveAt::dense()).unwrap_err(), StochasticError::NoDenseNoise.into());
    let back = Problem::sde(*ito.system(), noise(), [1.0], &dvector![1.0, 1.0], 1.0..0.0);
    assert!(message(back.solve(Sosri, FixedStep(0.1), SaveAt::end())).contains("Ito integrals look forward only"));
    let tiny = Problem::sde(*ito.system(), noise(), [1.0], &dvector![1.0, 1.0], 0.0..1e-11);
    assert!(message(tiny.solve(Sosri, FixedStep(1e-12), SaveAt::end())).contains("with_unit"));
    let blown = sde!(|_t, [x], []| drift: [x * x * x], diagonal: [x]);
    let problem = Problem::sde(blown, noise(), [3.0], &none(), 0.0..1.0);
    let found = problem.solve(EulerMaruyama, FixedStep(0.1), SaveAt::end()).unwrap_err();
    assert!(matches!(found, SolveError::NonFinite { component: 0, .. }), "{found}");
    assert!(problem.solve(Sosri, Tolerance::new(1e-3, 1e-3), SaveAt::end()).is_err());
    let sizes = Problem::sde(blown, noise(), [3.0, 1.0], &none(), 0.0..1.0);
    let wrong = SolveError::WrongStateCount { expected: 1, found: 2 };
    assert_eq!(sizes.solve(EulerMaruyama, FixedStep(0.1), SaveAt::end()).unwrap_err(), wrong);
    let limited = Tolerance::new(1e-6, 1e-6).with_max_steps(10);
    assert!(matches!(ito.solve(Sosri, limited, SaveAt::end()).unwrap_err(), SolveError::StepLimit { .. }));
}
