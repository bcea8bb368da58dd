//! [`Recurrence`]: what a step of the backward differentiation formulas makes of the differences at its start.

use super::bdf_scheme::{KAPPA, harmonic};
use super::past::{MAX_ORDER, Past, ROWS, stretching};
use crate::AcceptedStep;
use costate_ad::Real;

/// A step of [`Bdf`](crate::Bdf) from the backward differences `D_0 ..` at its start, as plain data: the differences are stretched to the
/// mesh of the step, predict `sum of D_j` and see no slope at `base = sum of w_j D_j`; the state `Y` at the end solves
/// `f(t + h, Y) = shift M (Y - base)`, and its distance to what was predicted makes the new differences.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recurrence {
    order: usize,
    starts: bool,
    h: f64,
    /// How many times as wide the mesh of the step is as that of the differences at its start.
    factor: f64,
}

impl Recurrence {
    /// How many differences are carried from step to step, that of order 0 included.
    pub const DIFFERENCES: usize = ROWS;

    /// That of an accepted step of [`Bdf`](crate::Bdf).
    pub fn of<R: Real>(step: &AcceptedStep<'_, R>) -> Recurrence {
        let (past, h) = (step.state.past.as_deref(), step.h);
        let order = past.map_or(1, |past: &Past<R>| past.order);
        let factor = past.filter(|past| past.h != h).map_or(1.0, |past| h / past.h);
        Recurrence { order, starts: past.is_none(), h, factor }
    }

    /// The order of the formula.
    pub fn order(&self) -> usize {
        self.order
    }

    /// Whether the step begins anew, from `D_0 = y` and, where there is no mass matrix, `D_1 = h f(t, y)`.
    pub fn starts(&self) -> bool {
        self.starts
    }

    /// What stands before the mass matrix.
    pub fn shift(&self) -> f64 {
        (1.0 - KAPPA[self.order]) * harmonic(self.order) / self.h
    }

    /// The weights with which the differences of the orders from 1 to [`order`](Self::order) make those on the mesh of the step, where
    /// that is another: from the first index to the second.
    pub fn stretch(&self) -> Option<[[f64; MAX_ORDER + 1]; MAX_ORDER + 1]> {
        (self.factor != 1.0).then(|| stretching(self.order, self.factor))
    }

    /// The weight of a stretched difference in `base`.
    pub fn base_weight(&self, row: usize) -> f64 {
        1.0 - harmonic(row) / ((1.0 - KAPPA[self.order]) * harmonic(self.order))
    }

    /// The coefficient of `theta^power` by which a difference at the end of the step, of an order from 1 to [`order`](Self::order), enters
    /// the interpolant, for powers from 1: that of `x (x + 1) .. (x + row - 1) / row!` with `x = theta - 1`.
    pub fn interpolant_coefficient(&self, row: usize, power: usize) -> f64 {
        let mut product = [0.0; MAX_ORDER + 1];
        product[0] = 1.0;
        for j in 1..=row {
            for power in (0..=j).rev() {
                let lower = if power > 0 { product[power - 1] } else { 0.0 };
                product[power] = (lower + product[power] * (j as f64 - 2.0)) / j as f64;
            }
        }
        product[power]
    }
}
