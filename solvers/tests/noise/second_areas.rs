//! Space-time-time areas: by their definition, with their law, and the same in any order.

use super::law::{assert_normal, assert_standard};
use super::{TIMES, all_pairs};
use costate_solvers::{Brownian, BrownianPath, SolveError, StochasticError};
use nalgebra::dmatrix;

/// The second of two dimensions: increment, area, second area.
fn numbers(path: &mut BrownianPath, from: f64, to: f64) -> [f64; 3] {
    let [w, h, k] = path.increment_and_areas(from, to).unwrap();
    [w[1], h[1], k[1]]
}

/// `numbers` between all pairs of times, in an order that depends on `stride`.
fn pairs_of(times: &[f64], brownian: &Brownian, stride: usize) -> Vec<[f64; 3]> {
    let mut path = brownian.motion(2).unwrap();
    let pairs = times.len() * times.len();
    let mut answers = vec![[0.0; 3]; pairs];
    for k in 0..pairs {
        let pair = (k * stride) % pairs;
        answers[pair] = numbers(&mut path, times[pair / times.len()], times[pair % times.len()]);
    }
    answers
}

/// The integrals of `W(r) - W(s)` and of `(r - s) (W(r) - W(s))` over `s..t`, which follow from the definitions.
fn integrals(length: f64, [w, h, k]: [f64; 3]) -> [f64; 2] {
    [length * (0.5 * w + h), length * length * (w / 3.0 + 0.5 * h - k)]
}

/// Neighbouring intervals must make up the whole to a tolerance: by the integrals, which the tree does not know.
fn assert_they_add_up(times: &[f64], answers: &[[f64; 3]], tolerance: f64) {
    let n = times.len();
    let ordered = |&(a, b, c): &(usize, usize, usize)| times[a] < times[b] && times[b] < times[c];
    let triples = (0..n).flat_map(|a| (0..n).flat_map(move |b| (0..n).map(move |c| (a, b, c))));
    for (a, b, c) in triples.filter(ordered) {
        let [first, second, whole] = [(a, b), (b, c), (a, c)].map(|(i, j)| answers[i * n + j]);
        assert_eq!(first[0] + second[0], whole[0]);
        let (left, right) = (times[b] - times[a], times[c] - times[b]);
        let [one, two, both] = [(left, first), (right, second), (left + right, whole)].map(|(l, x)| integrals(l, x));
        let area = one[0] + two[0] + right * first[0];
        let moment = one[1] + two[1] + left * two[0] + first[0] * right * (left + 0.5 * right);
        let scale = (left + right).powf(1.5);
        assert!((area - both[0]).abs() < tolerance * scale, "{a} {b} {c}: {area} {}", both[0]);
        assert!((moment - both[1]).abs() < tolerance * scale * (left + right), "{a} {b} {c}: {moment} {}", both[1]);
    }
}

#[test]
fn second_areas_are_a_function_of_time_and_neighbours_make_up_the_whole() {
    // Multiples of the resolution, where nothing is rounded: 2^-30 is the smallest.
    let dyadic = [
        -1.25,
        -0.375,
        0.0,
        0.5_f64.powi(30),
        0.5_f64.powi(9),
        0.3125,
        0.5,
        0.625,
        1.0,
        1.0 + 0.5_f64.powi(20),
        2.75,
        7.0,
    ];
    for (times, tolerance) in [(dyadic, 1e-14), (TIMES, 1e-8)] {
        for unit in [1.0, 3.7] {
            let times = times.map(|t| if tolerance < 1e-10 { unit * t } else { t });
            let brownian = Brownian::seeded(3).path(5).with_unit(unit).with_second_areas();
            let answers = pairs_of(&times, &brownian, 1);
            for stride in [5, 61, 143] {
                assert_eq!(pairs_of(&times, &brownian, stride), answers, "the order of the questions must not matter");
            }
            let n = times.len();
            for (a, b) in (0..n).flat_map(|a| (0..n).map(move |b| (a, b))) {
                let ([w, h, k], back) = (answers[a * n + b], answers[b * n + a]);
                assert_eq!(back, [-w, h, -k], "the way back");
            }
            // Units other than powers of two make the times' own rounding part of it.
            assert_they_add_up(&times, &answers, if unit == 1.0 { tolerance } else { 30.0 * tolerance });
        }
    }
}

#[test]
fn all_questions_have_consistent_answers() {
    let brownian = Brownian::seeded(3).path(5).with_second_areas();
    let answers = pairs_of(&TIMES, &brownian, 1);
    // Increments alone, and with areas alone.
    for (pair, [w, h]) in all_pairs(&brownian, 5).into_iter().enumerate() {
        assert_eq!(answers[pair][..2], [w, h]);
    }
    let mirrored = pairs_of(&TIMES, &brownian.clone().mirrored(), 1);
    assert!(answers.iter().zip(&mirrored).all(|(a, b)| a.map(|x| -x) == *b));
    let elsewhere = brownian.clone();
    assert_eq!(std::thread::spawn(move || pairs_of(&TIMES, &elsewhere, 5)).join().unwrap(), answers);

    // Units in a row, with their second areas or without, and those of the motion that has no second areas.
    let mut ordinary = Brownian::seeded(3).path(5).motion(2).unwrap();
    let mut path = brownian.motion(2).unwrap();
    for k in (-20..20).chain((-20..20).rev()).map(f64::from) {
        let [w, h, second] = numbers(&mut path, k, k + 1.0);
        let (increments, areas) = ordinary.increment_and_area(k, k + 1.0).unwrap();
        assert_eq!([w, h], [increments[1], areas[1]]);
        assert_eq!([w, h, second], numbers(&mut brownian.motion(2).unwrap(), k, k + 1.0));
    }
    assert_ne!(
        path.increment(0.0, 0.5).unwrap(),
        ordinary.increment(0.0, 0.5).unwrap(),
        "inside units it is another path"
    );
}

#[test]
fn areas_are_what_they_are_defined_to_be_on_the_same_path() {
    for (from, to) in [(0.0, 1.0), (0.25, 0.5), (0.2, 0.7), (0.6, 2.3)] {
        let n = 4096;
        let mut path = Brownian::seeded(5).with_second_areas().motion(2).unwrap();
        let [w, h, k] = numbers(&mut path, from, to);
        let (mut mean, mut weighted) = (0.0, 0.0);
        for step in 1..n {
            let fraction = f64::from(step) / f64::from(n);
            let bridge = path.increment(from, from + fraction * (to - from)).unwrap()[1] - fraction * w;
            mean += bridge / f64::from(n);
            weighted += (0.5 - fraction) * bridge / f64::from(n);
        }
        // The sums deviate from the integrals by the areas of the steps: standard deviations of 0.29 / n and 0.08 / n at most.
        let slack = 4.0 * (to - from).sqrt() / f64::from(n);
        assert!((mean - h).abs() < 0.29 * slack && (weighted - k).abs() < 0.084 * slack, "{mean} {h}, {weighted} {k}");
        assert!(k.abs() > 30.0 * 0.084 * slack, "the comparison says something");
    }
}

/// Increments and both areas over the intervals between some times, in units of their standard deviations.
fn standardised(brownian: &Brownian, times: &[f64], dimensions: usize) -> Vec<f64> {
    let mut path = brownian.motion(dimensions).unwrap();
    let mut row = Vec::new();
    for pair in times.windows(2) {
        let [w, h, k] = path.increment_and_areas(pair[0], pair[1]).unwrap();
        let length = pair[1] - pair[0];
        for (numbers, variance) in [(w, length), (h, length / 12.0), (k, length / 720.0)] {
            row.extend(numbers.iter().map(|x| x / variance.sqrt()));
        }
    }
    row
}

#[test]
fn increments_and_both_areas_are_normal_and_independent() {
    // Whole units and half ones, ends that are no fractions of the unit, several units, and a very short interval.
    let times = [-0.7, 0.2, 0.25, 0.5, 1.0 / 3.0 + 0.2, 1.0 / 3.0 + 0.2001, 1.0, 2.0, 3.9];
    for (seed, times) in [(11, times), (12, times.map(|t| 1e-3 * t))] {
        let brownian = Brownian::seeded(seed).with_second_areas();
        let rows: Vec<_> = (0..6000).map(|path| standardised(&brownian.clone().path(path), &times, 1)).collect();
        assert_standard(&rows);
        for (number, what) in ["increments", "areas", "second areas"].iter().enumerate() {
            assert_normal(rows.iter().flat_map(|row| row.iter().skip(number).step_by(3).copied()).collect(), what);
        }
    }
}

#[test]
fn paths_dimensions_and_neighbours_are_independent_in_all_three() {
    let times: Vec<f64> = (0..4).map(|k| 0.015625 * f64::from(k)).collect();
    let brownian = Brownian::seeded(1).with_second_areas();
    let path = |path: u64| standardised(&brownian.clone().path(path), &times, 2);
    let rows: Vec<Vec<f64>> = (0..4000).map(|pair| [path(2 * pair), path(2 * pair + 1)].concat()).collect();
    assert_standard(&rows);
}

#[test]
fn many_units_have_normal_second_areas() {
    let mut path = Brownian::seeded(9).with_second_areas().motion(1).unwrap();
    let mut second = |k: i32| path.increment_and_areas(f64::from(k), f64::from(k + 1)).unwrap()[2][0] * 720f64.sqrt();
    assert_normal((-50_000..50_000).map(&mut second).collect(), "second areas of units");
}

#[test]
fn second_areas_are_correlated_as_increments_are() {
    let factor = dmatrix![1.0, 0.0; 0.6, 0.8; -0.5, 0.5];
    let brownian = Brownian::seeded(2).with_second_areas();
    let numbers = |path: &mut BrownianPath| {
        path.increment_and_areas(0.2, 0.9).map(|[w, h, k]| [w.to_vec(), h.to_vec(), k.to_vec()]).unwrap()
    };
    let independent = numbers(&mut brownian.motion(2).unwrap());
    let correlated = numbers(&mut brownian.correlated(&factor).motion(3).unwrap());
    for (x, y) in independent.iter().zip(&correlated) {
        assert_eq!(*y, [x[0], 0.6 * x[0] + 0.8 * x[1], -0.5 * x[0] + 0.5 * x[1]]);
    }
}

#[test]
fn motions_without_second_areas_say_so() {
    let stored = Brownian::stored_with_areas(&[0.0, 1.0], &[vec![1.0]], &[vec![0.0]]);
    for brownian in [Brownian::seeded(1), Brownian::rejection_sampled(1), stored.clone(), stored.with_second_areas()] {
        let error = brownian.motion(1).unwrap().increment_and_areas(0.0, 1.0).unwrap_err();
        assert_eq!(error, SolveError::from(StochasticError::NoiseWithoutSecondArea));
        assert!(error.to_string().contains("with_second_areas"), "{error}");
    }
    let bad = Brownian::seeded(1).with_second_areas().with_unit(-1.0).motion(1);
    assert!(matches!(bad, Err(SolveError::Stochastic(StochasticError::BadNoise { .. }))));
}
