//! 48: complex numbers, generic over the scalar: nalgebra's elementary functions on `Complex<R>`.
//!
//! (num-complex's own functions ask for `Float`; `tests/complex.rs` runs them on `Complex<Dual>` and `Complex<Var>`.)

use crate::Expected::{Convention, Differences, Gradient};
use crate::Row;
use costate_ad::{Real, check_gradient, program};
use nalgebra::{ComplexField, DMatrix};
use num_complex::Complex;
use std::f64::consts::PI;

/// The real part plus twice the imaginary part: a real function that misses neither.
fn both<R: Real>(z: Complex<R>) -> R {
    z.re + 2.0 * z.im
}

fn real<R: Real>(x: R) -> Complex<R> {
    Complex::new(x, R::zero())
}

fn pairs<R: Real>(x: &[R]) -> Vec<Complex<R>> {
    x.chunks_exact(2).map(|x| Complex::new(x[0], x[1])).collect()
}

/// A function of one complex number, at the two points of the original suite; the report is that of the worse one.
macro_rules! rows_of_z {
    ($($name:literal, |$z:ident| $body:expr;)*) => {
        vec![$(Row {
            name: $name,
            check: || {
                let program = program!(|x| {
                    let $z = Complex::new(x[0], x[1]);
                    $body
                });
                let reports = [[1.0, 2.0], [-2.0, PI]].map(|at| check_gradient(&program, &at));
                reports.into_iter().max_by_key(|report| report.verdict).expect("there are two")
            },
            expected: Differences,
        }),*]
    };
}

pub fn rows() -> Vec<Row> {
    let mut rows = rows_of_z! {
        "48 real", |z| z.re;
        "48 imag", |z| z.im;
        "48 abs", |z| z.modulus();
        "48 abs2", |z| z.modulus_squared();
        "48 arg", |z| z.argument();
        "48 |cos(exp z)|", |z| ComplexField::cos(ComplexField::exp(z)).modulus();
        "48 3 re^3 - 2 im^5", |z| 3.0 * z.re.powi(3) - 2.0 * z.im.powi(5);
        "48 cos", |z| both(ComplexField::cos(z));
        "48 sin", |z| both(ComplexField::sin(z));
        "48 tan", |z| both(ComplexField::tan(z));
        "48 exp", |z| both(ComplexField::exp(z));
        "48 log", |z| both(ComplexField::ln(z));
        "48 sqrt", |z| both(ComplexField::sqrt(z));
        "48 z^2", |z| both(z * z);
        "48 1/z", |z| both(ComplexField::recip(z));
        "48 tanh", |z| both(ComplexField::tanh(z));
        "48 acosh", |z| both(ComplexField::acosh(z));
        "48 asin", |z| both(ComplexField::asin(z));
        "48 atan", |z| both(ComplexField::atan(z));
        "48 exp(cos(log z))", |z| both(ComplexField::exp(ComplexField::cos(ComplexField::ln(z))));
        "48 conj", |z| both(z.conjugate());
        "48 |z| as a complex number", |z| both(real(z.modulus()) * z);
        "48 conj(z) z^2", |z| both(z.conjugate() * z * z);
        "48 im^2 + i re(sin z)^3", |z| both(Complex::new(z.im * z.im, ComplexField::sin(z).re.powi(3)));
        "48 z^3", |z| both(ComplexField::powi(z, 3));
        "48 z^2.5", |z| both(ComplexField::powf(z, R::from(2.5)));
        "48 z^z", |z| both(ComplexField::powc(z, z));
    };
    rows.extend([
        row!(
            "48 x^p, p varies too",
            program!(|x| {
                let [z, p] = pairs(x)[..] else { unreachable!("four numbers") };
                both(ComplexField::powc(z, p))
            }),
            [1.0, 2.0, 0.5, -1.5],
            Differences
        ),
        row!(
            "48 real part of det [1 2i; 3i 4]",
            program!(|x| {
                let [a, b, c, d] = pairs(x)[..] else { unreachable!("eight numbers") };
                DMatrix::from_row_slice(2, 2, &[a, b, c, d]).determinant().re
            }),
            [1.0, 0.0, 0.0, 2.0, 0.0, 3.0, 4.0, 0.0],
            Gradient(vec![4.0, 0.0, 0.0, 3.0, 0.0, 2.0, 1.0, 0.0])
        ),
        row!(
            "48 its logarithm",
            program!(|x| {
                let [a, b, c, d] = pairs(x)[..] else { unreachable!("eight numbers") };
                ComplexField::ln(DMatrix::from_row_slice(2, 2, &[a, b, c, d]).determinant()).re
            }),
            [1.0, 0.0, 0.0, 2.0, 0.0, 3.0, 4.0, 0.0],
            Gradient(vec![0.4, 0.0, 0.0, 0.3, 0.0, 0.2, 0.1, 0.0])
        ),
        row!("48 abs at 0", program!(|x| Complex::new(x[0], x[1]).modulus()), [0.0, 0.0], Convention(vec![0.0, 0.0])),
        row!(
            "48 a loop of z^2 + c",
            program!(|x| {
                let c = Complex::new(x[0], x[1]);
                (0..8).fold(c, |z, _| z * z + c).modulus_squared()
            }),
            [-0.4, 0.3],
            Differences
        ),
    ]);
    rows
}
