//! [`Statistics`]: what a solve cost.

use std::fmt;

/// Counts of one solve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Steps that were taken.
    pub accepted: usize,
    /// Steps that were tried and found too inaccurate, or not finite.
    pub rejected: usize,
    /// Evaluations of the right-hand side.
    pub evaluations: usize,
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} steps accepted, {} rejected, {} evaluations of the right-hand side",
            self.accepted, self.rejected, self.evaluations
        )
    }
}
