//! Starts that satisfy the algebraic equations of a problem.

use crate::{Control, ImplicitError, Ode, Problem, SolveError, VectorField};
use costate_ad::{At, LinearMap, Real};
use costate_linalg::{Linearisation, MassMatrix, StepMatrix, correct};
use std::rc::Rc;

/// Iterations of Newton's method.
const MOST: usize = 50;
/// The last correction is at most this part of `1 + |y|` in every component.
const TOLERANCE: f64 = 1e-12;

impl<S: Ode, R: Real> Problem<S, R> {
    /// The same problem with a start that satisfies its algebraic equations, for a mass matrix in which some rows and as many
    /// columns are 0: the states of those columns are moved until the equations of those rows hold at the start of the span, and the
    /// others stay as they are. What is moved carries the derivatives that the equations say, by the states that stay and by the
    /// parameters.
    ///
    /// ```
    /// use costate_solvers::{Problem, ode};
    /// use nalgebra::{dmatrix, dvector};
    ///
    /// // Decay of y, and z = p y^2 as an algebraic equation, of which the start knows nothing.
    /// let model = ode!(|_t, [y, z], [p]| [-y, z - p * y * y]);
    /// let problem = Problem::ode(model, [2.0, 0.0], &dvector![1.5], 0.0..1.0).with_mass_matrix(dmatrix![1.0, 0.0; 0.0, 0.0]);
    /// assert_eq!(problem.with_consistent_start()?.initial_state(), &dvector![2.0, 6.0]);
    /// # Ok::<(), costate_solvers::SolveError>(())
    /// ```
    ///
    /// # Errors
    /// As [`solve`](Problem::solve) for numbers and sizes; [`ImplicitError::NotSemiExplicit`] for a mass matrix of another kind, and
    /// [`ImplicitError::NoConsistentStart`] where Newton's method finds none near the given one, or where the equations do not fix the
    /// states (the index is above 1).
    pub fn with_consistent_start(mut self) -> Result<Self, SolveError> {
        self.check_sizes(self.system.states(), self.system.parameters())?;
        let Some(mass) = self.mass.clone() else { return Ok(self) };
        let n = self.initial_state.len();
        mass.check(n).map_err(|source| ImplicitError::BadMassMatrix { source })?;
        let p = self.parameters().clone();
        let t = R::from(self.span().start);
        settle(&self.system, &mass, t, self.initial_state.as_mut_slice(), p.as_slice())?;
        Ok(self)
    }
}

/// Moves the states of the zero columns of a mass matrix until the equations of its zero rows hold, with the derivatives that these say.
pub(crate) fn settle<F: VectorField<R> + ?Sized, R: Real>(
    field: &F,
    mass: &MassMatrix,
    t: R,
    y: &mut [R],
    p: &[R],
) -> Result<(), ImplicitError> {
    let (rows, columns) = algebraic(mass, y.len())?;
    if rows.is_empty() {
        return Ok(());
    }
    let values = |numbers: &[R]| numbers.iter().map(|number| number.value()).collect::<Vec<f64>>();
    let mut plain = values(y);
    let inverse = iterate(field, t.value(), &mut plain, &values(p), [&rows, &columns])?;
    let found: Vec<f64> = columns.iter().map(|&column| plain[column]).collect();
    let (mut state, mut slope) = (y.to_vec(), y.to_vec());
    let corrected = correct(&found, &inverse, |found: &[R]| {
        columns.iter().zip(found).for_each(|(&column, &found)| state[column] = found);
        field.eval(t, &state, p, &mut slope);
        rows.iter().map(|&row| slope[row]).collect()
    });
    columns.iter().zip(corrected).for_each(|(&column, found)| y[column] = found);
    Ok(())
}

/// Moves the states `columns` until the slopes `rows` are 0, and gives the inverse of their Jacobian, times -1.
fn iterate<F: VectorField<R> + ?Sized, R: Real>(
    field: &F,
    t: f64,
    y: &mut [f64],
    p: &[f64],
    [rows, columns]: [&[usize]; 2],
) -> Result<Rc<dyn LinearMap>, ImplicitError> {
    let (mut linearisation, mut slope) = (Linearisation::new(y.len()), y.to_vec());
    let mut matrix = StepMatrix::new(rows.len());
    for iterations in 0..MOST {
        field.eval_value(t, y, p, &mut slope);
        let mut step: Vec<f64> = rows.iter().map(|&row| slope[row]).collect();
        let residual = step.iter().fold(0.0, |most: f64, step| most.max(step.abs()));
        field.linearise(At { t, y, p }, &mut linearisation);
        let factored = matrix.factor(0.0, None, &linearisation.jacobian().block(rows, columns));
        let refused = |source| ImplicitError::NoConsistentStart { t, iterations, residual, source: Some(source) };
        factored.map_err(refused)?;
        matrix.solve(&mut step);
        columns.iter().zip(&step).for_each(|(&column, step)| y[column] += step);
        let small = |(&column, step): (&usize, &f64)| step.abs() <= TOLERANCE * (1.0 + y[column].abs());
        if columns.iter().zip(&step).all(small) {
            return Ok(Rc::new(matrix));
        }
    }
    let residual = rows.iter().fold(0.0, |most: f64, &row| most.max(slope[row].abs()));
    Err(ImplicitError::NoConsistentStart { t, iterations: MOST, residual, source: None })
}

/// The rate at which a state that satisfies its algebraic equations moves: `M dy/dt = f` in the rows where the mass matrix has entries,
/// and `J dy/dt + df/dt = 0` in the others.
pub(crate) fn motion<F: VectorField<R> + ?Sized, R: Real>(
    field: &F,
    mass: &MassMatrix,
    t: f64,
    y: &[f64],
    p: &[f64],
) -> Result<Vec<f64>, ImplicitError> {
    let (rows, _) = algebraic(mass, y.len())?;
    let (mut rate, mut linearisation) = (y.to_vec(), Linearisation::new(y.len()));
    field.eval_value(t, y, p, &mut rate);
    field.linearise(At { t, y, p }, &mut linearisation);
    for &row in &rows {
        rate[row] = linearisation.time_derivative().map_or(0.0, |time| time[row]);
    }
    let mut matrix = StepMatrix::new(y.len());
    let algebraic = linearisation.jacobian().with_rows(&rows);
    let factored = matrix.factor(1.0, Some(mass), &algebraic);
    factored.map_err(|source| ImplicitError::NoFactors { t, h: 0.0, step: 0, source })?;
    matrix.solve(&mut rate);
    Ok(rate)
}

/// How far off an algebraic state may be where no tolerance is given, in units of `1 + |y|`.
const OFF: f64 = 1e-6;

impl<S: VectorField<R>, R: Real> Problem<S, R> {
    /// Refuses a start at which the algebraic equations miss by more than the tolerance, where they can be told from the others.
    pub(crate) fn check_consistent(&self, control: &Control) -> Result<(), ImplicitError> {
        let Some(mass) = &self.mass else { return Ok(()) };
        let y: Vec<f64> = self.initial_state.iter().map(|y| y.value()).collect();
        let p: Vec<f64> = self.parameters().iter().map(|p| p.value()).collect();
        let Ok((rows, columns)) = algebraic(mass, y.len()) else { return Ok(()) };
        let (t, mut slope, mut linearisation) = (self.span().start, y.clone(), Linearisation::new(y.len()));
        self.system.eval_value(t, &y, &p, &mut slope);
        if rows.iter().all(|&row| slope[row] == 0.0) {
            return Ok(());
        }
        self.system.linearise(At { t, y: &y, p: &p }, &mut linearisation);
        let mut matrix = StepMatrix::new(rows.len());
        // A singular one is what the first step will say.
        if matrix.factor(0.0, None, &linearisation.jacobian().block(&rows, &columns)).is_err() {
            return Ok(());
        }
        let mut step: Vec<f64> = rows.iter().map(|&row| slope[row]).collect();
        matrix.solve(&mut step);
        let tolerance = |c: usize| match control {
            Control::Adaptive(tolerance) => tolerance.atol(c) + tolerance.rtol() * y[c].abs(),
            Control::Fixed(_) | Control::Mesh(_) => OFF * (1.0 + y[c].abs()),
        };
        let largest = |of: &dyn Fn(usize) -> f64| (0..rows.len()).max_by(|&i, &j| of(i).total_cmp(&of(j)));
        let Some(worst) = largest(&|i| step[i].abs() / tolerance(columns[i])) else { return Ok(()) };
        let (component, correction) = (columns[worst], step[worst]);
        if correction.abs() <= tolerance(component) || !correction.is_finite() {
            return Ok(());
        }
        let equation = largest(&|i| slope[rows[i]].abs()).map_or(0, |i| rows[i]);
        let (residual, tolerance) = (slope[equation], tolerance(component));
        Err(ImplicitError::InconsistentStart { t, equation, residual, component, correction, tolerance })
    }
}

/// The rows, and the columns, of a mass matrix that are 0.
fn algebraic(mass: &MassMatrix, n: usize) -> Result<(Vec<usize>, Vec<usize>), ImplicitError> {
    let (mut rows, mut columns) = (vec![true; n], vec![true; n]);
    for (row, column, value) in mass.entries() {
        if value != 0.0 {
            (rows[row], columns[column]) = (false, false);
        }
    }
    let places = |zero: Vec<bool>| (0..n).filter(|&i| zero[i]).collect::<Vec<usize>>();
    let (rows, columns) = (places(rows), places(columns));
    if rows.len() != columns.len() {
        return Err(ImplicitError::NotSemiExplicit { rows: rows.len(), columns: columns.len() });
    }
    Ok((rows, columns))
}
