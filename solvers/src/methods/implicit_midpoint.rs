//! [`ImplicitMidpoint`]: the implicit midpoint rule.

use crate::Diagonal;
use crate::implicit::implicit_method;

/// The implicit midpoint rule: second order, symmetric, symplectic, A-stable, one implicit stage.
///
/// For oscillations that must neither grow nor decay, with steps of one size. It does not damp stiff components, and has no error
/// estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImplicitMidpoint;

implicit_method!(
    ImplicitMidpoint: DiagonalMethod,
    Diagonal {
        name: "ImplicitMidpoint",
        order: 2,
        embedded_order: None,
        gamma: 0.5,
        c: &[0.5],
        a: &[&[]],
        b: &[1.0],
        error: &[],
        explicit: &[],
        predictor: &[&[]],
    }
);
