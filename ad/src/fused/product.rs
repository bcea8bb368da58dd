//! Products of matrices of plain numbers.

use super::{check_shape, narrow};
use std::borrow::Cow;

/// A matrix of plain numbers on a slice, or its transpose.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    pub(super) data: &'a [f64],
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Distance between neighbours in a column, and in a row.
    pub(super) strides: [usize; 2],
}

/// What a product is added to.
#[derive(Clone, Copy)]
pub(crate) enum Start<'a> {
    /// What is there.
    Sum,
    Zero,
    /// The same column everywhere.
    Column(&'a [f64]),
}

impl Start<'_> {
    /// For a number in this row, where so much is there.
    #[inline(always)]
    pub(super) fn of(self, there: f64, row: usize) -> f64 {
        match self {
            Start::Sum => there,
            Start::Zero => 0.0,
            Start::Column(column) => column[row],
        }
    }

    /// In place of the columns of so many rows.
    pub(super) fn fill(self, product: &mut [f64], rows: usize) {
        match self {
            Start::Sum => {}
            Start::Zero => product.fill(0.0),
            Start::Column(column) => product.chunks_exact_mut(rows).for_each(|place| place.copy_from_slice(column)),
        }
    }
}

/// With fewer multiplications or terms than this, or with a left factor of whole columns that stays in the nearest cache, plain loops
/// beat the packing of the large product (measured on shapes of networks from 2 x 20 x 50 to 128 x 128 x 128).
const SMALL: usize = 4000;
const FEW_TERMS: usize = 16;
const NEAR: usize = 2048;

impl<'a> Matrix<'a> {
    /// A matrix stored column after column.
    pub(crate) fn new(data: &'a [f64], rows: usize, columns: usize) -> Self {
        assert_eq!(data.len(), rows * columns, "a {rows} x {columns} matrix");
        Matrix { data, rows, columns, strides: [1, rows] }
    }

    pub(crate) fn transposed(self) -> Self {
        let [along, across] = self.strides;
        Matrix { data: self.data, rows: self.columns, columns: self.rows, strides: [across, along] }
    }

    /// Adds `self * right` to `product`, which is stored column after column.
    pub(crate) fn accumulate(self, right: Matrix<'_>, product: &mut [f64]) {
        self.multiply(right, Start::Sum, product);
    }

    /// Writes `start + self * right` into `product`, which is stored column after column.
    pub(crate) fn multiply(self, right: Matrix<'_>, start: Start<'_>, product: &mut [f64]) {
        let (rows, inner, columns) = (self.rows, self.columns, right.columns);
        assert!(right.rows == inner && product.len() == rows * columns, "a product of fitting matrices");
        let near = self.strides[0] == 1 && rows >= FEW_TERMS && rows * inner <= NEAR;
        let few = rows < FEW_TERMS && rows * inner <= NEAR && inner * columns <= 2 * NEAR;
        if inner < FEW_TERMS || near || few || rows * inner * columns < SMALL {
            return narrow::multiply(self, right, start, product);
        }
        start.fill(product, rows);
        let [left_strides, right_strides] = [self.strides, right.strides].map(|s| s.map(|s| s as isize));
        // SAFETY: the three slices hold matrices of these sizes at these strides (checked above and on construction), and
        // `product` is borrowed mutably, so it overlaps neither factor.
        unsafe {
            gemm::gemm(
                rows,
                columns,
                inner,
                product.as_mut_ptr(),
                rows as isize,
                1,
                true,
                self.data.as_ptr(),
                left_strides[1],
                left_strides[0],
                right.data.as_ptr(),
                right_strides[1],
                right_strides[0],
                1.0,
                1.0,
                false,
                false,
                false,
                gemm::Parallelism::None,
            );
        }
    }

    /// The numbers column after column, without what lies between.
    pub(super) fn contiguous(self) -> Cow<'a, [f64]> {
        if self.strides == [1, self.rows] || self.strides[0] == 1 && self.columns == 1 {
            return Cow::Borrowed(self.data);
        }
        let mut packed = vec![0.0; self.rows * self.columns];
        // The strides of a transposed matrix: a row after the other.
        for (i, row) in self.data.chunks_exact(self.columns.max(1)).enumerate() {
            let places = packed[i..].iter_mut().step_by(self.rows);
            places.zip(row).for_each(|(place, x)| *place = *x);
        }
        Cow::Owned(packed)
    }
}

pub(crate) fn plain_matmul(left: &[f64], right: &[f64], [rows, inner, columns]: [usize; 3]) -> Vec<f64> {
    check_shape("matmul", &[("left", left.len(), rows * inner), ("right", right.len(), inner * columns)]);
    let mut product = vec![0.0; rows * columns];
    Matrix::new(left, rows, inner).accumulate(Matrix::new(right, inner, columns), &mut product);
    product
}

/// The layer before its activation, in place of what `outputs` holds.
pub(crate) fn plain_layer(
    [weights, bias, inputs]: [&[f64]; 3],
    [rows, inner, columns]: [usize; 3],
    outputs: &mut [f64],
) {
    let bias_size = ("bias", bias.len(), rows);
    check_shape(
        "layer",
        &[("weights", weights.len(), rows * inner), bias_size, ("inputs", inputs.len(), inner * columns)],
    );
    Matrix::new(weights, rows, inner).multiply(Matrix::new(inputs, inner, columns), Start::Column(bias), outputs);
}
