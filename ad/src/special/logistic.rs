//! The logistic function and its relatives, exact over the whole range of a number.

use std::f64::consts::LN_2;

/// `1 / (1 + exp(-x))`. Where `exp` overflows, the result is 0, as it should be.
pub(crate) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// `ln(1 + exp(x))`, as `max(x, 0) + ln(1 + exp(-|x|))`: nothing overflows and nothing cancels.
pub(crate) fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// `ln(1 - exp(x))` for `x < 0`, by whichever of `expm1` and `log1p` keeps the digits (Maechler 2012, "Accurately
/// computing log(1 - exp(-|a|))", equation 7).
pub(crate) fn ln_1m_exp(x: f64) -> f64 {
    if x > -LN_2 { (-x.exp_m1()).ln() } else { (-x.exp()).ln_1p() }
}

/// `ln(x / (1 - x))`. In the middle, where the quotient is near 1, it is `2 artanh(2x - 1)`, whose argument is exact.
pub(crate) fn logit(x: f64) -> f64 {
    if (0.25..=0.75).contains(&x) { 2.0 * (2.0 * x - 1.0).atanh() } else { (x / (1.0 - x)).ln() }
}

/// `x ln x`, which is 0 at 0.
pub(crate) fn xlogx(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x * x.ln() }
}

/// `x ln y`, which is 0 where `x` is 0, whatever `y` is (NaN apart).
pub(crate) fn xlogy(x: f64, y: f64) -> f64 {
    if x == 0.0 && !y.is_nan() { 0.0 } else { x * y.ln() }
}
