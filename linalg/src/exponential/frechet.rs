//! The derivative of the matrix exponential as a linear map.

use super::pade::{B, Pade, polynomial};
use crate::Lu;
use costate_ad::LinearMap;
use nalgebra::{DMatrix, DMatrixView};

/// `E -> d/ds exp(A + s E)` at `s = 0`, on plain matrices in column-major order (Al-Mohy and Higham 2009, algorithm 6.4).
pub(super) struct Frechet {
    pade: Pade<f64>,
    denominator: Lu,
    /// The approximant and its squares, but for the last.
    squares: Vec<DMatrix<f64>>,
}

impl Frechet {
    pub(super) fn new(pade: Pade<f64>) -> Frechet {
        let denominator = Lu::new(&pade.denominator).expect("the approximant has been solved for already");
        let mut squares = Vec::new();
        let mut square = pade.ratio.clone();
        for _ in 0..pade.squarings {
            let next = &square * &square;
            squares.push(square);
            square = next;
        }
        Frechet { pade, denominator, squares }
    }

    fn derivative(&self, direction: DMatrix<f64>) -> DMatrix<f64> {
        let p = &self.pade;
        let e = direction * 0.5_f64.powi(p.squarings);
        let m2 = &p.a * &e + &e * &p.a;
        let m4 = &p.a2 * &m2 + &m2 * &p.a2;
        let m6 = &p.a4 * &m2 + &m4 * &p.a2;
        let combine = |c| polynomial([&m6, &m4, &m2], c, 0.0);
        let w = &p.a6 * combine([B[13], B[11], B[9]]) + &m6 * &p.w1 + combine([B[7], B[5], B[3]]);
        let v = &p.a6 * combine([B[12], B[10], B[8]]) + &m6 * &p.z1 + combine([B[6], B[4], B[2]]);
        let u = &p.a * w + &e * &p.w;
        let mut derivative = &v + &u + (u - v) * &p.ratio;
        self.denominator.solve_many(derivative.as_mut_slice());
        for square in &self.squares {
            derivative = square * &derivative + &derivative * square;
        }
        derivative
    }
}

impl LinearMap for Frechet {
    fn rows(&self) -> usize {
        self.pade.a.len()
    }

    fn columns(&self) -> usize {
        self.pade.a.len()
    }

    fn apply(&self, x: &[f64], y: &mut [f64]) {
        let n = self.pade.a.nrows();
        y.copy_from_slice(self.derivative(DMatrix::from_column_slice(n, n, x)).as_slice());
    }

    /// The transposed derivative at `A` is the derivative at the transpose of `A`; and the exponential of a transpose is the
    /// transpose of the exponential.
    fn apply_transposed(&self, y: &[f64], x: &mut [f64]) {
        let n = self.pade.a.nrows();
        let direction = DMatrixView::from_slice(y, n, n).transpose();
        x.copy_from_slice(self.derivative(direction).transpose().as_slice());
    }
}
