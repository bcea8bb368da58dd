//! What the tests of agreement measure, as rows of the table in docs/strategies.md.

/// Prints how far the gradient of a strategy is off: from the tape's, relative to its largest component, or from a tight solve's, in
/// units of the tolerance.
pub fn row(problem: &str, method: &str, strategy: &str, difference: f64, unit: &str) {
    println!("| {problem} | {method} | {strategy} | {difference:.1e} {unit} |");
}
