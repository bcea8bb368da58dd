//! [`ImplicitStage`]: a stage that is known only through the slope at itself.

use crate::Sde;
use costate_ad::Real;
use costate_linalg::{Equations, Newton};
use nalgebra::DVector;

/// The equation `z = base + weight * drift(t, z)`.
///
/// Newton's method runs on values; derivatives follow from the equation at the root (the implicit function theorem).
pub(crate) struct ImplicitStage<'a, S> {
    pub(crate) system: &'a S,
    pub(crate) t: f64,
    pub(crate) weight: f64,
    pub(crate) states: usize,
}

/// The base is the first part of the parameters.
impl<S: Sde> Equations for ImplicitStage<'_, S> {
    fn evaluate<R: Real>(&self, z: &[R], base_and_p: &[R], residual: &mut [R]) {
        let (base, p) = base_and_p.split_at(self.states);
        self.system.drift(R::from(self.t), z, p, residual);
        for c in 0..self.states {
            residual[c] = z[c] - base[c] - residual[c] * self.weight;
        }
    }
}

impl<S: Sde> ImplicitStage<'_, S> {
    /// Writes the solution near `guess` over `base`, and returns whether there is one.
    pub(crate) fn solve<R: Real>(&self, guess: &[R], base: &mut [R], p: &[R]) -> bool {
        let guess = DVector::from_iterator(self.states, guess.iter().map(|guess| guess.value()));
        let known = DVector::from_iterator(self.states + p.len(), base.iter().chain(p).copied());
        match Newton::default().root(self, &guess, &known) {
            Ok(root) => base.copy_from_slice(root.as_slice()),
            Err(_) => return false,
        }
        true
    }
}
