//! [`JacobianPattern`] and [`HessianPattern`]: where a derivative can differ from zero.

use super::trace::Trace;
use super::{Colouring, ScalarFunction, Tracer, VectorFunction, columns, star};
use nalgebra_sparse::pattern::SparsityPattern;

/// The places of a Jacobian that can differ from zero: row `i` and column `j` if output `i` depends on input `j`.
///
/// It is found in one run of the function on [`Tracer`]s, whose cost is proportional to that of a plain run. The run takes
/// the branches that the given values take. Where the function never looks at a value, there are no branches and the
/// pattern [holds everywhere](JacobianPattern::holds_everywhere); otherwise it holds for points that take the same
/// branches, and the patterns of several points can be [united](JacobianPattern::union).
///
/// ```
/// use costate_ad::JacobianPattern;
///
/// let pattern = JacobianPattern::trace(|x, y| (y[0], y[1]) = (x[0] * x[2], x[1].sin()), &[1.0, 0.0, 0.0], 2);
/// assert_eq!((pattern.rows(), pattern.columns(), pattern.nnz()), (2, 3, 3));
/// assert_eq!(pattern.column(2), [0]);
/// assert!(pattern.holds_everywhere());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JacobianPattern {
    /// By columns: the rows of each in ascending order.
    columns: SparsityPattern,
    everywhere: bool,
}

impl JacobianPattern {
    /// The pattern of `f` for the branches that it takes at `x`.
    pub fn of<F: VectorFunction + ?Sized>(f: &F, x: &[f64]) -> JacobianPattern {
        JacobianPattern::trace(|x, y| f.eval(x, y), x, f.outputs(x.len()))
    }

    /// The pattern of a closure that writes `outputs` results.
    ///
    /// # Panics
    /// If the closure mixes in a [`Tracer`] of another trace.
    pub fn trace(f: impl FnOnce(&[Tracer], &mut [Tracer]), x: &[f64], outputs: usize) -> JacobianPattern {
        let (trace, inputs) = Trace::open(x, false);
        let mut y = vec![Tracer::constant(0.0); outputs];
        f(&inputs, &mut y);
        let rows = trace.dependences(&y);
        JacobianPattern { columns: by_columns(&rows, x.len()), everywhere: trace.is_blind() }
    }

    /// A pattern that is known beforehand, by columns (its major dimension), as `CscMatrix::pattern` gives it.
    pub fn known(columns: SparsityPattern) -> JacobianPattern {
        JacobianPattern { columns, everywhere: true }
    }

    /// The places of both: what two points, or two branches, need together. It holds everywhere if either does.
    ///
    /// # Panics
    /// If the sizes differ.
    pub fn union(&self, other: &JacobianPattern) -> JacobianPattern {
        let (sizes, others) = ((self.rows(), self.columns()), (other.rows(), other.columns()));
        assert_eq!(sizes, others, "union of patterns of different sizes");
        let mut offsets = vec![0];
        let mut rows = Vec::with_capacity(self.nnz().max(other.nnz()));
        for j in 0..self.columns() {
            let start = rows.len();
            rows.extend(self.column(j).iter().chain(other.column(j)));
            rows[start..].sort_unstable();
            let mut kept = start;
            for k in start..rows.len() {
                if k == start || rows[k] != rows[kept - 1] {
                    rows[kept] = rows[k];
                    kept += 1;
                }
            }
            rows.truncate(kept);
            offsets.push(kept);
        }
        let everywhere = self.everywhere || other.everywhere;
        JacobianPattern { columns: pattern(self.columns(), self.rows(), offsets, rows), everywhere }
    }

    /// How many outputs there are.
    pub fn rows(&self) -> usize {
        self.columns.minor_dim()
    }

    /// How many inputs there are.
    pub fn columns(&self) -> usize {
        self.columns.major_dim()
    }

    /// How many places can differ from zero.
    pub fn nnz(&self) -> usize {
        self.columns.nnz()
    }

    /// The rows of a column, in ascending order.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn column(&self, column: usize) -> &[usize] {
        self.columns.lane(column)
    }

    /// The pattern as nalgebra-sparse keeps it, by columns.
    pub fn sparsity(&self) -> &SparsityPattern {
        &self.columns
    }

    /// Whether the pattern is that of every point: the function neither compared nor rounded a number that depends on an
    /// input, nor asked for its value, so it has no other branch to take.
    ///
    /// The answer errs to the safe side: many comparisons change no dependence. A pattern that does not hold everywhere
    /// holds for every point at which all comparisons come out alike.
    pub fn holds_everywhere(&self) -> bool {
        self.everywhere
    }

    /// Colours the columns so that no two of a colour share a row.
    pub fn colour(&self) -> Colouring {
        columns::colour(&self.columns)
    }
}

/// The places of a Hessian that can differ from zero: those pairs of inputs on which the result depends jointly in a
/// nonlinear way. It is found as a [`JacobianPattern`] is, and holds where that does.
///
/// ```
/// use costate_ad::HessianPattern;
///
/// let pattern = HessianPattern::trace(|x| x[0] * x[1] + x[2].exp() + 3.0 * x[3], &[1.0; 4]);
/// assert_eq!(pattern.nnz(), 3);
/// assert_eq!(pattern.column(0), [1]);
/// assert!(pattern.column(3).is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HessianPattern {
    columns: SparsityPattern,
    everywhere: bool,
}

impl HessianPattern {
    /// The pattern of `f` for the branches that it takes at `x`.
    pub fn of<F: ScalarFunction + ?Sized>(f: &F, x: &[f64]) -> HessianPattern {
        HessianPattern::trace(|x| f.eval(x), x)
    }

    /// The pattern of a closure.
    ///
    /// # Panics
    /// If the closure mixes in a [`Tracer`] of another trace.
    pub fn trace(f: impl FnOnce(&[Tracer]) -> Tracer, x: &[f64]) -> HessianPattern {
        let (trace, inputs) = Trace::open(x, true);
        let output = f(&inputs);
        let rows = trace.interactions(output);
        HessianPattern { columns: by_columns(&rows, x.len()), everywhere: trace.is_blind() }
    }

    /// How many inputs there are: rows as well as columns.
    pub fn inputs(&self) -> usize {
        self.columns.major_dim()
    }

    /// How many places can differ from zero, in both triangles.
    pub fn nnz(&self) -> usize {
        self.columns.nnz()
    }

    /// The rows of a column, in ascending order.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn column(&self, column: usize) -> &[usize] {
        self.columns.lane(column)
    }

    /// The pattern as nalgebra-sparse keeps it, by columns.
    pub fn sparsity(&self) -> &SparsityPattern {
        &self.columns
    }

    /// See [`JacobianPattern::holds_everywhere`].
    pub fn holds_everywhere(&self) -> bool {
        self.everywhere
    }

    /// Colours the columns so that every place can be read from the product with a colour (a star colouring).
    pub fn colour(&self) -> Colouring {
        star::colour(&self.columns)
    }
}

/// Rows of column indices, each without repetition, turned into columns of ascending row indices.
fn by_columns(rows: &[Vec<u32>], columns: usize) -> SparsityPattern {
    let mut offsets = vec![0; columns + 1];
    for &j in rows.iter().flatten() {
        offsets[j as usize + 1] += 1;
    }
    for j in 0..columns {
        offsets[j + 1] += offsets[j];
    }
    let mut next = offsets.clone();
    let mut indices = vec![0; offsets[columns]];
    for (i, row) in rows.iter().enumerate() {
        for &j in row {
            indices[next[j as usize]] = i;
            next[j as usize] += 1;
        }
    }
    pattern(columns, rows.len(), offsets, indices)
}

fn pattern(columns: usize, rows: usize, offsets: Vec<usize>, indices: Vec<usize>) -> SparsityPattern {
    SparsityPattern::try_from_offsets_and_indices(columns, rows, offsets, indices)
        .expect("the row indices of every column ascend")
}
