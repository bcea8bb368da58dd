//! Polynomials on `0..=1` in Bernstein form: their signs tell where roots can be.
//!
//! A polynomial has at most as many roots inside an interval as its Bernstein coefficients there change sign, and the same
//! parity (Farouki, Comput. Aided Geom. Design 29 (2012) 379-419, section 5). Halving by de Casteljau's algorithm until one
//! change is left isolates every root.

use std::sync::LazyLock;

/// The degree of the polynomials.
pub(super) const DEGREE: usize = 8;

/// Values, or coefficients.
pub(super) type Coefficients = [f64; DEGREE + 1];

/// Where a polynomial is sampled: the Chebyshev points of the second kind, both ends included.
pub(super) static NODES: LazyLock<Coefficients> =
    LazyLock::new(|| std::array::from_fn(|i| 0.5 - 0.5 * (i as f64 * std::f64::consts::PI / DEGREE as f64).cos()));

/// The rows of the matrix from the values at the nodes to the Bernstein coefficients.
static FROM_SAMPLES: LazyLock<[Coefficients; DEGREE + 1]> = LazyLock::new(|| {
    let collocation = nalgebra::SMatrix::<f64, { DEGREE + 1 }, { DEGREE + 1 }>::from_fn(|i, j| {
        let binomial = (0..j).fold(1.0, |product, k| product * (DEGREE - k) as f64 / (k + 1) as f64);
        binomial * NODES[i].powi(j as i32) * (1.0 - NODES[i]).powi((DEGREE - j) as i32)
    });
    let inverse = collocation.try_inverse().expect("interpolation at distinct nodes has a solution");
    std::array::from_fn(|i| std::array::from_fn(|j| inverse[(i, j)]))
});

/// The Bernstein coefficients of the polynomial with these values at the [`NODES`].
pub(super) fn from_samples(samples: &Coefficients) -> Coefficients {
    let mut coefficients: Coefficients =
        std::array::from_fn(|i| FROM_SAMPLES[i].iter().zip(samples).map(|(a, b)| a * b).sum());
    // At the ends coefficient and value are the same: no rounding there.
    (coefficients[0], coefficients[DEGREE]) = (samples[0], samples[DEGREE]);
    coefficients
}

/// The value at `x`, by de Casteljau's algorithm.
pub(super) fn value(coefficients: &Coefficients, x: f64) -> f64 {
    let mut row = *coefficients;
    for level in (0..DEGREE).rev() {
        for i in 0..=level {
            row[i] = (1.0 - x) * row[i] + x * row[i + 1];
        }
    }
    row[0]
}

/// The polynomial divided by `x`, for one that is zero at 0; of one degree less, but written with this one.
pub(super) fn without_root_at_start(coefficients: &Coefficients) -> Coefficients {
    // p = x q: the coefficients of q, in degree 7, are p_(i+1) * 8 / (i + 1).
    let q: [f64; DEGREE] = std::array::from_fn(|i| coefficients[i + 1] * DEGREE as f64 / (i + 1) as f64);
    // Degree elevation.
    std::array::from_fn(|i| {
        let share = i as f64 / DEGREE as f64;
        let left = if i > 0 { share * q[i - 1] } else { 0.0 };
        let right = if i < DEGREE { (1.0 - share) * q[i] } else { 0.0 };
        left + right
    })
}

/// A place where a polynomial meets zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meeting {
    /// It passes zero once between these ends, and is below zero at the first if `begins_below`.
    Crossing { from: f64, to: f64, begins_below: bool },
    /// It comes to zero, up to rounding, without a sign that it passes it.
    Touch { at: f64 },
}

/// Finds every root in `0..=1`, in order.
pub(super) fn roots(coefficients: &Coefficients, found: &mut Vec<Meeting>) {
    let largest = coefficients.iter().fold(0.0_f64, |most, c| most.max(c.abs()));
    let before = found.len();
    search(coefficients, 0.0, 1.0, 1e-14 * largest, found);
    if found.len() == before {
        near_miss(coefficients, TOUCH * largest, found);
    }
    if coefficients[DEGREE] == 0.0 {
        let begins_below = coefficients.iter().rev().find(|c| **c != 0.0).is_some_and(|c| *c < 0.0);
        found.push(Meeting::Crossing { from: 1.0, to: 1.0, begins_below });
    }
}

/// A polynomial without a root that comes as near to zero as this, in units of its size, touches it.
const TOUCH: f64 = 1e-10;

/// Lowers a polynomial without roots by the threshold: two roots then are the sides of a place where it nearly has one.
fn near_miss(coefficients: &Coefficients, threshold: f64, found: &mut Vec<Meeting>) {
    if coefficients.iter().all(|c| c * coefficients[0].signum() > threshold) {
        return;
    }
    let mut sides = Vec::new();
    search(&coefficients.map(|c| c - threshold.copysign(coefficients[0])), 0.0, 1.0, 0.0, &mut sides);
    if let [Meeting::Crossing { from, .. }, Meeting::Crossing { to, .. }] = sides[..] {
        found.push(Meeting::Touch { at: 0.5 * (from + to) });
    } else if let Some(touch @ Meeting::Touch { .. }) = sides.first() {
        found.push(*touch);
    }
}

fn search(coefficients: &Coefficients, from: f64, to: f64, noise: f64, found: &mut Vec<Meeting>) {
    let signs = || coefficients.iter().filter(|c| **c != 0.0).map(|c| *c < 0.0);
    let changes = signs().zip(signs().skip(1)).filter(|(a, b)| a != b).count();
    match changes {
        0 => {}
        1 => found.push(Meeting::Crossing { from, to, begins_below: signs().next() == Some(true) }),
        _ if coefficients.iter().all(|c| c.abs() <= noise) || to - from < 1e-9 => {
            found.push(Meeting::Touch { at: 0.5 * (from + to) });
        }
        _ => {
            let (left, right) = halve(coefficients);
            let middle = 0.5 * (from + to);
            search(&left, from, middle, noise, found);
            if right[0] == 0.0 {
                let begins_below = left.iter().rev().find(|c| **c != 0.0).is_some_and(|c| *c < 0.0);
                let ends_below = right.iter().find(|c| **c != 0.0).is_some_and(|c| *c < 0.0);
                found.push(if begins_below == ends_below {
                    Meeting::Touch { at: middle }
                } else {
                    Meeting::Crossing { from: middle, to: middle, begins_below }
                });
            }
            search(&right, middle, to, noise, found);
        }
    }
}

/// The same polynomial on both halves.
fn halve(coefficients: &Coefficients) -> (Coefficients, Coefficients) {
    let (mut left, mut right) = (*coefficients, *coefficients);
    for level in 1..=DEGREE {
        for i in (level..=DEGREE).rev() {
            left[i] = 0.5 * (left[i - 1] + left[i]);
        }
        for i in 0..=DEGREE - level {
            right[i] = 0.5 * (right[i] + right[i + 1]);
        }
    }
    (left, right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polynomial(roots: &[f64]) -> Coefficients {
        from_samples(&NODES.map(|x| roots.iter().map(|root| x - root).product()))
    }

    #[test]
    fn every_root_is_isolated_in_order() {
        for expected in
            [&[][..], &[0.3], &[0.5], &[0.2, 0.7], &[0.4, 0.4001], &[0.1, 0.25, 0.5, 0.75, 0.9], &[1.0], &[0.25, 1.5]]
        {
            let mut found = Vec::new();
            roots(&polynomial(expected), &mut found);
            let inside: Vec<f64> = expected.iter().copied().filter(|root| *root <= 1.0).collect();
            assert_eq!(found.len(), inside.len(), "{expected:?}: {found:?}");
            for (meeting, root) in found.iter().zip(inside) {
                let Meeting::Crossing { from, to, .. } = *meeting else { panic!("{expected:?}: {meeting:?}") };
                assert!(from - 1e-12 <= root && root <= to + 1e-12, "{root} outside {meeting:?}");
            }
        }
    }

    #[test]
    fn a_touch_is_no_crossing_and_halves_are_the_same_polynomial() {
        let mut found = Vec::new();
        let touching = polynomial(&[0.3, 0.3]);
        roots(&touching, &mut found);
        assert!(
            found.iter().all(|meeting| matches!(meeting, Meeting::Touch { at } if (at - 0.3).abs() < 1e-5)),
            "{found:?}"
        );
        let (left, right) = halve(&touching);
        for x in [0.0, 0.2, 0.9, 1.0] {
            assert!((value(&left, x) - value(&touching, 0.5 * x)).abs() < 1e-15);
            assert!((value(&right, x) - value(&touching, 0.5 + 0.5 * x)).abs() < 1e-15);
        }
        let quotient = without_root_at_start(&polynomial(&[0.0, 0.6]));
        assert!((value(&quotient, 0.25) - (0.25 - 0.6)).abs() < 1e-13);
    }
}
