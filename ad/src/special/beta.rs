//! The beta function and its logarithm, on plain numbers.

use super::ln_gamma;

/// Half the logarithm of 2 pi.
const LN_SQRT_TAU: f64 = 0.918_938_533_204_672_7;

/// `ln B(a, b)` for positive arguments (for others `ln |B(a, b)|`). Where both are large, the leading terms of
/// Stirling's series cancel on paper rather than in the digits (Didonato and Morris 1992, ACM TOMS 18, section 4).
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    let sum = small + large;
    if small >= 10.0 {
        let correction = stirling(small) + stirling(large) - stirling(sum);
        let entropy = (small - 0.5) * (small / sum).ln() + large * (-small / sum).ln_1p();
        return LN_SQRT_TAU - 0.5 * large.ln() + correction + entropy;
    }
    if small > 0.0 && large >= 10.0 {
        let correction = stirling(large) - stirling(sum);
        let entropy = (large - 0.5) * (-small / sum).ln_1p() - small * sum.ln();
        return ln_gamma(small) + small + correction + entropy;
    }
    ln_gamma(small) + (ln_gamma(large) - ln_gamma(sum))
}

/// `B(a, b)`: a quotient of gamma functions while they are of moderate size, else the exponential of [`ln_beta`].
pub(crate) fn beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    if small > 0.0 && large > 20.0 {
        return ln_beta(a, b).exp();
    }
    libm::tgamma(small) * (libm::tgamma(large) / libm::tgamma(small + large))
}

/// `ln Gamma(x) - ((x - 1/2) ln x - x + ln sqrt(2 pi))` for `x >= 10` (NIST DLMF 5.11.1).
fn stirling(x: f64) -> f64 {
    const SERIES: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360360.0,
        1.0 / 156.0,
        -3617.0 / 122400.0,
    ];
    let square = 1.0 / (x * x);
    SERIES.iter().rev().fold(0.0, |sum, c| sum * square + c) / x
}
