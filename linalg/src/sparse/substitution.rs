//! [`Substitution`]: solves with the factors of fronts.

use super::fronts::{Front, Fronts};
use crate::inner_product;
use std::ops::{Add, AddAssign, Mul, Sub, SubAssign};

/// What factors are made of: `f64`, or `f32` where a solution need not be exact.
pub(super) trait Number:
    Copy + Default + Into<f64> + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + AddAssign + SubAssign
{
    fn rounded(number: f64) -> Self;
}

impl Number for f64 {
    fn rounded(number: f64) -> f64 {
        number
    }
}

impl Number for f32 {
    fn rounded(number: f64) -> f32 {
        number as f32
    }
}

/// Factors, front by front.
pub(super) struct Substitution<'a, T> {
    pub(super) fronts: &'a Fronts,
    pub(super) factors: &'a [T],
    /// Those of the pivots.
    pub(super) reciprocals: &'a [T],
    /// The row that each pivot was exchanged with.
    pub(super) exchanges: &'a [u32],
}

impl<'a, T: Number> Substitution<'a, T> {
    /// Overwrites `b` by the solution with the matrix, or with its transpose.
    pub(super) fn solve(&self, b: &mut [f64], transposed: bool) {
        let fronts = self.fronts;
        let mut x: Vec<T> = fronts.order.iter().map(|&column| T::rounded(b[column])).collect();
        let mut work = vec![T::default(); fronts.largest];
        for front in &fronts.fronts {
            if transposed {
                self.forward_transposed(front, &mut x, &mut work)
            } else {
                self.forward(front, &mut x, &mut work)
            }
        }
        for front in fronts.fronts.iter().rev() {
            if transposed {
                self.back_transposed(front, &mut x, &mut work)
            } else {
                self.back(front, &mut x, &mut work)
            }
        }
        fronts.order.iter().zip(&x).for_each(|(&column, &x)| b[column] = x.into());
    }

    /// The columns of the pivots of a front, and their rows behind them.
    fn parts(&self, front: &Front) -> (&'a [T], &'a [T]) {
        self.factors[front.factors.clone()].split_at((front.width + front.height()) * front.width)
    }

    /// With `L`.
    fn forward(&self, front: &Front, x: &mut [T], work: &mut [T]) {
        let (width, size) = (front.width, front.width + front.height());
        let (columns, _) = self.parts(front);
        let (pivots, behind) = x[front.first..].split_at_mut(width);
        for (k, &exchange) in self.exchanges[front.first..][..width].iter().enumerate() {
            pivots.swap(k, exchange as usize);
        }
        for (k, column) in columns.chunks_exact(size).enumerate() {
            let factor = pivots[k];
            pivots[k + 1..].iter_mut().zip(&column[k + 1..width]).for_each(|(x, l)| *x -= factor * *l);
        }
        let lower = columns.chunks_exact(size).map(|column| &column[width..]);
        self.subtract(front, pivots, lower, work, behind);
    }

    /// With `U`.
    fn back(&self, front: &Front, x: &mut [T], work: &mut [T]) {
        let (width, height) = (front.width, front.height());
        let (columns, rows) = self.parts(front);
        let (pivots, behind) = x[front.first..].split_at_mut(width);
        self.collect(front, pivots, rows.chunks_exact(height.max(1)), work, behind);
        for (k, column) in columns.chunks_exact(width + height).enumerate().rev() {
            let factor = pivots[k] * self.reciprocals[front.first + k];
            pivots[k] = factor;
            pivots[..k].iter_mut().zip(column).for_each(|(x, u)| *x -= factor * *u);
        }
    }

    /// With `U^T`.
    fn forward_transposed(&self, front: &Front, x: &mut [T], work: &mut [T]) {
        let (width, height) = (front.width, front.height());
        let (columns, rows) = self.parts(front);
        let (pivots, behind) = x[front.first..].split_at_mut(width);
        for (k, column) in columns.chunks_exact(width + height).enumerate() {
            pivots[k] = (pivots[k] - inner_product(&column[..k], &pivots[..k])) * self.reciprocals[front.first + k];
        }
        self.subtract(front, pivots, rows.chunks_exact(height.max(1)), work, behind);
    }

    /// With `L^T`.
    fn back_transposed(&self, front: &Front, x: &mut [T], work: &mut [T]) {
        let (width, size) = (front.width, front.width + front.height());
        let (columns, _) = self.parts(front);
        let (pivots, behind) = x[front.first..].split_at_mut(width);
        self.collect(front, pivots, columns.chunks_exact(size).map(|column| &column[width..]), work, behind);
        for (k, column) in columns.chunks_exact(size).enumerate().rev() {
            pivots[k] -= inner_product(&column[k + 1..width], &pivots[k + 1..]);
        }
        for (k, &exchange) in self.exchanges[front.first..][..width].iter().enumerate().rev() {
            pivots.swap(k, exchange as usize);
        }
    }

    /// Subtracts the columns, times the pivots, from what a front changes `behind` them.
    #[inline(always)]
    fn subtract<'b>(
        &self,
        front: &Front,
        pivots: &[T],
        mut columns: impl Iterator<Item = &'b [T]>,
        work: &mut [T],
        behind: &mut [T],
    ) where
        T: 'b,
    {
        let (start, rows) = (front.first + front.width, &self.fronts.rows[front.rows.clone()]);
        // Half of the fronts of a grid are of one pivot.
        if let &[factor] = pivots {
            let column = columns.next().unwrap_or_default();
            rows.iter().zip(column).for_each(|(&row, entry)| behind[row as usize - start] -= factor * *entry);
            return;
        }
        let sums = &mut work[..rows.len()];
        sums.fill(T::default());
        for factors in pivots.chunks(2) {
            let (first, second) = (columns.next().unwrap_or_default(), factors.get(1).and_then(|_| columns.next()));
            match (factors, second) {
                (&[a, b], Some(second)) => {
                    let entries = first.iter().zip(second);
                    sums.iter_mut().zip(entries).for_each(|(sum, (first, second))| *sum += a * *first + b * *second);
                }
                _ => sums.iter_mut().zip(first).for_each(|(sum, first)| *sum += factors[0] * *first),
            }
        }
        rows.iter().zip(sums).for_each(|(&row, sum)| behind[row as usize - start] -= *sum);
    }

    /// Subtracts the inner products of the columns with that from the pivots.
    #[inline(always)]
    fn collect<'b>(
        &self,
        front: &Front,
        pivots: &mut [T],
        mut columns: impl Iterator<Item = &'b [T]>,
        work: &mut [T],
        behind: &[T],
    ) where
        T: 'b,
    {
        let (start, rows) = (front.first + front.width, &self.fronts.rows[front.rows.clone()]);
        if let [pivot] = pivots {
            let column = columns.next().unwrap_or_default();
            let products = rows.iter().zip(column).map(|(&row, &entry)| behind[row as usize - start] * entry);
            *pivot -= products.fold(T::default(), |sum, product| sum + product);
            return;
        }
        let work = &mut work[..rows.len()];
        rows.iter().zip(&mut *work).for_each(|(&row, x)| *x = behind[row as usize - start]);
        pivots.iter_mut().zip(columns).for_each(|(pivot, column)| *pivot -= inner_product(column, work));
    }
}
