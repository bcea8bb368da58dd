//! Quantiles of the normal distribution.

use costate_ad::Real;

/// How many standard deviations to either side of its mean hold the share `level` of a normal distribution: 1.96 for 0.95.
/// Its square is the quantile of the chi-squared distribution with one degree of freedom.
pub(crate) fn quantile_of_deviation(level: f64) -> f64 {
    // Newton's method on erfc, whose tail has the digits: convex there, so it comes from below and stays.
    let tail = 1.0 - level;
    let mut z: f64 = 0.0;
    for _ in 0..200 {
        let density = (-0.5 * z * z).exp() * (2.0 / std::f64::consts::PI).sqrt();
        let step = (Real::erfc(z * std::f64::consts::FRAC_1_SQRT_2) - tail) / density;
        z += step;
        if step.abs() <= 1e-15 * z {
            break;
        }
    }
    z
}

#[cfg(test)]
mod tests {
    use super::quantile_of_deviation;

    #[test]
    fn quantiles_of_the_tables() {
        for (level, z) in
            [(0.5, 0.674_489_750_196_081_7), (0.95, 1.959_963_984_540_054), (0.999, 3.290_526_731_491_926)]
        {
            assert!((quantile_of_deviation(level) - z).abs() < 1e-12, "{level}: {}", quantile_of_deviation(level));
        }
    }
}
