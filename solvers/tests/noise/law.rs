//! What a sample must look like.

/// Mean products of all pairs of columns.
pub fn covariances(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let columns = rows[0].len();
    let mean_product = |i: usize, j: usize| rows.iter().map(|row| row[i] * row[j]).sum::<f64>() / rows.len() as f64;
    (0..columns).map(|i| (0..columns).map(|j| mean_product(i, j)).collect()).collect()
}

/// Columns must be standard normal and independent: covariances within four standard errors, fourth moments within five.
pub fn assert_standard(rows: &[Vec<f64>]) {
    let n = rows.len() as f64;
    for (i, row) in covariances(rows).iter().enumerate() {
        for (j, &covariance) in row.iter().enumerate() {
            let (expected, variance) = if i == j { (1.0, 2.0) } else { (0.0, 1.0) };
            assert!((covariance - expected).abs() < 4.0 * (variance / n).sqrt(), "columns {i} and {j}: {covariance}");
        }
        let mean = rows.iter().map(|row| row[i]).sum::<f64>() / n;
        let fourth = rows.iter().map(|row| row[i].powi(4)).sum::<f64>() / n;
        assert!(mean.abs() < 4.0 / n.sqrt(), "column {i}: mean {mean}");
        assert!((fourth - 3.0).abs() < 5.0 * (96.0 / n).sqrt(), "column {i}: fourth moment {fourth}");
    }
}

/// A sample must pass the test of Kolmogorov and Smirnov for the standard normal law, at 1 %.
pub fn assert_normal(sample: Vec<f64>, what: &str) {
    let n = sample.len() as f64;
    let distance = kolmogorov_smirnov(sample);
    assert!(distance < 1.63 / n.sqrt(), "{what}: {distance}");
}

/// The greatest distance between the empirical distribution function and that of the standard normal law.
pub fn kolmogorov_smirnov(mut sample: Vec<f64>) -> f64 {
    sample.sort_by(f64::total_cmp);
    let n = sample.len() as f64;
    let distance = |(k, &x): (usize, &f64)| {
        let p = 0.5 * costate_ad::Real::erfc(-x * std::f64::consts::FRAC_1_SQRT_2);
        (p - k as f64 / n).abs().max((p - (k + 1) as f64 / n).abs())
    };
    sample.iter().enumerate().map(distance).fold(0.0, f64::max)
}
