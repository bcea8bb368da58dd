//! [`Interval`]: the increment and both areas of a Brownian motion over an interval; its halves, and what two neighbours make.

use super::block::quanta;
use super::normal::normal;
use super::split_mix::SplitMix;

/// The standard deviations that are not powers of two, for a length of 1: of half the difference of the halves' areas where the
/// second area is known, of half the difference of their second areas, and of a second area.
const TILT: f64 = 0.036_084_391_824_351_62;
const OTHER: f64 = 0.018_633_899_812_498_247;
pub(super) const SECOND_SPREAD: f64 = 0.037_267_799_624_996_495;

/// What is known of a Brownian motion `W` over an interval of length `L`, whose deviation from the chord is `b(u)` at the fraction
/// `u` of the interval: the increment in quanta, the space-time area `H`, the mean of `b`, and the space-time-time area `K`, the mean
/// of `(1/2 - u) b`. They are independent and normal with the variances `L`, `L / 12` and `L / 720`.
///
/// Foster, Lyons and Oberhauser, An optimal polynomial approximation of Brownian motion, SIAM J. Numer. Anal. 58 (2020); Foster,
/// dos Reis and Strange, High order splitting methods for SDEs satisfying a commutativity condition, SIAM J. Numer. Anal. 62
/// (2024); the division into halves is that of Jelincic, Tao, Turner and others, arXiv 2405.06464.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Interval {
    pub(super) increment: i64,
    pub(super) area: f64,
    pub(super) second_area: f64,
}

impl Interval {
    /// The halves of an interval, given the square root of its length, by the random words that follow from one of its own.
    ///
    /// Let `w1 = W/2 + d` and `w2 = W/2 - d` be the increments of the halves. By definition `H = d/2 + (h1 + h2)/2` and
    /// `K = (k1 + k2)/4 + (h1 - h2)/8`, where `d`, both sums and both differences are independent: so `d` given `H` is normal with
    /// mean `3 H / 2` and variance `L / 16`, `(h1 - h2)/2` given `K` with `15 K / 4` and `L / 768`, the sums follow, and
    /// `(k1 - k2)/2` is free, with variance `L / 2880`.
    #[inline(always)]
    pub(super) fn halves(&self, root: f64, words: SplitMix, quanta: [f64; 2]) -> [Interval; 2] {
        self.halves_by(root, [words.0, words.word(0), words.word(1)].map(normal), quanta)
    }

    #[inline(always)]
    fn halves_by(&self, root: f64, z: [f64; 3], [quantum, per_quantum]: [f64; 2]) -> [Interval; 2] {
        let half = 0.5 * (self.increment as f64 * quantum);
        let left = quanta(half + 1.5 * self.area + 0.25 * root * z[0], per_quantum);
        // The rounded one, so that the halves make up the whole.
        let bend = left as f64 * quantum - half;
        let mean = self.area - 0.5 * bend;
        let tilt = 3.75 * self.second_area + TILT * root * z[1];
        let (second, other) = (2.0 * self.second_area - 0.5 * tilt, OTHER * root * z[2]);
        [
            Interval { increment: left, area: mean + tilt, second_area: second + other },
            Interval { increment: self.increment - left, area: mean - tilt, second_area: second - other },
        ]
    }

    /// This interval and the one that follows it as one, of which this is the fraction `left`.
    ///
    /// Of the deviation `b` from the common chord, `d = w1 - left W` at the common point and linear on both sides of it is due to
    /// the increments, the rest is that of the parts: `H = d/2 + a h1 + c h2` and
    /// `K = a a k1 + c c k2 + a c (h1 - h2)/2 + (c - a) d/12` for the fractions `a` and `c`.
    #[inline(always)]
    pub(super) fn followed_by(&self, next: &Interval, left: f64, quantum: f64) -> Interval {
        let right = 1.0 - left;
        let bend = (right * self.increment as f64 - left * next.increment as f64) * quantum;
        let areas = left * self.area + right * next.area;
        let seconds = left * left * self.second_area + right * right * next.second_area;
        Interval {
            increment: self.increment + next.increment,
            area: 0.5 * bend + areas,
            second_area: seconds
                + 0.5 * left * right * (self.area - next.area)
                + (right - left) * (bend * (1.0 / 12.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUANTUM: f64 = 1.0 / (1u64 << 40) as f64;

    /// The halves of an interval of length 1, in standard deviations, as a linear map of the whole's three numbers and three free
    /// ones: all independent, so that the map must be orthogonal.
    #[test]
    fn halves_are_independent_and_have_the_law() {
        let column = |k: usize| {
            let unit = |index| if k == index { 1.0 } else { 0.0 };
            let increment = (unit(0) / QUANTUM) as i64;
            let whole = Interval { increment, area: unit(1) / 12f64.sqrt(), second_area: unit(2) / 720f64.sqrt() };
            let halves = whole.halves_by(1.0, [3, 4, 5].map(unit), [QUANTUM, 1.0 / QUANTUM]);
            let scales = [2f64.sqrt() * QUANTUM, 24f64.sqrt(), 1440f64.sqrt()];
            halves.map(|half| [half.increment as f64 * scales[0], half.area * scales[1], half.second_area * scales[2]])
        };
        let columns: Vec<Vec<f64>> = (0..6).map(|k| column(k).as_flattened().to_vec()).collect();
        for (i, j) in (0..6).flat_map(|i| (0..6).map(move |j| (i, j))) {
            let covariance: f64 = columns.iter().map(|column| column[i] * column[j]).sum();
            let expected = if i == j { 1.0 } else { 0.0 };
            assert!((covariance - expected).abs() < 1e-10, "halves' numbers {i} and {j}: {covariance}");
        }
    }

    /// Two neighbours of any lengths, whose six numbers are independent, make three that are.
    #[test]
    fn neighbours_make_a_whole_that_has_the_law() {
        for left in [0.5, 0.1, 0.75, 1e-6] {
            let column = |k: usize| {
                let part = |first: usize, length: f64| {
                    let unit = |index| if k == first + index { length.sqrt() } else { 0.0 };
                    let increment = (unit(0) / QUANTUM) as i64;
                    Interval { increment, area: unit(1) / 12f64.sqrt(), second_area: unit(2) / 720f64.sqrt() }
                };
                let whole = part(0, left).followed_by(&part(3, 1.0 - left), left, QUANTUM);
                [whole.increment as f64 * QUANTUM, whole.area * 12f64.sqrt(), whole.second_area * 720f64.sqrt()]
            };
            let columns: Vec<[f64; 3]> = (0..6).map(column).collect();
            for (i, j) in (0..3).flat_map(|i| (0..3).map(move |j| (i, j))) {
                let covariance: f64 = columns.iter().map(|column| column[i] * column[j]).sum();
                let expected = if i == j { 1.0 } else { 0.0 };
                assert!((covariance - expected).abs() < 1e-10, "at {left}, numbers {i} and {j}: {covariance}");
            }
        }
    }

    #[test]
    fn halves_make_up_their_whole() {
        let whole = Interval { increment: 123_456_789_012, area: -0.3, second_area: 0.05 };
        let [left, right] = whole.halves(0.7, SplitMix(5), [QUANTUM, 1.0 / QUANTUM]);
        let again = left.followed_by(&right, 0.5, QUANTUM);
        assert_eq!(again.increment, whole.increment);
        assert!((again.area - whole.area).abs() < 1e-16 && (again.second_area - whole.second_area).abs() < 1e-16);
    }

    #[test]
    fn constants() {
        for (constant, variance) in [(TILT, 768.0), (OTHER, 2880.0), (SECOND_SPREAD, 720.0_f64)] {
            assert!((constant * variance.sqrt() - 1.0).abs() < 1e-15);
        }
    }
}
