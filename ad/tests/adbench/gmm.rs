//! ADBench's Gaussian mixture: the log likelihood of points under a mixture with Wishart prior, in all its parameters
//! (Srajer, Kukelova, Fitzgibbon 2018, "A benchmark of selected algorithmic differentiation tools", section 3.1).

use costate_ad::{Activation, Real};
use std::f64::consts::{LN_2, PI};

/// Points and prior.
pub struct Gmm {
    pub dimensions: usize,
    pub components: usize,
    /// Point after point.
    pub points: Vec<f64>,
    pub gamma: f64,
    pub m: f64,
}

/// Points in one matrix product: the intermediate results of a block stay in the cache.
const BLOCK: usize = 16;

impl Gmm {
    /// Reads ADBench's format: the problem and the parameters. A file with one point stands for `n` copies of it.
    #[allow(dead_code, reason = "the benchmark draws its points")]
    pub fn read(text: &str) -> (Gmm, Vec<f64>) {
        let mut numbers = text.split_whitespace().map(|word| word.parse::<f64>().expect("a number"));
        let mut size = || numbers.next().expect("a size") as usize;
        let [dimensions, components, n] = [size(), size(), size()];
        let parameters: Vec<f64> = numbers.by_ref().take(Gmm::parameters(dimensions, components)).collect();
        let mut rest: Vec<f64> = numbers.collect();
        let prior = rest.split_off(rest.len() - 2);
        let points = if rest.len() == dimensions { rest.repeat(n) } else { rest };
        (Gmm { dimensions, components, points, gamma: prior[0], m: prior[1] }, parameters)
    }

    pub fn parameters(dimensions: usize, components: usize) -> usize {
        components * (1 + dimensions + dimensions * (dimensions + 1) / 2)
    }

    /// The log likelihood. Parameters: weights, means component after component, and for each component the logarithm of
    /// the diagonal and the lower triangle, column after column, of the factor of its inverse covariance.
    pub fn objective<R: Real>(&self, parameters: &[R]) -> R {
        let (d, k) = (self.dimensions, self.components);
        let n = self.points.len() / d;
        let (alphas, rest) = parameters.split_at(k);
        let (means, factors) = rest.split_at(k * d);
        let (stacked, shift) = self.stack(means, factors);
        let offsets: Vec<R> =
            alphas.iter().zip(factors.chunks_exact(d * (d + 1) / 2)).map(|(&a, f)| a + R::sum(&f[..d])).collect();
        let ones = vec![R::one(); d];
        let mut likelihood = Vec::with_capacity(n);
        for block in self.points.chunks(BLOCK * d) {
            let points: Vec<R> = block.iter().map(|&x| R::from(x)).collect();
            let squares = R::layer(Activation::Square, &stacked, &shift, &points, [k * d, d, block.len() / d]);
            let distances = R::matmul(&ones, &squares, [1, d, squares.len() / d]);
            for distances in distances.chunks_exact(k) {
                let terms: Vec<R> = offsets.iter().zip(distances).map(|(&o, &q)| o - q * 0.5).collect();
                likelihood.push(R::logsumexp(&terms));
            }
        }
        let normalisation = R::logsumexp(alphas) * n as f64 + 0.5 * (n * d) as f64 * (2.0 * PI).ln();
        R::sum(&likelihood) - normalisation + self.prior(factors)
    }

    /// The factors below each other, and `-factor * mean`, so that `stacked * point + shift` whitens a point for all
    /// components at once.
    fn stack<R: Real>(&self, means: &[R], factors: &[R]) -> (Vec<R>, Vec<R>) {
        let (d, k) = (self.dimensions, self.components);
        let rows = k * d;
        let mut stacked = vec![R::zero(); rows * d];
        let mut shift = vec![R::zero(); rows];
        for (c, factor) in factors.chunks_exact(d * (d + 1) / 2).enumerate() {
            let (mut lower, mean) = (factor[d..].iter(), &means[c * d..][..d]);
            for column in 0..d {
                let at = column * rows + c * d;
                stacked[at + column] = factor[column].exp();
                for row in column + 1..d {
                    stacked[at + row] = *lower.next().expect("d(d-1)/2 elements");
                }
                for row in column..d {
                    shift[c * d + row] -= stacked[at + row] * mean[column];
                }
            }
        }
        (stacked, shift)
    }

    fn prior<R: Real>(&self, factors: &[R]) -> R {
        let (d, k) = (self.dimensions, self.components);
        let freedom = d as f64 + self.m + 1.0;
        let ln_gamma_d = 0.25 * (d * (d - 1)) as f64 * PI.ln()
            + (1..=d).map(|j| Real::ln_gamma(0.5 * freedom + 0.5 * (1.0 - j as f64))).sum::<f64>();
        let constant = freedom * d as f64 * (self.gamma.ln() - 0.5 * LN_2) - ln_gamma_d;
        let of = |factor: &[R]| {
            let (logs, lower) = factor.split_at(d);
            let diagonal: Vec<R> = logs.iter().map(|q| q.exp()).collect();
            let square = R::dot(&diagonal, &diagonal) + R::dot(lower, lower);
            square * (0.5 * self.gamma * self.gamma) - R::sum(logs) * self.m
        };
        let terms: Vec<R> = factors.chunks_exact(d * (d + 1) / 2).map(of).collect();
        R::sum(&terms) - k as f64 * constant
    }
}
