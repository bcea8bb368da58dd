//! Every rule of the table, in every mode, against finite differences: the rows come from the table itself.

use costate_ad::{Dual, Var, binary_rules, derivative, gradient, unary_rules};
use nalgebra::{DVector, dvector};
use proptest::prelude::*;
use std::ops::Range;

struct Unary {
    name: &'static str,
    plain: fn(f64) -> f64,
    dual: fn(Dual<f64>) -> Dual<f64>,
    nested: fn(Dual<Dual<f64>>) -> Dual<Dual<f64>>,
    var: fn(Var) -> Var,
    over: fn(Dual<Var>) -> Dual<Var>,
    domain: Range<f64>,
}

macro_rules! unary_table {
    ($($(#[$doc:meta])* $name:ident($x:ident, $y:ident) = $slope:expr, $domain:expr;)*) => {
        const UNARY: &[Unary] = &[$(Unary {
            name: stringify!($name),
            plain: |x| x.$name(),
            dual: |x| x.$name(),
            nested: |x| x.$name(),
            var: |x| x.$name(),
            over: |x| x.$name(),
            domain: $domain,
        }),*];
    };
}
unary_rules!(unary_table);

struct Binary {
    name: &'static str,
    plain: fn(f64, f64) -> f64,
    dual: fn(Dual<f64, 2>, Dual<f64, 2>) -> Dual<f64, 2>,
    var: fn(Var, Var) -> Var,
    domains: [Range<f64>; 2],
}

macro_rules! binary_table {
    ($($(#[$doc:meta])* $name:ident($a:ident, $b:ident, $y:ident) = $slopes:expr, $da:expr, $db:expr;)*) => {
        const BINARY: &[Binary] = &[
            $(Binary {
                name: stringify!($name),
                plain: |a, b| a.$name(b),
                dual: |a, b| a.$name(b),
                var: |a, b| a.$name(b),
                domains: [$da, $db],
            },)*
            Binary { name: "+", plain: |a, b| a + b, dual: |a, b| a + b, var: |a, b| a + b, domains: [-3.0..3.0, -3.0..3.0] },
            Binary { name: "-", plain: |a, b| a - b, dual: |a, b| a - b, var: |a, b| a - b, domains: [-3.0..3.0, -3.0..3.0] },
            Binary { name: "*", plain: |a, b| a * b, dual: |a, b| a * b, var: |a, b| a * b, domains: [-3.0..3.0, -3.0..3.0] },
            Binary { name: "/", plain: |a, b| a / b, dual: |a, b| a / b, var: |a, b| a / b, domains: [-3.0..3.0, 0.2..3.0] },
            Binary { name: "%", plain: |a, b| a % b, dual: |a, b| a % b, var: |a, b| a % b, domains: [2.1..2.7, 0.95..0.99] },
            Binary { name: "log", plain: |a, b| a.log(b), dual: |a, b| a.log(b), var: |a, b| a.log(b), domains: [0.2..3.0, 1.5..3.0] },
        ];
    };
}
binary_rules!(binary_table);

/// A central difference of order 6, which is good to about 1e-12 of the function's scale.
fn difference(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    let h = 1e-3 * x.abs().max(0.1);
    let d = |k: f64| f(x + k * h) - f(x - k * h);
    (45.0 * d(1.0) - 9.0 * d(2.0) + d(3.0)) / (60.0 * h)
}

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * (1.0 + a.abs().max(b.abs()))
}

proptest! {
    #[test]
    fn unary_rules_agree_with_differences_and_each_other(row in 0..UNARY.len(), at in 0.0..1.0_f64) {
        let rule = &UNARY[row];
        let x = rule.domain.start + at * (rule.domain.end - rule.domain.start);
        let (value, slope) = derivative(rule.dual, x);
        prop_assert_eq!(value.to_bits(), (rule.plain)(x).to_bits(), "{} at {}: the value", rule.name, x);
        let estimate = difference(rule.plain, x);
        prop_assert!(close(slope, estimate, 1e-8), "{} at {}: {} against {}", rule.name, x, slope, estimate);

        let (value, reverse) = gradient(|x| (rule.var)(x[0]), &dvector![x]);
        prop_assert_eq!(value.to_bits(), (rule.plain)(x).to_bits(), "{} at {}: the value on the tape", rule.name, x);
        prop_assert_eq!(reverse[0], slope, "{} at {}: reverse", rule.name, x);

        let (_, second) = derivative(|x| derivative(rule.nested, x).1, x);
        let estimate = difference(|x| derivative(rule.dual, x).1, x);
        prop_assert!(close(second, estimate, 1e-8), "{}'' at {}: {} against {}", rule.name, x, second, estimate);
        let (_, over) = gradient(|x| derivative(rule.over, x[0]).1, &dvector![x]);
        prop_assert!(close(over[0], second, 1e-12), "{}'' at {}: reverse over forward", rule.name, x);
    }

    #[test]
    fn binary_rules_agree_with_differences_and_each_other(row in 0..BINARY.len(), at in 0.0..1.0_f64, bt in 0.0..1.0_f64) {
        let rule = &BINARY[row];
        let [da, db] = &rule.domains;
        let (a, b) = (da.start + at * (da.end - da.start), db.start + bt * (db.end - db.start));
        let forward = (rule.dual)(Dual::variable(a, 0), Dual::variable(b, 1));
        prop_assert_eq!(forward.value.to_bits(), (rule.plain)(a, b).to_bits(), "{} at {}, {}", rule.name, a, b);
        let (_, reverse) = gradient(|x| (rule.var)(x[0], x[1]), &dvector![a, b]);
        let estimates = [difference(|a| (rule.plain)(a, b), a), difference(|b| (rule.plain)(a, b), b)];
        for i in 0..2 {
            let slope = forward.derivatives[i];
            prop_assert!(close(slope, estimates[i], 1e-8), "{} at {}, {}: {} against {}", rule.name, a, b, slope, estimates[i]);
            prop_assert!(close(slope, reverse[i], 1e-14), "{} at {}, {}: reverse", rule.name, a, b);
        }
    }

    #[test]
    fn powers_and_pairs(x in 0.2..2.0_f64, n in -4..5_i32) {
        for (name, plain, dual, var) in functions(n) {
            let (value, slope) = derivative(&dual, x);
            prop_assert_eq!(value, plain(x), "{}", name);
            prop_assert!(close(slope, difference(&plain, x), 1e-8), "{} at {}: {}", name, x, slope);
            prop_assert!(close(gradient(|x| var(x[0]), &dvector![x]).1[0], slope, 1e-14), "{} at {}: reverse", name, x);
        }
    }
}

type Function = (&'static str, Box<dyn Fn(f64) -> f64>, Box<dyn Fn(Dual<f64>) -> Dual<f64>>, Box<dyn Fn(Var) -> Var>);

/// Functions that are not rules of the table but made from them.
fn functions(n: i32) -> Vec<Function> {
    macro_rules! row {
        ($name:literal, |$x:ident| $body:expr) => {
            ($name, Box::new(move |$x| $body), Box::new(move |$x| $body), Box::new(move |$x| $body))
        };
    }
    vec![
        row!("powi", |x| x.powi(n)),
        row!("sin_cos", |x| {
            let (s, c) = x.sin_cos();
            s * 2.0 + c
        }),
        row!("sinh_cosh", |x| {
            let (s, c) = nalgebra::ComplexField::sinh_cosh(x);
            s * 2.0 + c
        }),
        row!("sinc", |x| nalgebra::ComplexField::sinc(x)),
        row!("sinhc", |x| nalgebra::ComplexField::sinhc(x)),
        row!("mul_add", |x| x.mul_add(x, x.sin())),
        row!("max", |x| (x * x).max(x * 0.1)),
        row!("min", |x| (x * x).min(x * 0.1)),
    ]
}

/// `(what, value and gradient, expected)` at kinks and singular points.
#[test]
fn kinks_are_as_documented() {
    type Row = (&'static str, fn(&DVector<Var>) -> Var, fn(&[Dual<f64, 2>]) -> Dual<f64, 2>, [f64; 2], [f64; 2]);
    macro_rules! row {
        ($name:literal, |$x:ident| $body:expr, $at:expr, $expected:expr) => {
            ($name, |$x| $body, |$x| $body, $at, $expected)
        };
    }
    let rows: &[Row] = &[
        row!("|x| at 0", |x| x[0].abs(), [0.0, 0.0], [0.0, 0.0]),
        row!("sqrt(x^2) at 0", |x| (x[0] * x[0]).sqrt(), [0.0, 0.0], [0.0, 0.0]),
        row!("sqrt(x^2 + y^2) at 0", |x| (x[0] * x[0] + x[1] * x[1]).sqrt(), [0.0, 0.0], [0.0, 0.0]),
        row!("sqrt(0 x) at 0", |x| (x[0] * 0.0).sqrt(), [0.0, 0.0], [0.0, 0.0]),
        row!("max on a tie", |x| x[0].max(x[1]), [1.0, 1.0], [1.0, 0.0]),
        row!("min on a tie", |x| x[0].min(x[1]), [1.0, 1.0], [1.0, 0.0]),
        row!("x^0 at 0", |x| x[0].powf(0.0.into()), [0.0, 0.0], [0.0, 0.0]),
        row!("x^1 at 0", |x| x[0].powf(1.0.into()), [0.0, 0.0], [1.0, 0.0]),
        row!("x^2 at 0", |x| x[0].powf(2.0.into()), [0.0, 0.0], [0.0, 0.0]),
        row!("0^y", |x| x[0].powf(x[1]), [0.0, 2.0], [0.0, 0.0]),
        row!("(-2)^y, y constant", |x| x[0].powf(3.0.into()), [-2.0, 0.0], [12.0, 0.0]),
        row!("0^n, n = 0", |x| x[0].powi(0), [0.0, 0.0], [0.0, 0.0]),
        row!("0^n, n = 1", |x| x[0].powi(1), [0.0, 0.0], [1.0, 0.0]),
        row!("0^n, n = 3", |x| x[0].powi(3), [0.0, 0.0], [0.0, 0.0]),
        row!("atan2(0, 0)", |x| x[0].atan2(x[1]), [0.0, 0.0], [0.0, 0.0]),
        row!("hypot(0, 0)", |x| x[0].hypot(x[1]), [0.0, 0.0], [0.0, 0.0]),
        row!("floor", |x| x[0].floor() * x[1], [1.5, 2.0], [0.0, 1.0]),
        row!("sinc(0)", |x| x[0].sinc(), [0.0, 0.0], [0.0, 0.0]),
        row!("clamp outside", |x| x[0].clamp(0.0.into(), 1.0.into()), [2.0, 0.0], [0.0, 0.0]),
    ];
    for (name, var, dual, at, expected) in rows {
        let (_, slope) = gradient(var, &DVector::from_column_slice(at));
        assert_eq!(slope.as_slice(), expected, "{name}: reverse");
        let inputs = [Dual::variable(at[0], 0), Dual::variable(at[1], 1)];
        assert_eq!(dual(&inputs).derivatives, *expected, "{name}: forward");
    }
    let (_, slope) = gradient(|x| x.norm(), &DVector::zeros(5));
    assert_eq!(slope, DVector::zeros(5), "norm of five zeros, whose sum of squares is a node");
}
