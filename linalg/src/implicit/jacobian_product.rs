//! [`JacobianProduct`]: a Jacobian times vectors, without the Jacobian.

use crate::LinalgError;
use costate_ad::{At, Directional, RightHandSide};

/// Products of the derivative of a right-hand side by the state with vectors: one run on dual numbers each, or the right-hand side's
/// [own](RightHandSide::jacobian_product), which is compared with such a run where it comes first. What is wrong with it is a
/// [flaw](JacobianProduct::flaw), and leaves a product without numbers.
///
/// ```
/// use costate_ad::{At, Real, RightHandSide};
/// use costate_linalg::JacobianProduct;
///
/// struct Pendulum;
/// impl RightHandSide for Pendulum {
///     fn eval<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
///         dy[0] = y[1];
///         dy[1] = -p[0] * y[0].sin();
///     }
/// }
///
/// let mut product = [0.0; 2];
/// let at = At { t: 0.0, y: &[0.0, 1.0], p: &[9.81] };
/// JacobianProduct::default().evaluate(&Pendulum, at, &[2.0, 3.0], &mut product);
/// assert_eq!(product, [3.0, -2.0 * 9.81]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct JacobianProduct {
    directional: Directional<f64>,
    compared: bool,
    flaw: Option<LinalgError>,
}

impl JacobianProduct {
    /// Writes the Jacobian at a point times `v` into `product`; all of them have the length of the state.
    pub fn evaluate<F: RightHandSide + ?Sized>(&mut self, f: &F, at: At<'_>, v: &[f64], product: &mut [f64]) {
        if !f.jacobian_product(at, v, product) {
            self.derivative(f, at, v, product);
        } else if v.iter().any(|&v| v != 0.0) && !std::mem::replace(&mut self.compared, true) {
            let mut exact = vec![0.0; product.len()];
            self.derivative(f, at, v, &mut exact);
            let size = exact.iter().fold(0.0_f64, |most, exact| most.max(exact.abs()));
            // What is not finite differs from nothing.
            let differs = |&row: &usize| (product[row] - exact[row]).abs() > 1e-6 * size;
            self.flaw = (0..exact.len()).find(differs).map(|row| {
                let (found, expected) = (product[row], exact[row]);
                LinalgError::WrongJacobian { row, found, expected }
            });
        }
        if self.flaw.is_some() {
            product.fill(f64::NAN);
        }
    }

    /// What is wrong with the right-hand side's own product.
    pub fn flaw(&self) -> Option<&LinalgError> {
        self.flaw.as_ref()
    }

    fn derivative<F: RightHandSide + ?Sized>(&mut self, f: &F, at: At<'_>, v: &[f64], product: &mut [f64]) {
        self.directional.along((at.t, at.y, at.p), v, |t, y, p, dy| f.eval(t, y, p, dy), product);
    }
}
