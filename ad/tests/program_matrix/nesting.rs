//! 40-46: derivatives inside derivatives, where levels must not be confused.

use crate::Expected::{Differences, Gradient};
use crate::Row;
use costate_ad::{Dual, Real, derivative, gradient_chunked, gradient_forward, jacobian, jvp, program};
use nalgebra::{DMatrix, DVector};

fn slope<R: Real>(f: impl FnMut(Dual<R>) -> Dual<R>, x: R) -> R {
    derivative(f, x).1
}

fn column<R: Real>(x: &[R]) -> DVector<R> {
    DVector::from_column_slice(x)
}

fn largest_square<R: Real>(w: &DMatrix<f64>, x: &DVector<R>) -> R {
    let y = w.map(R::from) * x;
    y.iter().fold(y[0] * y[0], |largest, &y| largest.max(y * y))
}

/// `sum r |c|^2` with c complex.
fn moduli<R: Real>(v: &[R]) -> R {
    (0..3).fold(R::zero(), |sum, i| sum + v[6 + i] * (v[i] * v[i] + v[3 + i] * v[3 + i]))
}

pub fn rows() -> Vec<Row> {
    vec![
        row!(
            "40 x d/dy (x + y)",
            program!(|x| x[0] * slope(|y| Dual::constant(x[0]) + y, R::one())),
            [1.0],
            Gradient(vec![1.0])
        ),
        row!(
            "41 x d/dy (x y)",
            program!(|x| x[0] * slope(|y| Dual::constant(x[0]) * y, R::one())),
            [4.0],
            Gradient(vec![8.0])
        ),
        row!(
            "41 three levels",
            program!(|x| x[0] * slope(|y| { y * slope(|z| Dual::constant(y * Dual::constant(x[0])) * z, y) }, x[0])),
            [2.0],
            Gradient(vec![24.0])
        ),
        row!(
            "42 the second derivative of the sine",
            program!(|x| slope(|x| x.sin(), x[0])),
            [1.0],
            Gradient(vec![-1.0_f64.sin()])
        ),
        row!(
            "42 the third",
            program!(|x| slope(|x| slope(|x| x.sin(), x), x[0])),
            [1.0],
            Gradient(vec![-1.0_f64.cos()])
        ),
        row!("43 x y", program!(|x| x[0] * x[1]), [2.0, 3.0], Gradient(vec![3.0, 2.0])),
        row!(
            "43 sum of cubes",
            program!(|x| x.iter().fold(R::zero(), |sum, x| sum + x.powi(3))),
            [1.0, 2.0, 3.0, 4.0],
            Gradient(vec![3.0, 12.0, 27.0, 48.0])
        ),
        row!(
            "44 moduli",
            program!(|v| moduli(v)),
            [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
            Gradient(vec![14.0, 32.0, 54.0, 56.0, 80.0, 108.0, 17.0, 29.0, 45.0])
        ),
        row!(
            "45 sum |grad sum log(2 e^y)^2|",
            program!(|x| {
                let (_, g) = gradient_forward(
                    |y| y.iter().fold(0.0.into(), |sum, y| sum + (2.0 * y.exp()).ln().powi(2)),
                    &column(x),
                );
                g.iter().fold(R::zero(), |sum, g| sum + g.abs())
            }),
            [1.0, 2.0],
            Gradient(vec![2.0, 2.0])
        ),
        row!(
            "46 the largest of squares, second order",
            program!([w: DMatrix<f64> = DMatrix::from_row_slice(2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])] |x| {
                gradient_chunked::<4, _>(|x| largest_square(w, x), &column(x)).1.norm_squared()
            }),
            [7.0, 8.0, 9.0],
            Gradient(vec![300608.0, 375760.0, 450912.0])
        ),
        row!(
            "a captured number in a gradient",
            program!(|x| {
                let outer = x[0];
                gradient_forward(|y| y[0] * y[1] * Dual::constant(outer), &column(x)).1.norm_squared()
            }),
            [2.0, 3.0],
            Gradient(vec![2.0 * 2.0 * 13.0 + 4.0 * 4.0, 4.0 * 6.0])
        ),
        row!(
            "a Jacobian inside",
            program!(|x| {
                let (y, j) =
                    jacobian(|x| DVector::from_vec(vec![x[0] * x[1].sin(), x[1] / x[0], x[0].exp()]), &column(x));
                j.norm_squared() + y.sum()
            }),
            [1.5, 0.5],
            Differences
        ),
        row!(
            "a Jacobian-vector product inside",
            program!(|x| {
                let (_, t) = jvp(|x| x.map(|x| x.powi(3)), &column(x), &column(&[x[1], x[0]]));
                t.sum()
            }),
            [2.0, 3.0],
            Gradient(vec![6.0 * 2.0 * 3.0 + 27.0, 12.0 + 6.0 * 3.0 * 2.0])
        ),
    ]
}
