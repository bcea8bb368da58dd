//! [`Summary`]: mean, variance and quantiles of an ensemble, while it is computed.

use crate::Ensemble;
use crate::quantile_sketch::QuantileSketch;
use rayon::prelude::*;

/// How many runs of members are summed apart before they are merged in order: fixed, so that the result does not depend on
/// the number of threads.
const BLOCKS: usize = 64;

/// What is known of one number over the members of an ensemble.
///
/// Members are not kept: the memory is that of some hundred numbers for each quantity, however many members there are.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    count: usize,
    mean: f64,
    /// The sum of the squared deviations from the mean.
    squares: f64,
    sketch: QuantileSketch,
}

impl Summary {
    /// Takes one more member's number into account.
    pub fn add(&mut self, x: f64) {
        self.count += 1;
        let deviation = x - self.mean;
        self.mean += deviation / self.count as f64;
        self.squares += deviation * (x - self.mean);
        self.sketch.add(x);
    }

    /// Takes all members of another into account (Chan, Golub and LeVeque, The American Statistician 37 (1983) 242-247).
    pub fn merge(&mut self, other: &Summary) {
        let count = self.count + other.count;
        if other.count > 0 {
            let (deviation, share) = (other.mean - self.mean, other.count as f64 / count as f64);
            self.mean += deviation * share;
            self.squares += other.squares + deviation * deviation * share * self.count as f64;
            self.count = count;
            self.sketch.merge(&other.sketch);
        }
    }

    /// How many members there were.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Their mean; 0 without members.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The sample variance (divided by one less than the count); NaN for fewer than two members.
    pub fn variance(&self) -> f64 {
        if self.count < 2 { f64::NAN } else { self.squares / (self.count - 1) as f64 }
    }

    /// The standard error of the mean; NaN for fewer than two members.
    pub fn standard_error(&self) -> f64 {
        (self.variance() / self.count as f64).sqrt()
    }

    /// The quantile at a probability from 0 to 1: exact (interpolated between neighbours in order, so that 0 and 1 give the
    /// extremes) up to 256 members; beyond, its rank among the members is right to 1 % of them, and in the tails to a
    /// fifth of the probability left there (tested on 50,000 members). NaN without members.
    pub fn quantile(&self, probability: f64) -> f64 {
        self.sketch.quantile(probability)
    }
}

impl Ensemble<'_> {
    /// Computes every member and keeps nothing but a [`Summary`] of each of the numbers that `member` returns: say, the states at
    /// some times, one after another. Members run on rayon's threads; the result has the same bits on any number of them.
    ///
    /// ```
    /// use costate_solvers::{Brownian, Ensemble, FixedStep, Problem, SaveAt, SolveError, Sosra, sde};
    /// use nalgebra::dvector;
    ///
    /// let relaxing = sde!(|_t, [x], [speed]| drift: [-speed * x], diagonal_additive: [R::from(1.0)]);
    /// let summaries = Ensemble::new(2000).summarise(|member| {
    ///     let noise = Brownian::seeded(1).path(member as u64);
    ///     let problem = Problem::sde(relaxing, noise, [0.0], &dvector![1.0], 0.0..4.0);
    ///     let solution = problem.solve(Sosra, FixedStep(0.25), SaveAt::every(2.0))?;
    ///     Ok::<_, SolveError>(solution.states().iter().map(|x| x[0]).collect())
    /// })?;
    /// // Normal, with variance 1/2 in the end.
    /// assert!((summaries[2].variance() - 0.5).abs() < 0.05);
    /// assert!((summaries[2].quantile(0.975) - 1.96 * 0.5_f64.sqrt()).abs() < 0.12);
    /// # Ok::<(), SolveError>(())
    /// ```
    ///
    /// # Errors
    /// What `member` returns for the first member, in their order, that fails.
    ///
    /// # Panics
    /// If members return different numbers of numbers.
    pub fn summarise<E: Send>(&self, member: impl Fn(usize) -> Result<Vec<f64>, E> + Sync) -> Result<Vec<Summary>, E> {
        let size = self.members.div_ceil(BLOCKS).max(1);
        let block = |block: usize| -> Result<Vec<Summary>, E> {
            let mut summaries: Vec<Summary> = Vec::new();
            for index in block * size..self.members.min((block + 1) * size) {
                let numbers = member(index)?;
                if summaries.is_empty() {
                    summaries.resize(numbers.len(), Summary::default());
                }
                assert_eq!(
                    numbers.len(),
                    summaries.len(),
                    "member {index} has {} numbers, not {}",
                    numbers.len(),
                    summaries.len()
                );
                summaries.iter_mut().zip(numbers).for_each(|(summary, x)| summary.add(x));
            }
            Ok(summaries)
        };
        let blocks: Vec<_> = (0..self.members.div_ceil(size)).into_par_iter().map(block).collect();
        let mut total: Vec<Summary> = Vec::new();
        for block in blocks {
            let block = block?;
            total.resize(block.len().max(total.len()), Summary::default());
            total.iter_mut().zip(&block).for_each(|(total, block)| total.merge(block));
        }
        Ok(total)
    }
}
