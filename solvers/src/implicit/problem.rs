//! What implicit methods add to a [`Problem`]: the mass matrix.

use crate::{ImplicitError, MassMatrix, Method, Problem, VectorField};
use costate_ad::Real;
use std::sync::Arc;

impl<S, R> Problem<S, R> {
    /// Makes it `M dy/dt = system(t, y, p)` with a constant matrix `M`, which may be singular: a differential-algebraic problem of
    /// index 1, whose start must satisfy the algebraic equations. For implicit methods; events are not supported yet.
    ///
    /// ```
    /// use costate_solvers::{Problem, Rodas5P, SaveAt, Tolerance, ode};
    /// use nalgebra::{DVector, dmatrix};
    ///
    /// // Decay of y, and z = y^2 as an algebraic equation.
    /// let model = ode!(|_t, [y, z], []| [-y, z - y * y]);
    /// let problem = Problem::ode(model, [1.0, 1.0], &DVector::<f64>::zeros(0), 0.0..1.0).with_mass_matrix(dmatrix![1.0, 0.0; 0.0, 0.0]);
    /// let solution = problem.solve(Rodas5P, Tolerance::new(1e-8, 1e-8), SaveAt::end())?;
    /// assert!((solution.last()[1] - (-2.0_f64).exp()).abs() < 1e-7);
    /// # Ok::<(), costate_solvers::SolveError>(())
    /// ```
    pub fn with_mass_matrix(mut self, mass: impl Into<MassMatrix>) -> Self {
        self.mass = Some(Arc::new(mass.into()));
        self
    }

    /// The mass matrix, if there is one.
    pub fn mass_matrix(&self) -> Option<&MassMatrix> {
        self.mass.as_deref()
    }
}

impl<S: VectorField<R>, R: Real> Problem<S, R> {
    /// Refuses a method that cannot step the problem for what its steps are made of.
    pub(crate) fn check_implicit<M: Method>(&self, method: &M) -> Result<(), ImplicitError> {
        let name = method.name();
        if method.is_implicit() && !self.system.is_differentiable() {
            return Err(ImplicitError::NoJacobian { method: name });
        }
        let Some(mass) = &self.mass else { return Ok(()) };
        if !method.takes_mass_matrix() {
            return Err(ImplicitError::MassMatrixRefused { method: name });
        }
        if !self.system.triggers().is_empty() {
            return Err(ImplicitError::MassMatrixWithEvents);
        }
        mass.check(self.initial_state.len()).map_err(|source| ImplicitError::BadMassMatrix { source })
    }
}
