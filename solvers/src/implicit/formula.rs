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
