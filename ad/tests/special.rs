//! Values of the special functions against 25-digit references, and their edges.

use costate_ad::{Activation, Dual, HessianPattern, Real, Tracer, derivative, gradient};
use nalgebra::dvector;

/// How far a value may be off, relative to itself, in machine epsilons.
struct Promise {
    function: &'static str,
    evaluate: fn(f64, f64) -> f64,
    epsilons: f64,
}

macro_rules! promises {
    ($($name:literal: |$x:ident, $y:ident| $value:expr, $epsilons:expr;)*) => {
        const PROMISES: &[Promise] =
            &[$(Promise { function: $name, evaluate: |$x, $y| $value, epsilons: $epsilons }),*];
    };
}
promises! {
    "erf": |x, _y| Real::erf(x), 2.0;
    "erfc": |x, _y| Real::erfc(x), 2.0;
    "ln_gamma": |x, _y| Real::ln_gamma(x), 4.0;
    "digamma": |x, _y| x.digamma(), 12.0;
    "polygamma1": |x, _y| x.polygamma(1), 12.0;
    "polygamma2": |x, _y| x.polygamma(2), 12.0;
    "polygamma3": |x, _y| x.polygamma(3), 12.0;
    "polygamma5": |x, _y| x.polygamma(5), 12.0;
    "polygamma8": |x, _y| x.polygamma(8), 12.0;
    "logistic": |x, _y| x.logistic(), 2.0;
    "softplus": |x, _y| x.softplus(), 2.0;
    "ln_1m_exp": |x, _y| x.ln_1m_exp(), 2.0;
    "logit": |x, _y| x.logit(), 2.0;
    "xlogx": |x, _y| x.xlogx(), 2.0;
    "ln_beta": |x, y| x.ln_beta(y), 8.0;
    "beta": |x, y| x.beta(y), 24.0;
    "xlogy": |x, y| x.xlogy(y), 2.0;
}

#[test]
fn values_are_as_accurate_as_stated() {
    let table = include_str!("../../data/special/values.csv");
    let mut rows = 0;
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let promise =
            PROMISES.iter().find(|p| p.function == cells[0]).expect("every function of the table has a promise");
        let number = |cell: &str| cell.parse::<f64>().expect("a number");
        let (x, y) = (number(cells[1]), if cells[2].is_empty() { 0.0 } else { number(cells[2]) });
        let (value, expected) = ((promise.evaluate)(x, y), number(cells[3]));
        let error = (value - expected).abs() / (expected.abs().max(f64::MIN_POSITIVE) * f64::EPSILON);
        let what = promise.function;
        assert!(error <= promise.epsilons, "{what} at {x}, {y}: {value} against {expected}: {error} epsilons");
        rows += 1;
    }
    assert!(rows > 300);
}

/// `(what, value and derivative by both modes, expected)`, where a formula written down naively overflows or cancels.
#[test]
fn edges() {
    type Row = (&'static str, fn(Dual<f64>) -> Dual<f64>, fn(costate_ad::Var) -> costate_ad::Var, f64, [f64; 2]);
    macro_rules! row {
        ($name:literal, |$x:ident| $body:expr, $at:expr, $expected:expr) => {
            ($name, |$x| $body, |$x| $body, $at, $expected)
        };
    }
    let inf = f64::INFINITY;
    let rows: &[Row] = &[
        row!("softplus far left", |x| x.softplus(), -1000.0, [0.0, 0.0]),
        row!("softplus left", |x| x.softplus(), -700.0, [(-700.0_f64).exp(), (-700.0_f64).exp()]),
        row!("softplus right", |x| x.softplus(), 100.0, [100.0, 1.0]),
        row!("softplus far right", |x| x.softplus(), 1e300, [1e300, 1.0]),
        row!("logistic far left", |x| x.logistic(), -1000.0, [0.0, 0.0]),
        row!("logistic right", |x| x.logistic(), 100.0, [1.0, (-100.0_f64).exp()]),
        row!("logistic far right", |x| x.logistic(), 1000.0, [1.0, 0.0]),
        row!("xlogx at 0", |x| x.xlogx(), 0.0, [0.0, -inf]),
        row!("xlogx of a constant 0", |x| (x * 0.0).xlogx(), 2.0, [0.0, 0.0]),
        row!("xlogy(0, 0)", |x| x.xlogy(x), 0.0, [0.0, 0.0]),
        row!("xlogy(0, e)", |x| x.xlogy(std::f64::consts::E.into()), 0.0, [0.0, 1.0]),
        row!("ln_1m_exp far left", |x| x.ln_1m_exp(), -1000.0, [0.0, 0.0]),
        row!("ln_1m_exp at 0", |x| x.ln_1m_exp(), 0.0, [-inf, -inf]),
        row!("logit at 0", |x| x.logit(), 0.0, [-inf, inf]),
        row!("logit at 1/2", |x| x.logit(), 0.5, [0.0, 4.0]),
        row!("erf far right", |x| x.erf(), 40.0, [1.0, 0.0]),
        row!("erfc far left", |x| x.erfc(), -40.0, [2.0, 0.0]),
        row!("ln_gamma at 0", |x| x.ln_gamma(), 0.0, [inf, -inf]),
    ];
    for (name, dual, var, at, expected) in rows {
        let (value, forward) = derivative(dual, *at);
        let (_, reverse) = gradient(|x| var(x[0]), &dvector![*at]);
        for (got, expected) in [value, forward].into_iter().zip(expected) {
            let same = got == *expected || (got - expected).abs() <= 4e-16 * expected.abs();
            assert!(same, "{name}: {got} against {expected}");
        }
        assert_eq!(reverse[0], forward, "{name}: reverse");
    }
    for pole in [-1.0, -2.0, -7.0] {
        assert!(pole.digamma().is_nan() && pole.polygamma(3).is_nan(), "{pole}");
    }
    assert_eq!(Real::ln_gamma(-3.0), inf);
}

/// Identities that tie the functions to each other, through three derivatives.
#[test]
fn nesting_works_at_any_depth() {
    type Three = Dual<Dual<Dual<f64>>>;
    fn third(f: impl Fn(Three) -> Three, x: f64) -> [f64; 4] {
        let inner = Dual::variable(Dual::variable(Dual::variable(x, 0), 0), 0);
        let y = f(inner);
        let first = y.derivatives[0];
        let second = first.derivatives[0];
        [y.value(), first.value(), second.value(), second.derivatives[0]]
    }
    for x in [0.3, 1.4616, 2.7, 14.0] {
        let got = third(|x| x.ln_gamma(), x);
        assert_eq!(got, [Real::ln_gamma(x), x.digamma(), x.polygamma(1), x.polygamma(2)], "ln_gamma at {x}");
        let (left, right) = (third(|x| (x + 1.0).digamma(), x), third(|x| x.digamma() + x.recip(), x));
        for i in 0..4 {
            let scale = 1.0 + right[i].abs() + x.powi(-1 - i as i32) * 6.0;
            assert!((left[i] - right[i]).abs() <= 1e-14 * scale, "digamma at {x}, derivative {i}: {left:?} {right:?}");
        }
        let (left, right) = (third(|x| (-x).logistic().logit(), x), [-x, -1.0, 0.0, 0.0]);
        for i in 0..4 {
            assert!((left[i] - right[i]).abs() <= 1e-9, "logit of logistic at {x}, derivative {i}: {left:?}");
        }
        let (left, right) = (third(|x| x.beta(Dual::from(1.0)), x), third(|x| x.recip(), x));
        for i in 0..4 {
            assert!(
                (left[i] - right[i]).abs() <= 1e-13 * right[i].abs(),
                "beta(x, 1) at {x}, derivative {i}: {left:?}"
            );
        }
    }
}

/// A special function and a fused hook bend as much as any other, and none of them looks at a value.
#[test]
fn patterns_see_the_curvature_of_special_functions() {
    let (activation, x) = (Activation::Gelu, [0.4, 0.6, 0.3, 0.2, 0.1]);
    let pattern = HessianPattern::trace(|x| x[0].ln_gamma() + x[1].beta(x[2]) + x[3].softplus() * 2.0 + x[4], &x);
    assert_eq!((pattern.nnz(), pattern.column(1), pattern.holds_everywhere()), (6, &[1, 2][..], true));
    let pattern = HessianPattern::trace(|x| Tracer::logsumexp(&x[..2]) + x[2].polygamma(3), &x);
    assert_eq!((pattern.nnz(), pattern.holds_everywhere()), (5, true));
    let layer =
        |f, x: &[Tracer]| Tracer::sum(&Tracer::layer(f, &[2.0.into(), 3.0.into()], &[x[4]; 2], &x[..1], [2, 1, 1]));
    let pattern = HessianPattern::trace(|x| layer(activation, x), &x);
    assert_eq!((pattern.nnz(), pattern.column(0), pattern.holds_everywhere()), (4, &[0, 4][..], true));
    assert_eq!(HessianPattern::trace(|x| layer(Activation::Relu, x), &x).nnz(), 0);
}
