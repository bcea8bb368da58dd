//! Elimination of the pivots of one dense front.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

/// A pivot serves unless it is smaller than this part of the largest entry of its column, as in T. A. Davis, E. Palamadai Natarajan,
/// Algorithm 907: KLU, ACM Trans. Math. Softw. 37 (2010) 36, section 2.
const LEAST: f64 = 1e-3;
/// The diagonal is preferred while it is not smaller than this part.
const DIAGONAL: f64 = 0.1;
/// Pivots that are eliminated one by one, before all of them change what is behind.
const BLOCK: usize = 16;

/// Why an elimination on the diagonal does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Nothing is left of this column: it depends on those before.
    Singular(usize),
    /// The pivots at hand are too small.
    Small,
}

/// A front whose pivots are eliminated in place, with exchanges of rows among them.
pub(super) struct DenseFront<'a> {
    /// How many pivots there are, and rows in all.
    pub(super) width: usize,
    pub(super) size: usize,
    /// The columns of the pivots (`size * width`), which become those of `L`, whose diagonal is 1, with `U` on and above it.
    pub(super) columns: &'a mut [f64],
    /// Their rows behind them, each as a column, which become those of `U` ((size - width) * width).
    pub(super) rows: &'a mut [f64],
    /// The row that each pivot was exchanged with, and the reciprocals of the pivots.
    pub(super) exchanges: &'a mut [u32],
    pub(super) reciprocals: &'a mut [f64],
}

impl DenseFront<'_> {
    /// Eliminates all pivots; columns of the refusal count from the first of them.
    pub(super) fn eliminate(&mut self) -> Result<(), Refusal> {
        for start in (0..self.width).step_by(BLOCK) {
            let end = (start + BLOCK).min(self.width);
            for k in start..end {
                self.pivot(k)?;
                self.one(k, end);
            }
            if end < self.width {
                self.behind(start, end);
            }
        }
        Ok(())
    }

    /// Chooses pivot `k`, and divides its column by it.
    fn pivot(&mut self, k: usize) -> Result<(), Refusal> {
        let (size, width, height) = (self.size, self.width, self.size - self.width);
        let column = &self.columns[k * size..][..size];
        let largest = |entries: &[f64]| entries.iter().fold(0.0_f64, |most, entry| most.max(entry.abs()));
        let most = largest(&column[k..]);
        let mut chosen = k;
        if column[k].abs() < DIAGONAL * most {
            let block = largest(&column[k..width]);
            chosen = (k..width).find(|&i| column[i].abs() == block).unwrap_or(k);
        }
        let reciprocal = 1.0 / column[chosen];
        if !(column[chosen].abs() >= LEAST * most && most.is_finite() && reciprocal.is_finite()) {
            return Err(if most == 0.0 { Refusal::Singular(k) } else { Refusal::Small });
        }
        self.exchanges[k] = chosen as u32;
        self.reciprocals[k] = reciprocal;
        if chosen != k {
            self.columns.chunks_exact_mut(size).for_each(|column| column.swap(k, chosen));
            for i in 0..height {
                self.rows.swap(k * height + i, chosen * height + i);
            }
        }
        self.columns[k * size..][k + 1..size].iter_mut().for_each(|entry| *entry *= reciprocal);
        Ok(())
    }

    /// What pivot `k` subtracts from the columns and rows up to `end`.
    fn one(&mut self, k: usize, end: usize) {
        let (size, height) = (self.size, self.size - self.width);
        let (before, behind) = self.columns.split_at_mut((k + 1) * size);
        let lower = &before[k * size..][k + 1..size];
        for column in behind.chunks_exact_mut(size).take(end - k - 1) {
            let factor = column[k];
            column[k + 1..].iter_mut().zip(lower).for_each(|(entry, l)| *entry -= factor * l);
        }
        let (before, behind) = self.rows.split_at_mut((k + 1) * height);
        let upper = &before[k * height..];
        for (row, &factor) in behind.chunks_exact_mut(height.max(1)).take(end - k - 1).zip(lower) {
            row.iter_mut().zip(upper).for_each(|(entry, u)| *entry -= factor * u);
        }
    }

    /// What the pivots from `start` to `end` subtract from the columns and rows behind them.
    fn behind(&mut self, start: usize, end: usize) {
        let (size, width, height) = (self.size, self.width, self.size - self.width);
        let (before, behind) = self.columns.split_at_mut(end * size);
        let done = &before[start * size..];
        for column in behind.chunks_exact_mut(size) {
            for k in start..end {
                let factor = column[k];
                let lower = &done[(k - start) * size..][k + 1..end];
                column[k + 1..end].iter_mut().zip(lower).for_each(|(entry, l)| *entry -= factor * l);
            }
        }
        let done = MatRef::from_column_major_slice(done, size, end - start).submatrix(end, 0, size - end, end - start);
        let (upper, below) = MatMut::from_column_major_slice_mut(behind, size, width - end).split_at_row_mut(end);
        let upper = upper.as_ref().subrows(start, end - start);
        matmul(below, Accum::Add, done, upper, -1.0, Par::Seq);
        let (before, behind) = self.rows.split_at_mut(end * height);
        let rows = MatRef::from_column_major_slice(&before[start * height..], height, end - start);
        let behind = MatMut::from_column_major_slice_mut(behind, height, width - end);
        let factors = done.subrows(0, width - end).transpose();
        matmul(behind, Accum::Add, rows, factors, -1.0, Par::Seq);
    }

    /// Overwrites `update`, (size - width) * (size - width), by what all pivots add to the rows and columns behind them.
    pub(super) fn update(&self, update: &mut [f64]) {
        let (size, width, height) = (self.size, self.width, self.size - self.width);
        let lower = MatRef::from_column_major_slice(&*self.columns, size, width).subrows(width, height);
        let upper = MatRef::from_column_major_slice(&*self.rows, height, width).transpose();
        let update = MatMut::from_column_major_slice_mut(update, height, height);
        matmul(update, Accum::Replace, lower, upper, -1.0, Par::Seq);
    }
}
