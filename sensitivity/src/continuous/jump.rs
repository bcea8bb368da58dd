//! [`Jump`]: what a save does to the adjoint, with and without a mass matrix.
//!
//! With `M y' = f`, a perturbation of the state obeys `M dy' = J dy + f_p dp`, and its algebraic part the equations
//! `W^T (J dy + f_p dp) = 0`, where the columns of `W` span the left null space of `M`. A cotangent `g` of the state is therefore
//! `M^T mu + J^T W nu`: `mu` is added to the adjoint, and `nu` goes to the parameters at once, as `-f_p^T W nu`. Behind the jump the
//! adjoint is made consistent with its own algebraic equations `V^T J^T lambda = 0`, where the columns of `V` span the null space of
//! `M` (Cao, Li, Petzold & Serban, SIAM J. Sci. Comput. 24 (2003) 1076-1089, section 2).

use super::products::Products;
use crate::SensitivityError;
use costate_ad::At;
use costate_solvers::{MassMatrix, Ode};
use nalgebra::{DMatrix, DVector};

/// How cotangents of the state enter the adjoint.
pub(super) struct Jump {
    /// For a problem with a mass matrix.
    mass: Option<Mass>,
}

struct Mass {
    transposed: MassMatrix,
    /// The pseudo-inverse of the transposed mass matrix.
    inverse: DMatrix<f64>,
    left: DMatrix<f64>,
    right: DMatrix<f64>,
}

impl Jump {
    pub(super) fn new(mass: Option<&MassMatrix>) -> Jump {
        Jump { mass: mass.map(Mass::new) }
    }

    /// The mass matrix of the adjoint equation.
    pub(super) fn mass_matrix(&self) -> Option<&MassMatrix> {
        self.mass.as_ref().map(|mass| &mass.transposed)
    }

    /// Adds the cotangent `g` of the state at a time.
    pub(super) fn add<S: Ode>(
        &self,
        products: &mut Products<'_, S>,
        at: At<'_>,
        g: &[f64],
        lambda: &mut [f64],
        p_bar: &mut [f64],
    ) -> Result<(), SensitivityError> {
        match &self.mass {
            Some(mass) => mass.add(products, at, g, lambda, p_bar),
            None => {
                lambda.iter_mut().zip(g).for_each(|(lambda, g)| *lambda += g);
                Ok(())
            }
        }
    }

    /// The cotangent of the state that an adjoint stands for.
    pub(super) fn cotangent(&self, lambda: &[f64]) -> Vec<f64> {
        let Some(mass) = &self.mass else { return lambda.to_vec() };
        let mut cotangent = vec![0.0; lambda.len()];
        mass.transposed.add_product(1.0, lambda, &mut cotangent);
        cotangent
    }
}

impl Mass {
    fn new(mass: &MassMatrix) -> Mass {
        let n = mass.rows();
        let mut matrix = DMatrix::zeros(n, n);
        mass.entries().for_each(|(row, column, value)| matrix[(row, column)] += value);
        let transposed = MassMatrix::from(matrix.transpose());
        let (left, values, right) = if mass.entries().all(|(row, column, _)| row == column) {
            (DMatrix::identity(n, n), matrix.diagonal(), DMatrix::identity(n, n))
        } else {
            let svd = matrix.svd(true, true);
            let [left, right] = [svd.u, svd.v_t.map(|v| v.transpose())].map(|side| side.expect("both were asked for"));
            (left, svd.singular_values, right)
        };
        let small = 1e-12 * values.amax();
        let (null, regular): (Vec<usize>, Vec<usize>) = (0..n).partition(|&i| values[i].abs() <= small);
        let mut scaled = left.select_columns(&regular);
        for (mut column, &i) in scaled.column_iter_mut().zip(&regular) {
            column /= values[i];
        }
        let inverse = scaled * right.select_columns(&regular).transpose();
        Mass { transposed, inverse, left: left.select_columns(&null), right: right.select_columns(&null) }
    }

    fn add<S: Ode>(
        &self,
        products: &mut Products<'_, S>,
        at: At<'_>,
        g: &[f64],
        lambda: &mut [f64],
        p_bar: &mut [f64],
    ) -> Result<(), SensitivityError> {
        let mut g = DVector::from_column_slice(g);
        let mut all = DVector::from_column_slice(lambda);
        if self.left.ncols() == 0 {
            all += &self.inverse * g;
            lambda.copy_from_slice(all.as_slice());
            return Ok(());
        }
        let transposed = products.jacobian(at).to_dense().transpose();
        let algebraic = self.right.tr_mul(&(&transposed * &self.left)).lu();
        let singular = SensitivityError::NotIndexOne { t: at.t };
        let nu = algebraic.solve(&self.right.tr_mul(&g)).ok_or_else(|| singular.clone())?;
        let of_parameters = -(&self.left * nu);
        products.add_by_parameters(at, of_parameters.as_slice(), p_bar);
        g += &transposed * of_parameters;
        all += &self.inverse * g;
        let inconsistent = self.right.tr_mul(&(&transposed * &all));
        all -= &self.left * algebraic.solve(&inconsistent).ok_or(singular)?;
        lambda.copy_from_slice(all.as_slice());
        Ok(())
    }
}
