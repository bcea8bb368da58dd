//! [`Fronts`]: in which order a sparse matrix is eliminated on its diagonal, and the dense matrices in which that is done.

use crate::LinalgError;
use faer::Side;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::perm::PermRef;
use faer::sparse::linalg::amd;
use faer::sparse::linalg::cholesky::{CholeskySymbolicParams, SymbolicCholeskyRaw, SymmetricOrdering};
use faer::sparse::linalg::cholesky::{factorize_symbolic_cholesky, supernodal::SymbolicSupernodalCholesky};
use faer::sparse::linalg::{SupernodalThreshold, SymbolicSupernodalParams};
use faer::sparse::{FaerError, SymbolicSparseColMatRef};
use nalgebra_sparse::pattern::SparsityPattern;
use std::ops::Range;

/// Neighbouring groups of pivots become one where both have at most so many, and at most that part of their entries is 0: few large
/// fronts are quicker than many small ones, but zeros take part in every solve.
const RELAX: [(usize, f64); 4] = [(4, 0.6), (16, 0.25), (48, 0.1), (usize::MAX, 0.05)];

/// The order of elimination of a matrix whose diagonal serves as pivots, and its fronts: dense matrices of a few pivots and of the rows and
/// columns that these change, each of which is added to the front of the first such row (I. S. Duff, J. K. Reid, The multifrontal
/// solution of indefinite sparse symmetric linear equations, ACM Trans. Math. Softw. 9 (1983) 302-325).
///
/// Rows and columns are ordered alike, by approximate minimum degree of `A + A^T` (P. R. Amestoy, T. A. Davis, I. S. Duff, SIAM J. Matrix
/// Anal. Appl. 17 (1996) 886-905). Their numbers count in that order, except where it says columns of the matrix.
#[derive(Debug)]
pub(super) struct Fronts {
    /// The columns of the matrix in the order of elimination.
    pub(super) order: Vec<usize>,
    /// Children before their parents, and all that are below one next to each other.
    pub(super) fronts: Vec<Front>,
    /// The rows that fronts change, and where these are in the fronts that they are added to.
    pub(super) rows: Vec<u32>,
    pub(super) places: Vec<u32>,
    /// An entry of the pattern, and where it goes among the factors of its front.
    pub(super) entries: Vec<[u32; 2]>,
    /// The numbers of all factors; the most that wait to be added at a time; and the most of one front.
    pub(super) factors: usize,
    pub(super) waiting: usize,
    pub(super) largest: usize,
}

/// A few pivots, and the rows and columns that they change.
#[derive(Debug)]
pub(super) struct Front {
    /// The pivots.
    pub(super) first: usize,
    pub(super) width: usize,
    /// What they change, within [`Fronts::rows`] and [`Fronts::places`].
    pub(super) rows: Range<usize>,
    /// Its entries of the matrix, within [`Fronts::entries`].
    pub(super) entries: Range<usize>,
    /// Where its factors are: the columns of its pivots, all rows of them; then its rows behind the pivots, each as a column.
    pub(super) factors: Range<usize>,
    /// The fronts that are added to it, the last first.
    pub(super) children: Vec<usize>,
}

impl Front {
    /// The rows and columns that it changes.
    pub(super) fn height(&self) -> usize {
        self.rows.len()
    }
}

impl Fronts {
    /// Those of a matrix with this pattern, by columns; none where an entry of the diagonal is missing.
    pub(super) fn of(pattern: &SparsityPattern) -> Result<Option<Fronts>, LinalgError> {
        let n = pattern.major_dim();
        if n == 0 || (0..n).any(|i| pattern.lane(i).binary_search(&i).is_err()) {
            return Ok(None);
        }
        let failure = |error: FaerError| LinalgError::SparseFactors { reason: format!("{error:?}"), size: n };
        let both = with_transposed(pattern);
        let order = postordered(&both, &minimum_degree(&both).map_err(failure)?);
        let inverse = inverse(&order);
        let parameters = CholeskySymbolicParams {
            supernodal_flop_ratio_threshold: SupernodalThreshold::FORCE_SUPERNODAL,
            supernodal_params: SymbolicSupernodalParams { relax: Some(&RELAX) },
            ..Default::default()
        };
        let ordering = SymmetricOrdering::Custom(PermRef::new_checked(&order, &inverse, n));
        let symbolic = factorize_symbolic_cholesky(view(&both), Side::Upper, ordering, parameters).map_err(failure)?;
        match symbolic.raw() {
            SymbolicCholeskyRaw::Supernodal(groups) => Ok(Some(Fronts::lay_out(pattern, groups, order, &inverse))),
            SymbolicCholeskyRaw::Simplicial(_) => unreachable!("groups of columns were asked for"),
        }
    }

    fn lay_out(
        pattern: &SparsityPattern,
        groups: &SymbolicSupernodalCholesky<usize>,
        order: Vec<usize>,
        inverse: &[usize],
    ) -> Fronts {
        let (mut fronts, mut rows, mut factors) = (Vec::<Front>::new(), Vec::<u32>::new(), 0);
        let mut front_of = vec![0; order.len()];
        for s in 0..groups.n_supernodes() {
            let (first, end) = (groups.supernode_begin()[s], groups.supernode_end()[s]);
            let (changed, start, width) = (groups.supernode(s).pattern(), rows.len(), end - first);
            front_of[first..end].fill(s);
            rows.extend(changed.iter().map(|&row| row as u32));
            rows[start..].sort_unstable();
            let numbers = (width + 2 * changed.len()) * width;
            let (rows, factors_here) = (start..rows.len(), factors..factors + numbers);
            fronts.push(Front { first, width, rows, entries: 0..0, factors: factors_here, children: vec![] });
            factors += numbers;
        }
        let mut all = Fronts { order, fronts, rows, places: vec![], entries: vec![], factors, waiting: 0, largest: 0 };
        all.join(&front_of);
        all.distribute(pattern, inverse, &front_of);
        all
    }

    /// Finds which front each is added to, and where.
    fn join(&mut self, front_of: &[usize]) {
        self.places = vec![0; self.rows.len()];
        let mut waiting = 0;
        for s in 0..self.fronts.len() {
            waiting -= self.fronts[s].children.iter().map(|&child| self.fronts[child].height().pow(2)).sum::<usize>();
            let front = &self.fronts[s];
            waiting += front.height().pow(2);
            (self.waiting, self.largest) = (self.waiting.max(waiting), self.largest.max(front.height()));
            let range = front.rows.clone();
            if let Some(&first) = self.rows[range.clone()].first() {
                let parent = front_of[first as usize];
                for k in range {
                    self.places[k] = self.place(parent, self.rows[k] as usize) as u32;
                }
                self.fronts[parent].children.insert(0, s);
            }
        }
    }

    /// Where a row is in a front.
    fn place(&self, front: usize, row: usize) -> usize {
        let front = &self.fronts[front];
        match row - front.first {
            place if place < front.width => place,
            _ => {
                let found = self.rows[front.rows.clone()].binary_search(&(row as u32));
                front.width + found.expect("a front has all rows of those that are added to it")
            }
        }
    }

    /// Gives each entry of the pattern to the front of its earlier pivot.
    fn distribute(&mut self, pattern: &SparsityPattern, inverse: &[usize], front_of: &[usize]) {
        let mut entries: Vec<[usize; 3]> = Vec::with_capacity(pattern.nnz());
        for (entry, (column, row)) in pattern.entries().enumerate() {
            let (row, column) = (inverse[row], inverse[column]);
            let owner = front_of[row.min(column)];
            let front = &self.fronts[owner];
            let (width, height) = (front.width, front.height());
            let [r, c] = [row, column].map(|index| self.place(owner, index));
            let size = width + height;
            let place = if c < width { c * size + r } else { size * width + r * height + c - width };
            entries.push([owner, entry, place]);
        }
        entries.sort_unstable_by_key(|&[owner, ..]| owner);
        let mut end = 0;
        for (s, front) in self.fronts.iter_mut().enumerate() {
            let start = end;
            end += entries[start..].iter().take_while(|[owner, ..]| *owner == s).count();
            front.entries = start..end;
        }
        self.entries = entries.iter().map(|&[_, entry, place]| [entry as u32, place as u32]).collect();
    }
}

fn view(pattern: &SparsityPattern) -> SymbolicSparseColMatRef<'_, usize> {
    let n = pattern.major_dim();
    SymbolicSparseColMatRef::new_checked(n, n, pattern.major_offsets(), None, pattern.minor_indices())
}

/// The pattern of `A + A^T`.
fn with_transposed(pattern: &SparsityPattern) -> SparsityPattern {
    let (n, transposed) = (pattern.major_dim(), pattern.transpose());
    let (mut offsets, mut rows) = (vec![0], Vec::with_capacity(2 * pattern.nnz()));
    for column in 0..n {
        let start = rows.len();
        rows.extend_from_slice(pattern.lane(column));
        rows.extend_from_slice(transposed.lane(column));
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
    SparsityPattern::try_from_offsets_and_indices(n, n, offsets, rows).expect("the rows of every column ascend")
}

/// The columns in the order of approximate minimum degree.
fn minimum_degree(both: &SparsityPattern) -> Result<Vec<usize>, FaerError> {
    let n = both.major_dim();
    let (mut order, mut inverse) = (vec![0; n], vec![0; n]);
    let mut memory = MemBuffer::new(amd::order_scratch::<usize>(n, both.nnz()));
    amd::order(&mut order, &mut inverse, view(both), Default::default(), MemStack::new(&mut memory))?;
    Ok(order)
}

fn inverse(order: &[usize]) -> Vec<usize> {
    let mut inverse = vec![0; order.len()];
    order.iter().enumerate().for_each(|(new, &old)| inverse[old] = new);
    inverse
}

/// The same order of elimination with every column next to what is eliminated for it: a postorder of the elimination tree (J. W. H. Liu, The
/// role of elimination trees in sparse factorization, SIAM J. Matrix Anal. Appl. 11 (1990) 134-172, sections 4 and 6).
fn postordered(both: &SparsityPattern, order: &[usize]) -> Vec<usize> {
    let n = order.len();
    let inverse = inverse(order);
    let (mut parent, mut ancestor) = (vec![n; n], vec![n; n]);
    for (column, &old) in order.iter().enumerate() {
        for &row in both.lane(old) {
            let mut below = inverse[row];
            while below < column {
                let next = std::mem::replace(&mut ancestor[below], column);
                if next == n {
                    parent[below] = column;
                }
                below = next;
            }
        }
    }
    // The first child of each column, and of the forest, and the next one of the same parent.
    let (mut child, mut sibling) = (vec![n; n + 1], vec![n; n]);
    for column in (0..n).rev() {
        sibling[column] = std::mem::replace(&mut child[parent[column]], column);
    }
    let (mut result, mut path, mut column) = (Vec::with_capacity(n), Vec::new(), child[n]);
    loop {
        while column != n {
            path.push(column);
            column = child[column];
        }
        let Some(done) = path.pop() else { return result };
        result.push(order[done]);
        column = sibling[done];
    }
}
