//! [`Formula`]: the equations of an implicit step, as plain data.

use super::{Collocation, Diagonal, Rosenbrock};

/// The equations that a step of an implicit method solves, with the coefficients as plain data: for who goes through them again, forward
/// or back.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Formula {
    /// One linear system for each stage. The stages that an [observer](crate::AcceptedStep::stages) is shown are the increments `u_i`.
    Rosenbrock(&'static Rosenbrock),
    /// One nonlinear system for each stage. The stages that an observer is shown are the slopes `k_i`.
    Diagonal(&'static Diagonal),
    /// One nonlinear system for all stages. The stages that an observer is shown are the `Z_i`.
    Collocation(&'static Collocation),
    /// One nonlinear system, after a linear [`Recurrence`](crate::Recurrence) of the differences that are carried from step to step.
    Multistep,
}

impl Formula {
    /// Numbers that an [observer](crate::AcceptedStep::stages) is shown of each state of a step, and that a way back needs beside the state
    /// itself: one for each stage; none for a multistep formula, whose way back needs no more than the end of the step.
    pub const fn stages(&self) -> usize {
        match self {
            Formula::Rosenbrock(formula) => formula.stages(),
            Formula::Diagonal(formula) => formula.stages(),
            Formula::Collocation(formula) => formula.stages(),
            Formula::Multistep => 0,
        }
    }
}
