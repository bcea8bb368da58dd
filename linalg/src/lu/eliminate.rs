//! Gaussian elimination with partial pivoting, in place, by blocks of columns.

/// Columns eliminated together: what lies right of them is then read and written once instead of four times.
const BLOCK: usize = 4;

/// Up to this size one block of all columns is fastest.
const SMALL: usize = 16;

/// Overwrites a column-major matrix by its factors and notes the exchanges of rows. Fails with the first column that has
/// no pivot.
pub(super) fn eliminate(n: usize, a: &mut [f64], exchanges: &mut [usize]) -> Result<(), usize> {
    if n <= SMALL {
        return small(n, a, exchanges);
    }
    for start in (0..n).step_by(BLOCK) {
        let end = (start + BLOCK).min(n);
        panel(n, a, exchanges, start, end)?;
        let (left, right) = a.split_at_mut(end * n);
        if right.is_empty() {
            break;
        }
        let exchanges: [usize; BLOCK] = std::array::from_fn(|k| exchanges[start + k]);
        let columns: [&[f64]; BLOCK] = std::array::from_fn(|k| &left[(start + k) * n..][start..n]);
        for column in right.chunks_exact_mut(n) {
            for k in 0..BLOCK {
                column.swap(start + k, exchanges[k]);
            }
            update(&mut column[start..], columns);
        }
    }
    Ok(())
}

/// One block of all columns; of the sizes that steps of small systems have, the loops are compiled for each.
fn small(n: usize, a: &mut [f64], exchanges: &mut [usize]) -> Result<(), usize> {
    macro_rules! of_size {
        ($($N:literal)*) => {
            match n {
                $($N => match (a.as_chunks_mut::<$N>().0.try_into(), exchanges.try_into()) {
                    (Ok(a), Ok(exchanges)) => few::<$N>(a, exchanges),
                    _ => panel(n, a, exchanges, 0, n),
                },)*
                n => panel(n, a, exchanges, 0, n),
            }
        };
    }
    of_size!(1 2 3 4 5 6 7 8)
}

/// The same operations on arrays. Multipliers above the pivot are 0, so that all columns are treated alike, whole.
fn few<const N: usize>(a: &mut [[f64; N]; N], exchanges: &mut [usize; N]) -> Result<(), usize> {
    for k in 0..N {
        let (mut row, mut most) = (k, a[k][k].abs());
        for i in k + 1..N {
            let x = a[k][i].abs();
            (row, most) = if x > most { (i, x) } else { (row, most) };
        }
        exchanges[k] = row;
        if row != k {
            a.iter_mut().for_each(|column| column.swap(k, row));
        }
        let pivot = a[k][k];
        if pivot == 0.0 {
            return Err(k);
        }
        let reciprocal = 1.0 / pivot;
        let mut multipliers = [0.0; N];
        for i in k + 1..N {
            multipliers[i] = if reciprocal.is_finite() { a[k][i] * reciprocal } else { a[k][i] / pivot };
            a[k][i] = multipliers[i];
        }
        for column in &mut a[k + 1..] {
            let top = column[k];
            for i in 0..N {
                column[i] -= top * multipliers[i];
            }
        }
    }
    Ok(())
}

/// Eliminates the columns `start..end`, with exchanges of whole rows up to column `end`.
#[inline(always)]
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
            for (x, l) in below.iter_mut().zip(multipliers) {
                *x -= top[k] * l;
            }
        }
    }
    Ok(())
}

/// Where the entry of largest magnitude is, the first of equals. The maximum is found in eight lanes, then looked up: one
/// comparison after the other would wait for each.
fn largest(column: &[f64]) -> usize {
    if column.len() <= SMALL {
        let mut at = 0;
        for (i, x) in column.iter().enumerate() {
            at = if x.abs() > column[at].abs() { i } else { at };
        }
        return at;
    }
    let lanes = column.chunks_exact(8);
    let tail = lanes.remainder().iter().fold(0.0, |best, x| larger(best, *x));
    let mut best = [tail; 8];
    for lane in lanes {
        for i in 0..8 {
            best[i] = larger(best[i], lane[i]);
        }
    }
    let best = best.into_iter().fold(0.0, larger);
    column.iter().position(|x| x.abs() == best).unwrap_or(0)
}

#[inline(always)]
fn larger(best: f64, x: f64) -> f64 {
    let x = x.abs();
    if x > best { x } else { best }
}

/// Solves with the unit lower triangle on top of the block, and subtracts from what is below the block's rows times the
/// numbers just found. Everything starts at the block's first row.
#[inline]
fn update(column: &mut [f64], block: [&[f64]; BLOCK]) {
    let (top, below) = column.split_at_mut(BLOCK);
    for k in 0..BLOCK {
        for i in k + 1..BLOCK {
            top[i] -= top[k] * block[k][i];
        }
    }
    let factors: [f64; BLOCK] = std::array::from_fn(|k| top[k]);
    let [l0, l1, l2, l3] = block.map(|l| &l[BLOCK..][..below.len()]);
    for (i, x) in below.iter_mut().enumerate() {
        *x -= (factors[0] * l0[i] + factors[1] * l1[i]) + (factors[2] * l2[i] + factors[3] * l3[i]);
    }
}
