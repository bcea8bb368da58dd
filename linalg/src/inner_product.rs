//! [`inner_product`]: of two vectors of plain numbers.

use std::ops::{Add, Mul};

/// The inner product in eight sums, so that no addition waits for the last.
///
/// Elements beyond the shorter of the two count for nothing.
///
/// ```
/// assert_eq!(costate_linalg::inner_product(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 32.0);
/// ```
#[inline(always)]
pub fn inner_product<T: Copy + Default + Add<Output = T> + Mul<Output = T>>(a: &[T], b: &[T]) -> T {
    let length = a.len().min(b.len());
    let (a, b) = (a[..length].as_chunks::<8>(), b[..length].as_chunks::<8>());
    let mut sums = [T::default(); 8];
    for (a, b) in a.0.iter().zip(b.0) {
        (0..8).for_each(|lane| sums[lane] = sums[lane] + a[lane] * b[lane]);
    }
    let rest = a.1.iter().zip(b.1).fold(T::default(), |sum, (&a, &b)| sum + a * b);
    let halves = [sums[0] + sums[4], sums[1] + sums[5], sums[2] + sums[6], sums[3] + sums[7]];
    (halves[0] + halves[2]) + (halves[1] + halves[3]) + rest
}
