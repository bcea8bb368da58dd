//! [`Field`]: a model's right-hand side, as `costate-ad` knows it.

use costate_ad::{At, JacobianPattern, Real, RightHandSide};
use costate_solvers::Ode;

pub(crate) struct Field<'a, S>(pub(crate) &'a S);

impl<S: Ode> RightHandSide for Field<'_, S> {
    #[inline(always)]
    fn eval<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        self.0.rhs(t, y, p, dy);
    }

    #[inline]
    fn vjp(&self, at: At<'_>, w: &[f64], y_bar: &mut [f64], p_bar: &mut [f64], t_bar: &mut f64) -> bool {
        self.0.vjp(at, w, y_bar, p_bar, t_bar)
    }

    fn sparsity(&self, states: usize) -> Option<JacobianPattern> {
        self.0.sparsity(states)
    }

    fn jacobian(&self, at: At<'_>, entry: &mut dyn FnMut(usize, usize, f64)) -> bool {
        self.0.jacobian(at, entry)
    }
}
