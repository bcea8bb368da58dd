//! How near to singular the matrix is.

use super::Lu;

/// Sweeps of the estimate; it rarely needs more than two.
const SWEEPS: usize = 5;

impl Lu {
    /// An estimate of `1 / (|A| |A^-1|)` in the 1-norm: 1 for the best matrices, about 1e-16 for those that are singular to
    /// rounding. A solution has about `-log10` of it fewer correct digits than its right-hand side.
    ///
    /// The norm of the inverse is a lower bound found by a few solves (Higham, Accuracy and Stability of Numerical
    /// Algorithms, 2nd ed., algorithm 15.1), so the truth may be somewhat smaller.
    pub fn reciprocal_condition(&self) -> f64 {
        let n = self.size;
        if n == 0 {
            return 1.0;
        }
        let mut x = vec![1.0 / n as f64; n];
        let mut estimate = 0.0_f64;
        for _ in 0..SWEEPS {
            let mut y = x.clone();
            self.solve(&mut y);
            estimate = estimate.max(y.iter().map(|y| y.abs()).sum());
            let mut slope: Vec<f64> = y.iter().map(|y| 1.0_f64.copysign(*y)).collect();
            self.solve_transposed(&mut slope);
            let steepest = (0..n).max_by(|&i, &j| slope[i].abs().total_cmp(&slope[j].abs())).expect("n > 0");
            let along: f64 = slope.iter().zip(&x).map(|(s, x)| s * x).sum();
            if slope[steepest].abs() <= along {
                break;
            }
            x.fill(0.0);
            x[steepest] = 1.0;
        }
        if estimate.is_finite() { (self.norm * estimate).recip() } else { 0.0 }
    }
}

/// The 1-norm, the largest sum of a column's magnitudes, in eight partial sums; not finite if an entry is not.
pub(super) fn norm(n: usize, a: &[f64]) -> f64 {
    let column_sum = |column: &[f64]| {
        let lanes = column.chunks_exact(8);
        let tail: f64 = lanes.remainder().iter().map(|x| x.abs()).sum();
        let mut sums = [0.0; 8];
        for lane in lanes {
            for i in 0..8 {
                sums[i] += lane[i].abs();
            }
        }
        sums.iter().sum::<f64>() + tail
    };
    a.chunks_exact(n.max(1))
        .map(column_sum)
        .fold(0.0, |norm, sum| if sum <= norm || norm.is_nan() { norm } else { sum })
}
