//! [`Model`]: a model as the linear algebra of implicit steps knows it, and [`ImplicitPart`]: the part of it that they solve for.

use crate::{Ode, Part};
use costate_ad::{At, JacobianPattern, Real, RightHandSide};

/// A model's right-hand side.
pub(crate) struct Model<'a, S: ?Sized>(pub(crate) &'a S);

impl<S: Ode + ?Sized> RightHandSide for Model<'_, S> {
    #[inline(always)]
    fn eval<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        self.0.rhs(t, y, p, dy);
    }

    fn sparsity(&self, states: usize) -> Option<JacobianPattern> {
        self.0.sparsity(states)
    }

    fn jacobian(&self, at: At<'_>, entry: &mut dyn FnMut(usize, usize, f64)) -> bool {
        self.0.jacobian(at, entry)
    }

    fn jacobian_product(&self, at: At<'_>, v: &[f64], product: &mut [f64]) -> bool {
        self.0.jacobian_product(at, v, product)
    }
}

/// The implicit part of a model that is split.
pub(crate) struct ImplicitPart<'a, S: ?Sized>(pub(crate) &'a S);

impl<S: Ode + ?Sized> RightHandSide for ImplicitPart<'_, S> {
    #[inline(always)]
    fn eval<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        self.0.part(Part::Implicit, t, y, p, dy);
    }
}
