//! [`Model`]: a model as the linear algebra of implicit steps knows it.

use crate::Ode;
use costate_ad::{Real, RightHandSide};

/// A model's right-hand side.
pub(crate) struct Model<'a, S: ?Sized>(pub(crate) &'a S);

impl<S: Ode + ?Sized> RightHandSide for Model<'_, S> {
    #[inline(always)]
    fn eval<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        self.0.rhs(t, y, p, dy);
    }
}
