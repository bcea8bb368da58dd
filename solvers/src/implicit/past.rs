//! [`Past`]: what a multistep method remembers from step to step.

use costate_ad::Real;
use costate_linalg::StateJacobian;
use std::sync::Arc;

/// The highest order.
pub(super) const MAX_ORDER: usize = 5;
/// Differences that are kept: those of the highest order, and two more from which orders are chosen.
pub(super) const ROWS: usize = MAX_ORDER + 3;

/// Backward differences of the states on a mesh of equal steps, and how the next step goes on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Past<R> {
    pub(super) order: usize,
    /// The signed distance of the mesh.
    pub(super) h: f64,
    /// How many steps in a row had this size and order.
    pub(super) equal_steps: usize,
    /// The differences of order 0, 1, .. at the last state, each as long as the state.
    pub(super) differences: Vec<R>,
    /// The Jacobian that serves on, the shift of its factors, and how quickly iterations with them converged.
    pub(super) jacobian: Option<Arc<StateJacobian>>,
    pub(super) shift: f64,
    pub(super) rate: f64,
}

impl<R: Real> Past<R> {
    /// A state with the change that a step of size `h` would make at its slope.
    pub(super) fn start(y: &[R], change: Option<&[R]>, h: f64) -> Past<R> {
        let mut differences = vec![R::zero(); ROWS * y.len()];
        differences[..y.len()].copy_from_slice(y);
        if let Some(slope) = change {
            let row = &mut differences[y.len()..2 * y.len()];
            row.iter_mut().zip(slope).for_each(|(difference, &slope)| *difference = slope * h);
        }
        Past { order: 1, h, equal_steps: 0, differences, jacobian: None, shift: 0.0, rate: 1.0 }
    }

    /// Becomes the same as another, in the memory that it has.
    pub(super) fn assign(&mut self, other: &Past<R>) {
        self.differences.clone_from(&other.differences);
        let Past { order, h, equal_steps, ref jacobian, shift, rate, .. } = *other;
        (self.order, self.h, self.equal_steps) = (order, h, equal_steps);
        (self.shift, self.rate) = (shift, rate);
        self.jacobian.clone_from(jacobian);
    }

    /// The differences, whose derivatives the next steps depend on.
    pub(crate) fn numbers(&self) -> std::slice::Iter<'_, R> {
        self.differences.iter()
    }

    /// The same past on another scalar.
    pub(crate) fn map<T: Real>(&self, convert: impl FnMut(R) -> T) -> Past<T> {
        let differences = self.differences.iter().copied().map(convert).collect();
        let Past { order, h, equal_steps, shift, rate, .. } = *self;
        Past { order, h, equal_steps, differences, jacobian: self.jacobian.clone(), shift, rate }
    }

    /// The last state: the difference of order 0.
    pub(crate) fn last_state_mut(&mut self, n: usize) -> &mut [R] {
        &mut self.differences[..n]
    }

    /// The differences of order `row`.
    pub(super) fn row(&self, row: usize, n: usize) -> &[R] {
        &self.differences[row * n..][..n]
    }

    /// The same polynomial on a mesh of other steps: `factor` times as long (Shampine & Reichelt, The MATLAB ODE Suite, SIAM J. Sci.
    /// Comput. 18 (1997) 1-22, section 2.2).
    pub(super) fn stretch(&mut self, h: f64, n: usize) {
        let factor = h / self.h;
        (self.h, self.equal_steps) = (h, 0);
        let weights = stretching(self.order, factor);
        let mut column = [R::zero(); MAX_ORDER + 1];
        for c in 0..n {
            for (row, old) in column.iter_mut().enumerate().take(self.order + 1) {
                *old = self.differences[row * n + c];
            }
            for to in 1..=self.order {
                let terms = column.iter().zip(&weights).take(self.order + 1).skip(1);
                self.differences[to * n + c] = terms.fold(R::zero(), |sum, (&old, weights)| sum + old * weights[to]);
            }
        }
    }

    /// Goes on to the next state, which differs from the predicted one by `correction`.
    pub(super) fn advance(&mut self, correction: &[R]) {
        let (n, order) = (correction.len(), self.order);
        for c in 0..n {
            let last = self.differences[(order + 1) * n + c];
            self.differences[(order + 2) * n + c] = correction[c] - last;
            self.differences[(order + 1) * n + c] = correction[c];
        }
        for row in (0..=order).rev() {
            for c in 0..n {
                let above = self.differences[(row + 1) * n + c];
                self.differences[row * n + c] += above;
            }
        }
        self.equal_steps += 1;
    }
}

/// The weights by which differences of the orders from 1 to `order` make those on a mesh `factor` times as wide: from the first index to
/// the second.
pub(super) fn stretching(order: usize, factor: f64) -> [[f64; MAX_ORDER + 1]; MAX_ORDER + 1] {
    let (stretched, equal) = (rows(order, factor), rows(order, 1.0));
    let mut weights = [[0.0; MAX_ORDER + 1]; MAX_ORDER + 1];
    for (from, weights) in weights.iter_mut().enumerate().take(order + 1).skip(1) {
        for (to, weight) in weights.iter_mut().enumerate().take(order + 1).skip(1) {
            *weight = (1..=order).map(|k| stretched[from][k] * equal[k][to]).sum();
        }
    }
    weights
}

/// The differences of a polynomial on a mesh `factor` times as wide, in those of its values at the nodes of the old one.
fn rows(order: usize, factor: f64) -> [[f64; MAX_ORDER + 1]; MAX_ORDER + 1] {
    let mut rows = [[0.0; MAX_ORDER + 1]; MAX_ORDER + 1];
    rows[0] = [1.0; MAX_ORDER + 1];
    for i in 1..=order {
        for j in 1..=order {
            rows[i][j] = rows[i - 1][j] * ((i as f64 - 1.0) - factor * j as f64) / i as f64;
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a polynomial of degree `order` the differences after a stretch are those of its values at the new nodes.
    #[test]
    fn stretching_keeps_the_polynomial() {
        for order in 1..=MAX_ORDER {
            let value = |x: f64| (0..=order).map(|k| (k as f64 - 1.5) * x.powi(k as i32)).sum::<f64>();
            let differences = |h: f64| {
                let mut row: Vec<f64> = (0..=order).map(|k| value(-(k as f64) * h)).collect();
                let mut all = vec![];
                while let Some(&first) = row.first() {
                    all.push(first);
                    row = row.windows(2).map(|pair| pair[0] - pair[1]).collect();
                }
                all
            };
            let mut past = Past::start(&[value(0.0)], None, 0.5);
            past.order = order;
            past.differences[..=order].copy_from_slice(&differences(0.5));
            past.stretch(0.35, 1);
            for (found, expected) in past.differences.iter().zip(differences(0.35)) {
                assert!((found - expected).abs() < 1e-13, "{order}: {found} {expected}");
            }
        }
    }
}
