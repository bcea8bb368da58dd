//! What a check found.

use super::Estimate;
use nalgebra::DVector;
use std::fmt;

/// A way to compute a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On `f64`.
    Plain,
    /// On the tape.
    Reverse,
    /// On dual numbers.
    Forward,
    /// On dual numbers of dual numbers.
    ForwardOverForward,
    /// On dual numbers of the tape's variables.
    ReverseOverForward,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// The value of the program.
    Value,
    /// The derivative with respect to an input.
    Gradient(usize),
    /// The second derivative with respect to two inputs; differences were taken along the second.
    Hessian(usize, usize),
}

/// The outcome of a comparison; the worst of several is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Every mode agrees with every other and with finite differences.
    Agree,
    /// The modes agree with one another, and finite differences cannot judge: a kink, the edge of a domain, or noise.
    Inconclusive,
    /// A mode gives something else than the others or than finite differences.
    Disagree,
}

/// One quantity by every mode.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What is compared.
    pub quantity: Quantity,
    /// What each mode gave.
    pub modes: Vec<(Mode, f64)>,
    /// What finite differences gave, if they were taken.
    pub differences: Option<Estimate>,
    /// The modes that are off: from finite differences where those can judge, else from the other modes.
    pub off: Vec<Mode>,
    /// The outcome.
    pub verdict: Verdict,
}

/// The report of [`check_gradient`](crate::check_gradient). Its `Display` is a table; of a long one it shows the rows in
/// doubt.
#[derive(Clone, Debug, PartialEq)]
pub struct GradientCheck {
    /// The value on plain numbers.
    pub value: f64,
    /// The gradient by reverse mode.
    pub gradient: DVector<f64>,
    /// All comparisons.
    pub comparisons: Vec<Comparison>,
    /// The worst outcome among them.
    pub verdict: Verdict,
}

/// Finite differences with a relative error above this judge nothing.
const CONCLUSIVE: f64 = 1e-4;

/// Comparisons on their way to a report.
pub(super) struct Judge {
    tolerance: f64,
    comparisons: Vec<Comparison>,
}

impl Judge {
    pub(super) fn new(tolerance: f64) -> Judge {
        Judge { tolerance, comparisons: Vec::new() }
    }

    pub(super) fn compare(&mut self, quantity: Quantity, modes: Vec<(Mode, f64)>, differences: Option<Estimate>) {
        self.comparisons.push(Comparison { quantity, modes, differences, off: Vec::new(), verdict: Verdict::Agree });
    }

    pub(super) fn report(mut self, value: f64, gradient: DVector<f64>) -> GradientCheck {
        let slope = self.largest(|q| matches!(q, Quantity::Gradient(_)));
        let curvature = self.largest(|q| matches!(q, Quantity::Hessian(..)));
        for comparison in &mut self.comparisons {
            let scale = match comparison.quantity {
                Quantity::Value => value.abs(),
                Quantity::Gradient(_) => slope.max(1e-8 * value.abs()),
                Quantity::Hessian(..) => curvature.max(1e-8 * slope),
            };
            comparison.judge(if scale.is_finite() { scale } else { 0.0 }, self.tolerance);
        }
        let verdict = self.comparisons.iter().map(|c| c.verdict).max().unwrap_or(Verdict::Agree);
        GradientCheck { value, gradient, comparisons: self.comparisons, verdict }
    }

    /// The largest component of a kind, by any mode.
    fn largest(&self, kind: impl Fn(Quantity) -> bool) -> f64 {
        let of_kind = self.comparisons.iter().filter(|c| kind(c.quantity));
        of_kind.flat_map(|c| &c.modes).map(|(_, x)| x.abs()).filter(|x| x.is_finite()).fold(0.0, f64::max)
    }
}

impl Comparison {
    fn judge(&mut self, scale: f64, tolerance: f64) {
        let differences = self.differences.filter(|d| d.error <= CONCLUSIVE * scale.max(d.value.abs()));
        let (reference, allowed) = match differences {
            Some(d) => (d.value, 10.0 * d.error + tolerance * scale),
            None => (self.median(), tolerance * scale),
        };
        let is_off = |x: f64| {
            let same = x == reference || (x.is_nan() && reference.is_nan());
            !same && (x - reference).abs().partial_cmp(&allowed).is_none_or(|order| order.is_gt())
        };
        let apart = self.modes.iter().any(|(_, a)| self.modes.iter().any(|(_, b)| (a - b).abs() > tolerance * scale));
        self.off = self.modes.iter().filter(|&&(_, x)| is_off(x)).map(|&(mode, _)| mode).collect();
        self.verdict = match (apart || !self.off.is_empty(), self.differences.is_some() && differences.is_none()) {
            (true, _) => Verdict::Disagree,
            (false, true) => Verdict::Inconclusive,
            (false, false) if self.modes.iter().any(|(_, x)| !x.is_finite()) => Verdict::Inconclusive,
            (false, false) => Verdict::Agree,
        };
    }

    /// The value in the middle; a value that is no number only if most are.
    fn median(&self) -> f64 {
        let mut values: Vec<f64> = self.modes.iter().map(|&(_, x)| x).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
    }
}

impl GradientCheck {
    /// Whether no mode is off, which includes that differences could not judge.
    pub fn modes_agree(&self) -> bool {
        self.verdict < Verdict::Disagree
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::Agree => "agree",
            Verdict::Inconclusive => "inconclusive",
            Verdict::Disagree => "DISAGREE",
        })
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Mode::Plain => "plain",
            Mode::Reverse => "reverse",
            Mode::Forward => "forward",
            Mode::ForwardOverForward => "forward over forward",
            Mode::ReverseOverForward => "reverse over forward",
        })
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Quantity::Value => f.pad("value"),
            Quantity::Gradient(i) => f.pad(&format!("gradient[{i}]")),
            Quantity::Hessian(i, j) => f.pad(&format!("hessian[{i}, {j}]")),
        }
    }
}

/// Rows that a table shows at most.
const ROWS: usize = 40;

impl fmt::Display for GradientCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = self.comparisons.len() <= ROWS;
        let shown = || self.comparisons.iter().filter(|c| short || c.verdict != Verdict::Agree);
        writeln!(f, "gradient check: {} ({} comparisons)", self.verdict, self.comparisons.len())?;
        for c in shown().take(ROWS) {
            write!(f, "{:<15} {:<13}", c.quantity, c.verdict)?;
            if let Some(Estimate { value, error }) = c.differences {
                write!(f, " differences {value:.10e} +- {error:.0e}")?;
            }
            for (mode, x) in &c.modes {
                let mark = if c.off.contains(mode) { " (off)" } else { "" };
                write!(f, " | {mode} {x:.10e}{mark}")?;
            }
            writeln!(f)?;
        }
        match shown().count().saturating_sub(ROWS) {
            0 => Ok(()),
            more => writeln!(f, "and {more} more that do not agree"),
        }
    }
}
