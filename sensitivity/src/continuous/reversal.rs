//! [`Reversal`]: a model solved backward, alone or beside its adjoint equation.

use super::products::Products;
use costate_ad::At;
use costate_linalg::StateJacobian;
use costate_solvers::{Linearisation, Ode, VectorField};
use nalgebra::DMatrix;
use std::cell::RefCell;

/// The model on plain numbers and without its events: `y' = f(t, y, p)`, and behind `y`, if it is asked for,
/// `lambda' = -(df/dy)^T lambda`.
pub(super) struct Reversal<'a, 'f, S> {
    pub(super) products: &'a RefCell<Products<'f, S>>,
    pub(super) p: &'a [f64],
    /// States of the model.
    pub(super) n: usize,
    pub(super) with_adjoint: bool,
}

impl<S: Ode> VectorField<f64> for Reversal<'_, '_, S> {
    fn eval(&self, t: f64, both: &[f64], _p: &[f64], out: &mut [f64]) {
        let (y, lambda) = both.split_at(self.n);
        let (dy, change) = out.split_at_mut(self.n);
        let mut products = self.products.borrow_mut();
        if !self.with_adjoint {
            return products.system().rhs(t, y, self.p, dy);
        }
        let product = products.by_state_with_value(At { t, y, p: self.p }, lambda, dy);
        change.iter_mut().zip(product).for_each(|(change, product)| *change = -product);
    }

    fn states(&self) -> Option<usize> {
        Some(if self.with_adjoint { 2 * self.n } else { self.n })
    }

    fn parameters(&self) -> Option<usize> {
        None
    }

    fn is_differentiable(&self) -> bool {
        true
    }

    fn eval_value(&self, t: f64, both: &[f64], p: &[f64], out: &mut [f64]) {
        self.eval(t, both, p, out);
    }

    fn linearise(&self, at: At<'_>, linearisation: &mut Linearisation) {
        let mut products = self.products.borrow_mut();
        let (y, lambda) = at.y.split_at(self.n);
        let here = At { t: at.t, y, p: self.p };
        if !self.with_adjoint {
            return VectorField::<f64>::linearise(products.system(), here, linearisation);
        }
        let n = self.n;
        let jacobian = products.jacobian(here).to_dense();
        let mut all = DMatrix::zeros(2 * n, 2 * n);
        all.view_mut((n, n), (n, n)).copy_from(&-jacobian.transpose());
        all.view_mut((n, 0), (n, n)).copy_from(&-products.second_derivatives(here, lambda));
        all.view_mut((0, 0), (n, n)).copy_from(&jacobian);
        let mut time = vec![0.0; 2 * n];
        let still = vec![0.0; n];
        VectorField::<f64>::along(products.system(), [at.t, 1.0], [y, &still], self.p, &mut time[..n]);
        time[n..].copy_from_slice((-products.curvature(here, lambda, 1.0, &still)).as_slice());
        linearisation.set(StateJacobian::Dense(all), &time);
    }

    fn along(&self, [t, dt]: [f64; 2], [both, change]: [&[f64]; 2], _p: &[f64], out: &mut [f64]) {
        let mut linearisation = Linearisation::new(both.len());
        self.linearise(At { t, y: both, p: self.p }, &mut linearisation);
        let product = linearisation.jacobian().to_dense() * nalgebra::DVector::from_column_slice(change);
        let time = linearisation.time_derivative().unwrap_or(&[]).iter().copied().chain(std::iter::repeat(0.0));
        out.iter_mut().zip(&product).zip(time).for_each(|((out, product), time)| *out = product + dt * time);
    }
}
