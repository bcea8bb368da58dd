//! [`Pair`]: the two coupled states of a reversible solve, and their steps in both directions.
//!
//! `y_next = l y + (1 - l) z + Psi_h(z)` and `z_next = z - Psi_(-h)(y_next)` are solved for `z` and `y` without solving an equation:
//! McCallum & Foster, arXiv 2410.11648, section 3.

use super::increment::{Increment, Step};
use crate::discrete_adjoint::field::Field;
use costate_ad::{Real, Vjp};
use costate_solvers::Ode;

/// The states `y` and `z` at one time.
#[derive(Clone, Debug)]
pub(super) struct Pair<R> {
    pub(super) y: Vec<R>,
    pub(super) z: Vec<R>,
}

impl<R: Real> Pair<R> {
    /// At the start the two are one.
    pub(super) fn new(y: &[R]) -> Pair<R> {
        Pair { y: y.to_vec(), z: y.to_vec() }
    }

    /// One step from `t` to `t_next`.
    pub(super) fn forward<S: Ode>(
        &mut self,
        (system, p): (&S, &[R]),
        increment: &mut Increment<R>,
        [t, t_next]: [f64; 2],
        coupling: f64,
    ) {
        let h = t_next - t;
        self.y.iter_mut().zip(&self.z).for_each(|(y, &z)| *y = *y * coupling + z * (1.0 - coupling));
        increment.add(system, Step { t, h }, &self.z, p, 1.0, &mut self.y);
        increment.add(system, Step { t: t_next, h: -h }, &self.y, p, -1.0, &mut self.z);
    }
}

/// Cotangents of a pair and of the parameters.
#[derive(Clone, Debug)]
pub(super) struct PairBar {
    pub(super) y: Vec<f64>,
    pub(super) z: Vec<f64>,
    pub(super) p: Vec<f64>,
}

impl Pair<f64> {
    /// Takes the step from `t` to `t_next` back, and its cotangents with it.
    pub(super) fn backward<S: Ode>(
        &mut self,
        vjp: &mut Vjp<'_, Field<'_, S>>,
        (system, p): (&S, &[f64]),
        increment: &mut Increment<f64>,
        [t, t_next]: [f64; 2],
        coupling: f64,
        bar: &mut PairBar,
    ) {
        let h = t_next - t;
        let (there, back) = (Step { t, h }, Step { t: t_next, h: -h });
        increment.add(system, back, &self.y, p, 1.0, &mut self.z);
        let against: Vec<f64> = bar.z.iter().map(|z| -z).collect();
        increment.pull_back(vjp, back, p, &against, [&mut bar.y, &mut bar.p]);

        increment.add(system, there, &self.z, p, -1.0, &mut self.y);
        self.y.iter_mut().zip(&self.z).for_each(|(y, z)| *y = (*y - (1.0 - coupling) * z) / coupling);
        bar.z.iter_mut().zip(&bar.y).for_each(|(z, y)| *z += (1.0 - coupling) * y);
        increment.pull_back(vjp, there, p, &bar.y, [&mut bar.z, &mut bar.p]);
        bar.y.iter_mut().for_each(|y| *y *= coupling);
    }
}
