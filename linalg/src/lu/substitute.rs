//! Solves with the factors, in place: with the matrix and with its transpose.

use super::Lu;
use crate::inner_product;

impl Lu {
    /// Overwrites the right-hand side `b` by the solution of `A x = b`.
    ///
    /// # Panics
    /// If `b` has not [`size`](Lu::size) elements.
    pub fn solve(&self, b: &mut [f64]) {
        match self.expect_columns(b, 1) {
            1 => self.solve_small::<1>(b),
            2 => self.solve_small::<2>(b),
            3 => self.solve_small::<3>(b),
            4 => self.solve_small::<4>(b),
            5 => self.solve_small::<5>(b),
            6 => self.solve_small::<6>(b),
            7 => self.solve_small::<7>(b),
            8 => self.solve_small::<8>(b),
            n => self.solve_any(b, n),
        }
    }

    /// Four columns at once, so that what they are subtracted from is read and written once instead of four times; each number
    /// changes in the order of the columns.
    fn solve_any(&self, b: &mut [f64], n: usize) {
        for (k, &row) in self.exchanges.iter().enumerate() {
            b.swap(k, row);
        }
        let whole = n - n % FOUR;
        for start in (0..whole).step_by(FOUR) {
            let end = start + FOUR;
            for k in start..end {
                let (top, below) = b[..end].split_at_mut(k + 1);
                subtract(below, top[k], &self.column(k)[k + 1..end]);
            }
            let (top, below) = b.split_at_mut(end);
            let columns = std::array::from_fn(|k| &self.column(start + k)[end..]);
            subtract_four(below, std::array::from_fn(|k| top[start + k]), columns);
        }
        for k in whole..n {
            let (top, below) = b.split_at_mut(k + 1);
            subtract(below, top[k], &self.column(k)[k + 1..]);
        }
        for end in (1..=whole / FOUR).rev().map(|block| block * FOUR + n % FOUR) {
            let start = end - FOUR;
            for k in (start..end).rev() {
                let column = self.column(k);
                b[k] /= column[k];
                let (top, rest) = b[start..].split_at_mut(k - start);
                subtract(top, rest[0], &column[start..k]);
            }
            let (top, rest) = b.split_at_mut(start);
            let columns = std::array::from_fn(|k| &self.column(end - 1 - k)[..start]);
            subtract_four(top, std::array::from_fn(|k| rest[FOUR - 1 - k]), columns);
        }
        for k in (0..n % FOUR).rev() {
            let column = self.column(k);
            b[k] /= column[k];
            let (top, rest) = b.split_at_mut(k);
            subtract(top, rest[0], &column[..k]);
        }
    }

    /// The same operations in the same order, unrolled: in the steps of small stiff systems loops of a few rounds cost more than
    /// what they do.
    fn solve_small<const N: usize>(&self, b: &mut [f64]) {
        let (columns, _) = self.factors.as_chunks::<N>();
        let (Ok(b), Ok(columns)) = (<&mut [f64; N]>::try_from(&mut *b), <&[[f64; N]; N]>::try_from(columns)) else {
            return self.solve_any(b, N);
        };
        for (k, &row) in self.exchanges.iter().enumerate() {
            b.swap(k, row);
        }
        // A copy stays in registers.
        let mut x = *b;
        for k in 0..N {
            for i in k + 1..N {
                x[i] -= x[k] * columns[k][i];
            }
        }
        let reciprocals = <&[f64; N]>::try_from(&self.reciprocals[..]).ok();
        for k in (0..N).rev() {
            x[k] = reciprocals.map_or_else(|| x[k] / columns[k][k], |reciprocals| x[k] * reciprocals[k]);
            for i in 0..k {
                x[i] -= x[k] * columns[k][i];
            }
        }
        *b = x;
    }

    /// Overwrites the right-hand side `b` by the solution of `A^T x = b`.
    ///
    /// # Panics
    /// If `b` has not [`size`](Lu::size) elements.
    pub fn solve_transposed(&self, b: &mut [f64]) {
        let n = self.expect_columns(b, 1);
        for k in 0..n {
            let column = self.column(k);
            b[k] = (b[k] - inner_product(&column[..k], &b[..k])) / column[k];
        }
        for k in (0..n).rev() {
            b[k] -= inner_product(&self.column(k)[k + 1..], &b[k + 1..]);
        }
        for (k, &row) in self.exchanges.iter().enumerate().rev() {
            b.swap(k, row);
        }
    }

    /// [`solve`](Lu::solve) for several right-hand sides, one after the other in `b`.
    ///
    /// # Panics
    /// If the length of `b` is no multiple of [`size`](Lu::size).
    pub fn solve_many(&self, b: &mut [f64]) {
        self.expect_columns(b, b.len() / self.size.max(1));
        b.chunks_exact_mut(self.size.max(1)).for_each(|b| self.solve(b));
    }

    /// [`solve_transposed`](Lu::solve_transposed) for several right-hand sides, one after the other in `b`.
    ///
    /// # Panics
    /// If the length of `b` is no multiple of [`size`](Lu::size).
    pub fn solve_transposed_many(&self, b: &mut [f64]) {
        self.expect_columns(b, b.len() / self.size.max(1));
        b.chunks_exact_mut(self.size.max(1)).for_each(|b| self.solve_transposed(b));
    }

    #[inline]
    fn column(&self, k: usize) -> &[f64] {
        &self.factors[k * self.size..(k + 1) * self.size]
    }

    fn expect_columns(&self, b: &[f64], count: usize) -> usize {
        let n = self.size;
        assert_eq!(b.len(), n * count, "Lu: the matrix is {n} x {n}, the right-hand side has {} elements", b.len());
        n
    }
}

/// Columns that are subtracted at once.
const FOUR: usize = 4;

#[inline]
fn subtract_four(x: &mut [f64], factors: [f64; FOUR], columns: [&[f64]; FOUR]) {
    let [c0, c1, c2, c3] = columns.map(|column| &column[..x.len()]);
    for (i, x) in x.iter_mut().enumerate() {
        *x = (((*x - factors[0] * c0[i]) - factors[1] * c1[i]) - factors[2] * c2[i]) - factors[3] * c3[i];
    }
}

#[inline]
fn subtract(x: &mut [f64], factor: f64, column: &[f64]) {
    for (x, c) in x.iter_mut().zip(column) {
        *x -= factor * c;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;

    /// Column after column, as Gauss eliminated.
    fn one_by_one(lu: &Lu, b: &mut [f64]) {
        let n = lu.size();
        for (k, &row) in lu.exchanges.iter().enumerate() {
            b.swap(k, row);
        }
        for k in 0..n {
            for i in k + 1..n {
                b[i] -= b[k] * lu.column(k)[i];
            }
        }
        for k in (0..n).rev() {
            b[k] /= lu.column(k)[k];
            for i in 0..k {
                b[i] -= b[k] * lu.column(k)[i];
            }
        }
    }

    #[test]
    fn columns_in_blocks_make_the_same_bits() {
        for n in 1..30 {
            let matrix = DMatrix::from_fn(n, n, |i, j| ((i * 7 + j * 13) as f64 * 0.37).sin() + f64::from(i == j));
            let lu = Lu::new(&matrix).expect("it is regular");
            let b: Vec<f64> = (0..n).map(|i| (i as f64 * 0.9).cos()).collect();
            let (mut found, mut expected) = (b.clone(), b);
            lu.solve_any(&mut found, n);
            one_by_one(&lu, &mut expected);
            assert_eq!(found, expected, "{n}");
        }
    }
}
