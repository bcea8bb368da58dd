//! [`Beside`]: the forward solution solved backward, with the adjoint equation beside it.

use super::companion::Companion;
use super::jump::Jump;
use super::path::evaluate;
use super::products::Products;
use super::quadrature::Quadrature;
use super::reversal::Reversal;
use super::run::Run;
use super::sweep::{Carrier, Piece};
use crate::SensitivityError;
use costate_ad::At;
use costate_solvers::{Control, MassMatrix, Method, Ode, Problem, SolveError};
use nalgebra::{DMatrix, DVector};
use std::cell::RefCell;
use std::ops::Range;

/// Makes the forward solution again from its end, and compares it with what is stored of it.
pub(super) struct Beside<'a, S, M> {
    pub(super) run: &'a Run<S, M>,
    pub(super) companion: Companion,
    pub(super) quadrature: Quadrature,
    /// Whether stored states replace those made again.
    pub(super) reset: bool,
    /// How far the two may lie apart, in units of the forward tolerance.
    pub(super) limit: f64,
    /// Without the adjoint.
    pub(super) rehearsal: bool,
    pub(super) y: Option<Vec<f64>>,
}

/// What a run with steps of one size is held to: it has no tolerance.
const WITHOUT_TOLERANCE: f64 = 1e-6;

impl<S, M> Beside<'_, S, M> {
    fn check(&self, t: f64, found: &[f64], stored: &[f64]) -> Result<(), SensitivityError> {
        let largest = stored.iter().fold(0.0, |most: f64, y| most.max(y.abs()));
        let unit = |component: usize| match &self.run.control {
            Control::Adaptive(tolerance) => tolerance.atol(component) + tolerance.rtol() * stored[component].abs(),
            _ => WITHOUT_TOLERANCE * largest.max(f64::MIN_POSITIVE),
        };
        let drifts = found.iter().zip(stored).enumerate().map(|(i, (found, stored))| (found - stored).abs() / unit(i));
        let worst = drifts.enumerate().fold((0, 0.0), |most, one| if one.1 <= most.1 { most } else { one });
        let (component, drift) = worst;
        if drift <= self.limit {
            return Ok(());
        }
        let (stored, found) = (stored[component], found[component]);
        Err(SensitivityError::Drift { strategy: "BacksolveAdjoint", t, component, stored, found, drift })
    }
}

/// The mass matrices of the model and of its adjoint as one.
fn both(mass: &MassMatrix, jump: &Jump, n: usize) -> MassMatrix {
    let mut all = DMatrix::zeros(2 * n, 2 * n);
    mass.entries().for_each(|(row, column, value)| all[(row, column)] += value);
    for (row, column, value) in jump.mass_matrix().into_iter().flat_map(MassMatrix::entries) {
        all[(n + row, n + column)] += value;
    }
    MassMatrix::from(all)
}

impl<S: Ode, M: Method> Carrier<S> for Beside<'_, S, M> {
    fn carry(
        &mut self,
        products: &RefCell<Products<'_, S>>,
        piece: Piece<'_>,
        lambda: &mut [f64],
        p_bar: &mut [f64],
    ) -> Result<(), SolveError> {
        let Some(mut start) = self.y.take() else { return Ok(()) };
        let (n, p, with_adjoint) = (lambda.len(), piece.p, !self.rehearsal);
        if with_adjoint {
            start.extend_from_slice(lambda);
        }
        let field = Reversal { products, p, n, with_adjoint };
        let control = self.companion.control_with_state(n, with_adjoint.then_some(&*lambda));
        let mut backward = Problem::field(field, start, &DVector::zeros(0), piece.from..piece.to);
        if let Some(mass) = self.run.problem.mass_matrix() {
            let mass = if with_adjoint { both(mass, &self.run.jump, n) } else { mass.clone() };
            backward = backward.with_mass_matrix(mass);
        }
        let (quadrature, integrates) = (&self.quadrature, with_adjoint && self.run.by_parameters);
        let (mut at_node, mut last) = (vec![0.0; 2 * n], 0.0);
        let mut state = backward.begin(&self.run.method, &control)?;
        backward.advance_dense(&self.run.method, &control, &mut state, usize::MAX, |step| {
            let length = step.t_next - step.t;
            last = f64::max(last, length.abs());
            if !integrates {
                return;
            }
            quadrature.add(p_bar, |theta, weight, total| {
                evaluate(step.y, step.coefficients, theta, &mut at_node);
                let (y, lambda) = at_node.split_at_mut(n);
                // Along the sweep time runs against the span.
                lambda.iter_mut().for_each(|lambda| *lambda *= -weight * length);
                products.borrow_mut().add_by_parameters(At { t: step.t + theta * length, y, p }, lambda, total);
            });
        })?;
        let (y, carried) = state.y().as_slice().split_at(n);
        if with_adjoint {
            lambda.copy_from_slice(carried);
        }
        self.y = Some(y.to_vec());
        self.companion.stepped(last, self.run.method.is_implicit());
        Ok(())
    }

    fn state(&mut self, t: f64, _steps: &Range<usize>, stored: Option<&[f64]>) -> Result<Vec<f64>, SolveError> {
        if let (Some(found), Some(stored)) = (&self.y, stored) {
            self.check(t, found, stored)?;
        }
        if let Some(stored) = stored.filter(|_| self.reset || self.y.is_none()) {
            self.y = Some(stored.to_vec());
        }
        Ok(self.y.clone().expect("the last save of a run is the first that a sweep meets"))
    }

    fn before_stop(&mut self, y: &[f64]) {
        self.y = Some(y.to_vec());
    }

    fn carries_nothing(&self) -> bool {
        true
    }
}
