//! Finite differences that know how good they are.
//!
//! Central differences of halving widths are extrapolated to width zero (Ridders, Advances in Engineering Software 4(2),
//! 1982). The whole tableau is looked at, not only its diagonal, so that wide rows that reach across a kink or out of the
//! domain spoil only what is made from them.

/// A derivative found from values alone, and how far off it may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The derivative.
    pub value: f64,
    /// An estimate of its error: the disagreement between neighbours in the extrapolation, and rounding. Infinite where
    /// no difference could be taken.
    pub error: f64,
}

/// Widths of the stencil: from a quarter of the scale to `2^-15` of it.
const WIDTHS: usize = 14;

/// Orders of extrapolation: more gain nothing over rounding.
const ORDERS: usize = 6;

/// The derivatives at 0 of all components of `f`, whose argument is a step away from `x`.
///
/// The scale of the steps is 1 and, if that is very different, the size of `x`; the better one counts.
pub(super) fn differences(f: impl Fn(f64) -> Vec<f64>, x: f64) -> Vec<Estimate> {
    let here = f(0.0);
    let of_scale = |scale: f64| {
        // Powers of two, so that x + h and x - h are exact and 2 h apart.
        let stencil: Vec<Pair> = (2..2 + WIDTHS as i32)
            .map(|k| scale * 0.5_f64.powi(k))
            .map(|width| Pair { width, above: f(width), below: f(-width) })
            .collect();
        (0..here.len()).map(|i| extrapolate(&stencil, here[i], i)).collect::<Vec<_>>()
    };
    let best = of_scale(1.0);
    let size = x.abs().log2().floor().exp2();
    if size == 0.0 || !size.is_finite() || (0.1..10.0).contains(&size) {
        return best;
    }
    best.into_iter().zip(of_scale(size)).map(|(a, b)| if b.error < a.error { b } else { a }).collect()
}

/// Values on both sides of the point.
struct Pair {
    width: f64,
    above: Vec<f64>,
    below: Vec<f64>,
}

/// The entry of the tableau with the least error, among those that the narrowest differences do not contradict: on a function
/// of several pieces wide ones may agree with each other and belong to another piece.
fn extrapolate(stencil: &[Pair], here: f64, i: usize) -> Estimate {
    let size =
        stencil.iter().flat_map(|p| [p.above[i], p.below[i]]).filter(|y| y.is_finite()).fold(here.abs(), f64::max);
    let central = |pair: &Pair| (pair.above[i] - pair.below[i]) / (2.0 * pair.width);
    let rounding = |pair: &Pair| 4.0 * f64::EPSILON * size / pair.width;
    let [.., second, last] = stencil else { return NONE };
    let near = 10.0 * (rounding(last) + (central(last) - central(second)).abs());
    let mut best = NONE;
    let mut previous: Vec<f64> = Vec::new();
    for pair in stencil {
        let mut row = vec![central(pair)];
        for k in 1..=previous.len().min(ORDERS) {
            let factor = 4.0_f64.powi(k as i32);
            row.push(row[k - 1] + (row[k - 1] - previous[k - 1]) / (factor - 1.0));
            let error = rounding(pair) + (row[k] - row[k - 1]).abs().max((row[k] - previous[k - 1]).abs());
            if error < best.error && (row[k] - central(last)).abs() <= near {
                best = Estimate { value: row[k], error };
            }
        }
        previous = row;
    }
    best.error = best.error.max(kink(stencil, here, i, size));
    best
}

const NONE: Estimate = Estimate { value: f64::NAN, error: f64::INFINITY };

/// The jump of the slope at the point, 0 where it is smooth: one-sided differences that stay apart as the width is halved. A
/// central difference would not notice, it takes the mean.
fn kink(stencil: &[Pair], here: f64, i: usize, size: f64) -> f64 {
    let apart = |pair: &Pair| (pair.above[i] - 2.0 * here + pair.below[i]).abs() / pair.width;
    let [.., wide, _, narrow] = stencil else { return 0.0 };
    let noise = 64.0 * f64::EPSILON * size / narrow.width;
    let (wide, narrow) = (apart(wide), apart(narrow));
    // Between these two the width falls to a quarter; so does the distance on a smooth function.
    if narrow > noise && narrow > 0.4 * wide { narrow } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_estimate_covers_the_error() {
        type Row = (&'static str, fn(f64) -> f64, f64, f64);
        let rows: &[Row] = &[
            ("exp", f64::exp, 1.0, 1.0_f64.exp()),
            ("sin at 100", f64::sin, 100.0, 100.0_f64.cos()),
            ("ln near its edge", f64::ln, 1e-3, 1e3),
            ("ln of a tiny number", f64::ln, 1e-9, 1e9),
            ("square of a large number", |x| x * x, 1e8, 2e8),
            ("constant", |_| 5.0, 0.0, 0.0),
            ("kink nearby", |x| (x - 0.01).abs() * x, 0.0, 0.01),
            ("fast", |x| (50.0 * x).sin(), 0.3, 50.0 * 15.0_f64.cos()),
            ("another piece far away", |x| if (x - 21.0).abs() < 0.5 { x } else { 3.0 * x }, 21.0, 1.0),
            ("large offset", |x| 1e6 + x.sin(), 0.5, 0.5_f64.cos()),
        ];
        for &(what, f, x, slope) in rows {
            let Estimate { value, error } = differences(|h| vec![f(x + h)], x)[0];
            assert!((value - slope).abs() <= 10.0 * error, "{what}: {value} +- {error} against {slope}");
            assert!(error <= 1e-7 * (slope.abs() + f(x).abs()), "{what}: {value} +- {error}");
        }
    }

    #[test]
    fn what_has_no_derivative_gets_none() {
        type Row = (&'static str, fn(f64) -> f64);
        let rows: &[Row] = &[
            ("|x|", f64::abs),
            ("sqrt x", f64::sqrt),
            ("sqrt |x|", |x| x.abs().sqrt()),
            ("max(x, 0)", |x| x.max(0.0)),
            ("1/x", f64::recip),
            ("step", |x| if x < 0.0 { 0.0 } else { 1.0 }),
        ];
        for &(what, f) in rows {
            let Estimate { value, error } = differences(|h| vec![f(h)], 0.0)[0];
            assert!(error > 0.1, "{what}: {value} +- {error}");
        }
    }
}
