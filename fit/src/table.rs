//! [`Table`]: a fit as people read it.

use crate::Fitted;
use std::fmt;

/// Estimates beside standard errors and whatever they are to be compared with.
///
/// ```text
/// parameter    estimate   standard error          published
/// alpha        0.540014       0.0548564   10.2 %       0.55
/// ```
#[derive(Clone, Debug)]
pub struct Table<'a> {
    fitted: &'a Fitted,
    references: Vec<(String, Vec<Option<f64>>)>,
}

impl<'a> Table<'a> {
    pub(crate) fn new(fitted: &'a Fitted) -> Self {
        Self { fitted, references: Vec::new() }
    }

    /// Adds a column of values to compare with; a parameter that `values` does not name stays blank.
    pub fn with_reference(mut self, title: &str, values: &[(&str, f64)]) -> Self {
        let find = |name: &String| values.iter().find(|(known, _)| known == name).map(|&(_, value)| value);
        self.references.push((title.to_string(), self.fitted.names().iter().map(find).collect()));
        self
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let errors = self.fitted.standard_errors();
        let mut header = vec!["parameter".to_string(), "estimate".to_string()];
        if errors.is_some() {
            header.extend(["standard error".to_string(), String::new()]);
        }
        header.extend(self.references.iter().map(|(title, _)| title.clone()));
        let row = |i: usize| {
            let estimate = self.fitted.estimates()[i];
            let mut row = vec![self.fitted.names()[i].clone(), significant(estimate)];
            if let Some(errors) = errors {
                row.extend([significant(errors[i]), format!("{:.1} %", 100.0 * errors[i] / estimate.abs())]);
            }
            row.extend(self.references.iter().map(|(_, values)| values[i].map_or_else(String::new, plain)));
            row
        };
        std::iter::once(header).chain((0..self.fitted.names().len()).map(row)).collect()
    }
}

/// Six significant digits; powers of ten only where zeros would hide the number.
pub(crate) fn significant(value: f64) -> String {
    let magnitude = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    match magnitude {
        -4..=6 => format!("{value:.*}", (5 - magnitude).max(0) as usize),
        _ => format!("{value:.5e}"),
    }
}

/// As the caller wrote it.
fn plain(value: f64) -> String {
    value.to_string()
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
        for row in &rows {
            let mut line = format!("{:<1$}", row[0], widths[0]);
            for (cell, &width) in row.iter().zip(&widths).skip(1) {
                line += &format!("   {cell:>width$}");
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        let fitted = self.fitted;
        let (value, steps, gradients) = (significant(fitted.value()), fitted.iterations(), fitted.gradients());
        writeln!(f, "objective {value} after {steps} iterations and {gradients} gradients of {}", fitted.optimiser())?;
        write!(f, "{}", fitted.stop())?;
        match fitted.uncertainty() {
            Ok(_) => Ok(()),
            Err(reason) => write!(f, "\nno standard errors: {reason}"),
        }
    }
}
