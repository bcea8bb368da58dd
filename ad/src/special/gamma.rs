//! The logarithm of the gamma function and its derivatives, on plain numbers.

use std::f64::consts::PI;

/// `ln |Gamma(x)|`; infinite at the poles 0, -1, -2, ..
pub(crate) fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// The positive zero of digamma, in two parts.
const ROOT: [f64; 2] = [1.4616321449683622, 9.549995429965697e-17];

/// `polygamma(k, root) / k!` for k = 1, 2, ..: the Taylor series of digamma about its positive zero, computed with 60
/// digits from the definition. Near a zero nothing else keeps the leading digits.
const ABOUT_ROOT: [f64; 22] = [
    0.9676722454476212,
    -0.4427631689835921,
    0.258499760955651,
    -0.16394270544240652,
    0.10782405069126237,
    -0.07219956125645471,
    0.04880428816414311,
    -0.03316112647484736,
    0.022597648232218104,
    -0.01542476590494896,
    0.010538791616612175,
    -0.007204534386356869,
    0.004926781395729853,
    -0.003369801655439328,
    0.002305126326734928,
    -0.0015769367714301972,
    0.0010788252019162967,
    -0.0007380709389960052,
    0.000504953265834602,
    -0.0003454680251063077,
    0.00023635601564027053,
    -0.00016170622091974803,
];

/// Bernoulli numbers B(2), B(4), ..
const BERNOULLI: [f64; 12] = [
    1.0 / 6.0,
    -1.0 / 30.0,
    1.0 / 42.0,
    -1.0 / 30.0,
    5.0 / 66.0,
    -691.0 / 2730.0,
    7.0 / 6.0,
    -3617.0 / 510.0,
    43867.0 / 798.0,
    -174611.0 / 330.0,
    854513.0 / 138.0,
    -236364091.0 / 2730.0,
];

/// The derivative of `ln Gamma`: reflection for negative numbers (NIST DLMF 5.5.4), the recurrence up to 10 (5.5.2), the
/// asymptotic series beyond (5.11.2), and a Taylor series about the positive zero. NaN at the poles -1, -2, ..
pub(crate) fn digamma(x: f64) -> f64 {
    if x == 0.0 {
        return f64::INFINITY.copysign(-x);
    }
    if x < 0.0 {
        return if x == x.floor() { f64::NAN } else { digamma(1.0 - x) - cotangent_derivative(x, 0) };
    }
    let distance = (x - ROOT[0]) - ROOT[1];
    if distance.abs() < 0.25 {
        return distance * ABOUT_ROOT.iter().rev().fold(0.0, |sum, c| sum * distance + c);
    }
    let (mut x, mut steps) = (x, 0.0);
    while x < 10.0 {
        steps += 1.0 / x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let tail = (0..8).rev().fold(0.0, |sum, k| (sum + BERNOULLI[k] / (2.0 * (k + 1) as f64)) * square);
    x.ln() - (0.5 / x + tail + steps)
}

/// Derivative number `order` of digamma. For a positive argument it is, up to sign, `order! zeta(order + 1, x)`, a sum of
/// positive terms, here by Euler and Maclaurin (NIST DLMF 25.11.28); for a negative one by reflection. NaN at the poles
/// below 0; beyond `order` 170 the factorial overflows.
pub(crate) fn polygamma(x: f64, order: u32) -> f64 {
    if order == 0 {
        return digamma(x);
    }
    let sign = if order.is_multiple_of(2) { -1.0 } else { 1.0 };
    if x < 0.0 {
        return if x == x.floor() {
            f64::NAN
        } else {
            -sign * polygamma(1.0 - x, order) - cotangent_derivative(x, order)
        };
    }
    let factorial: f64 = (1..=order.min(171)).map(f64::from).product();
    sign * factorial * hurwitz_zeta(f64::from(order) + 1.0, x)
}

/// `sum over k >= 0 of (x + k)^-s` for `s >= 2`, `x >= 0`.
fn hurwitz_zeta(s: f64, x: f64) -> f64 {
    let (mut x, mut steps) = (x, 0.0);
    while x < 12.0 + 0.5 * s {
        steps += x.powf(-s);
        x += 1.0;
    }
    let power = x.powf(-s);
    let square = 1.0 / (x * x);
    // The factor B(2j) / (2j)! s (s + 1) .. (s + 2j - 2) x^(1 - 2j), without the Bernoulli number.
    let (mut factor, mut tail) = (0.5 * s / x, 0.0);
    for (j, bernoulli) in (1..).zip(BERNOULLI) {
        tail += bernoulli * factor;
        let n = 2.0 * f64::from(j);
        factor *= (s + n - 1.0) * (s + n) / ((n + 1.0) * (n + 2.0)) * square;
    }
    steps + power * (x / (s - 1.0) + 0.5 + tail)
}

/// Derivative number `order` of `pi cot(pi x)`, as a polynomial in `c = cot(pi x)`: the derivative of `c^k` is
/// `-pi k c^(k-1) (1 + c^2)`. All coefficients have one sign, so nothing cancels.
fn cotangent_derivative(x: f64, order: u32) -> f64 {
    let fraction = x - x.round();
    let cotangent = if fraction.abs() == 0.5 { 0.0 } else { (PI * fraction).tan().recip() };
    let mut polynomial = vec![0.0, PI];
    for _ in 0..order {
        let mut next = vec![0.0; polynomial.len() + 1];
        for k in 1..polynomial.len() {
            let term = -PI * k as f64 * polynomial[k];
            next[k - 1] += term;
            next[k + 1] += term;
        }
        polynomial = next;
    }
    polynomial.iter().rev().fold(0.0, |sum, c| sum * cotangent + c)
}
