//! The sparse Jacobian by colours.

use super::{At, RightHandSide};
use crate::{JacobianPattern, SparseJacobian};

/// Room for a sparse Jacobian with columns for the states, the parameters and the time.
pub(super) struct Coloured {
    jacobian: SparseJacobian<f64>,
    x: Vec<f64>,
    states: usize,
    colours: usize,
}

impl Coloured {
    pub(super) fn new(at: At<'_>, pattern: &JacobianPattern) -> Self {
        let colouring = pattern.colour();
        let jacobian = SparseJacobian::new(pattern, &colouring);
        Coloured { jacobian, x: vec![0.0; pattern.columns()], states: at.y.len(), colours: colouring.count() }
    }

    pub(super) fn colours(&self) -> usize {
        self.colours
    }

    pub(super) fn linearise<F: RightHandSide + ?Sized>(&mut self, rhs: &F, at: At<'_>) -> &Self {
        let (states, last) = (at.y.len(), at.y.len() + at.p.len());
        assert!(states == self.states && last + 1 == self.x.len(), "sizes of the state and parameters");
        self.x[..states].copy_from_slice(at.y);
        self.x[states..last].copy_from_slice(at.p);
        self.x[last] = at.t;
        self.jacobian.evaluate_with(|x, dy| rhs.eval(x[last], &x[..states], &x[states..last], dy), &self.x);
        self
    }

    pub(super) fn value(&self, dy: &mut [f64]) {
        dy.copy_from_slice(self.jacobian.value());
    }

    pub(super) fn pull_back(&self, w: &[f64], y_bar: &mut [f64], p_bar: &mut [f64], t_bar: &mut f64) {
        let (states, last) = (y_bar.len(), y_bar.len() + p_bar.len());
        let outputs = self.jacobian.value().len();
        assert!(w.len() == outputs && states == self.states && last + 1 == self.x.len(), "sizes of the cotangents");
        let (offsets, rows, values) = self.jacobian.matrix().csc_data();
        for (j, bar) in y_bar.iter_mut().chain(p_bar).chain([t_bar]).enumerate() {
            for k in offsets[j]..offsets[j + 1] {
                let w = w[rows[k]];
                if w != 0.0 {
                    *bar += w * values[k];
                }
            }
        }
    }
}
