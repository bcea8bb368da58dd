//! [`Statistics`]: what a solve cost.

use crate::Automatic;
use std::fmt;
use std::ops::AddAssign;

/// Counts of one solve.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Statistics {
    /// Steps that were taken.
    pub accepted: usize,
    /// Steps that were tried and found too inaccurate, or not finite.
    pub rejected: usize,
    /// Evaluations of the right-hand side.
    pub evaluations: usize,
    /// What implicit steps took beside that.
    pub implicit: ImplicitWork,
    /// What an automatic choice of the method came to, where there was one.
    pub automatic: Option<Automatic>,
}

/// Counts of the linear algebra of implicit steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImplicitWork {
    /// Evaluations of the Jacobian.
    pub jacobians: usize,
    /// Factorisations of the matrix of a step.
    pub factorisations: usize,
    /// Iterations of Newton's method, over all stages.
    pub iterations: usize,
}

impl AddAssign for ImplicitWork {
    fn add_assign(&mut self, other: ImplicitWork) {
        self.jacobians += other.jacobians;
        self.factorisations += other.factorisations;
        self.iterations += other.iterations;
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} steps accepted, {} rejected, {} evaluations of the right-hand side",
            self.accepted, self.rejected, self.evaluations
        )?;
        let ImplicitWork { jacobians, factorisations, iterations } = self.implicit;
        if factorisations > 0 {
            write!(f, ", {jacobians} Jacobians, {factorisations} factorisations, {iterations} Newton iterations")?;
        }
        self.automatic.map_or(Ok(()), |automatic| write!(f, "; {automatic}"))
    }
}
