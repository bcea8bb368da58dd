//! Products of small matrices, and of large ones with few rows or columns: plain loops, which the compiler turns into the widest
//! vector instructions that are found when the program runs, without the packing that only a large product pays back.

use super::product::{Matrix, Start};

/// From this length on a loop is worth turning into vector instructions.
const LONG: usize = 8;
/// With fewer rows than this a column is no such loop.
const ROWS: usize = 4;
/// Up to so many rows, columns of the product are short where those of the factors, or its rows, are long.
const FEW_ROWS: usize = 8;

/// Writes `start + left * right` into `product`, which is stored column after column.
pub(super) fn multiply(left: Matrix<'_>, right: Matrix<'_>, start: Start<'_>, product: &mut [f64]) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        // SAFETY: the processor has the instructions.
        return unsafe { multiply_wide(left, right, start, product) };
    }
    multiply_by::<false>(left, right, start, product);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn multiply_wide(left: Matrix<'_>, right: Matrix<'_>, start: Start<'_>, product: &mut [f64]) {
    multiply_by::<true>(left, right, start, product);
}

/// Adds every column of as many numbers as `sums` has to `sums`.
pub(super) fn add_columns(columns: &[f64], sums: &mut [f64]) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has the instructions.
        return unsafe { add_columns_wide(columns, sums) };
    }
    add_columns_by(columns, sums);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_columns_wide(columns: &[f64], sums: &mut [f64]) {
    add_columns_by(columns, sums);
}

#[inline(always)]
fn add_columns_by(columns: &[f64], sums: &mut [f64]) {
    for column in columns.chunks_exact(sums.len()) {
        sums.iter_mut().zip(column).for_each(|(sum, x)| *sum += x);
    }
}

#[inline(always)]
fn multiply_by<const FMA: bool>(left: Matrix<'_>, right: Matrix<'_>, start: Start<'_>, product: &mut [f64]) {
    let (rows, inner, columns) = (left.rows, left.columns, right.columns);
    if rows == 0 || columns == 0 {
        return;
    }
    if inner == 0 {
        return start.fill(product, rows);
    }
    // Eight short columns at once keep the processor busy, and repay a copy of the rows.
    let many = (ROWS..=FEW_ROWS).contains(&rows) && columns >= 2 * LONG;
    if inner >= LONG && right.strides[0] == 1 && !many && (rows < ROWS || left.strides[1] == 1) {
        by_rows::<FMA>(&left.transposed().contiguous(), right, start, product);
    } else if columns >= ROWS && (rows < ROWS || many && right.strides[1] == 1) {
        // The transposed product has the long columns.
        let mut transposed = vec![0.0; rows * columns];
        by_columns::<FMA>(&right.transposed().contiguous(), left.transposed(), Start::Zero, &mut transposed);
        for (i, row) in transposed.chunks_exact(columns).enumerate() {
            for (t, p) in row.iter().zip(product[i..].iter_mut().step_by(rows)) {
                *p = start.of(*p, i) + t;
            }
        }
    } else {
        by_columns::<FMA>(&left.contiguous(), right, start, product);
    }
}

/// Every number of the product by itself: a row of the left factor, of which `rows` holds one after the other, times a column of
/// the right, whose columns are contiguous.
#[inline(always)]
fn by_rows<const FMA: bool>(rows: &[f64], right: Matrix<'_>, start: Start<'_>, product: &mut [f64]) {
    let inner = right.rows;
    let mut place = product.iter_mut();
    for j in 0..right.columns {
        let column = &right.data[j * right.strides[1]..][..inner];
        for (i, (row, p)) in rows.chunks_exact(inner).zip(&mut place).enumerate() {
            *p = start.of(*p, i) + dot::<FMA>(row, column);
        }
    }
}

#[inline(always)]
fn dot<const FMA: bool>(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; LONG];
    let (parts_a, parts_b) = (a.chunks_exact(LONG), b.chunks_exact(LONG));
    let rest = parts_a.remainder().iter().zip(parts_b.remainder()).map(|(a, b)| a * b).sum::<f64>();
    for (a, b) in parts_a.zip(parts_b) {
        for lane in 0..LONG {
            sums[lane] = fused::<FMA>(a[lane], b[lane], sums[lane]);
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// Column by column as a sum of the columns of the left factor, which `left` holds one after the other. Where columns are short,
/// many at a time: each is a chain of sums, and only others side by side keep the processor busy.
#[inline(always)]
fn by_columns<const FMA: bool>(left: &[f64], right: Matrix<'_>, start: Start<'_>, product: &mut [f64]) {
    let rows = left.len() / right.rows;
    let done = if rows < 16 { columns_at_once::<FMA, 8>(left, right, 0, start, product) } else { 0 };
    let done = columns_at_once::<FMA, 2>(left, right, done, start, product);
    columns_at_once::<FMA, 1>(left, right, done, start, product);
}

/// From the column `first` on, `N` at a time as long as there are as many; returns the first column that is left.
#[inline(always)]
fn columns_at_once<const FMA: bool, const N: usize>(
    left: &[f64],
    right: Matrix<'_>,
    first: usize,
    start: Start<'_>,
    product: &mut [f64],
) -> usize {
    let (rows, mut at) = (left.len() / right.rows, first);
    for group in product[first * rows..].chunks_exact_mut(N * rows) {
        let mut columns = group.chunks_exact_mut(rows);
        let columns: [&mut [f64]; N] = std::array::from_fn(|_| columns.next().expect("as many columns as asked for"));
        strips::<FMA, N>(left, columns, start, |n, k| right.data[(at + n) * right.strides[1] + k * right.strides[0]]);
        at += N;
    }
    at
}

/// Some columns of the product, from the top down in strips.
#[inline(always)]
fn strips<const FMA: bool, const N: usize>(
    left: &[f64],
    mut columns: [&mut [f64]; N],
    start: Start<'_>,
    factor: impl Fn(usize, usize) -> f64,
) {
    let (rows, mut top) = (columns[0].len(), 0);
    // Eight columns of sixteen rows would not fit into registers.
    while N <= 2 && rows - top >= 16 {
        strip::<FMA, 16, N>(left, top, &mut columns, start, &factor);
        top += 16;
    }
    while rows - top >= 4 {
        strip::<FMA, 4, N>(left, top, &mut columns, start, &factor);
        top += 4;
    }
    while rows - top >= 2 {
        strip::<FMA, 2, N>(left, top, &mut columns, start, &factor);
        top += 2;
    }
    if rows > top {
        strip::<FMA, 1, N>(left, top, &mut columns, start, &factor);
    }
}

/// Some rows of some columns, which stay in registers while the columns of the left factor pass.
#[inline(always)]
fn strip<const FMA: bool, const WIDTH: usize, const N: usize>(
    left: &[f64],
    top: usize,
    columns: &mut [&mut [f64]; N],
    start: Start<'_>,
    factor: &impl Fn(usize, usize) -> f64,
) {
    let rows = columns[0].len();
    let mut sums: [[f64; WIDTH]; N] = match start {
        Start::Sum => std::array::from_fn(|n| part(columns[n], top)),
        Start::Column(column) => [part(column, top); N],
        Start::Zero => [[0.0; WIDTH]; N],
    };
    for (k, column) in left.chunks_exact(rows).enumerate() {
        let x = part::<WIDTH>(column, top);
        for n in 0..N {
            let factor = factor(n, k);
            for row in 0..WIDTH {
                sums[n][row] = fused::<FMA>(x[row], factor, sums[n][row]);
            }
        }
    }
    for n in 0..N {
        columns[n][top..top + WIDTH].copy_from_slice(&sums[n]);
    }
}

#[inline(always)]
fn part<const WIDTH: usize>(numbers: &[f64], start: usize) -> [f64; WIDTH] {
    numbers[start..start + WIDTH].try_into().expect("as many numbers as asked for")
}

/// `a * b + c`, in one instruction where that is known to exist.
#[inline(always)]
fn fused<const FMA: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stored column after column, or as the transpose of what is.
    fn matrix(data: &[f64], rows: usize, columns: usize, transposed: bool) -> Matrix<'_> {
        let data = &data[..rows * columns];
        if transposed { Matrix::new(data, columns, rows).transposed() } else { Matrix::new(data, rows, columns) }
    }

    #[test]
    fn every_shape_and_order_is_the_sum_of_products() {
        let numbers = |seed: f64| (0..600).map(|i| (seed * f64::from(i)).sin()).collect::<Vec<f64>>();
        let (a, b, start) = (numbers(0.7), numbers(1.3), numbers(0.3));
        let sizes = [1, 2, 3, 4, 7, 8, 19, 23];
        let shapes = sizes.iter().flat_map(|&m| sizes.iter().flat_map(move |&k| sizes.map(|n| [m, k, n])));
        for [rows, inner, columns] in shapes {
            for (left_turned, right_turned) in [(false, false), (false, true), (true, false), (true, true)] {
                let (left, right) = (matrix(&a, rows, inner, left_turned), matrix(&b, inner, columns, right_turned));
                let at = |m: Matrix<'_>, i: usize, j: usize| m.data[i * m.strides[0] + j * m.strides[1]];
                for from in [Start::Sum, Start::Zero, Start::Column(&a[..rows])] {
                    let (mut found, mut plain) = (start[..rows * columns].to_vec(), start[..rows * columns].to_vec());
                    multiply(left, right, from, &mut found);
                    multiply_by::<false>(left, right, from, &mut plain);
                    for (place, (found, plain)) in found.iter().zip(&plain).enumerate() {
                        let (i, j) = (place % rows, place / rows);
                        let terms = (0..inner).map(|k| at(left, i, k) * at(right, k, j));
                        let sum = terms.sum::<f64>() + from.of(start[place], i);
                        let off = (found - sum).abs().max((plain - sum).abs());
                        assert!(off < 2e-14, "{rows} x {inner} x {columns}, {left_turned} {right_turned}: {off}");
                    }
                }
            }
        }
    }
}
