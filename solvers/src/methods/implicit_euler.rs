//! [`ImplicitEuler`]: the backward Euler method.

use crate::Diagonal;
use crate::implicit::diagonally_implicit;

/// The backward Euler method: first order, L-stable, one implicit stage.
///
/// For teaching, and for steps of one size through discontinuities. It has no error estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImplicitEuler;

diagonally_implicit!(
    ImplicitEuler,
    Diagonal {
        name: "ImplicitEuler",
        order: 1,
        embedded_order: None,
        gamma: 1.0,
        c: &[1.0],
        a: &[&[]],
        b: &[1.0],
        error: &[],
        predictor: &[&[]],
    }
);
