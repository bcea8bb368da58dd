//! [`parallel_gradient`]: the gradient of a sum over samples, on all cores.

use crate::{Var, try_gradient};
use nalgebra::DVector;
use rayon::prelude::*;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The sum of `loss(sample, x)` over the samples and its gradient at `x`, computed on rayon's threads.
///
/// Each thread records on a tape of its own, one sample at a time, so memory does not grow with the samples. The order of
/// summation depends on the number of samples alone: the result has the same bits on one thread and on sixty-four.
///
/// ```
/// use costate_ad::parallel_gradient;
/// use nalgebra::dvector;
///
/// let points = [(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)];
/// let line = dvector![1.0, 1.0];
/// let (value, slope) = parallel_gradient(|&(t, y), line| (line[0] + line[1] * t - y).powi(2), &points, &line);
/// assert_eq!((value, slope), (5.0, dvector![-6.0, -10.0]));
/// ```
///
/// # Panics
/// As [`gradient`](crate::gradient).
pub fn parallel_gradient<S: Sync>(
    loss: impl Fn(&S, &DVector<Var>) -> Var + Sync,
    samples: &[S],
    x: &DVector<f64>,
) -> (f64, DVector<f64>) {
    let Ok(result) = try_parallel_gradient(|sample, x| Ok::<_, Infallible>(loss(sample, x)), samples, x);
    result
}

/// [`parallel_gradient`] for a loss that can fail. Of several failures it is the first in the order of the samples that is
/// returned, whichever thread met one first.
///
/// ```
/// use costate_ad::try_parallel_gradient;
/// use nalgebra::dvector;
///
/// let loss = |&c: &f64, x: &nalgebra::DVector<_>| if c > 0.0 { Ok(x[0] * c) } else { Err(format!("{c} is negative")) };
/// let outcome = try_parallel_gradient(loss, &[1.0, -2.0, -3.0], &dvector![1.0]);
/// assert_eq!(outcome, Err("-2 is negative".to_string()));
/// ```
///
/// # Errors
/// What `loss` returns for the first sample that fails.
///
/// # Panics
/// As [`gradient`](crate::gradient).
pub fn try_parallel_gradient<S: Sync, E: Send>(
    loss: impl Fn(&S, &DVector<Var>) -> Result<Var, E> + Sync,
    samples: &[S],
    x: &DVector<f64>,
) -> Result<(f64, DVector<f64>), E> {
    let failed = AtomicUsize::new(usize::MAX);
    let blocks: Vec<_> = samples.par_chunks(samples.len().div_ceil(BLOCKS).max(1)).enumerate().collect();
    let sums: Vec<Option<Result<Sum, E>>> = blocks
        .into_par_iter()
        .map(|(place, block)| {
            // What comes after a failure is not asked for; what comes before it may fail still, and then counts.
            (place <= failed.load(Ordering::Relaxed)).then(|| {
                let sum = sum(&loss, block, x);
                if sum.is_err() {
                    failed.fetch_min(place, Ordering::Relaxed);
                }
                sum
            })
        })
        .collect();
    sums.into_iter().flatten().try_fold((0.0, DVector::zeros(x.len())), |total, sum| Ok(add(total, sum?)))
}

/// Blocks of samples, each summed in order by one thread: enough to keep many cores busy, few enough to hold a gradient for
/// each. Fixed, so that the order of summation is.
const BLOCKS: usize = 256;

/// A value and its gradient.
type Sum = (f64, DVector<f64>);

fn sum<S, E>(loss: impl Fn(&S, &DVector<Var>) -> Result<Var, E>, block: &[S], x: &DVector<f64>) -> Result<Sum, E> {
    block
        .iter()
        .try_fold((0.0, DVector::zeros(x.len())), |total, sample| Ok(add(total, try_gradient(|x| loss(sample, x), x)?)))
}

fn add(total: Sum, more: Sum) -> Sum {
    (total.0 + more.0, total.1 + more.1)
}
