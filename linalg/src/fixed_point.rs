//! [`fixed_point`]: iteration of a contraction on plain numbers, with derivatives by the implicit function theorem.

use crate::equations::{Displacement, Equations};
use crate::root::largest;
use crate::{LinalgError, Newton, check};
use costate_ad::Real;
use nalgebra::DVector;

/// Plain iteration `x <- f(x, p)`, and its options.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FixedPoint {
    /// The iteration ends when a step is at most this times `1 + |x|`, in the maximum norm; a step or two of Newton's method
    /// then make the point right to rounding. Default 1e-8.
    pub tolerance: f64,
    /// Default 10,000.
    pub max_iterations: usize,
}

impl Default for FixedPoint {
    fn default() -> FixedPoint {
        FixedPoint { tolerance: 1e-8, max_iterations: 10_000 }
    }
}

/// The `x` (n) with `f(x, p) = x` to which iteration from `guess` (n) leads, by [`FixedPoint`] with default options; it
/// carries derivatives in `p` (any length), and the iteration leaves no trace.
///
/// ```
/// use costate_ad::{Real, gradient};
/// use costate_linalg::{Equations, fixed_point};
/// use nalgebra::dvector;
///
/// /// Heron's iteration for a square root.
/// struct Heron;
/// impl Equations for Heron {
///     fn evaluate<R: Real>(&self, x: &[R], p: &[R], f: &mut [R]) {
///         f[0] = 0.5 * (x[0] + p[0] / x[0]);
///     }
/// }
///
/// let (x, slope) = gradient(|p| fixed_point(&Heron, &dvector![1.0], p).expect("p is positive")[0], &dvector![4.0]);
/// assert_eq!((x, slope[0]), (2.0, 0.25));
/// ```
///
/// # Errors
/// [`LinalgError::DidNotConverge`], [`LinalgError::NotFinite`], and [`LinalgError::SingularJacobian`] where the Jacobian of `f` has
/// the eigenvalue 1, so that the point is not isolated.
pub fn fixed_point<R: Real>(
    f: &impl Equations,
    guess: &DVector<f64>,
    p: &DVector<R>,
) -> Result<DVector<R>, LinalgError> {
    FixedPoint::default().fixed_point(f, guess, p)
}

impl FixedPoint {
    /// [`fixed_point`] with these options.
    ///
    /// # Errors
    /// As [`fixed_point`].
    pub fn fixed_point<R: Real>(
        &self,
        f: &impl Equations,
        guess: &DVector<f64>,
        p: &DVector<R>,
    ) -> Result<DVector<R>, LinalgError> {
        let plain: Vec<f64> = p.iter().map(|p| p.value()).collect();
        check::finite("the guess", guess.as_slice(), guess.len())?;
        check::finite("the parameter vector", &plain, plain.len())?;
        let near = self.iterate(f, guess.as_slice().to_vec(), &plain)?;
        Newton::default().root(&Displacement(f), &DVector::from_vec(near), p)
    }

    fn iterate(&self, f: &impl Equations, mut x: Vec<f64>, p: &[f64]) -> Result<Vec<f64>, LinalgError> {
        let mut next = x.clone();
        let mut distance = f64::INFINITY;
        for _ in 0..self.max_iterations {
            f.evaluate(&x, p, &mut next);
            check::finite("the iterate", &next, next.len())?;
            distance = x.iter().zip(&next).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
            std::mem::swap(&mut x, &mut next);
            if distance <= self.tolerance * (1.0 + largest(&x)) {
                return Ok(x);
            }
        }
        Err(LinalgError::DidNotConverge { iterations: self.max_iterations, residual: distance })
    }
}
