//! The whole Jacobian of a small right-hand side by dual numbers that carry every input's direction at once.

use super::{At, RightHandSide};
use crate::Dual;

/// The Jacobian of a right-hand side with at most `N` directions: a state `i` has the direction `i`, a parameter `j` the
/// direction `N - 1 - j`, and the time, if it matters, one of those between.
///
/// So the seeds are constants whatever the numbers of states and parameters, and the inputs, being local and of constant
/// length, live in registers where the right-hand side is inlined. Slices of one long-lived array cost half as much again
/// on Lotka-Volterra.
pub(super) struct Duals<const N: usize> {
    with_time: bool,
    /// The direction of the time.
    time: [f64; N],
    states: usize,
    parameters: usize,
    outputs: usize,
}

impl<const N: usize> Duals<N> {
    /// # Panics
    /// If there are more than `N` directions or outputs.
    pub(super) fn new(at: At<'_>, with_time: bool, outputs: usize) -> Self {
        let (states, parameters) = (at.y.len(), at.p.len());
        let directions = states + parameters + usize::from(with_time);
        assert!(directions <= N && outputs <= N, "more directions or outputs than {N}");
        let mut time = [0.0; N];
        if with_time {
            time[states] = 1.0;
        }
        Duals { with_time, time, states, parameters, outputs }
    }

    #[inline(always)]
    pub(super) fn linearise<F: RightHandSide + ?Sized>(&self, rhs: &F, at: At<'_>) -> Linear<'_, N> {
        let (states, parameters) = (at.y.len(), at.p.len());
        assert!(states == self.states && parameters == self.parameters, "sizes of the state and the parameters");
        let zero = [Dual::constant(0.0); N];
        let (mut y, mut p, mut dy) = (zero, zero, zero);
        for i in 0..N {
            if i < states {
                y[i] = Dual::variable(at.y[i], i);
            }
            if i < parameters {
                p[i] = Dual::variable(at.p[i], N - 1 - i);
            }
        }
        let t = Dual { value: at.t, derivatives: self.time };
        rhs.eval(t, &y[..states], &p[..parameters], &mut dy[..self.outputs]);
        Linear { duals: self, dy }
    }
}

/// A right-hand side linearised at a point; what lies beyond the number of outputs means nothing.
pub(super) struct Linear<'a, const N: usize> {
    duals: &'a Duals<N>,
    dy: [Dual<f64, N>; N],
}

impl<const N: usize> Linear<'_, N> {
    #[inline(always)]
    pub(super) fn value(&self, dy: &mut [f64]) {
        for (dy, dual) in dy.iter_mut().zip(&self.dy) {
            *dy = dual.value;
        }
    }

    #[inline(always)]
    pub(super) fn pull_back(&self, w: &[f64], y_bar: &mut [f64], p_bar: &mut [f64], t_bar: &mut f64) {
        let (states, parameters) = (y_bar.len(), p_bar.len());
        let outputs = w.len();
        let sizes = outputs == self.duals.outputs && states == self.duals.states && parameters == self.duals.parameters;
        assert!(sizes && outputs <= N && states <= N && parameters <= N, "sizes of the cotangents");
        let product = |i: usize| {
            let mut product = [0.0; N];
            if i < outputs && w[i] != 0.0 {
                product = self.dy[i].derivatives.map(|derivative| w[i] * derivative);
            }
            product
        };
        // The sum starts with its first term: adding to 0 would lengthen the chain from one stage to the next.
        let mut sums = product(0);
        for i in 1..N {
            if i < outputs && w[i] != 0.0 {
                for k in 0..N {
                    sums[k] += w[i] * self.dy[i].derivatives[k];
                }
            }
        }
        for i in 0..N {
            if i < states {
                y_bar[i] += sums[i];
            }
            if i < parameters {
                p_bar[i] += sums[N - 1 - i];
            }
        }
        if self.duals.with_time {
            for k in 0..N {
                *t_bar += if self.duals.time[k] != 0.0 { sums[k] } else { 0.0 };
            }
        }
    }
}
