//! [`sparse_hessian`], and [`SparseHessian`] for the same Hessian at many points.

use super::{Colouring, HessianPattern, ScalarFunction};
use crate::{Dual, Var, gradient};
use nalgebra::DVector;
use nalgebra_sparse::CscMatrix;

/// The value, the gradient and the Hessian of `f` at `x`: one run that finds the pattern, and one gradient for every
/// colour.
///
/// For the same function at many points, find the pattern once and keep a [`SparseHessian`].
///
/// ```
/// use costate_ad::{Real, ScalarFunction, sparse_hessian};
/// use nalgebra::DVector;
///
/// /// Rosenbrock's function in many dimensions.
/// struct Rosenbrock;
/// impl ScalarFunction for Rosenbrock {
///     fn eval<R: Real>(&self, x: &[R]) -> R {
///         x.windows(2).map(|x| 100.0 * (x[1] - x[0] * x[0]).powi(2) + (1.0 - x[0]).powi(2)).fold(R::zero(), |a, b| a + b)
///     }
/// }
///
/// let (value, slope, hessian) = sparse_hessian(&Rosenbrock, &DVector::from_element(1000, 1.0));
/// assert_eq!((value, slope.norm()), (0.0, 0.0));
/// assert_eq!(hessian.nnz(), 1000 + 2 * 999);
/// assert_eq!(hessian.get_entry(1, 0).unwrap().into_value(), -400.0);
/// ```
pub fn sparse_hessian<F: ScalarFunction + ?Sized>(f: &F, x: &DVector<f64>) -> (f64, DVector<f64>, CscMatrix<f64>) {
    let pattern = HessianPattern::of(f, x.as_slice());
    let mut hessian = SparseHessian::new(&pattern, &pattern.colour());
    hessian.evaluate(f, x);
    (hessian.value, hessian.gradient, hessian.matrix)
}

/// A Hessian with its pattern and colouring, to be evaluated again and again.
#[derive(Clone, Debug)]
pub struct SparseHessian {
    matrix: CscMatrix<f64>,
    value: f64,
    gradient: DVector<f64>,
    /// The entries that each colour's product shows: the row of the product and the place in the matrix.
    reads: Vec<Vec<(u32, u32)>>,
    colouring: Colouring,
}

impl SparseHessian {
    /// Room for a Hessian of this pattern, full of zeros.
    ///
    /// # Panics
    /// If the colouring is not one that [`HessianPattern::colour`] gives.
    pub fn new(pattern: &HessianPattern, colouring: &Colouring) -> Self {
        assert_eq!(colouring.colours().len(), pattern.inputs(), "the colouring is of another pattern");
        let zeros = vec![0.0; pattern.nnz()];
        let matrix = CscMatrix::try_from_pattern_and_values(pattern.sparsity().clone(), zeros)
            .expect("there is a value for every place");
        let gradient = DVector::zeros(pattern.inputs());
        SparseHessian { matrix, value: 0.0, gradient, reads: reads(pattern, colouring), colouring: colouring.clone() }
    }

    /// The Hessian of `f` at `x`, by one gradient (reverse over forward) for every colour.
    ///
    /// # Panics
    /// If `x` has not as many elements as the pattern has columns.
    pub fn evaluate<F: ScalarFunction + ?Sized>(&mut self, f: &F, x: &DVector<f64>) -> &CscMatrix<f64> {
        self.evaluate_with(|x| f.eval(x), |x| f.eval(x), x)
    }

    /// [`evaluate`](SparseHessian::evaluate) for one function in two spellings: on variables, which gives the value and
    /// the gradient, and on dual numbers of variables, which gives the Hessian.
    ///
    /// # Panics
    /// If `x` has not as many elements as the pattern has columns.
    pub fn evaluate_with(
        &mut self,
        f: impl FnOnce(&[Var]) -> Var,
        mut slope: impl FnMut(&[Dual<Var>]) -> Dual<Var>,
        x: &DVector<f64>,
    ) -> &CscMatrix<f64> {
        let inputs = self.gradient.len();
        assert_eq!(x.len(), inputs, "the pattern has {inputs} columns, but there are {} inputs", x.len());
        (self.value, self.gradient) = gradient(|x| f(x.as_slice()), x);
        let mut seeded = Vec::with_capacity(inputs);
        for (colour, reads) in (0..).zip(&self.reads) {
            let (_, product) = gradient(
                |x| {
                    let seed = |&c: &u32| Var::constant(f64::from(c == colour));
                    let seeds = self.colouring.colours().iter().map(seed);
                    seeded.clear();
                    seeded.extend(x.iter().zip(seeds).map(|(&value, seed)| Dual { value, derivatives: [seed] }));
                    slope(&seeded).derivatives[0]
                },
                x,
            );
            let values = self.matrix.values_mut();
            for &(row, place) in reads {
                values[place as usize] = product[row as usize];
            }
        }
        &self.matrix
    }

    /// The Hessian that was evaluated last.
    pub fn matrix(&self) -> &CscMatrix<f64> {
        &self.matrix
    }

    /// The value of the function where its Hessian was evaluated last.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The gradient of the function where its Hessian was evaluated last.
    pub fn gradient(&self) -> &DVector<f64> {
        &self.gradient
    }
}

/// Where to read each entry: in its own row of the product with its column's colour if no other column of that colour is
/// in the row, and else in the mirrored place, which a star colouring then keeps free.
fn reads(pattern: &HessianPattern, colouring: &Colouring) -> Vec<Vec<(u32, u32)>> {
    let colours = colouring.colours();
    let mut reads = vec![Vec::new(); colouring.count()];
    // Places in the transposed order are the same, because the pattern is symmetric.
    let mut met = vec![(usize::MAX, 0); colouring.count()];
    let mut place = 0_u32;
    for j in 0..pattern.inputs() {
        for &i in pattern.column(j) {
            let (row, times) = &mut met[colours[i] as usize];
            *times = if *row == j { *times + 1 } else { 1 };
            *row = j;
        }
        // The entry (j, i) of the mirrored triangle has the same value as (i, j).
        for &i in pattern.column(j) {
            let alone = i == j || met[colours[i] as usize].1 == 1;
            let (row, colour) = if alone { (j, colours[i]) } else { (i, colours[j]) };
            reads[colour as usize].push((row as u32, place));
            place += 1;
        }
    }
    reads
}
