//! [`QuantileSketch`]: quantiles of a stream of numbers in bounded memory.

/// How sharp it is: clusters near the probability `q` hold about `TAU sqrt(q (1 - q)) / COMPRESSION` of all numbers.
const COMPRESSION: f64 = 200.0;
/// Numbers that wait before they are merged into clusters.
const BUFFER: usize = 256;

/// A merging t-digest: clusters of neighbouring numbers, small in the tails, so that extreme quantiles are sharp.
///
/// Dunning and Ertl, Computing extremely accurate quantiles using t-digests, arXiv 1902.04023, algorithm 1, with the scale
/// function `k1`. The bits depend on the order in which numbers come, and on nothing else.
#[derive(Clone, Debug, Default)]
pub(crate) struct QuantileSketch {
    /// Mean and count, ascending by mean.
    clusters: Vec<(f64, f64)>,
    buffer: Vec<f64>,
    extremes: Option<[f64; 2]>,
}

impl QuantileSketch {
    pub(crate) fn add(&mut self, x: f64) {
        let [least, most] = self.extremes.unwrap_or([x; 2]);
        self.extremes = Some([least.min(x), most.max(x)]);
        if self.buffer.len() == BUFFER {
            self.compress();
        }
        self.buffer.push(x);
    }

    pub(crate) fn merge(&mut self, other: &QuantileSketch) {
        let Some([least, most]) = other.extremes else { return };
        let [l, m] = self.extremes.unwrap_or([least, most]);
        self.extremes = Some([l.min(least), m.max(most)]);
        if other.clusters.is_empty() && self.buffer.len() + other.buffer.len() <= BUFFER {
            return self.buffer.extend_from_slice(&other.buffer);
        }
        self.clusters.extend_from_slice(&other.clusters);
        self.buffer.extend_from_slice(&other.buffer);
        self.compress();
    }

    /// Merges neighbours as far as the scale function lets them.
    fn compress(&mut self) {
        self.clusters.extend(self.buffer.drain(..).map(|x| (x, 1.0)));
        self.clusters.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = self.clusters.iter().map(|cluster| cluster.1).sum();
        let mut merged: Vec<(f64, f64)> = Vec::new();
        let (mut before, mut limit) = (0.0, furthest(0.0));
        for &(mean, count) in &self.clusters {
            match merged.last_mut() {
                Some(last) if (before + last.1 + count) / total <= limit => {
                    last.1 += count;
                    last.0 += (mean - last.0) * count / last.1;
                }
                last => {
                    before += last.map_or(0.0, |last| last.1);
                    limit = furthest(before / total);
                    merged.push((mean, count));
                }
            }
        }
        self.clusters = merged;
    }

    /// The quantile at a probability, linear between the middles of clusters and out to the extremes.
    pub(crate) fn quantile(&self, probability: f64) -> f64 {
        let Some([least, most]) = self.extremes else { return f64::NAN };
        let mut all = self.clone();
        if all.clusters.is_empty() {
            all.buffer.sort_by(f64::total_cmp);
            let place = probability.clamp(0.0, 1.0) * (all.buffer.len() - 1) as f64;
            let below = all.buffer[place as usize];
            return below + (all.buffer[(place.ceil()) as usize] - below) * place.fract();
        }
        all.compress();
        let total: f64 = all.clusters.iter().map(|cluster| cluster.1).sum();
        let target = probability.clamp(0.0, 1.0) * total;
        let (mut rank, mut place, mut before) = (0.0, 0.0, least);
        for (mean, count) in all.clusters.into_iter().chain([(most, 0.0)]) {
            let middle = rank + 0.5 * count;
            if target <= middle {
                let fraction = if middle > place { (target - place) / (middle - place) } else { 1.0 };
                return before + (mean - before) * fraction;
            }
            (rank, place, before) = (rank + count, middle, mean);
        }
        most
    }
}

/// How far a cluster that begins at the probability `q` may reach.
fn furthest(q: f64) -> f64 {
    let k = COMPRESSION / std::f64::consts::TAU * (2.0 * q - 1.0).clamp(-1.0, 1.0).asin() + 1.0;
    let angle = (k * std::f64::consts::TAU / COMPRESSION).min(std::f64::consts::FRAC_PI_2);
    0.5 * (angle.sin() + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in an order that is neither sorted nor random, merged from blocks: the rank of every quantile is right to 1 %,
    /// and in the tails to a fifth of what is left.
    #[test]
    fn ranks_are_right() {
        let count = 50_000_u64;
        let mut total = QuantileSketch::default();
        for block in 0..50 {
            let mut sketch = QuantileSketch::default();
            (0..1000).for_each(|k| sketch.add(((block * 1000 + k) * 30_011 % count) as f64));
            total.merge(&sketch);
        }
        assert!(total.clusters.len() < 250, "{}", total.clusters.len());
        for probability in [0.0, 0.001, 0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975, 0.999, 1.0_f64] {
            let error = (total.quantile(probability) / (count - 1) as f64 - probability).abs();
            let bound = 0.01_f64.min(0.2 * probability.min(1.0 - probability)) + 1e-9;
            assert!(error <= bound, "{probability}: {error}");
        }
    }

    #[test]
    fn few_numbers_are_kept() {
        let mut sketch = QuantileSketch::default();
        assert!(sketch.quantile(0.5).is_nan());
        (0..5).rev().for_each(|x| sketch.add(f64::from(x)));
        assert_eq!([0.0, 0.25, 0.5, 0.9, 1.0].map(|q| sketch.quantile(q)), [0.0, 1.0, 2.0, 3.6, 4.0]);
    }
}
