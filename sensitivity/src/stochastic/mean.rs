//! [`mean_gradient`]: means over paths, on all cores.

use costate_ad::{Var, try_parallel_gradient};
use costate_solvers::Brownian;
use nalgebra::DVector;

/// The paths over which a mean is taken: numbers 0, 1, 2 and so on of one seed.
///
/// They are the same at every call (common random numbers): so a mean over them is a smooth function of the parameters,
/// which an optimiser can follow and a finite difference can check.
#[derive(Clone, Debug)]
pub struct Paths {
    noise: Brownian,
    count: usize,
    antithetic: bool,
}

impl Paths {
    /// The first `count` paths of a motion.
    pub fn new(noise: Brownian, count: usize) -> Paths {
        Paths { noise, count, antithetic: false }
    }

    /// Each path together with its [mirror image](Brownian::mirrored), so that there are twice as many: what depends on the
    /// noise by odd powers then cancels exactly.
    pub fn antithetic(self) -> Paths {
        Paths { antithetic: true, ..self }
    }

    /// How many paths there are, mirror images included.
    pub fn count(&self) -> usize {
        if self.antithetic { 2 * self.count } else { self.count }
    }

    /// All of them, in order: a mirror image follows its path.
    pub fn motions(&self) -> Vec<Brownian> {
        let images = if self.antithetic { 2 } else { 1 };
        let motion = |index: usize| {
            let motion = self.noise.clone().path((index / images) as u64);
            if index % images == 1 { motion.mirrored() } else { motion }
        };
        (0..self.count()).map(motion).collect()
    }
}

/// The mean of `loss(motion, x)` over the paths and its gradient at `x`, on rayon's threads. Paths are summed in an order that
/// their number fixes: the result has the same bits on any number of threads.
///
/// ```
/// use costate_ad::Var;
/// use costate_sensitivity::{Forward, Paths, StochasticGradientStrategy, mean_gradient};
/// use costate_solvers::{Brownian, FixedStep, Milstein, Problem, SaveAt, SolveError, sde};
/// use nalgebra::{DVector, dvector};
///
/// let geometric = sde!(|_t, [u], [a, b]| drift: [a * u], diagonal: [b * u]);
/// let loss = |noise: &Brownian, p: &DVector<Var>| {
///     let problem = Problem::sde(geometric, noise.clone(), [1.0], p, 0.0..1.0);
///     Ok::<_, SolveError>(Forward.solve_sde(&problem, Milstein, FixedStep(0.05), SaveAt::end())?.last()[0])
/// };
/// let paths = Paths::new(Brownian::seeded(1), 200).antithetic();
/// let (mean, slope) = mean_gradient(loss, &paths, &dvector![0.5, 0.2])?;
/// // The mean is exp(a) whatever b is.
/// assert!((mean - 0.5_f64.exp()).abs() < 0.05 && (slope[0] - mean).abs() < 0.05);
/// # Ok::<(), SolveError>(())
/// ```
///
/// # Errors
/// What `loss` returns for the first path that fails.
///
/// # Panics
/// As [`gradient`](costate_ad::gradient).
pub fn mean_gradient<E: Send>(
    loss: impl Fn(&Brownian, &DVector<Var>) -> Result<Var, E> + Sync,
    paths: &Paths,
    x: &DVector<f64>,
) -> Result<(f64, DVector<f64>), E> {
    let (sum, gradient) = try_parallel_gradient(loss, &paths.motions(), x)?;
    let count = paths.count() as f64;
    Ok((sum / count, gradient / count))
}
