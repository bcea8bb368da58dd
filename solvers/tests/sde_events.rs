//! Jumps and events of stochastic solves: against closed forms, on given paths, on any number of threads.

use costate_ad::Dual;
use costate_solvers::{
    Brownian, Ended, Ensemble, EulerMaruyama, Event, FixedStep, Milstein, PoissonProcess, Problem, SaveAt, Sde,
    SolveError, Sosra, Sosri, StochasticError, Summary, Tolerance, condition, jump, ode, reset, sde,
};
use nalgebra::{DVector, dvector};

/// Growth and volatility of a price; mean and width of the logarithm of its jumps.
const MERTON: [f64; 4] = [0.1, 0.2, -0.05, 0.3];
const RATE: f64 = 3.0;

/// A price with jumps at T = 2, by an adaptive solver.
fn merton<R: costate_solvers::Real>(p: &DVector<R>, path: u64) -> Result<R, SolveError> {
    let price = sde!(|_t, [s], [growth, volatility, _mean, _width]| drift: [growth * s], diagonal: [volatility * s]);
    let by = jump!(|_t, [s], [_growth, _volatility, mean, width], mark| [s * (mean + width * mark.normal(0)).exp()]);
    let jumps = Event::jumps(&PoissonProcess::seeded(9, RATE).path(path), 0.0..2.0, by)?;
    let problem = Problem::sde(price, Brownian::seeded(9).path(path), [1.0], p, 0.0..2.0).with_event(jumps);
    Ok(problem.solve(Sosri, Tolerance::new(1e-4, 1e-4), SaveAt::end())?.last()[0])
}

fn assert_mean(summary: &Summary, expected: f64, slack: f64, what: &str) {
    let away = (summary.mean() - expected).abs() - slack;
    let error = summary.standard_error();
    assert!(away < 3.0 * error, "{what}: {} +- {error}, expected {expected}", summary.mean());
}

#[test]
fn jump_times_follow_the_poisson_process_and_are_a_function_of_time() {
    let counts = Ensemble::new(4000).summarise(|path| {
        let jumps = PoissonProcess::seeded(1, 2.5).path(path as u64).jumps(-0.3..1.7)?;
        let count = |from: f64, to: f64| jumps.iter().filter(|(t, _)| (from..to).contains(t)).count() as f64;
        let (all, left, right) = (jumps.len() as f64, count(-0.3, 0.5), count(0.5, 1.7));
        let marks: f64 = jumps.iter().map(|(_, mark)| mark.uniform(3) - 0.5).sum();
        let product: f64 = jumps.iter().map(|(_, mark)| mark.normal(0) * mark.normal(1)).sum();
        Ok::<_, SolveError>(vec![all, (all - 5.0).powi(2), (left - 2.0) * (right - 3.0), marks, product])
    });
    let expected = [5.0, 5.0, 0.0, 0.0, 0.0];
    for (summary, (expected, what)) in
        counts.unwrap().iter().zip(expected.iter().zip(["mean", "variance", "covariance", "uniform", "normal"]))
    {
        assert_mean(summary, *expected, 0.0, what);
    }
    let process = PoissonProcess::seeded(3, 40.0);
    let whole = process.jumps(-2.0..5.0).unwrap();
    let parts = [process.jumps(-2.0..1.37).unwrap(), process.jumps(5.0..1.37).unwrap()].concat();
    assert_eq!(whole, parts);
    assert!(whole.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert_ne!(whole, process.path(1).jumps(-2.0..5.0).unwrap());
    // Twice the rate: the same jumps, in half the time.
    let quick = PoissonProcess::seeded(3, 80.0).jumps(0.0..2.5).unwrap();
    let slow: Vec<f64> = whole.iter().map(|(t, _)| *t).filter(|t| *t >= 0.0).collect();
    assert!(quick.iter().zip(&slow).all(|((t, _), u)| (2.0 * t - u).abs() < 1e-12) && quick.len() == slow.len());
    for rate in [-1.0, f64::NAN, f64::INFINITY, 1e12] {
        let refused = PoissonProcess::seeded(3, rate).jumps(0.0..1.0).unwrap_err();
        assert!(matches!(refused, SolveError::Stochastic(StochasticError::BadJumpRate { .. })), "{refused}");
    }
    assert!(PoissonProcess::seeded(3, 0.0).jumps(0.0..1.0).unwrap().is_empty());
}

#[test]
fn a_jump_diffusion_has_the_moments_of_mertons_formula() {
    let p = DVector::from_column_slice(&MERTON);
    let [growth, volatility, mean, width] = MERTON;
    let summaries = Ensemble::new(6000).summarise(|path| {
        let s = merton(&p, path as u64)?;
        Ok::<_, SolveError>(vec![s, s.ln(), s * s])
    });
    let summaries = summaries.unwrap();
    let per_jump = |power: f64| (power * mean + 0.5 * power * power * width * width).exp() - 1.0;
    assert_mean(&summaries[0], (2.0 * (growth + RATE * per_jump(1.0))).exp(), 0.0, "mean");
    let squared = 2.0 * (2.0 * growth + volatility * volatility + RATE * per_jump(2.0));
    assert_mean(&summaries[2], squared.exp(), 0.0, "second moment");
    assert_mean(&summaries[1], 2.0 * (growth - 0.5 * volatility * volatility + RATE * mean), 0.0, "mean logarithm");
    let variance = 2.0 * (volatility * volatility + RATE * (mean * mean + width * width));
    // The standard error of the variance of a nearly normal sample, and a half for its tails.
    let error = 1.5 * variance * (2.0 / 6000_f64).sqrt();
    assert!((summaries[1].variance() - variance).abs() < 3.0 * error, "{} {variance}", summaries[1].variance());
}

#[test]
fn along_a_path_jumps_and_their_derivatives_are_those_of_the_closed_form() {
    let [growth, volatility, mean, width] = MERTON;
    for path in 0..20 {
        let p = DVector::from_fn(4, |k, _| Dual::<f64, 4>::variable(MERTON[k], k));
        let s = merton(&p, path).unwrap();
        let w = Brownian::seeded(9).path(path).motion(1).unwrap().increment(0.0, 2.0).unwrap()[0];
        let jumps = PoissonProcess::seeded(9, RATE).path(path).jumps(0.0..2.0).unwrap();
        let z: f64 = jumps.iter().map(|(_, mark)| mark.normal(0)).sum();
        let count = jumps.len() as f64;
        let diffused = 2.0 * (growth - 0.5 * volatility * volatility) + volatility * w;
        let exact = (diffused + mean * count + width * z).exp();
        let slopes = [2.0 * exact, (w - 2.0 * volatility) * exact, count * exact, z * exact];
        assert!((s.value - exact).abs() < 2e-3 * exact, "path {path}: {} {exact}", s.value);
        for (found, slope) in s.derivatives.iter().zip(slopes) {
            assert!((found - slope).abs() < 1e-2 * exact, "path {path}: {found} {slope}");
        }
    }
    let p = DVector::from_column_slice(&MERTON);
    let here: Vec<f64> = (0..8).map(|path| merton(&p, path).unwrap()).collect();
    let on_threads: Vec<_> = (0..8)
        .map(|path| std::thread::spawn(move || merton(&DVector::from_column_slice(&MERTON), path).unwrap()))
        .collect();
    let there: Vec<f64> = on_threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(here, there);
}

/// An insurer's reserve: premiums flow in, claims of exponential size take from it.
#[test]
fn a_compound_poisson_process_is_the_same_for_ordinary_and_stochastic_solves() {
    let claim = jump!(|_t, [x], [_premium, size], mark| [x + size * mark.uniform(0).ln()]);
    let (p, span) = (dvector![2.0, 0.5], 0.0..3.0);
    let summaries = Ensemble::new(4000).summarise(|path| {
        let process = PoissonProcess::seeded(5, 4.0).path(path as u64);
        let claims = || Event::jumps(&process, span.clone(), claim);
        let flow = ode!(|_t, [_x], [premium, _size]| [premium]);
        let problem = Problem::ode(flow, [1.0], &p, span.clone()).with_event(claims()?);
        let ordinary = problem.solve(costate_solvers::Euler, FixedStep(0.5), SaveAt::end())?;
        let flow = sde!(|_t, [x], [premium, _size]| drift: [premium], diagonal_additive: [0.0 * x]);
        let problem = Problem::sde(flow, Brownian::seeded(0), [1.0], &p, span.clone()).with_event(claims()?);
        let stochastic = problem.solve(EulerMaruyama, FixedStep(0.5), SaveAt::end())?;
        let (x, same) = (ordinary.last()[0], stochastic.last()[0]);
        let sizes: f64 = process.jumps(0.0..3.0)?.iter().map(|(_, mark)| 0.5 * mark.uniform(0).ln()).sum();
        assert!((x - same).abs() < 1e-12 && (x - (7.0 + sizes)).abs() < 1e-12, "{x} {same} {sizes}");
        assert_eq!(ordinary.events().len(), stochastic.events().len());
        Ok::<_, SolveError>(vec![x, (x - 1.0).powi(2)])
    });
    let summaries = summaries.unwrap();
    // 12 claims of mean 0.5 and mean square 2 * 0.25.
    assert_mean(&summaries[0], 7.0 - 6.0, 0.0, "mean");
    assert_mean(&summaries[1], 12.0 * 0.5, 0.0, "variance");
}

/// The mean time at which `x = t + W` first reaches 1 is 1, with variance 1. Looked for at steps of size h, the level seems
/// `0.5826 sqrt(h)` farther away, and the crossing lies up to a step before it is seen.
#[test]
fn first_passage_times_have_the_mean_of_the_closed_form_with_the_stated_bias() {
    let drifting = sde!(|_t, [_x], [speed]| drift: [speed], diagonal_additive: [R::from(1.0)]);
    let arrival = || Event::when(condition!(|_t, [x], [_speed]| x - 1.0)).rising().terminal();
    for h in [1.0 / 16.0, 1.0 / 64.0] {
        let times = Ensemble::new(4000).summarise(|path| {
            let noise = Brownian::seeded(8).path(path as u64).with_unit(h);
            let problem = Problem::sde(drifting, noise, [0.0], &dvector![1.0], 0.0..40.0).with_event(arrival());
            let solution = problem.solve(EulerMaruyama, FixedStep(h), SaveAt::end())?;
            assert_eq!((solution.ended(), solution.events().len()), (Ended::ByEvent(0), 1));
            assert!((solution.last()[0] - 1.0).abs() < 1e-3, "{}", solution.last()[0]);
            assert_eq!(*solution.times().last().unwrap(), solution.events()[0].time);
            Ok::<_, SolveError>(vec![solution.events()[0].time])
        });
        assert_mean(&times.unwrap()[0], 1.0 + 0.5826 * h.sqrt() - 0.5 * h, 0.5 * h, "first passage");
    }
}

#[test]
fn what_happens_at_crossings_and_at_given_times() {
    let drifting = sde!(|_t, [_x], [speed, _to]| drift: [speed], diagonal_additive: [R::from(0.3)]);
    let back = Event::when(condition!(|_t, [x], [_speed, _to]| x - 1.0)).then(reset!(|_t, [_x], [_speed, to]| [to]));
    let problem = Problem::sde(drifting, Brownian::seeded(2), [0.0], &dvector![1.0, 0.25], 0.0..5.0);
    let wrapped = problem.clone().with_event(back);
    for control in [costate_solvers::Control::from(FixedStep(0.01)), Tolerance::new(1e-3, 1e-3).into()] {
        let solution = wrapped.solve(Sosra, control, SaveAt::steps()).unwrap();
        // From 0 to 1, then four times or so from 0.25 to 1.
        assert!((4..=8).contains(&solution.events().len()), "{}", solution.events().len());
        for event in solution.events() {
            assert!((event.before[0] - 1.0).abs() < 1e-3 && event.after[0] == 0.25);
            let saved: Vec<f64> = solution.saves().filter(|(t, _)| *t == event.time).map(|(_, x)| x[0]).collect();
            assert_eq!(saved, [event.before[0], 0.25]);
        }
        assert!(solution.saves().all(|(_, x)| x[0] < 1.001));
    }
    // A dose at given times, which doubles a parameter; a projection after every step; a save on the event.
    let dose = Event::at([0.5, 1.0]).then(reset!(|_t, [x], [speed, to]| ([x + to], [2.0 * speed, to])));
    let dosed = problem.with_event(dose).with_stops([0.3]);
    let values = |save: SaveAt| {
        let solution = dosed.solve(EulerMaruyama, FixedStep(0.2), save).unwrap();
        let w = Brownian::seeded(2).motion(1).unwrap().increment(0.0, 0.5).unwrap()[0];
        (solution.state(0)[0] - 0.3 * w, solution.last()[0], solution.events().to_vec())
    };
    let (before, last, events) = values(SaveAt::times([0.5, 5.0]));
    let (after, same, _) = values(SaveAt::times([0.5, 5.0]).after_events());
    assert!((before - 0.5).abs() < 1e-12 && (after - 0.75).abs() < 1e-12 && last == same);
    assert_eq!(events.iter().map(|event| event.time).collect::<Vec<_>>(), [0.5, 1.0]);
    let w = Brownian::seeded(2).motion(1).unwrap().increment(0.0, 5.0).unwrap()[0];
    // Speeds 1, 2 and 4.
    assert!((last - (0.5 + 1.0 + 16.0 + 0.5 + 0.3 * w)).abs() < 1e-10, "{last}");
}

#[test]
fn a_crossing_has_no_derivative_and_no_step_is_too_short_for_a_jump() {
    let drifting = sde!(|_t, [_x], [speed]| drift: [speed], diagonal_additive: [R::from(1.0)]);
    let p = dvector![Dual::<f64, 1>::variable(1.0, 0)];
    let arrival = Event::when(condition!(|_t, [x], [_speed]| x - 1.0)).terminal();
    let problem = Problem::sde(drifting, Brownian::seeded(2), [0.0], &p, 0.0..5.0).with_event(arrival);
    let refused = problem.solve(EulerMaruyama, FixedStep(0.1), SaveAt::end()).unwrap_err();
    assert_eq!(refused, StochasticError::NoCrossingDerivative { event: 0 }.into());
    // Far below the resolution of the motion.
    let close = Event::at([0.1, 0.1 + 1e-13, 0.1 + 1e-11, 0.3]).then(reset!(|_t, [x], [_speed]| [x + 1.0]));
    let problem = Problem::sde(drifting, Brownian::seeded(2), [0.0], &dvector![1.0], 0.0..0.5).with_event(close);
    let w = Brownian::seeded(2).motion(1).unwrap().increment(0.0, 0.5).unwrap()[0];
    for control in [costate_solvers::Control::from(FixedStep(0.1)), Tolerance::new(1e-3, 1e-3).into()] {
        let solution = problem.solve(Sosra, control, SaveAt::end()).unwrap();
        assert!((solution.last()[0] - (4.5 + w)).abs() < 1e-9, "{}", solution.last()[0]);
    }
    let geometric = sde!(|_t, [u], [a]| drift: [a * u], diagonal: [a * u]);
    assert_eq!(Sde::triggers(&geometric), []);
    assert!(
        Problem::sde(geometric, Brownian::seeded(1), [1.0], &dvector![0.1], 0.0..1.0)
            .with_stops([0.123])
            .solve(Milstein, FixedStep(0.1), SaveAt::steps())
            .unwrap()
            .times()
            .contains(&0.123)
    );
}

/// Interest rates whose noise is too strong for their drift to keep them positive at finite steps: `dx = 2 (1/2 - x) dt + 3/2
/// sqrt(x) dW`. Without the projection the next step takes the root of a negative number.
#[test]
fn an_event_of_every_step_keeps_a_square_root_process_positive() {
    let rate = sde!(|_t, [x], [pull, level, noise]| drift: [pull * (level - x)], diagonal: [noise * x.sqrt()]);
    let guarded =
        sde!(|_t, [x], [pull, level, noise]| drift: [pull * (level - x)], diagonal: [noise * x.max(R::zero()).sqrt()]);
    let (p, span, h) = ([2.0, 0.5, 1.5], 0.0..1.0, 1.0 / 256.0);
    let floor = || Event::every_step().then(reset!(|_t, [x], [_pull, _level, _noise]| [x.max(R::zero())]));
    let noise = |path: usize| Brownian::seeded(12).path(path as u64).with_unit(h);
    let plain = DVector::from_column_slice(&p);
    let free = |path: usize| Problem::sde(rate, noise(path), [0.5], &plain, span.clone());
    let failures =
        (0..100).filter(|&path| free(path).solve(EulerMaruyama, FixedStep(h), SaveAt::end()).is_err()).count();
    assert!(failures > 10, "{failures} of 100 paths became negative");
    let summaries = Ensemble::new(2000).summarise(|path| {
        let problem = free(path).with_event(floor());
        let solution = problem.solve(EulerMaruyama, FixedStep(h), SaveAt::steps())?;
        assert!(solution.saves().all(|(_, x)| x[0] >= 0.0) && solution.events().is_empty());
        assert_eq!(solution.times().len(), 257, "the end of a step is saved once, behind the projection");
        // The same steps on the same path by hand.
        let (mut motion, mut x) = (noise(path).motion(1)?, 0.5_f64);
        for (k, (t, saved)) in solution.saves().enumerate().skip(1) {
            let w = motion.increment(h * (k - 1) as f64, t)?[0];
            x = (x + p[0] * (p[1] - x) * h + p[2] * x.sqrt() * w).max(0.0);
            assert!((saved[0] - x).abs() < 1e-12, "{k}: {} {x}", saved[0]);
        }
        // The stages of other methods lie below the floor too.
        let truncated = Problem::sde(guarded, noise(path), [0.5], &plain, span.clone()).with_event(floor());
        let adaptive = truncated.solve(Sosri, Tolerance::new(1e-2, 1e-2), SaveAt::every(0.1))?;
        assert!(adaptive.times().len() == 11 && adaptive.saves().all(|(_, x)| x[0] >= 0.0));
        Ok::<_, SolveError>(vec![x])
    });
    // The mean stays at the level, but for what the projection adds: less than 0.05 at this step.
    assert_mean(&summaries.unwrap()[0], 0.5, 0.05, "mean");
    // Derivatives stop at the floor, and begin anew behind it: again the same steps by hand.
    let mut at_the_floor = 0;
    for path in 0..40 {
        let p = dvector![Dual::constant(p[0]), Dual::<f64>::variable(p[1], 0), Dual::constant(p[2])];
        let problem = Problem::sde(rate, noise(path), [0.5], &p, span.clone()).with_event(floor());
        let found = problem.solve(EulerMaruyama, FixedStep(h), SaveAt::end()).unwrap().last()[0];
        let (mut motion, mut x) = (noise(path).motion(1).unwrap(), Dual::constant(0.5));
        for k in 0..256 {
            let w = motion.increment(h * f64::from(k), h * f64::from(k + 1)).unwrap()[0];
            let next = x + p[0] * (p[1] - x) * h + p[2] * x.sqrt() * w;
            x = if next.value > 0.0 { next } else { Dual::constant(0.0) };
            at_the_floor += usize::from(next.value < 0.0);
        }
        let (slope, by_hand) = (found.derivatives[0], x.derivatives[0]);
        assert!((slope - by_hand).abs() < 1e-9 * by_hand.abs().max(1.0), "path {path}: {slope} {by_hand}");
    }
    assert!(at_the_floor > 10, "{at_the_floor} steps of 40 paths ended at the floor");
}
