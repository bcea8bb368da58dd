//! [`sparse_jacobian`], and [`SparseJacobian`] for the same Jacobian at many points.

use super::{Colouring, JacobianPattern, VectorFunction};
use crate::{Dual, Real};
use nalgebra::DVector;
use nalgebra_sparse::CscMatrix;

/// Colours that one run of a function serves.
pub const COLOURS: usize = 8;

/// The value and the Jacobian of `f` at `x`: one run that finds the pattern, and one for every [`COLOURS`] colours.
///
/// For the same function at many points, find the pattern once and keep a [`SparseJacobian`]. An example stands at
/// [`VectorFunction`].
pub fn sparse_jacobian<F: VectorFunction + ?Sized>(f: &F, x: &DVector<f64>) -> (DVector<f64>, CscMatrix<f64>) {
    let pattern = JacobianPattern::of(f, x.as_slice());
    let mut jacobian = SparseJacobian::new(&pattern, &pattern.colour());
    jacobian.evaluate(f, x.as_slice());
    (DVector::from_column_slice(jacobian.value()), jacobian.into_matrix())
}

/// A Jacobian with its pattern and colouring, to be evaluated again and again without allocating.
///
/// The scalar may itself carry derivatives: a `SparseJacobian<Dual<f64>>` of a model gives the Jacobian and its derivative
/// in a direction, and a `SparseJacobian<Var>` puts the Jacobian on the tape.
///
/// ```
/// use costate_ad::{JacobianPattern, Real, SparseJacobian, VectorFunction};
///
/// struct Squares;
/// impl VectorFunction for Squares {
///     fn eval<R: Real>(&self, x: &[R], y: &mut [R]) {
///         y.iter_mut().zip(x).for_each(|(y, &x)| *y = x * x);
///     }
/// }
///
/// let pattern = JacobianPattern::of(&Squares, &[1.0; 1000]);
/// let colouring = pattern.colour();
/// assert_eq!(colouring.count(), 1);
/// let mut jacobian = SparseJacobian::new(&pattern, &colouring);
/// for x in [2.0, 3.0] {
///     assert_eq!(jacobian.evaluate(&Squares, &[x; 1000]).values(), [2.0 * x; 1000]);
/// }
/// ```
#[derive(Clone, Debug)]
pub struct SparseJacobian<R: Real> {
    matrix: CscMatrix<R>,
    value: Vec<R>,
    /// Columns by colour.
    members: Vec<usize>,
    starts: Vec<usize>,
    x: Vec<Dual<R, COLOURS>>,
    y: Vec<Dual<R, COLOURS>>,
}

impl<R: Real> SparseJacobian<R> {
    /// Room for a Jacobian of this pattern, full of zeros.
    ///
    /// # Panics
    /// If the colouring is of a pattern with another number of columns.
    pub fn new(pattern: &JacobianPattern, colouring: &Colouring) -> Self {
        let (rows, columns) = (pattern.rows(), pattern.columns());
        assert_eq!(colouring.colours().len(), columns, "the colouring has another number of columns than the pattern");
        let zeros = vec![R::zero(); pattern.nnz()];
        let matrix = CscMatrix::try_from_pattern_and_values(pattern.sparsity().clone(), zeros)
            .expect("there is a value for every place");
        let (members, starts) = colouring.groups();
        let (x, y) = (vec![Dual::constant(R::zero()); columns], vec![Dual::constant(R::zero()); rows]);
        SparseJacobian { matrix, value: vec![R::zero(); rows], members, starts, x, y }
    }

    /// The Jacobian of `f` at `x`, by one run for every [`COLOURS`] colours.
    ///
    /// # Panics
    /// If `x` has not as many elements as the pattern has columns.
    pub fn evaluate<F: VectorFunction + ?Sized>(&mut self, f: &F, x: &[R]) -> &CscMatrix<R> {
        self.evaluate_with(|x, y| f.eval(x, y), x)
    }

    /// [`evaluate`](SparseJacobian::evaluate) for a closure, whose pattern
    /// [`JacobianPattern::trace`] has found.
    ///
    /// # Panics
    /// If `x` has not as many elements as the pattern has columns.
    pub fn evaluate_with(
        &mut self,
        mut f: impl FnMut(&[Dual<R, COLOURS>], &mut [Dual<R, COLOURS>]),
        x: &[R],
    ) -> &CscMatrix<R> {
        assert_eq!(x.len(), self.x.len(), "the pattern has {} columns, but there are {} inputs", self.x.len(), x.len());
        for (input, &x) in self.x.iter_mut().zip(x) {
            *input = Dual::constant(x);
        }
        let count = self.starts.len() - 1;
        for first in (0..count.max(1)).step_by(COLOURS) {
            let chunk = first..(first + COLOURS).min(count);
            self.seed(chunk.clone(), R::one());
            self.y.fill(Dual::constant(R::zero()));
            f(&self.x, &mut self.y);
            self.seed(chunk.clone(), R::zero());
            self.read(chunk);
        }
        for (value, y) in self.value.iter_mut().zip(&self.y) {
            *value = y.value;
        }
        &self.matrix
    }

    fn seed(&mut self, chunk: std::ops::Range<usize>, seed: R) {
        for (direction, colour) in chunk.enumerate() {
            for &j in &self.members[self.starts[colour]..self.starts[colour + 1]] {
                self.x[j].derivatives[direction] = seed;
            }
        }
    }

    /// Takes the columns of a chunk of colours out of the compressed derivatives.
    fn read(&mut self, chunk: std::ops::Range<usize>) {
        let (offsets, rows, values) = self.matrix.csc_data_mut();
        for (direction, colour) in chunk.enumerate() {
            for &j in &self.members[self.starts[colour]..self.starts[colour + 1]] {
                for k in offsets[j]..offsets[j + 1] {
                    values[k] = self.y[rows[k]].derivatives[direction];
                }
            }
        }
    }

    /// How many colours the columns have.
    pub fn colours(&self) -> usize {
        self.starts.len() - 1
    }

    /// The Jacobian that was evaluated last.
    pub fn matrix(&self) -> &CscMatrix<R> {
        &self.matrix
    }

    /// The value of the function where its Jacobian was evaluated last.
    pub fn value(&self) -> &[R] {
        &self.value
    }

    /// The Jacobian that was evaluated last, without the room for others.
    pub fn into_matrix(self) -> CscMatrix<R> {
        self.matrix
    }
}
