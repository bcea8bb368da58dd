//! [`Blocks`]: sums of values and slopes in an order that the number of samples fixes.

use super::{Failure, Outcome};
use nalgebra::DVector;
use rayon::prelude::*;
use std::fmt::Display;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// At most this many blocks of samples, each summed in order by one thread. It is the number that
/// `costate_ad::parallel_gradient` uses, so that both add in the same order.
const BLOCKS: usize = 256;

/// The samples of a sum, cut into blocks.
pub(crate) struct Blocks {
    samples: usize,
    length: usize,
}

impl Blocks {
    pub(crate) fn of(samples: usize) -> Self {
        Blocks { samples, length: samples.div_ceil(BLOCKS).max(1) }
    }

    pub(crate) fn count(&self) -> usize {
        self.samples.div_ceil(self.length)
    }

    /// The sums of these blocks, the value in front of the slope. What comes after a failure need not be there; what comes
    /// before it is, and so is the failure.
    pub(crate) fn sums<S: Sync, E: Display>(
        &self,
        these: Range<usize>,
        samples: &[S],
        size: usize,
        term: impl Fn(&S) -> Result<(f64, DVector<f64>), E> + Sync,
    ) -> Vec<Outcome> {
        let failed = AtomicUsize::new(usize::MAX);
        let sums: Vec<_> = these
            .into_par_iter()
            .map(|block| {
                (block <= failed.load(Ordering::Relaxed)).then(|| {
                    let sum = self.sum(block, samples, size, &term);
                    if sum.is_err() {
                        failed.fetch_min(block, Ordering::Relaxed);
                    }
                    sum
                })
            })
            .collect();
        sums.into_iter().flatten().collect()
    }

    fn sum<S, E: Display>(
        &self,
        block: usize,
        samples: &[S],
        size: usize,
        term: impl Fn(&S) -> Result<(f64, DVector<f64>), E>,
    ) -> Outcome {
        let begin = block * self.length;
        let end = self.samples.min(begin + self.length);
        let mut sum = DVector::zeros(1 + size);
        for (place, sample) in (begin..end).zip(&samples[begin..end]) {
            let (value, slope) = term(sample).map_err(|error| Failure { place, message: error.to_string() })?;
            if slope.len() != size {
                let found = slope.len();
                let message =
                    format!("the slope has {found} elements, but x has {size}: return one element for each of x");
                return Err(Failure { place, message });
            }
            sum[0] += value;
            sum.rows_mut(1, size).zip_apply(&slope, |total, more| *total += more);
        }
        Ok(sum)
    }
}

/// The sum of the blocks' sums, in their order: value and slope.
pub(crate) fn total(sums: impl IntoIterator<Item = Outcome>, size: usize) -> Result<(f64, DVector<f64>), Failure> {
    let sum = sums.into_iter().try_fold(DVector::zeros(1 + size), |total, sum| Ok(total + sum?))?;
    Ok((sum[0], sum.rows(1, size).into_owned()))
}
