//! [`root`]: Newton's method on plain numbers, with derivatives by the implicit function theorem.

use crate::equations::{Equations, jacobian};
use crate::{LinalgError, Lu, check, correct};
use costate_ad::{LinearMap, Real};
use nalgebra::DVector;
use std::rc::Rc;

/// Newton's method with a line search, and its options.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Newton {
    /// The last step is at most this times `1 + |x|`, in the maximum norm; since convergence is quadratic, the root is then
    /// right to rounding. Default 1e-10.
    pub tolerance: f64,
    /// Default 50.
    pub max_iterations: usize,
}

impl Default for Newton {
    fn default() -> Newton {
        Newton { tolerance: 1e-10, max_iterations: 50 }
    }
}

/// The `x` (n) near `guess` (n) with `f(x, p) = 0`, by [`Newton`]'s method with default options; it carries derivatives in
/// `p` (any length).
///
/// The iteration runs on plain numbers and leaves no trace: the derivatives follow from one evaluation of `f` at the root for
/// each order of differentiation. Of several roots near each other, and of the guess, the derivative knows nothing.
///
/// ```
/// use costate_ad::{Real, gradient};
/// use costate_linalg::{Equations, root};
/// use nalgebra::dvector;
///
/// /// Kepler's equation: the eccentric anomaly x of an orbit with mean anomaly and eccentricity p.
/// struct Kepler;
/// impl Equations for Kepler {
///     fn evaluate<R: Real>(&self, x: &[R], p: &[R], f: &mut [R]) {
///         f[0] = x[0] - p[1] * x[0].sin() - p[0];
///     }
/// }
///
/// let anomaly = |p: &_| root(&Kepler, &dvector![1.0], p).expect("the eccentricity is below 1")[0];
/// let (x, slope) = gradient(anomaly, &dvector![1.0, 0.5]);
/// let steepness = 1.0 - 0.5 * x.cos();
/// assert!((slope[0] - 1.0 / steepness).abs() < 1e-14 && (slope[1] - x.sin() / steepness).abs() < 1e-14);
/// ```
///
/// # Errors
/// [`LinalgError::DidNotConverge`], [`LinalgError::SingularJacobian`] and [`LinalgError::DegenerateRoot`] (the root has no derivative), and
/// [`LinalgError::NotFinite`] for `f` or its Jacobian.
pub fn root<R: Real>(f: &impl Equations, guess: &DVector<f64>, p: &DVector<R>) -> Result<DVector<R>, LinalgError> {
    Newton::default().root(f, guess, p)
}

impl Newton {
    /// [`root`] with these options.
    ///
    /// # Errors
    /// As [`root`].
    pub fn root<R: Real>(
        &self,
        f: &impl Equations,
        guess: &DVector<f64>,
        p: &DVector<R>,
    ) -> Result<DVector<R>, LinalgError> {
        let plain: Vec<f64> = p.iter().map(|p| p.value()).collect();
        check::finite("the guess", guess.as_slice(), guess.len())?;
        check::finite("the parameter vector", &plain, plain.len())?;
        let (x0, jacobian) = self.iterate(f, guess.as_slice().to_vec(), &plain)?;
        let inverse: Rc<dyn LinearMap> = Rc::new(jacobian);
        let x = correct(&x0, &inverse, |x| {
            let mut residual = vec![R::zero(); x.len()];
            f.evaluate(x, p.as_slice(), &mut residual);
            residual.iter_mut().for_each(|f| *f = -*f);
            residual
        });
        Ok(DVector::from_vec(x))
    }

    /// The root, and the factors of the Jacobian there.
    fn iterate(&self, f: &impl Equations, mut x: Vec<f64>, p: &[f64]) -> Result<(Vec<f64>, Lu), LinalgError> {
        let n = x.len();
        let mut residual = vec![0.0; n];
        f.evaluate(&x, p, &mut residual);
        check::finite("the function at the guess", &residual, n)?;
        let mut lu = Lu::identity(n);
        for iterations in 0..=self.max_iterations {
            factor(&mut lu, f, &x, p, iterations, &residual)?;
            let mut step = residual.clone();
            lu.solve(&mut step);
            if largest(&step) <= self.tolerance * (1.0 + largest(&x)) {
                x.iter_mut().zip(&step).for_each(|(x, s)| *x -= s);
                f.evaluate(&x, p, &mut residual);
                factor(&mut lu, f, &x, p, iterations + 1, &residual)?;
                refuse_degenerate(&lu, &x, residual, largest(&step), iterations + 1)?;
                return Ok((x, lu));
            }
            if iterations == self.max_iterations || !descend(f, p, &mut x, &mut residual, &step) {
                return Err(LinalgError::DidNotConverge { iterations, residual: largest(&residual) });
            }
        }
        unreachable!("the last pass returns")
    }
}

/// Factorises the Jacobian at `x`, where the residual is `residual` after so many iterations.
fn factor(
    lu: &mut Lu,
    f: &impl Equations,
    x: &[f64],
    p: &[f64],
    iterations: usize,
    residual: &[f64],
) -> Result<(), LinalgError> {
    lu.factor(&jacobian(f, x, p)).map_err(|error| match error {
        LinalgError::Singular { pivot, .. } => {
            LinalgError::SingularJacobian { iterations, pivot, residual: largest(residual) }
        }
        LinalgError::NotFinite { row, column, value, .. } => {
            LinalgError::NotFinite { what: "the Jacobian", row, column, value }
        }
        other => other,
    })
}

/// A root where steps shrink by a constant factor only is a multiple one: its Jacobian is singular but for rounding, and
/// derivatives would be noise.
fn refuse_degenerate(lu: &Lu, x: &[f64], mut step: Vec<f64>, last: f64, iterations: usize) -> Result<(), LinalgError> {
    lu.solve(&mut step);
    let rounding = 1e3 * f64::EPSILON * (1.0 + largest(x));
    let next = largest(&step);
    if next > 0.1 * last && next > rounding { Err(LinalgError::DegenerateRoot { iterations }) } else { Ok(()) }
}

/// Halvings of a step before the search is given up.
const HALVINGS: i32 = 40;

/// Goes along `-step`, as far as makes the residual smaller: the whole way near the root, less where the function bends.
fn descend(f: &impl Equations, p: &[f64], x: &mut Vec<f64>, residual: &mut Vec<f64>, step: &[f64]) -> bool {
    let size = |f: &[f64]| f.iter().map(|f| f * f).sum::<f64>().sqrt();
    let before = size(residual);
    let mut trial = vec![0.0; x.len()];
    for halvings in 0..HALVINGS {
        let length = 0.5_f64.powi(halvings);
        let point: Vec<f64> = x.iter().zip(step).map(|(x, s)| x - length * s).collect();
        f.evaluate(&point, p, &mut trial);
        if size(&trial) <= (1.0 - 1e-4 * length) * before {
            (*x, *residual) = (point, trial);
            return true;
        }
    }
    false
}

/// The maximum norm.
pub(crate) fn largest(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |largest, x| if x.abs() > largest || x.is_nan() { x.abs() } else { largest })
}
