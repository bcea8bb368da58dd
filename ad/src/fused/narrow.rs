//! Products of small matrices, and of large ones with few rows or columns: plain loops, which the compiler turns into the widest
//! vector instructions that are found when the program runs, without the packing that only a large product pays back.

use super::product::Matrix;

/// From this length on a loop is worth turning into vector instructions.
const LONG: usize = 8;
/// With fewer rows than this a column is no such loop.
const ROWS: usize = 4;

/// Adds `left * right` to `product`, which is stored column after column.
pub(super) fn accumulate(left: Matrix<'_>, right: Matrix<'_>, product: &mut [f64]) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        // SAFETY: the processor has the instructions.
        return unsafe { accumulate_wide(left, right, product) };
    }
    accumulate_by::<false>(left, right, product);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn accumulate_wide(left: Matrix<'_>, right: Matrix<'_>, product: &mut [f64]) {
    accumulate_by::<true>(left, right, product);
}

#[inline(always)]
fn accumulate_by<const FMA: bool>(left: Matrix<'_>, right: Matrix<'_>, product: &mut [f64]) {
    let (rows, inner, columns) = (left.rows, left.columns, right.columns);
    if rows == 0 || inner == 0 || columns == 0 {
        return;
    }
    let few = rows < ROWS;
    if inner >= LONG && right.strides[0] == 1 && (few || left.strides[1] == 1) {
        by_rows::<FMA>(&left.transposed().contiguous(), right, product);
    } else if few && columns >= ROWS {
        // The transposed product has the long columns.
        let mut transposed = vec![0.0; rows * columns];
        by_columns::<FMA>(&right.transposed().contiguous(), left.transposed(), &mut transposed);
        for (i, row) in transposed.chunks_exact(columns).enumerate() {
            row.iter().zip(product[i..].iter_mut().step_by(rows)).for_each(|(t, p)| *p += t);
        }
    } else {
        by_columns::<FMA>(&left.contiguous(), right, product);
    }
}

/// Every number of the product by itself: a row of the left factor, of which `rows` holds one after the other, times a column of
/// the right, whose columns are contiguous. Four columns together: one product alone waits for itself.
#[inline(always)]
fn by_rows<const FMA: bool>(rows: &[f64], right: Matrix<'_>, product: &mut [f64]) {
    let inner = right.rows;
    let height = rows.len() / inner;
    let column = |j: usize| &right.data[j * right.strides[1]..][..inner];
    let whole = right.columns / 4 * 4;
    for j in (0..whole).step_by(4) {
        let columns = [column(j), column(j + 1), column(j + 2), column(j + 3)];
        for (i, row) in rows.chunks_exact(inner).enumerate() {
            for (k, dot) in dots::<FMA, 4>(row, columns).into_iter().enumerate() {
                product[(j + k) * height + i] += dot;
            }
        }
    }
    for j in whole..right.columns {
        for (i, row) in rows.chunks_exact(inner).enumerate() {
            product[j * height + i] += dots::<FMA, 1>(row, [column(j)])[0];
        }
    }
}

/// The products of `a` with each of `b`, in the same order of additions for any `N`.
#[inline(always)]
fn dots<const FMA: bool, const N: usize>(a: &[f64], b: [&[f64]; N]) -> [f64; N] {
    let b = b.map(|b| &b[..a.len()]);
    let whole = a.len() / LONG * LONG;
    let mut sums = [[0.0; LONG]; N];
    for start in (0..whole).step_by(LONG) {
        let a = &a[start..start + LONG];
        for (sums, b) in sums.iter_mut().zip(b) {
            for (lane, b) in b[start..start + LONG].iter().enumerate() {
                sums[lane] = fused::<FMA>(a[lane], *b, sums[lane]);
            }
        }
    }
    std::array::from_fn(|n| {
        let [s0, s1, s2, s3, s4, s5, s6, s7] = sums[n];
        let rest = a[whole..].iter().zip(&b[n][whole..]).map(|(a, b)| a * b).sum::<f64>();
        ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7)) + rest
    })
}

/// Column by column as a sum of the columns of the left factor, which `left` holds one after the other.
#[inline(always)]
fn by_columns<const FMA: bool>(left: &[f64], right: Matrix<'_>, product: &mut [f64]) {
    let rows = left.len() / right.rows;
    for (j, column) in (0..right.columns).zip(product.chunks_exact_mut(rows)) {
        let factors = |k: usize| right.data[j * right.strides[1] + k * right.strides[0]];
        let mut first = 0;
        while rows - first >= 16 {
            block::<FMA, 16>(&left[first..], rows, &mut column[first..first + 16], factors);
            first += 16;
        }
        while rows - first >= 4 {
            block::<FMA, 4>(&left[first..], rows, &mut column[first..first + 4], factors);
            first += 4;
        }
        while first < rows {
            block::<FMA, 1>(&left[first..], rows, &mut column[first..first + 1], factors);
            first += 1;
        }
    }
}

/// Some rows of a column, which stay in registers while the columns of the left factor pass.
#[inline(always)]
fn block<const FMA: bool, const WIDTH: usize>(
    left: &[f64],
    rows: usize,
    part: &mut [f64],
    factors: impl Fn(usize) -> f64,
) {
    let mut sums = [0.0; WIDTH];
    sums.copy_from_slice(part);
    for (k, column) in left.chunks(rows).enumerate() {
        let factor = factors(k);
        for (sum, &x) in sums.iter_mut().zip(&column[..WIDTH]) {
            *sum = fused::<FMA>(x, factor, *sum);
        }
    }
    part.copy_from_slice(&sums);
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
                let (mut found, mut plain) = (start[..rows * columns].to_vec(), start[..rows * columns].to_vec());
                accumulate(left, right, &mut found);
                accumulate_by::<false>(left, right, &mut plain);
                for (place, (found, plain)) in found.iter().zip(&plain).enumerate() {
                    let (i, j) = (place % rows, place / rows);
                    let sum = (0..inner).map(|k| at(left, i, k) * at(right, k, j)).sum::<f64>() + start[place];
                    let off = (found - sum).abs().max((plain - sum).abs());
                    assert!(off < 1e-14, "{rows} x {inner} x {columns}, {left_turned} {right_turned}: {off}");
                }
            }
        }
    }
}
