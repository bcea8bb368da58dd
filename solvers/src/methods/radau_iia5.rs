//! [`RadauIIA5`]: Hairer and Wanner's implementation of the Radau IIA method of order 5.

use crate::implicit::COLLOCATION;
use crate::{Formula, Method, RadauStepper, Real};

/// The Radau IIA method of order 5: three implicit stages that are solved together, stiffly accurate, L-stable, with an error estimate of
/// third order and the polynomial of collocation as interpolant of third order.
///
/// The most dependable choice for very stiff problems, and for differential-algebraic ones of index 1: it keeps its order where
/// others lose it, and its Jacobian from step to step.
///
/// Reference: E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, 2nd ed., section IV.8, and its program RADAU5.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RadauIIA5;

impl Method for RadauIIA5 {
    type Stepper<R: Real> = RadauStepper<R>;

    const FORMULA: Option<Formula> = Some(Formula::Collocation(&COLLOCATION));

    fn name(&self) -> &'static str {
        "RadauIIA5"
    }

    fn order(&self) -> usize {
        5
    }

    fn embedded_order(&self) -> Option<usize> {
        Some(3)
    }

    fn is_implicit(&self) -> bool {
        true
    }

    fn takes_mass_matrix(&self) -> bool {
        true
    }

    fn stepper<R: Real>(&self, states: usize) -> RadauStepper<R> {
        RadauStepper::new(states)
    }
}
