//! The generator that all peers of these benchmarks draw their inputs from.

/// A linear congruential generator (Knuth's MMIX); its numbers are uniform in 0..1.
pub struct Lcg(pub u64);

impl Lcg {
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 * 2.0_f64.powi(-53)
    }

    /// Numbers in `-scale..scale`.
    #[allow(dead_code, reason = "not every bench draws vectors")]
    pub fn symmetric(&mut self, n: usize, scale: f64) -> Vec<f64> {
        (0..n).map(|_| (self.next() - 0.5) * 2.0 * scale).collect()
    }
}
