//! What implicit methods add to a [`Problem`]: the mass matrix.

use crate::{ImplicitError, MassMatrix, Method, Problem, VectorField};
use costate_ad::Real;
use costate_linalg::LinearSolver;
use std::sync::Arc;

impl<S, R> Problem<S, R> {
    /// Makes it `M dy/dt = system(t, y, p)` with a constant matrix `M`, which may be singular: a differential-algebraic problem of
    /// index 1, whose start must satisfy the algebraic equations. For implicit methods. Behind an event the states of zero columns are moved
    /// until the algebraic equations hold again; event times carry first derivatives.
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

    /// Solves the linear systems of implicit steps in another way than by factors: [`LinearSolver::Iterative`], for a system so large that
    /// sparse factors fill the memory, or [`LinearSolver::Products`], where the Jacobian itself would.
    ///
    /// ```
    /// use costate_solvers::{Bdf, Gmres, LinearSolver, Ode, Problem, Real, SaveAt, Tolerance};
    /// use nalgebra::{DVector, dvector};
    ///
    /// /// Diffusion along a rod whose ends are held at 0.
    /// struct Rod;
    ///
    /// impl Ode for Rod {
    ///     fn rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
    ///         for i in 0..y.len() {
    ///             let left = if i > 0 { y[i - 1] } else { R::zero() };
    ///             let right = y.get(i + 1).copied().unwrap_or(R::zero());
    ///             dy[i] = p[0] * (left - 2.0 * y[i] + right);
    ///         }
    ///     }
    /// }
    ///
    /// let problem = Problem::ode(Rod, DVector::from_element(200, 1.0), &dvector![1e3], 0.0..0.1)
    ///     .with_linear_solver(LinearSolver::Iterative(Gmres::default()));
    /// let solution = problem.solve(Bdf::default(), Tolerance::new(1e-6, 1e-6), SaveAt::end())?;
    /// assert!(solution.last()[0] < solution.last()[100]);
    /// # Ok::<(), costate_solvers::SolveError>(())
    /// ```
    pub fn with_linear_solver(mut self, solver: LinearSolver) -> Self {
        self.linear_solver = solver;
        self
    }

    /// How the linear systems of implicit steps are solved.
    pub fn linear_solver(&self) -> LinearSolver {
        self.linear_solver
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
        mass.check(self.initial_state.len()).map_err(|source| ImplicitError::BadMassMatrix { source })
    }
}
