//! Where a solution comes to rest.

use crate::{ImplicitError, Ode, Problem, SolveError};
use costate_ad::{At, LinearMap, Real};
use costate_linalg::{Linearisation, MassMatrix, StateJacobian, StepMatrix, correct};
use nalgebra::DVector;
use std::rc::Rc;
use std::sync::Arc;

/// Iterations of Newton's method, and steps of the pseudo-transient continuation.
const MOST: [usize; 2] = [20, 500];
/// The last correction is at most this part of `1 + |y|` in every component.
const TOLERANCE: f64 = 1e-10;

impl<S: Ode, R: Real> Problem<S, R> {
    /// A state at which the model rests: `system(t, y, p) = 0` at the end `t` of the span, looked for from the initial state.
    ///
    /// Newton's method on plain numbers while every correction makes the residual smaller; where it does not, implicit Euler steps
    /// from the initial state on, which grow as the residual falls (C. T. Kelley, D. E. Keyes, Convergence analysis of
    /// pseudo-transient continuation, SIAM J. Numer. Anal. 35 (1998) 508-523): those follow the solution, and so lead to a stable
    /// state. Newton's method asks for no stability: near an unstable state (0, for growth that saturates) it finds that one. The
    /// derivatives are those of the implicit function; of the initial state they know nothing.
    ///
    /// ```
    /// use costate_solvers::{Problem, ode};
    /// use nalgebra::dvector;
    ///
    /// let logistic = ode!(|_t, [y], [rate, capacity]| [rate * y * (1.0 - y / capacity)]);
    /// let rest = Problem::ode(logistic, [5.0], &dvector![0.5, 7.0], 0.0..1.0).steady_state()?;
    /// assert!((rest[0] - 7.0).abs() < 1e-12);
    /// # Ok::<(), costate_solvers::SolveError>(())
    /// ```
    ///
    /// # Errors
    /// As [`solve`](Problem::solve) for numbers and sizes, and [`ImplicitError::NoSteadyState`] where none is found, or where the
    /// Jacobian is singular there, as with conserved sums: such a state depends on the start.
    pub fn steady_state(&self) -> Result<DVector<R>, SolveError> {
        self.check_sizes(self.system.states(), self.system.parameters())?;
        let plain = |numbers: &DVector<R>| numbers.iter().map(|number| number.value()).collect::<Vec<f64>>();
        let (t, start) = (self.span().end, plain(self.initial_state()));
        let mut search = Search::new(&self.system, self.mass_matrix(), t, plain(self.parameters()), start.len());
        let y = match search.newton(start.clone()) {
            Some(y) => y,
            None => search.continuation(start)?,
        };
        let inverse = search.inverse(&y)?;
        let corrected = correct(&y, &inverse, |y| {
            let mut slope = y.to_vec();
            self.system.rhs(R::from(t), y, self.parameters().as_slice(), &mut slope);
            slope
        });
        Ok(DVector::from_vec(corrected))
    }
}

/// A search for a state at rest.
struct Search<'a, S> {
    system: &'a S,
    mass: Option<&'a MassMatrix>,
    t: f64,
    p: Vec<f64>,
    linearisation: Linearisation,
    matrix: StepMatrix,
}

/// The largest number, NaN before all.
fn largest(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |largest, x| if x.abs() > largest || x.is_nan() { x.abs() } else { largest })
}

/// Whether a correction no longer matters.
fn is_small(step: &[f64], y: &[f64]) -> bool {
    step.iter().zip(y).all(|(step, y)| step.abs() <= TOLERANCE * (1.0 + y.abs()))
}

impl<'a, S: Ode> Search<'a, S> {
    fn new(system: &'a S, mass: Option<&'a MassMatrix>, t: f64, p: Vec<f64>, states: usize) -> Self {
        let (linearisation, matrix) = (Linearisation::new(states), StepMatrix::new(states));
        Search { system, mass, t, p, linearisation, matrix }
    }

    fn slope(&self, y: &[f64]) -> Vec<f64> {
        let mut slope = vec![0.0; y.len()];
        self.system.rhs(self.t, y, &self.p, &mut slope);
        slope
    }

    fn jacobian(&mut self, y: &[f64]) -> &Arc<StateJacobian> {
        crate::VectorField::<f64>::linearise(self.system, At { t: self.t, y, p: &self.p }, &mut self.linearisation);
        self.linearisation.jacobian()
    }

    /// Moves `y` by the solution of `(shift M - J) step = slope`; none where the matrix is singular.
    fn step(&mut self, shift: f64, y: &mut [f64], mut slope: Vec<f64>) -> Option<Vec<f64>> {
        let jacobian = self.jacobian(y).clone();
        self.matrix.factor(shift, self.mass, &jacobian).ok()?;
        self.matrix.solve(&mut slope);
        y.iter_mut().zip(&slope).for_each(|(y, step)| *y += step);
        Some(slope)
    }

    /// While the residual falls.
    fn newton(&mut self, mut y: Vec<f64>) -> Option<Vec<f64>> {
        let mut slope = self.slope(&y);
        for _ in 0..MOST[0] {
            let before = largest(&slope);
            let step = self.step(0.0, &mut y, slope)?;
            slope = self.slope(&y);
            let after = largest(&slope);
            if is_small(&step, &y) && after.is_finite() {
                return Some(y);
            }
            if after.is_nan() || after >= before {
                return None;
            }
        }
        None
    }

    /// Implicit Euler steps, each so much longer as the residual became smaller.
    fn continuation(&mut self, mut y: Vec<f64>) -> Result<Vec<f64>, ImplicitError> {
        let mut slope = self.slope(&y);
        let mut residual = largest(&slope);
        // The first step changes the state by about a hundredth.
        let mut shift = 100.0 * residual / (1e-3 + largest(&y));
        for iterations in 0..MOST[1] {
            let mut next = y.clone();
            let step = self.step(shift, &mut next, slope.clone());
            let found = self.slope(&next);
            let (Some(step), true) = (step, largest(&found).is_finite()) else {
                shift = if shift > 0.0 { 10.0 * shift } else { 1.0 };
                if shift > 1e100 {
                    return Err(ImplicitError::NoSteadyState { iterations, residual, t: self.t });
                }
                continue;
            };
            let change = largest(&found) / residual;
            residual = largest(&found);
            (y, slope) = (next, found);
            // Short steps are small anywhere: only those of Newton's method say that the state rests.
            if is_small(&step, &y)
                && let Some(rest) = self.newton(y.clone())
            {
                return Ok(rest);
            }
            shift *= if change > 0.0 { change.clamp(0.1, 10.0) } else { 0.1 };
        }
        Err(ImplicitError::NoSteadyState { iterations: MOST[1], residual, t: self.t })
    }

    /// The inverse of `-J`.
    fn inverse(&mut self, y: &[f64]) -> Result<Rc<dyn LinearMap>, ImplicitError> {
        let residual = largest(&self.slope(y));
        let jacobian = self.jacobian(y).clone();
        let mut matrix = self.matrix.another();
        match matrix.factor(0.0, None, &jacobian) {
            Ok(()) => Ok(Rc::new(matrix)),
            Err(_) => Err(ImplicitError::NoSteadyState { iterations: 0, residual, t: self.t }),
        }
    }
}
