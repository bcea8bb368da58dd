//! [`Products`]: systems of implicit steps solved by products with a Jacobian that is never formed.

use super::plain::add_mass;
use crate::VectorField;
use costate_ad::At;
use costate_linalg::{Gmres, JacobianProduct, LinalgError, MassMatrix};
use std::cell::RefCell;

/// How a system without a matrix is solved, and what went wrong last.
#[derive(Clone, Debug)]
pub(super) struct Products {
    gmres: Gmres,
    jacobian: RefCell<JacobianProduct>,
    trouble: RefCell<Option<LinalgError>>,
}

/// The matrix `shift M - J`, with the Jacobian of the implicit part or of the whole at a point.
#[derive(Clone, Copy)]
pub(super) struct Shifted<'a> {
    pub(super) shift: f64,
    pub(super) mass: Option<&'a MassMatrix>,
    pub(super) at: At<'a>,
    pub(super) implicit_part: bool,
}

impl Products {
    pub(super) fn new(gmres: Gmres) -> Products {
        Products { gmres, jacobian: RefCell::default(), trouble: RefCell::default() }
    }

    /// Overwrites `b` by the solution; by NaN where the iteration does not converge, so that the step fails.
    pub(super) fn solve<F: VectorField<R> + ?Sized, R>(&self, field: &F, matrix: Shifted<'_>, b: &mut [f64]) {
        let Shifted { shift, mass, at, implicit_part } = matrix;
        let mut jacobian = self.jacobian.borrow_mut();
        let apply = |x: &[f64], y: &mut [f64]| {
            field.multiply(implicit_part, at, x, &mut jacobian, y);
            y.iter_mut().for_each(|y| *y = -*y);
            add_mass(mass, shift, x, y);
        };
        let precondition = |x: &mut [f64]| {
            if !implicit_part {
                field.precondition(at, shift, x);
            }
        };
        let mut x = vec![0.0; b.len()];
        let outcome = self.gmres.solve(apply, precondition, b, &mut x);
        if outcome.is_err() {
            x.fill(f64::NAN);
        }
        b.copy_from_slice(&x);
        let flaw = jacobian.flaw().cloned();
        *self.trouble.borrow_mut() = flaw.or(outcome.err());
    }

    /// What was wrong with the last system.
    pub(super) fn trouble(&self) -> Option<LinalgError> {
        self.trouble.borrow().clone()
    }
}
