//! [`Elimination`]: in which order a small sparse matrix is eliminated on its diagonal, and what fills in.

use nalgebra_sparse::pattern::SparsityPattern;
use std::ops::Range;

/// The largest size: rows and columns are sets in one word.
pub(super) const MOST: usize = 64;

/// The elimination of a sparse matrix on its diagonal, as a list of what is to be done with the entries of its factors `L D U`, whose
/// triangles have the diagonal 1. Entries are numbers in one list: pivot after pivot, first its row of `U`, then its column of `L`.
#[derive(Debug)]
pub(super) struct Elimination {
    /// In the order of elimination.
    pub(super) pivots: Vec<Pivot>,
    /// Where each entry of the pattern goes: below the rows' count to that diagonal, behind it to the entry with that number.
    pub(super) targets: Vec<u32>,
    /// The row and the column of each entry.
    pub(super) places: Vec<[u8; 2]>,
    /// What the pivots subtract, one after the other: the target, as above, and the entries whose product it is.
    pub(super) updates: Vec<[u16; 3]>,
}

/// A row and column that are eliminated.
#[derive(Clone, Debug)]
pub(super) struct Pivot {
    pub(super) row: usize,
    /// Its entries.
    pub(super) upper: Range<usize>,
    pub(super) lower: Range<usize>,
    pub(super) updates: Range<usize>,
}

impl Elimination {
    /// The elimination of matrices with this pattern, by columns; none where the matrix is too large, an entry of the diagonal is
    /// missing, or the factors fill more than half of the matrix.
    ///
    /// Each pivot is the one whose row and column have the least product of their other entries at that moment (H. M. Markowitz, The
    /// elimination form of the inverse and its application to linear programming, Management Science 3 (1957) 255-269).
    pub(super) fn of(pattern: &SparsityPattern) -> Option<Elimination> {
        let n = pattern.major_dim();
        if n > MOST {
            return None;
        }
        let (mut rows, mut columns) = (vec![0_u64; n], vec![0_u64; n]);
        for (column, row) in pattern.entries() {
            rows[row] |= 1 << column;
            columns[column] |= 1 << row;
        }
        if (0..n).any(|i| columns[i] >> i & 1 == 0) {
            return None;
        }
        let mut left = if n == MOST { u64::MAX } else { (1 << n) - 1 };
        let mut order = Vec::with_capacity(n);
        while left != 0 {
            let others = |set: u64| (set & left).count_ones() - 1;
            let pivot = members(left).min_by_key(|&k| others(rows[k]) * others(columns[k]))?;
            left &= !(1 << pivot);
            let (row, column) = (rows[pivot] & left, columns[pivot] & left);
            members(column).for_each(|i| rows[i] |= row);
            members(row).for_each(|j| columns[j] |= column);
            order.push((pivot, row, column));
        }
        let filled: u32 = columns.iter().map(|column| column.count_ones()).sum();
        (2 * filled as usize <= n * n).then(|| Elimination::lay_out(pattern, &order))
    }

    /// Of pivots with what is left of their rows and columns.
    fn lay_out(pattern: &SparsityPattern, order: &[(usize, u64, u64)]) -> Elimination {
        let n = order.len();
        let mut number = vec![0_u16; n * n];
        let mut places = Vec::new();
        for &(pivot, row, column) in order {
            let upper = members(row).map(|j| [pivot, j]);
            for [i, j] in upper.chain(members(column).map(|i| [i, pivot])) {
                number[i * n + j] = (n + places.len()) as u16;
                places.push([i as u8, j as u8]);
            }
        }
        (0..n).for_each(|i| number[i * n + i] = i as u16);
        let (mut pivots, mut updates, mut end) = (Vec::with_capacity(n), Vec::new(), 0);
        for &(pivot, row, column) in order {
            let (start, first) = (end, updates.len());
            let middle = start + row.count_ones() as usize;
            end = middle + column.count_ones() as usize;
            for (i, l) in members(column).zip(middle..) {
                updates.extend(members(row).zip(start..).map(|(j, u)| [number[i * n + j], l as u16, u as u16]));
            }
            pivots.push(Pivot { row: pivot, upper: start..middle, lower: middle..end, updates: first..updates.len() });
        }
        let targets = pattern.entries().map(|(column, row)| u32::from(number[row * n + column])).collect();
        Elimination { pivots, targets, places, updates }
    }
}

/// The members of a set, ascending.
fn members(mut set: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let member = (set != 0).then(|| set.trailing_zeros() as usize)?;
        set &= set - 1;
        Some(member)
    })
}
