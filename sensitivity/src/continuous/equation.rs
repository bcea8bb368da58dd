//! [`AdjointEquation`]: the adjoint equation along a stored path.

use super::path::Path;
use super::products::Products;
use costate_ad::At;
use costate_solvers::{Linearisation, Ode, VectorField};
use std::cell::{RefCell, RefMut};
use std::ops::Range;

/// `lambda' = -(df/dy)^T lambda` on plain numbers, at the states of a path. It is linear in `lambda`, so what implicit methods
/// ask of it is known: its Jacobian is minus the transposed one of the model, and the time enters through the model and the path.
pub(super) struct AdjointEquation<'a, 'f, S> {
    pub(super) products: &'a RefCell<Products<'f, S>>,
    pub(super) path: &'a Path,
    /// The steps of the path on which the equation may be asked.
    pub(super) steps: Range<usize>,
    pub(super) p: &'a [f64],
    /// Room for a state of the path.
    pub(super) y: RefCell<Vec<f64>>,
}

impl<S> AdjointEquation<'_, '_, S> {
    fn state(&self, t: f64) -> RefMut<'_, Vec<f64>> {
        let mut y = self.y.borrow_mut();
        self.path.state(t, &self.steps, &mut y);
        y
    }

    fn slope(&self, t: f64) -> Vec<f64> {
        let mut slope = vec![0.0; self.y.borrow().len()];
        self.path.slope(t, &self.steps, &mut slope);
        slope
    }
}

impl<S: Ode> VectorField<f64> for AdjointEquation<'_, '_, S> {
    fn eval(&self, t: f64, lambda: &[f64], _p: &[f64], out: &mut [f64]) {
        let y = self.state(t);
        let mut products = self.products.borrow_mut();
        let product = products.by_state(At { t, y: &y, p: self.p }, lambda);
        out.iter_mut().zip(product).for_each(|(out, product)| *out = -product);
    }

    fn states(&self) -> Option<usize> {
        Some(self.y.borrow().len())
    }

    fn parameters(&self) -> Option<usize> {
        None
    }

    fn is_differentiable(&self) -> bool {
        true
    }

    fn eval_value(&self, t: f64, lambda: &[f64], p: &[f64], out: &mut [f64]) {
        self.eval(t, lambda, p, out);
    }

    fn linearise(&self, at: At<'_>, linearisation: &mut Linearisation) {
        let slope = self.slope(at.t);
        let y = self.state(at.t);
        let here = At { t: at.t, y: &y, p: self.p };
        let mut products = self.products.borrow_mut();
        let time = -products.curvature(here, at.y, 1.0, &slope);
        linearisation.set(products.adjoint_jacobian(here), time.as_slice());
    }

    fn along(&self, [t, dt]: [f64; 2], [lambda, change]: [&[f64]; 2], p: &[f64], out: &mut [f64]) {
        self.eval(t, change, p, out);
        let slope = self.slope(t);
        let y = self.state(t);
        let here = At { t, y: &y, p: self.p };
        let time = self.products.borrow().curvature(here, lambda, 1.0, &slope);
        out.iter_mut().zip(&time).for_each(|(out, time)| *out -= dt * time);
    }
}
