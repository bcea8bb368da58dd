//! Gaussian elimination with partial pivoting, in place, by blocks of columns.

use nalgebra::{DMatrixView, DMatrixViewMut, Dyn};

/// Columns eliminated together; what lies right of them is updated by one matrix product.
const BLOCK: usize = 16;

/// Below this size one block is fastest.
const ONE_BLOCK: usize = 40;

/// Overwrites a column-major matrix by its factors and notes the exchanges of rows. Fails with the first column that has
/// no pivot.
pub(super) fn eliminate(n: usize, a: &mut [f64], exchanges: &mut [usize]) -> Result<(), usize> {
    let block = if n < ONE_BLOCK { n } else { BLOCK };
    let mut start = 0;
    while start < n {
        let end = (start + block).min(n);
        panel(n, a, exchanges, start, end)?;
        if end < n {
            let (left, right) = a.split_at_mut(end * n);
            for column in right.chunks_exact_mut(n) {
                solve_block(n, left, column, &exchanges[start..end], start);
            }
            update(n, left, right, start, end);
        }
        start = end;
    }
    Ok(())
}

/// Eliminates the columns `start..end`, with exchanges of whole rows up to column `end`.
fn panel(n: usize, a: &mut [f64], exchanges: &mut [usize], start: usize, end: usize) -> Result<(), usize> {
    for k in start..end {
        let (left, right) = a[..end * n].split_at_mut((k + 1) * n);
        let column = &mut left[k * n..];
        let row = k + largest(&column[k..]);
        exchanges[k] = row;
        if column[row] == 0.0 {
            return Err(k);
        }
        if row != k {
            left.chunks_exact_mut(n).for_each(|column| column.swap(k, row));
        }
        let column = &mut left[k * n..];
        let pivot = column[k];
        let reciprocal = 1.0 / pivot;
        if reciprocal.is_finite() {
            column[k + 1..].iter_mut().for_each(|x| *x *= reciprocal);
        } else {
            column[k + 1..].iter_mut().for_each(|x| *x /= pivot);
        }
        let multipliers = &column[k + 1..];
        for column in right.chunks_exact_mut(n) {
            column.swap(k, row);
            let (top, below) = column.split_at_mut(k + 1);
            subtract(below, top[k], multipliers);
        }
    }
    Ok(())
}

/// Where the entry of largest magnitude is.
fn largest(column: &[f64]) -> usize {
    let mut at = 0;
    let mut best = 0.0;
    for (i, x) in column.iter().enumerate() {
        if x.abs() > best {
            (at, best) = (i, x.abs());
        }
    }
    at
}

#[inline]
fn subtract(below: &mut [f64], factor: f64, multipliers: &[f64]) {
    for (x, l) in below.iter_mut().zip(multipliers) {
        *x -= factor * l;
    }
}

/// Exchanges the rows of a column right of the block and solves with the block's unit lower triangle.
fn solve_block(n: usize, left: &[f64], column: &mut [f64], exchanges: &[usize], start: usize) {
    for (k, &row) in exchanges.iter().enumerate() {
        column.swap(start + k, row);
    }
    let end = start + exchanges.len();
    for k in start..end {
        let (top, below) = column[..end].split_at_mut(k + 1);
        subtract(below, top[k], &left[k * n + k + 1..k * n + end]);
    }
}

/// Subtracts from what is below and right of the block the product of its lower part with the rows just solved.
fn update(n: usize, left: &[f64], right: &mut [f64], start: usize, end: usize) {
    let (rows, inner, columns) = (n - end, end - start, right.len() / n);
    let upper: Vec<f64> = right.chunks_exact(n).flat_map(|column| &column[start..end]).copied().collect();
    let upper = DMatrixView::from_slice(&upper, inner, columns);
    let lower = DMatrixView::from_slice_with_strides(&left[start * n + end..], rows, inner, 1, n);
    let below = &mut right[end..];
    let mut rest: DMatrixViewMut<f64> =
        DMatrixViewMut::from_slice_with_strides_generic(below, Dyn(rows), Dyn(columns), nalgebra::U1, Dyn(n));
    rest.gemm(-1.0, &lower, &upper, 1.0);
}
