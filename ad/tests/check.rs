//! `check_gradient` finds what is wrong, and says so only then.

use costate_ad::{GradientCheck, LinearMap, Mode, Program, Quantity, Real, Verdict};
use costate_ad::{check_gradient, check_gradient_within, program, stop_gradient};
use std::rc::Rc;

/// A map whose transpose is written wrong: only reverse mode uses it.
struct Doubled;

impl LinearMap for Doubled {
    fn rows(&self) -> usize {
        1
    }

    fn columns(&self) -> usize {
        1
    }

    fn apply(&self, x: &[f64], y: &mut [f64]) {
        y[0] = 2.0 * x[0];
    }

    fn apply_transposed(&self, y: &[f64], x: &mut [f64]) {
        x[0] = 2.1 * y[0];
    }
}

struct WrongTranspose;

impl Program for WrongTranspose {
    fn run<R: Real>(&self, x: &[R]) -> R {
        let map: Rc<dyn LinearMap> = Rc::new(Doubled);
        R::linear_map(&map, &[x[1].sin()])[0] + x[0] * x[0]
    }
}

fn off(report: &GradientCheck) -> Vec<(Quantity, Mode)> {
    report.comparisons.iter().flat_map(|c| c.off.iter().map(|&mode| (c.quantity, mode))).collect()
}

#[test]
fn a_wrong_rule_is_found_and_named() {
    let report = check_gradient(&WrongTranspose, &[0.5, 1.0]);
    assert_eq!(report.verdict, Verdict::Disagree);
    let modes = [Mode::Reverse, Mode::ReverseOverForward];
    let expected =
        [(Quantity::Hessian(1, 1), modes[1]), (Quantity::Gradient(1), modes[0]), (Quantity::Gradient(1), modes[1])];
    assert_eq!(off(&report), expected, "{report}");
    let table = report.to_string();
    for part in ["DISAGREE", "gradient[1]", "hessian[1, 1]", "reverse 1.13", "(off)", "differences 1.08"] {
        assert!(table.contains(part), "{part} in\n{table}");
    }
}

#[test]
fn verdicts() {
    let stopped = program!(|x| stop_gradient(x[0]) * x[0]);
    let rows = [
        ("a kink", check_gradient(&program!(|x| x[0].abs() + x[1]), &[0.0, 1.0]), Verdict::Inconclusive),
        ("the edge of a domain", check_gradient(&program!(|x| x[0].powf(R::from(2.5))), &[0.0]), Verdict::Inconclusive),
        ("another piece nearby", check_gradient(&program!(|x| (x[0] - 0.01).abs()), &[0.0]), Verdict::Agree),
        ("a step elsewhere", check_gradient(&program!(|x| x[0] + x[0].floor()), &[0.9]), Verdict::Agree),
        ("a derivative is stopped", check_gradient(&stopped, &[3.0]), Verdict::Disagree),
        ("nothing to differentiate", check_gradient(&program!(|_x| R::one()), &[]), Verdict::Agree),
        ("far too small", check_gradient(&program!(|x| x[0].exp() * x[1]), &[1e-7, 1e-7]), Verdict::Agree),
        ("far too large", check_gradient(&program!(|x| x[0] * x[1]), &[1e9, 1e-9]), Verdict::Agree),
        ("a wide tolerance", check_gradient_within(&WrongTranspose, &[0.5, 1.0], 0.1), Verdict::Agree),
    ];
    for (what, report, verdict) in rows {
        assert_eq!(report.verdict, verdict, "{what}: {report}");
        assert_eq!(report.modes_agree(), verdict != Verdict::Disagree);
    }
}

#[test]
fn of_many_inputs_some_are_sampled_and_a_long_table_is_cut() {
    let x: Vec<f64> = (0..200).map(f64::from).collect();
    let report = check_gradient(&program!(|x| x.iter().fold(R::zero(), |sum, x| sum + x.sin())), &x);
    assert_eq!(report.verdict, Verdict::Agree, "{report}");
    assert!(report.to_string().lines().count() < 45);
    let sampled = report.comparisons.iter().filter(|c| matches!(c.quantity, Quantity::Gradient(_)));
    assert_eq!(sampled.filter(|c| c.differences.is_some()).count(), 64);
}
