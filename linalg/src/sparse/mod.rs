//! [`SparseLu`]: factors of a sparse square matrix of plain numbers, in storage that is used again; `small.rs` has those of the
//! small ones.

mod elimination;
mod front;
mod fronts;
mod multifrontal;
mod small;
mod solve;
mod substitution;
mod supernodal;

pub(crate) use small::SmallLu;
pub use solve::{sparse_solve, sparse_solve_many};

use crate::{LinalgError, check};
use costate_ad::LinearMap;
use front::Refusal;
use multifrontal::Multifrontal;
use nalgebra_sparse::pattern::SparsityPattern;
use std::sync::Arc;
use supernodal::Supernodal;

/// The factors of a sparse square matrix of plain numbers.
///
/// The order of elimination and the places of the factors are found once for a pattern; numbers are factorised into the same storage again
/// and again. A clone shares the order.
///
/// The diagonal serves as pivots, in an order by approximate minimum degree, with exchanges among neighbours. Where entries of the diagonal
/// are missing, or a pivot is smaller than a thousandth of its column, a slower elimination with exchanges of any rows takes over
/// (faer's, in an order of the columns by COLAMD). Which one does it depends on the matrix alone.
///
/// ```
/// use costate_linalg::SparseLu;
/// use nalgebra::dmatrix;
/// use nalgebra_sparse::CscMatrix;
///
/// let matrix = CscMatrix::from(&dmatrix![2.0, 0.0; 1.0, 4.0]);
/// let mut lu = SparseLu::new(matrix.pattern())?;
/// lu.factor_with(|values| values.copy_from_slice(matrix.values()))?;
/// let mut x = [2.0, 9.0];
/// lu.solve(&mut x);
/// assert_eq!(x, [1.0, 2.0]);
/// # Ok::<(), costate_linalg::LinalgError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SparseLu {
    pattern: Arc<SparsityPattern>,
    values: Vec<f64>,
    diagonal: Option<Multifrontal>,
    /// The other way, once it is needed, and whether it was taken.
    exchanging: Option<Box<Supernodal>>,
    exchanged: bool,
}

impl SparseLu {
    /// Storage for the factors of matrices with this pattern, by columns (its major dimension).
    ///
    /// # Errors
    /// [`LinalgError::NotSquare`]; [`LinalgError::SparseFactors`] where the factors would not fit into memory.
    pub fn new(pattern: &SparsityPattern) -> Result<SparseLu, LinalgError> {
        let (rows, columns) = (pattern.minor_dim(), pattern.major_dim());
        if rows != columns {
            return Err(LinalgError::NotSquare { rows, columns });
        }
        let (pattern, values) = (Arc::new(pattern.clone()), vec![0.0; pattern.nnz()]);
        let diagonal = Multifrontal::of(&pattern)?;
        let exchanging = if diagonal.is_none() { Some(Box::new(Supernodal::analyse(&pattern)?)) } else { None };
        Ok(SparseLu { exchanged: exchanging.is_some(), pattern, values, diagonal, exchanging })
    }

    /// Storage for other factors of the same pattern, whose order is not looked for again.
    pub fn another(&self) -> SparseLu {
        let diagonal = self.diagonal.as_ref().map(Multifrontal::another);
        let exchanging = self.exchanging.as_ref().map(|factors| Box::new(factors.another()));
        let (pattern, values) = (self.pattern.clone(), vec![0.0; self.values.len()]);
        SparseLu { pattern, values, diagonal, exchanging, exchanged: self.exchanged }
    }

    /// The pattern, by columns.
    pub fn pattern(&self) -> &SparsityPattern {
        &self.pattern
    }

    /// Rows and columns of the matrix.
    pub fn size(&self) -> usize {
        self.pattern.major_dim()
    }

    /// Factorises the matrix whose numbers `write` puts, in the order of the pattern, into the storage it is given (left over from
    /// before). After an error the factors are useless.
    ///
    /// # Errors
    /// [`LinalgError::NotFinite`], [`LinalgError::Singular`], [`LinalgError::SparseFactors`].
    pub fn factor_with(&mut self, write: impl FnOnce(&mut [f64])) -> Result<(), LinalgError> {
        write(&mut self.values);
        check::finite_entries("the matrix", &self.pattern, &self.values)?;
        self.exchanged = match self.diagonal.as_mut().map(|factors| factors.factor(&self.values)) {
            Some(Ok(())) => false,
            Some(Err(Refusal::Singular(pivot))) => return Err(LinalgError::Singular { pivot, size: self.size() }),
            Some(Err(Refusal::Small)) | None => true,
        };
        if !self.exchanged {
            return Ok(());
        }
        let factors = match &mut self.exchanging {
            Some(factors) => factors,
            none => none.insert(Box::new(Supernodal::analyse(&self.pattern)?)),
        };
        factors.factor(&self.values)
    }

    /// Overwrites the right-hand side `b` by the solution of `A x = b`.
    ///
    /// # Panics
    /// If `b` has not [`size`](SparseLu::size) elements.
    pub fn solve(&self, b: &mut [f64]) {
        self.run(b, false);
    }

    /// Overwrites the right-hand side `b` by the solution of `A^T x = b`.
    ///
    /// # Panics
    /// If `b` has not [`size`](SparseLu::size) elements.
    pub fn solve_transposed(&self, b: &mut [f64]) {
        self.run(b, true);
    }

    /// The same in single precision where the matrix was eliminated on its diagonal: a quarter quicker at 2,048 rows, for whoever corrects it,
    /// as an iteration does that it preconditions. What has no place among the numbers of single precision leaves a solution that is not
    /// finite.
    ///
    /// # Panics
    /// If `b` has not [`size`](SparseLu::size) elements.
    pub fn solve_transposed_rounded(&self, b: &mut [f64]) {
        match &self.diagonal {
            Some(factors) if !self.exchanged => {
                let n = self.size();
                assert_eq!(b.len(), n, "the matrix is {n} x {n}, the right-hand side has {} elements", b.len());
                factors.solve_rounded(b, true)
            }
            _ => self.run(b, true),
        }
    }

    fn run(&self, b: &mut [f64], transposed: bool) {
        let n = self.size();
        assert_eq!(b.len(), n, "the matrix is {n} x {n}, the right-hand side has {} elements", b.len());
        match (&self.diagonal, &self.exchanging) {
            (Some(factors), _) if !self.exchanged => factors.solve(b, transposed),
            (_, Some(factors)) => factors.solve(b, transposed),
            _ => unreachable!("there are factors of one kind"),
        }
    }
}

/// The inverse, applied to one column.
impl LinearMap for SparseLu {
    fn rows(&self) -> usize {
        self.size()
    }

    fn columns(&self) -> usize {
        self.size()
    }

    fn apply(&self, x: &[f64], y: &mut [f64]) {
        y.copy_from_slice(x);
        self.solve(y);
    }

    fn apply_transposed(&self, y: &[f64], x: &mut [f64]) {
        x.copy_from_slice(y);
        self.solve_transposed(x);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Lu;
    use nalgebra::DMatrix;
    use nalgebra_sparse::CscMatrix;

    const N: usize = 90;

    /// A band with entries far from it on one side, and this number on the diagonal.
    fn matrix(diagonal: impl Fn(usize) -> f64) -> DMatrix<f64> {
        DMatrix::from_fn(N, N, |i, j| match (i + 9 * j) % 41 {
            _ if i == j => diagonal(i),
            _ if i.abs_diff(j) <= 2 => ((3 * i + 5 * j) as f64).sin(),
            0 if i < j => ((i * j) as f64).cos(),
            _ => 0.0,
        })
    }

    fn factors(matrix: &DMatrix<f64>) -> Result<SparseLu, LinalgError> {
        let sparse = CscMatrix::from(matrix);
        let mut lu = SparseLu::new(sparse.pattern())?;
        lu.factor_with(|values| values.copy_from_slice(sparse.values()))?;
        Ok(lu)
    }

    /// A strong diagonal; a weak one, whose rows change places within fronts; none at all, here or there; one that is next to nothing.
    #[test]
    fn solutions_are_those_of_dense_factors() {
        let cases: [(&dyn Fn(usize) -> f64, bool); 5] = [
            (&|i| 8.0 + i as f64, false),
            (&|i| if i % 30 == 0 { 0.02 } else { 3.0 }, false),
            (&|_| 0.0, true),
            (&|i| if i == 40 { 0.0 } else { 4.0 }, true),
            (&|_| 1e-7, true),
        ];
        for (case, (diagonal, exchanged)) in cases.into_iter().enumerate() {
            let matrix = matrix(diagonal);
            let dense = Lu::new(&matrix).expect("it is regular");
            let lu = factors(&matrix).expect("it is regular");
            assert_eq!(lu.exchanged, exchanged, "{case}");
            for transposed in [false, true] {
                let (mut x, mut exact): (Vec<f64>, Vec<f64>) =
                    (0..N).map(|i| [(i as f64 * 0.9).cos(); 2].into()).unzip();
                lu.run(&mut x, transposed);
                if transposed {
                    dense.solve_transposed(&mut exact)
                } else {
                    dense.solve(&mut exact)
                }
                let size = exact.iter().fold(1.0_f64, |most, x| most.max(x.abs()));
                for (found, exact) in x.iter().zip(&exact) {
                    assert!((found - exact).abs() < 1e-10 * size, "{case} {transposed}: {found} {exact}");
                }
            }
        }
    }

    #[test]
    fn the_same_storage_serves_again() {
        let (good, bad) = (matrix(|i| 8.0 + i as f64), matrix(|_| 1e-300));
        let mut lu = factors(&good).expect("it is regular");
        let solve = |lu: &SparseLu| {
            let mut x = vec![1.0; N];
            lu.solve(&mut x);
            x
        };
        let first = solve(&lu);
        let mut factor = |matrix: &DMatrix<f64>| {
            let sparse = CscMatrix::from(matrix);
            lu.factor_with(|values| values.copy_from_slice(sparse.values()))?;
            Ok((lu.exchanged, solve(&lu)))
        };
        let places = CscMatrix::from(&good);
        assert_eq!(factor(&bad).map(|(exchanged, _)| exchanged), Ok::<_, LinalgError>(true));
        assert_eq!(factor(&good), Ok((false, first)));
        let mut singular = SparseLu::new(places.pattern()).expect("it is square");
        let outcome = singular.factor_with(|values| {
            let entries = places.triplet_iter().map(|(_, j, &value)| if j == 60 { 0.0 } else { value });
            values.iter_mut().zip(entries).for_each(|(to, from)| *to = from);
        });
        assert_eq!(outcome, Err(LinalgError::Singular { pivot: 60, size: N }));
    }
}
