//! Brownian motion: additive to the bit, the same in any order, and with the law that it claims.

mod law;
mod second_areas;

use costate_solvers::{
    Brownian, EulerMaruyama, FixedStep, Problem, SaveAt, SolveError, Sra1, StochasticError, Tolerance, sde,
};
use law::{assert_standard, covariances, kolmogorov_smirnov};
use nalgebra::{dmatrix, dvector};

/// Cheap times, dear ones, and some in other units of time and before 0.
const TIMES: [f64; 12] = [-1.25, -0.3, 0.0, 0.01, 0.07, 0.1 + 0.2, 1.0 / 3.0, 0.5, 0.9999, 1.0, 2.75, 7.123];

/// Increments and areas of one dimension between all pairs of times, in an order that depends on `stride`.
fn all_pairs(brownian: &Brownian, stride: usize) -> Vec<[f64; 2]> {
    let mut path = brownian.motion(2).unwrap();
    let pairs = TIMES.len() * TIMES.len();
    let mut answers = vec![[0.0; 2]; pairs];
    for k in 0..pairs {
        let pair = (k * stride) % pairs;
        let (from, to) = (TIMES[pair / TIMES.len()], TIMES[pair % TIMES.len()]);
        let increment = path.increment(from, to).unwrap()[1];
        let (again, area) = path.increment_and_area(from, to).unwrap();
        assert_eq!(again[1], increment);
        answers[pair] = [increment, area[1]];
    }
    answers
}

#[test]
fn the_tree_is_a_function_of_time_and_adds_up_to_the_bit() {
    for unit in [1.0, 0.01, 3.7] {
        let brownian = Brownian::seeded(3).path(5).with_unit(unit);
        let answers = all_pairs(&brownian, 1);
        for stride in [5, 61, 143] {
            assert_eq!(all_pairs(&brownian, stride), answers, "the order of the questions must not matter");
        }
        let n = TIMES.len();
        for (a, b, c) in (0..n).flat_map(|a| (0..n).flat_map(move |b| (0..n).map(move |c| (a, b, c)))) {
            assert_eq!(answers[a * n + b][0] + answers[b * n + c][0], answers[a * n + c][0]);
            assert_eq!(answers[a * n + b][0], -answers[b * n + a][0]);
            assert_eq!(answers[a * n + b][1], answers[b * n + a][1]);
            if TIMES[a] < TIMES[b] && TIMES[b] < TIMES[c] {
                let [first, second, whole] =
                    [(a, b), (b, c), (a, c)].map(|(i, j)| (TIMES[j] - TIMES[i], answers[i * n + j]));
                let integral = |(length, [w, h]): (f64, [f64; 2])| length * (0.5 * w + h);
                let sum = integral(first) + integral(second) + second.0 * first.1[0];
                assert!((sum - integral(whole)).abs() < 1e-8, "areas add up to the resolution");
            }
        }
    }
}

/// Equal steps in a row are drawn together and handed out from memory: which must not show.
#[test]
fn equal_steps_in_a_row_are_those_of_a_motion_without_memory() {
    for (unit, parts, mirrored) in [
        (1.0, 1.0, false),
        (0.01, 1.0, false),
        (0.3, 1.0, true),
        (1.0, 10.0, true),
        (1.0, 100.0, false),
        (3.7, 1000.0, true),
    ] {
        let brownian = Brownian::seeded(6).path(2).with_unit(unit);
        let brownian = if mirrored { brownian.mirrored() } else { brownian };
        let mut path = brownian.motion(3).unwrap();
        let h = unit / parts;
        let order = (-40..40).chain((-40..40).rev()).chain([100, 101, 7, 103, 8]).chain((480..500).map(|k| 2 * k));
        for (number, k) in order.enumerate() {
            let (from, to) = (h * f64::from(k), h * f64::from(k + 1));
            // Now and then something else comes between, or the step is taken back.
            if number % 17 == 3 {
                path.increment(from, from + 0.4 * h).unwrap();
            }
            let (from, to) = if number % 11 == 5 { (to, from) } else { (from, to) };
            let fresh = brownian.motion(3).unwrap().increment_and_area(from, to).map(|(w, h)| [w.to_vec(), h.to_vec()]);
            let [increments, areas] = fresh.unwrap();
            assert_eq!(path.increment(from, to).unwrap(), increments, "{parts} parts of {unit}, step {k}");
            if number % 40 > 15 {
                let found = path.increment_and_area(from, to).unwrap();
                assert_eq!(found, (&increments[..], &areas[..]), "{parts} parts of {unit}, step {k}");
            }
        }
    }
}

/// Without drift, and with noise that does not depend on the state, a solve adds increments up: exactly, whatever its steps.
#[test]
fn coarse_fine_adaptive_and_backward_solves_see_the_same_path() {
    let model = sde!(|_t, [x], [s]| drift: [0.0 * x], diagonal_additive: [s]);
    let p = dvector![1.0];
    for noise in [Brownian::seeded(8).path(3), Brownian::seeded(8).path(3).with_second_areas()] {
        let w = noise.motion(1).unwrap().increment(0.0, 1.0).unwrap()[0];
        let problem = Problem::sde(model, noise.clone(), [0.0], &p, 0.0..1.0);
        for h in [1.0, 0.1, 0.03, 1.0 / 64.0, 0.001] {
            let end = problem.solve(EulerMaruyama, FixedStep(h), SaveAt::end()).unwrap().last()[0];
            assert_eq!(end, w, "steps of {h}");
        }
        let adaptive = problem.solve(Sra1, Tolerance::new(1e-3, 1e-3), SaveAt::end()).unwrap().last()[0];
        assert!((adaptive - w).abs() < 1e-13, "adaptive: {adaptive} rather than {w}");
        let back = Problem::sde(model, noise, [w], &p, 1.0..0.0);
        assert_eq!(back.solve(EulerMaruyama, FixedStep(0.01), SaveAt::end()).unwrap().last()[0], 0.0);
    }
}

#[test]
fn seeds_paths_and_threads() {
    let w = |brownian: Brownian| brownian.motion(3).unwrap().increment(0.0, 0.625).unwrap().to_vec();
    assert_ne!(w(Brownian::seeded(1)), w(Brownian::seeded(2)));
    assert_ne!(w(Brownian::seeded(1)), w(Brownian::seeded(1).path(1)));
    assert_ne!(w(Brownian::seeded(1)), w(Brownian::seeded(1).path(1 << 32)));
    let elsewhere = std::thread::spawn(move || w(Brownian::seeded(1))).join().unwrap();
    assert_eq!(elsewhere, w(Brownian::seeded(1)));
    let image: Vec<f64> = w(Brownian::seeded(1).mirrored()).iter().map(|w| -w).collect();
    assert_eq!(image, elsewhere);
    let fewer = Brownian::seeded(1).motion(2).unwrap().increment(0.0, 0.625).unwrap().to_vec();
    assert_eq!(fewer[..], elsewhere[..2], "a dimension does not depend on how many there are");
}

/// Increments and areas over the intervals between some times, in units of their standard deviations.
fn standardised(brownian: &Brownian, times: &[f64], dimensions: usize) -> Vec<f64> {
    let mut path = brownian.motion(dimensions).unwrap();
    let mut row = Vec::new();
    for pair in times.windows(2) {
        let (w, h) = path.increment_and_area(pair[0], pair[1]).unwrap();
        let length = pair[1] - pair[0];
        row.extend(w.iter().map(|w| w / length.sqrt()));
        row.extend(h.iter().map(|h| h / (length / 12.0).sqrt()));
    }
    row
}

#[test]
fn increments_and_areas_are_normal_and_independent() {
    // Uneven splits, even ones, whole cells, and a very short interval.
    let times = [-0.7, 0.2, 0.25, 1.0 / 3.0, 1.0 / 3.0 + 1e-4, 1.0, 3.0, 3.9];
    for times in [times, times.map(|t| 1e-3 * t)] {
        let rows: Vec<_> = (0..6000).map(|path| standardised(&Brownian::seeded(11).path(path), &times, 1)).collect();
        assert_standard(&rows);
        let sample: Vec<f64> = rows.concat();
        // The 1 % point of the Kolmogorov distribution.
        assert!(kolmogorov_smirnov(sample.clone()) < 1.63 / (sample.len() as f64).sqrt());
    }
}

#[test]
fn paths_dimensions_and_neighbouring_steps_are_independent() {
    let rows: Vec<Vec<f64>> = (0..4000)
        .map(|path| {
            let times: Vec<f64> = (0..4).map(|k| 0.015625 * f64::from(k)).collect();
            let two = [2 * path, 2 * path + 1].map(|path| standardised(&Brownian::seeded(1).path(path), &times, 2));
            two.concat()
        })
        .collect();
    assert_standard(&rows);
}

#[test]
fn many_numbers_follow_the_normal_law() {
    let mut path = Brownian::seeded(9).with_unit(0.25).motion(1).unwrap();
    let step = |k: i32| 2.0 * path.increment(0.25 * f64::from(k), 0.25 * f64::from(k + 1)).unwrap()[0];
    let sample: Vec<f64> = (-100_000..100_000).map(step).collect();
    let beyond = sample.iter().filter(|x| x.abs() > 3.7).count() as f64;
    // 200,000 erfc(3.7 / sqrt 2) = 43.1: the tail beyond the ziggurat's layers is there.
    assert!((beyond - 43.1).abs() < 4.0 * 43.1_f64.sqrt(), "{beyond}");
    assert!(kolmogorov_smirnov(sample) < 1.63 / 200_000_f64.sqrt());
}

#[test]
fn rejection_sampling_forgets_nothing() {
    // Steps are cut again and again where the increment is large: the very choice that biases a sampler without memory.
    let row = |seed: u64| {
        let mut path = Brownian::rejection_sampled(seed).motion(1).unwrap();
        let (mut t, mut w, mut integral) = (0.0, 0.0, 0.0);
        let (mut h, mut rejected) = (0.5_f64, 0);
        while t < 1.0 {
            let end = f64::min(t + h, 1.0);
            let (increment, area) = path.increment_and_area(t, end).unwrap();
            if increment[0].abs() > 0.3 && end - t > 0.02 {
                (h, rejected) = (0.4 * (end - t), rejected + 1);
                continue;
            }
            integral += (end - t) * (w + 0.5 * increment[0] + area[0]);
            w += increment[0];
            (t, h) = (end, 1.7 * (end - t));
        }
        assert!(
            path.increment(0.0, 1.0)
                .is_err_and(|error| matches!(error, SolveError::Stochastic(StochasticError::NoiseOnlyForward { .. })))
        );
        (vec![w, (integral - 0.5 * w) * 12f64.sqrt()], rejected)
    };
    let (rows, rejected): (Vec<_>, Vec<usize>) = (0..10_000).map(row).unzip();
    assert!(rejected.iter().sum::<usize>() > 10_000);
    assert_standard(&rows);
}

#[test]
fn correlated_and_stored_motions() {
    let factor = dmatrix![1.0, 0.0; 0.6, 0.8];
    let rows: Vec<Vec<f64>> = (0..5000)
        .map(|path| {
            Brownian::seeded(2).path(path).correlated(&factor).motion(2).unwrap().increment(0.0, 1.0).unwrap().to_vec()
        })
        .collect();
    let covariance = covariances(&rows);
    assert!((covariance[0][1] - 0.6).abs() < 4.0 * (1.36_f64 / 5000.0).sqrt());
    assert!((covariance[1][1] - 1.0).abs() < 4.0 * (2.0_f64 / 5000.0).sqrt());

    // Areas are correlated as increments are, in steps that are drawn together too.
    let mut independent = Brownian::seeded(2).motion(2).unwrap();
    let mut correlated = Brownian::seeded(2).correlated(&factor).motion(2).unwrap();
    let units = (0..40).map(|k| (f64::from(k), f64::from(k + 1)));
    let parts = (0..40).map(|k| (0.1 * f64::from(k + 1), 0.1 * f64::from(k)));
    for (from, to) in units.chain(parts).chain([(0.2, 0.9)]) {
        let mixed = |x: &[f64]| [x[0], 0.6 * x[0] + 0.8 * x[1]];
        let expected = independent.increment_and_area(from, to).map(|(w, h)| [mixed(w), mixed(h)]).unwrap();
        assert_eq!(correlated.increment(from, to).unwrap(), expected[0]);
        assert_eq!(correlated.increment_and_area(from, to).unwrap(), (&expected[0][..], &expected[1][..]));
    }

    let times = [0.0, 0.1, 0.2, 0.4];
    let increments = [vec![0.5], vec![-0.25], vec![1.0]];
    let mut path = Brownian::stored(&times, &increments).motion(1).unwrap();
    assert_eq!(path.increment(0.1, 0.1 + 0.3).unwrap(), [0.75]);
    assert_eq!(path.increment(0.4, 0.0).unwrap(), [-1.25]);
    assert_eq!(path.increment(0.0, 0.3), Err(StochasticError::NoiseUnknown { t: 0.3 }.into()));
    assert_eq!(path.increment_and_area(0.0, 0.1), Err(StochasticError::NoiseWithoutArea.into()));
    let mut path =
        Brownian::stored_with_areas(&times, &increments, &[vec![0.0], vec![0.1], vec![0.2]]).motion(1).unwrap();
    let (w, h) = path.increment_and_area(0.1, 0.4).unwrap();
    // The integral is 0.1 (-0.125 + 0.1) + 0.2 (-0.25 + 0.5 + 0.2).
    assert!((w[0] - 0.75).abs() < 1e-15 && (h[0] - (0.0875 / 0.3 - 0.375)).abs() < 1e-15);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let refused = |brownian: Brownian| {
        matches!(brownian.motion(1), Err(SolveError::Stochastic(StochasticError::BadNoise { .. })))
    };
    assert!(refused(Brownian::seeded(1).with_unit(0.0)));
    assert!(refused(Brownian::seeded(1).with_unit(f64::NAN)));
    assert!(refused(Brownian::seeded(1).correlated(&dmatrix![f64::NAN])));
    assert!(refused(Brownian::stored(&[0.0, 0.0], &[vec![1.0]])));
    assert!(refused(Brownian::stored(&[0.0, 1.0], &[vec![1.0], vec![2.0]])));
    assert!(refused(Brownian::stored(&[0.0, 1.0, 2.0], &[vec![1.0], vec![2.0, 3.0]])));
    assert!(refused(Brownian::stored(&[0.0, 1.0], &[vec![f64::NAN]])));
    assert!(refused(Brownian::stored_with_areas(&[0.0, 1.0], &[vec![1.0]], &[])));
    let wrong = SolveError::from(StochasticError::WrongNoiseCount { expected: 2, found: 1 });
    assert_eq!(Brownian::stored(&[0.0, 1.0], &[vec![1.0]]).motion(2).unwrap_err(), wrong);
    assert_eq!(Brownian::seeded(1).correlated(&dmatrix![1.0]).motion(2).unwrap_err(), wrong);
}
