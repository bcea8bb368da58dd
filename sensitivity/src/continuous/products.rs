//! [`Products`]: what the adjoint equation asks of a model.

use crate::discrete_adjoint::by_parameters::ByParameters;
use crate::discrete_adjoint::field::Field;
use costate_ad::{At, Dual, Engine, Var, Vjp, gradient};
use costate_linalg::StateJacobian;
use costate_solvers::{Linearisation, Ode};
use nalgebra::{DMatrix, DVector};

/// Products with the derivatives of a right-hand side, and room for their results.
pub(super) struct Products<'a, S> {
    field: &'a Field<'a, S>,
    vjp: Vjp<'a, Field<'a, S>>,
    /// Where that is cheaper.
    by_parameters: Option<ByParameters>,
    linearisation: Linearisation,
    /// Where the Jacobian was evaluated last: the time, then the state and the parameters.
    at: Vec<f64>,
    /// The last products by the state; those by the parameters are of use to the quadrature only.
    y_bar: Vec<f64>,
    unused: Vec<f64>,
}

impl<'a, S: Ode> Products<'a, S> {
    pub(super) fn new(field: &'a Field<'a, S>, at: At<'_>) -> Self {
        let (vjp, linearisation) = (Vjp::new(field, at), Linearisation::new(at.y.len()));
        let by_parameters = ByParameters::of(field, at, vjp.engine());
        let (y_bar, unused) = (vec![0.0; at.y.len()], vec![0.0; at.p.len()]);
        Products { field, vjp, by_parameters, linearisation, at: Vec::new(), y_bar, unused }
    }

    pub(super) fn system(&self) -> &'a S {
        self.field.0
    }

    /// The transposed Jacobian by the state, times `w`.
    pub(super) fn by_state(&mut self, at: At<'_>, w: &[f64]) -> &[f64] {
        self.y_bar.fill(0.0);
        // A method's stages and the Jacobian of its step meet at the same points: there it is known already.
        if self.vjp.engine() == Engine::ColouredJacobian {
            self.linearise(at);
            self.linearisation.jacobian().add_transposed_product(1.0, w, &mut self.y_bar);
        } else {
            self.vjp.apply(at, w, &mut self.y_bar, &mut self.unused, &mut 0.0);
        }
        &self.y_bar
    }

    /// The same, and the slope itself into `dy`.
    pub(super) fn by_state_with_value(&mut self, at: At<'_>, w: &[f64], dy: &mut [f64]) -> &[f64] {
        self.y_bar.fill(0.0);
        self.vjp.apply_with_value(at, w, dy, &mut self.y_bar, &mut self.unused, &mut 0.0);
        &self.y_bar
    }

    /// Adds the transposed Jacobian by the parameters, times `w`, to `p_bar`.
    pub(super) fn add_by_parameters(&mut self, at: At<'_>, w: &[f64], p_bar: &mut [f64]) {
        match &mut self.by_parameters {
            Some(by_parameters) => by_parameters.add(self.field, at, w, p_bar),
            None => self.vjp.apply(at, w, &mut self.y_bar, p_bar, &mut 0.0),
        }
    }

    /// The Jacobian by the state.
    pub(super) fn jacobian(&mut self, at: At<'_>) -> &StateJacobian {
        self.linearise(at);
        self.linearisation.jacobian()
    }

    fn linearise(&mut self, at: At<'_>) {
        let point = || [at.t].into_iter().chain(at.y.iter().copied()).chain(at.p.iter().copied());
        if !point().eq(self.at.iter().copied()) {
            self.linearisation.evaluate(self.field, at);
            self.at.clear();
            self.at.extend(point());
        }
    }

    /// Minus the transposed Jacobian: that of the adjoint equation.
    pub(super) fn adjoint_jacobian(&mut self, at: At<'_>) -> StateJacobian {
        match self.jacobian(at) {
            StateJacobian::Dense(matrix) => StateJacobian::Dense(-matrix.transpose()),
            StateJacobian::Sparse(matrix) => {
                let mut transposed = matrix.transpose();
                transposed.values_mut().iter_mut().for_each(|value| *value = -*value);
                StateJacobian::Sparse(transposed)
            }
        }
    }

    /// How the transposed Jacobian times `w` changes in the direction `(dt, dy)`: the slope by `y` of `w^T (J dy + f_t dt)`, in
    /// reverse over forward.
    pub(super) fn curvature(&self, at: At<'_>, w: &[f64], dt: f64, dy: &[f64]) -> DVector<f64> {
        let system = self.field.0;
        let along = |y: &DVector<Var>| {
            let moving = |value: Var, slope: f64| Dual::<Var> { value, derivatives: [Var::from(slope)] };
            let y: Vec<_> = y.iter().zip(dy).map(|(&y, &dy)| moving(y, dy)).collect();
            let p: Vec<_> = at.p.iter().map(|&p| moving(p.into(), 0.0)).collect();
            let mut slope = vec![moving(0.0.into(), 0.0); y.len()];
            system.rhs(moving(at.t.into(), dt), &y, &p, &mut slope);
            slope.iter().zip(w).map(|(slope, &w)| slope.derivatives[0] * w).sum::<Var>()
        };
        gradient(along, &DVector::from_column_slice(at.y)).1
    }

    /// The derivative by `y` of the transposed Jacobian times `w`: a symmetric matrix.
    pub(super) fn second_derivatives(&self, at: At<'_>, w: &[f64]) -> DMatrix<f64> {
        let n = at.y.len();
        let mut all = DMatrix::zeros(n, n);
        let mut direction = vec![0.0; n];
        for j in 0..n {
            direction[j] = 1.0;
            all.set_column(j, &self.curvature(at, w, 0.0, &direction));
            direction[j] = 0.0;
        }
        all
    }
}
