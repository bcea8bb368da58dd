//! The program matrix: gradients of almost all language constructs, in every mode, as one table.
//!
//! The numbered rows are the gradient-check programs of the test-suite of Zygote (Innes et al., arXiv:1907.07587), in their
//! portable sense: where a program is about a construct of Julia, its idea is translated. Each row runs by reverse, forward,
//! forward-over-forward and reverse-over-forward mode and is compared with finite differences and with the exact gradient
//! where one is known. Programs about drivers rather than about one function (32, 47 and the holomorphic part of 48) have
//! tests of their own: `parallel.rs`, `checkpoint.rs`, `complex.rs`.

use costate_ad::{GradientCheck, Quantity, Verdict};

/// A row: runs the check of one program at one point.
pub struct Row {
    name: &'static str,
    check: fn() -> GradientCheck,
    expected: Expected,
}

/// What a row must come to.
pub enum Expected {
    /// All modes and finite differences agree, and this is the gradient.
    Gradient(Vec<f64>),
    /// All modes and finite differences agree; there is no short closed form.
    Differences,
    /// The gradient in every mode is this: a convention at a kink, or the derivative of a program as it ran, where finite
    /// differences see something else.
    Convention(Vec<f64>),
}

/// `row!("name", program, point, expected)`.
macro_rules! row {
    ($name:literal, $program:expr, $at:expr, $expected:expr) => {
        crate::Row { name: $name, check: || costate_ad::check_gradient(&$program, &$at), expected: $expected }
    };
}

mod arrays;
mod complex;
mod containers;
mod control;
mod kinks;
mod nesting;

fn failures(row: &Row) -> Option<String> {
    let report = (row.check)();
    let gradient = match &row.expected {
        Expected::Differences => return (report.verdict != Verdict::Agree).then(|| format!("{}: {report}", row.name)),
        Expected::Gradient(_) if report.verdict != Verdict::Agree => return Some(format!("{}: {report}", row.name)),
        Expected::Gradient(gradient) | Expected::Convention(gradient) => gradient,
    };
    let scale = gradient.iter().fold(0.0_f64, |largest, g| largest.max(g.abs()));
    let exact = report.comparisons.iter().all(|c| match c.quantity {
        Quantity::Gradient(i) => c.modes.iter().all(|(_, x)| (x - gradient[i]).abs() <= 1e-11 * scale),
        _ => true,
    });
    (!exact).then(|| format!("{}: expected {gradient:?}, {report}", row.name))
}

fn all_rows_hold(rows: Vec<Row>) {
    let failed: Vec<String> = rows.iter().filter_map(failures).collect();
    assert!(failed.is_empty(), "{} of {} rows\n{}", failed.len(), rows.len(), failed.join("\n"));
}

#[test]
fn control_flow_and_recursion() {
    all_rows_hold(control::rows());
}

#[test]
fn closures_and_containers() {
    all_rows_hold(containers::rows());
}

#[test]
fn buffers_and_matrices() {
    all_rows_hold(arrays::rows());
}

#[test]
fn nested_derivatives() {
    all_rows_hold(nesting::rows());
}

#[test]
fn complex_numbers() {
    all_rows_hold(complex::rows());
}

#[test]
fn kinks_and_edges() {
    all_rows_hold(kinks::rows());
}
