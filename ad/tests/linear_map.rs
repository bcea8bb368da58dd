//! A linear map with plain coefficients, in every mode.

use costate_ad::{Dual, LinearMap, Real, derivative, gradient};
use nalgebra::{DMatrix, dvector};
use std::rc::Rc;

struct Matrix(DMatrix<f64>);

impl LinearMap for Matrix {
    fn rows(&self) -> usize {
        self.0.nrows()
    }

    fn columns(&self) -> usize {
        self.0.ncols()
    }

    fn apply(&self, x: &[f64], y: &mut [f64]) {
        y.copy_from_slice((&self.0 * nalgebra::DVector::from_column_slice(x)).as_slice());
    }

    fn apply_transposed(&self, y: &[f64], x: &mut [f64]) {
        x.copy_from_slice(self.0.tr_mul(&nalgebra::DVector::from_column_slice(y)).as_slice());
    }
}

fn model<R: Real>(map: &Rc<dyn LinearMap>, t: R) -> R {
    let y = R::linear_map(map, &[t.sin(), t * t, 1.0.into()]);
    y[0] * y[1]
}

#[test]
fn every_mode_agrees() {
    let map: Rc<dyn LinearMap> = Rc::new(Matrix(DMatrix::from_row_slice(2, 3, &[1.0, 2.0, 3.0, -1.0, 0.5, 4.0])));
    let t: f64 = 0.7;
    let (y, dy) = ([t.sin() + 2.0 * t * t + 3.0, -t.sin() + 0.5 * t * t + 4.0], [t.cos() + 4.0 * t, -t.cos() + t]);
    let ddy = [-t.sin() + 4.0, t.sin() + 1.0];
    let slope = dy[0] * y[1] + y[0] * dy[1];
    let curvature = ddy[0] * y[1] + 2.0 * dy[0] * dy[1] + y[0] * ddy[1];
    let (value, forward) = derivative(|t| model(&map, t), t);
    let (_, second) = derivative(|t| derivative(|t| model(&map, t), t).1, t);
    let (_, reverse) = gradient(|x| model(&map, x[0]), &dvector![t]);
    let (_, over) = gradient(|x| derivative(|t: Dual<_>| model(&map, t), x[0]).1, &dvector![t]);
    for (what, got, expected) in [
        ("value", value, y[0] * y[1]),
        ("forward", forward, slope),
        ("reverse", reverse[0], slope),
        ("second", second, curvature),
        ("reverse over forward", over[0], curvature),
    ] {
        assert!((got - expected).abs() < 1e-13, "{what}: {got} against {expected}");
    }
}
