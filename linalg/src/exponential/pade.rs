//! The approximant of degree 13 and the squarings, in the arithmetic of any scalar.

use crate::product::product;
use crate::{LinalgError, solve_many};
use costate_ad::Real;
use nalgebra::DMatrix;

/// Coefficients of the approximant's polynomials (Higham 2005, equation 2.2 for m = 13, scaled to whole numbers).
pub(super) const B: [f64; 14] = [
    64_764_752_532_480_000.0,
    32_382_376_266_240_000.0,
    7_771_770_303_897_600.0,
    1_187_353_796_428_800.0,
    129_060_195_264_000.0,
    10_559_470_521_600.0,
    670_442_572_800.0,
    33_522_128_640.0,
    1_323_241_920.0,
    40_840_800.0,
    960_960.0,
    16_380.0,
    182.0,
    1.0,
];

/// The largest 1-norm for which the approximant's derivative is exact to rounding (Al-Mohy and Higham 2009, table 6.1).
const NORM: f64 = 4.74;

/// The intermediate matrices of `exp(A) = (exp(A / 2^s))^(2^s)`, by their names in the papers.
pub(super) struct Pade<R: Real> {
    /// How often the approximant is squared.
    pub(super) squarings: i32,
    /// `A / 2^s` and its even powers.
    pub(super) a: DMatrix<R>,
    pub(super) a2: DMatrix<R>,
    pub(super) a4: DMatrix<R>,
    pub(super) a6: DMatrix<R>,
    /// The numerator is `V + U`, the denominator `V - U`, with `U = A W`, `W = A6 W1 + W2` and `V = A6 Z1 + Z2`.
    pub(super) w1: DMatrix<R>,
    pub(super) w: DMatrix<R>,
    pub(super) z1: DMatrix<R>,
    pub(super) denominator: DMatrix<R>,
    /// The approximant before squaring.
    pub(super) ratio: DMatrix<R>,
}

impl<R: Real> Pade<R> {
    pub(super) fn new(a: &DMatrix<R>) -> Result<Pade<R>, LinalgError> {
        let norm = a.column_iter().map(|c| c.iter().map(|x| x.value().abs()).sum()).fold(0.0, f64::max);
        let squarings = if norm > NORM { (norm / NORM).log2().ceil() as i32 } else { 0 };
        let scale = 0.5_f64.powi(squarings);
        let a = a.map(|x| x * scale);
        let a2 = product(&a, &a);
        let a4 = product(&a2, &a2);
        let a6 = product(&a4, &a2);
        let w1 = polynomial([&a6, &a4, &a2], [B[13], B[11], B[9]], 0.0);
        let z1 = polynomial([&a6, &a4, &a2], [B[12], B[10], B[8]], 0.0);
        let w = product(&a6, &w1) + polynomial([&a6, &a4, &a2], [B[7], B[5], B[3]], B[1]);
        let v = product(&a6, &z1) + polynomial([&a6, &a4, &a2], [B[6], B[4], B[2]], B[0]);
        let u = product(&a, &w);
        let denominator = &v - &u;
        let ratio = solve_many(&denominator, &(v + u))?;
        Ok(Pade { squarings, a, a2, a4, a6, w1, w, z1, denominator, ratio })
    }

    pub(super) fn exponential(&self) -> DMatrix<R> {
        let mut power = self.ratio.clone();
        for _ in 0..self.squarings {
            power = product(&power, &power);
        }
        power
    }
}

/// `c[0] A6 + c[1] A4 + c[2] A2 + constant I`.
pub(super) fn polynomial<R: Real>(powers: [&DMatrix<R>; 3], c: [f64; 3], constant: f64) -> DMatrix<R> {
    let (rows, columns) = powers[0].shape();
    let mut sum = DMatrix::from_fn(rows, columns, |i, j| R::linear_combination(R::zero(), c, |k| powers[k][(i, j)]));
    for i in 0..sum.nrows() {
        sum[(i, i)] += constant;
    }
    sum
}
