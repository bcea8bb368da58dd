//! [`ImplicitEuler`]: the backward Euler method.

use crate::Diagonal;
use crate::implicit::implicit_method;

/// The backward Euler method: first order, L-stable, one implicit stage.
///
/// For teaching, and for steps of one size through discontinuities. It has no error estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImplicitEuler;

implicit_method!(
    ImplicitEuler: DiagonalMethod,
    Diagonal {
        name: "ImplicitEuler",
        order: 1,
        embedded_order: None,
        gamma: 1.0,
        c: &[1.0],
        a: &[&[]],
        b: &[1.0],
        error: &[],
        explicit: &[],
        predictor: &[&[]],
    }
);
