//! num-complex's own functions on `Complex<Dual>` and `Complex<Var>`, against exact derivatives.

use costate_ad::{Dual, Var, complex_gradient, holomorphic_derivative, wirtinger};
use nalgebra::dvector;
use num_complex::Complex;
use std::f64::consts::PI;

type C = Complex<f64>;

fn close(a: C, b: C) -> bool {
    (a - b).norm() <= 1e-13 * (1.0 + b.norm())
}

const POINTS: [C; 4] =
    [Complex::new(1.0, 2.0), Complex::new(-2.0, PI), Complex::new(0.5, -0.25), Complex::new(-0.3, -1.5)];

struct Holomorphic {
    name: &'static str,
    forward: fn(Complex<Dual<f64, 2>>) -> Complex<Dual<f64, 2>>,
    reverse: fn(Complex<Var>) -> Complex<Var>,
    derivative: fn(C) -> C,
}

macro_rules! holomorphic {
    ($($name:literal, |$z:ident| $f:expr, $derivative:expr;)*) => {
        [$(Holomorphic { name: $name, forward: |$z| $f, reverse: |$z| $f, derivative: |$z| $derivative }),*]
    };
}

#[test]
fn holomorphic_functions() {
    let rows = holomorphic! {
        "exp", |z| z.exp(), z.exp();
        "ln", |z| z.ln(), 1.0 / z;
        "sin", |z| z.sin(), z.cos();
        "cos", |z| z.cos(), -z.sin();
        "tan", |z| z.tan(), 1.0 / (z.cos() * z.cos());
        "sinh", |z| z.sinh(), z.cosh();
        "tanh", |z| z.tanh(), 1.0 / (z.cosh() * z.cosh());
        "sqrt", |z| z.sqrt(), 0.5 / z.sqrt();
        "cbrt", |z| z.cbrt(), z.cbrt() / (3.0 * z);
        "asin", |z| z.asin(), 1.0 / (1.0 - z * z).sqrt();
        "atan", |z| z.atan(), 1.0 / (1.0 + z * z);
        "acosh", |z| z.acosh(), 1.0 / ((z - 1.0).sqrt() * (z + 1.0).sqrt());
        "z^3", |z| z.powi(3), 3.0 * z * z;
        "z^-2", |z| z.powi(-2), -2.0 / (z * z * z);
        "z^2.5", |z| z.powf(2.5.into()), 2.5 * z.powf(1.5);
        "z^z", |z| z.powc(z), z.powc(z) * (z.ln() + 1.0);
        "exp(cos(ln z))", |z| z.ln().cos().exp(), -z.ln().cos().exp() * z.ln().sin() / z;
    };
    for row in rows {
        for z in POINTS {
            let exact = (row.derivative)(z);
            let (_, slope) = holomorphic_derivative(row.forward, z).unwrap_or_else(|e| panic!("{}: {e}", row.name));
            assert!(close(slope, exact), "{} at {z}: {slope} against {exact}", row.name);
            let (_, gradient) = complex_gradient(|z| (row.reverse)(z[0]).re, &dvector![z]);
            assert!(close(gradient[0].conj(), exact), "{} at {z}, reverse: {}", row.name, gradient[0].conj());
        }
    }
}

#[test]
fn functions_that_are_not_holomorphic() {
    type F = fn(Complex<Dual<f64, 2>>) -> Complex<Dual<f64, 2>>;
    type Row = (&'static str, F, fn(C) -> [C; 2]);
    let rows: [Row; 5] = [
        ("conj", |z| z.conj(), |_| [0.0.into(), 1.0.into()]),
        ("abs2", |z| z.norm_sqr().into(), |z| [z.conj(), z]),
        ("abs", |z| z.norm().into(), |z| [z.conj() / (2.0 * z.norm()), z / (2.0 * z.norm())]),
        ("conj(z) z^2", |z| z.conj() * z * z, |z| [2.0 * z * z.conj(), z * z]),
        (
            "3 z^2 + 2 z + 1",
            |z| z * z * Dual::from(3.0) + z * Dual::from(2.0) + Dual::from(1.0),
            |z| [6.0 * z + 2.0, 0.0.into()],
        ),
    ];
    for (name, f, exact) in rows {
        for z in POINTS {
            let (_, in_z, in_conjugate) = wirtinger(f, z);
            let [a, b] = exact(z);
            assert!(close(in_z, a) && close(in_conjugate, b), "{name} at {z}: {in_z}, {in_conjugate}");
        }
    }
    assert_eq!(wirtinger(|z| z.norm_sqr().into(), POINTS[0]), (5.0.into(), C::new(1.0, -2.0), C::new(1.0, 2.0)));
    let message = holomorphic_derivative(|z| z * z.conj(), POINTS[0]).unwrap_err().to_string();
    assert!(message.contains("wirtinger") && message.contains("1+2i"), "{message}");
}

#[test]
fn nothing_is_undefined_at_zero() {
    type Row = (&'static str, fn(Complex<Dual<f64, 2>>) -> Complex<Dual<f64, 2>>, fn(Complex<Var>) -> Complex<Var>, C);
    macro_rules! row {
        ($name:literal, |$z:ident| $f:expr, $gradient:expr) => {
            ($name, |$z| $f, |$z| $f, $gradient)
        };
    }
    let zero = C::new(0.0, 0.0);
    let one = C::new(1.0, 0.0);
    let rows: [Row; 7] = [
        row!("abs", |z| z.norm().into(), zero),
        row!("arg", |z| z.arg().into(), zero),
        row!("exp", |z| z.exp(), one),
        row!("sin", |z| z.sin(), one),
        row!("cos", |z| z.cos(), zero),
        row!("z^2", |z| z.powi(2), zero),
        row!("sqrt(z z)", |z| (z * z).norm().sqrt().into(), zero),
    ];
    for (name, forward, reverse, expected) in rows {
        let (value, in_z, in_conjugate) = wirtinger(forward, zero);
        // The gradient of the real part is the conjugate of the sum of both, for a real slope.
        let gradient = (in_z + in_conjugate.conj()).conj();
        assert!(value.is_finite() && gradient == expected, "{name}: {gradient}");
        let (_, slope) = complex_gradient(|z| reverse(z[0]).re, &dvector![zero]);
        assert_eq!(slope[0], expected, "{name}, reverse");
    }
}
