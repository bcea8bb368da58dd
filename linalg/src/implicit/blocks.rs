//! [`BlockMatrix`]: the one matrix behind all matrices of implicit steps, factorised.

use super::linear_solver::{LinearSolver, SparseSolver};
use super::{MassMatrix, StateJacobian};
use crate::{LinalgError, Lu};
use nalgebra_sparse::pattern::SparsityPattern;
use std::sync::Arc;

/// The factors of the matrix with the blocks `shift(i, j) M`, minus a Jacobian in each block of the diagonal.
///
/// They are sparse where the Jacobians are sparse, of one pattern; else dense.
#[derive(Clone, Debug)]
pub(super) struct BlockMatrix {
    blocks: usize,
    size: usize,
    solver: LinearSolver,
    factors: Factors,
}

#[derive(Clone, Debug)]
enum Factors {
    Dense(Lu),
    Sparse(Box<Sparse>),
}

#[derive(Clone, Debug)]
struct Sparse {
    layout: Arc<Layout>,
    lu: SparseSolver,
}

/// Where the entries of the Jacobians and of the mass matrix lie in a sparse matrix.
#[derive(Debug)]
struct Layout {
    jacobian: SparsityPattern,
    mass: Option<MassMatrix>,
    /// Block after block of the diagonal.
    jacobians: Vec<usize>,
    /// Block row, block column, place and value.
    masses: Vec<(usize, usize, usize, f64)>,
}

/// Up to how many rows room for dense factors is made before it is needed.
const FEW: usize = 20;

impl BlockMatrix {
    /// The factors of the identity: storage for `blocks * blocks` blocks of `size` states.
    pub(super) fn new(blocks: usize, size: usize) -> BlockMatrix {
        // Where a sparse Jacobian comes, a large dense matrix was never needed.
        let rows = blocks * size;
        let factors = Factors::Dense(Lu::identity(if rows <= FEW { rows } else { 0 }));
        BlockMatrix { blocks, size, solver: LinearSolver::Direct, factors }
    }

    /// Solves sparse systems in this way from now on.
    pub(super) fn set_solver(&mut self, solver: LinearSolver) {
        *self = BlockMatrix { solver, ..BlockMatrix::new(self.blocks, self.size) };
    }

    /// Storage for another matrix of this kind, whose order of elimination is not looked for again.
    pub(super) fn another(&self) -> BlockMatrix {
        let BlockMatrix { blocks, size, solver, factors } = self;
        let factors = match factors {
            Factors::Dense(lu) => Factors::Dense(Lu::identity(lu.size())),
            Factors::Sparse(sparse) => {
                Factors::Sparse(Box::new(Sparse { layout: sparse.layout.clone(), lu: sparse.lu.another() }))
            }
        };
        BlockMatrix { blocks: *blocks, size: *size, solver: *solver, factors }
    }

    /// Rows, and columns.
    pub(super) fn rows(&self) -> usize {
        self.blocks * self.size
    }

    pub(super) fn is_sparse(&self) -> bool {
        matches!(self.factors, Factors::Sparse(_))
    }

    /// Factorises the matrix with the Jacobian `jacobian(i)` in the block `(i, i)`.
    pub(super) fn factor<'a>(
        &mut self,
        shift: impl Fn(usize, usize) -> f64,
        mass: Option<&MassMatrix>,
        jacobian: impl Fn(usize) -> &'a StateJacobian,
    ) -> Result<(), LinalgError> {
        for block in 0..self.blocks {
            assert_eq!(jacobian(block).size(), self.size, "the matrix is for {} states", self.size);
        }
        match sparse_pattern(self.blocks, &jacobian) {
            Some(pattern) => self.factor_sparse(pattern, shift, mass, jacobian),
            None => self.factor_dense(shift, mass, jacobian),
        }
    }

    fn factor_sparse<'a>(
        &mut self,
        pattern: &SparsityPattern,
        shift: impl Fn(usize, usize) -> f64,
        mass: Option<&MassMatrix>,
        jacobian: impl Fn(usize) -> &'a StateJacobian,
    ) -> Result<(), LinalgError> {
        if !matches!(&self.factors, Factors::Sparse(sparse) if sparse.layout.fits(pattern, mass)) {
            self.factors = Factors::Sparse(Box::new(Sparse::new(self.blocks, self.solver, pattern, mass)?));
        }
        let Factors::Sparse(sparse) = &mut self.factors else { unreachable!("it was made sparse") };
        let Sparse { layout, lu } = &mut **sparse;
        lu.factor_with(|values| {
            values.fill(0.0);
            for (block, places) in layout.jacobians.chunks_exact(pattern.nnz().max(1)).enumerate() {
                if let StateJacobian::Sparse(jacobian) = jacobian(block) {
                    places.iter().zip(jacobian.values()).for_each(|(&place, j)| values[place] = -j);
                }
            }
            layout.masses.iter().for_each(|&(i, j, place, m)| values[place] += shift(i, j) * m);
        })
    }

    fn factor_dense<'a>(
        &mut self,
        shift: impl Fn(usize, usize) -> f64,
        mass: Option<&MassMatrix>,
        jacobian: impl Fn(usize) -> &'a StateJacobian,
    ) -> Result<(), LinalgError> {
        let (n, blocks, rows) = (self.size, self.blocks, self.rows());
        if !matches!(&self.factors, Factors::Dense(lu) if lu.size() == rows) {
            self.factors = Factors::Dense(Lu::identity(rows));
        }
        let Factors::Dense(lu) = &mut self.factors else { unreachable!("it was made dense") };
        if let (1, None, StateJacobian::Dense(jacobian)) = (blocks, mass, jacobian(0)) {
            let shift = shift(0, 0);
            return lu.refactor(|matrix| {
                matrix.iter_mut().zip(jacobian.as_slice()).for_each(|(entry, j)| *entry = -j);
                (0..n).for_each(|i| matrix[i * (n + 1)] += shift);
            });
        }
        lu.refactor(|matrix| {
            match jacobian(0) {
                StateJacobian::Dense(jacobian) if blocks == 1 => {
                    matrix.iter_mut().zip(jacobian.as_slice()).for_each(|(entry, j)| *entry = -j);
                }
                _ => {
                    matrix.fill(0.0);
                    for block in 0..blocks {
                        let mut put = |i: usize, j: usize, value: f64| {
                            matrix[(block * n + j) * rows + block * n + i] = -value;
                        };
                        match jacobian(block) {
                            StateJacobian::Dense(dense) => (0..n * n).for_each(|k| put(k % n, k / n, dense[k])),
                            StateJacobian::Sparse(sparse) => sparse.triplet_iter().for_each(|(i, j, v)| put(i, j, *v)),
                        }
                    }
                }
            }
            for (i, j) in (0..blocks).flat_map(|j| (0..blocks).map(move |i| (i, j))) {
                let (shift, corner) = (shift(i, j), j * n * rows + i * n);
                match mass {
                    None => matrix[corner..].iter_mut().step_by(rows + 1).take(n).for_each(|entry| *entry += shift),
                    Some(mass) => mass.entries().for_each(|(r, c, m)| matrix[corner + c * rows + r] += shift * m),
                }
            }
        })
    }

    /// Overwrites `b` by the solution.
    #[inline]
    pub(super) fn solve(&self, b: &mut [f64]) {
        match &self.factors {
            Factors::Dense(lu) => lu.solve(b),
            Factors::Sparse(sparse) => sparse.lu.solve(b),
        }
    }

    /// The same with the transposed matrix, and sparse factors in single precision.
    pub(super) fn solve_transposed_rounded(&self, b: &mut [f64]) {
        match &self.factors {
            Factors::Dense(lu) => lu.solve_transposed(b),
            Factors::Sparse(sparse) => sparse.lu.solve_transposed_rounded(b),
        }
    }

    /// The same with the transposed matrix.
    pub(super) fn solve_transposed(&self, b: &mut [f64]) {
        match &self.factors {
            Factors::Dense(lu) => lu.solve_transposed(b),
            Factors::Sparse(sparse) => sparse.lu.solve_transposed(b),
        }
    }
}

/// The pattern of all Jacobians, if there is one.
fn sparse_pattern<'a>(blocks: usize, jacobian: &impl Fn(usize) -> &'a StateJacobian) -> Option<&'a SparsityPattern> {
    let pattern = |block: usize| match jacobian(block) {
        StateJacobian::Sparse(jacobian) => Some(jacobian.pattern()),
        StateJacobian::Dense(_) => None,
    };
    let first = pattern(0)?;
    (1..blocks).all(|block| pattern(block) == Some(first)).then_some(first)
}

impl Sparse {
    fn new(
        blocks: usize,
        solver: LinearSolver,
        jacobian: &SparsityPattern,
        mass: Option<&MassMatrix>,
    ) -> Result<Sparse, LinalgError> {
        let n = jacobian.major_dim();
        let entries: Vec<(usize, usize, f64)> = match mass {
            None => (0..n).map(|i| (i, i, 1.0)).collect(),
            Some(mass) => mass.entries().collect(),
        };
        let mut rows_of: Vec<Vec<usize>> = vec![Vec::new(); blocks * n];
        for block in 0..blocks {
            for c in 0..n {
                rows_of[block * n + c].extend(jacobian.lane(c).iter().map(|r| block * n + r));
            }
            for &(r, c, _) in &entries {
                rows_of[block * n + c].extend((0..blocks).map(|i| i * n + r));
            }
        }
        let mut offsets = vec![0];
        for rows in &mut rows_of {
            rows.sort_unstable();
            rows.dedup();
            offsets.push(offsets[offsets.len() - 1] + rows.len());
        }
        let place = |row: usize, column: usize| {
            offsets[column] + rows_of[column].binary_search(&row).expect("every entry was put in")
        };
        let mut layout = Layout { jacobian: jacobian.clone(), mass: mass.cloned(), jacobians: vec![], masses: vec![] };
        for j in 0..blocks {
            for c in 0..n {
                layout.jacobians.extend(jacobian.lane(c).iter().map(|r| place(j * n + r, j * n + c)));
            }
            for (&(r, c, m), i) in entries.iter().flat_map(|entry| (0..blocks).map(move |i| (entry, i))) {
                layout.masses.push((i, j, place(i * n + r, j * n + c), m));
            }
        }
        let rows = rows_of.concat();
        let pattern = SparsityPattern::try_from_offsets_and_indices(blocks * n, blocks * n, offsets, rows);
        let lu = SparseSolver::new(solver, &pattern.expect("the rows of every column ascend"))?;
        Ok(Sparse { layout: Arc::new(layout), lu })
    }
}

impl Layout {
    fn fits(&self, jacobian: &SparsityPattern, mass: Option<&MassMatrix>) -> bool {
        self.jacobian == *jacobian && self.mass.as_ref() == mass
    }
}

/// The inverse of a matrix of implicit steps as a linear map, for a wrapper around a [`BlockMatrix`].
macro_rules! inverse_map {
    ($Matrix:ident) => {
        /// The inverse, applied to one column.
        impl costate_ad::LinearMap for $Matrix {
            fn rows(&self) -> usize {
                self.0.rows()
            }

            fn columns(&self) -> usize {
                self.0.rows()
            }

            fn apply(&self, x: &[f64], y: &mut [f64]) {
                y.copy_from_slice(x);
                self.0.solve(y);
            }

            fn apply_transposed(&self, y: &[f64], x: &mut [f64]) {
                x.copy_from_slice(y);
                self.0.solve_transposed(x);
            }
        }
    };
}
pub(super) use inverse_map;
