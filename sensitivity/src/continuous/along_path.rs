//! [`AlongPath`]: the adjoint equation along the stored forward solution.

use super::companion::Companion;
use super::equation::AdjointEquation;
use super::path::{Path, evaluate};
use super::products::Products;
use super::quadrature::Quadrature;
use super::run::Run;
use super::sweep::{Carrier, Piece};
use costate_ad::At;
use costate_solvers::{DenseStep, Method, Ode, Problem, SolveError};
use nalgebra::DVector;
use std::cell::RefCell;
use std::ops::Range;

/// Reads the forward solution from its interpolants, of which a stretch at a time is made again from a checkpoint.
pub(super) struct AlongPath<'a, S, M> {
    run: &'a Run<S, M>,
    companion: Companion,
    quadrature: Quadrature,
    path: Option<Path>,
    /// Checkpoints not yet swept over.
    checkpoints: usize,
}

impl<'a, S: Ode, M: Method> AlongPath<'a, S, M> {
    pub(super) fn new(run: &'a Run<S, M>, quadrature: Quadrature) -> Self {
        let (companion, checkpoints) = (run.companion.clone(), run.record.checkpoints.len());
        AlongPath { run, companion, quadrature, path: None, checkpoints }
    }

    /// The interpolants since the last checkpoint.
    fn load(&mut self) -> Result<&Path, SolveError> {
        if self.path.is_none() {
            let mut state = self.run.record.checkpoints[self.checkpoints - 1].clone();
            let mut path = Path::default();
            let (steps, show) = (self.run.record.stretch(), |step: DenseStep<'_, f64>| path.push(step));
            self.run.problem.advance_dense(&self.run.method, &self.run.control, &mut state, steps, show)?;
            self.path = Some(path);
        }
        Ok(self.path.as_ref().expect("it was put there"))
    }

    /// Carries the adjoint over a stretch in which the forward steps are about as long.
    fn stretch(
        &mut self,
        products: &RefCell<Products<'_, S>>,
        (steps, p): (&Range<usize>, &[f64]),
        [from, to]: [f64; 2],
        lambda: &mut [f64],
        p_bar: &mut [f64],
    ) -> Result<(), SolveError> {
        let (n, by_parameters, path) = (lambda.len(), self.run.by_parameters, self.path.as_ref());
        let path = path.expect("it was loaded");
        let equation = AdjointEquation { products, path, steps: steps.clone(), p, y: RefCell::new(vec![0.0; n]) };
        let control = self.companion.control(lambda);
        let mut adjoint = Problem::field(equation, &*lambda, &DVector::zeros(0), from..to);
        if let Some(mass) = self.run.jump.mass_matrix() {
            adjoint = adjoint.with_mass_matrix(mass.clone());
        }
        let (quadrature, mut last) = (&self.quadrature, 0.0);
        let (mut y, mut at_node) = (vec![0.0; n], vec![0.0; n]);
        let mut state = adjoint.begin(&self.run.method, &control)?;
        adjoint.advance_dense(&self.run.method, &control, &mut state, usize::MAX, |step| {
            let length = step.t_next - step.t;
            last = f64::max(last, length.abs());
            if !by_parameters {
                return;
            }
            quadrature.add(p_bar, |theta, weight, total| {
                let t = step.t + theta * length;
                evaluate(step.y, step.coefficients, theta, &mut at_node);
                // Along the sweep time runs against the span.
                at_node.iter_mut().for_each(|lambda| *lambda *= -weight * length);
                path.state(t, steps, &mut y);
                products.borrow_mut().add_by_parameters(At { t, y: &y, p }, &at_node, total);
            });
        })?;
        lambda.copy_from_slice(state.y().as_slice());
        self.companion.stepped(last, self.run.method.is_implicit());
        Ok(())
    }
}

impl<S: Ode, M: Method> Carrier<S> for AlongPath<'_, S, M> {
    fn carry(
        &mut self,
        products: &RefCell<Products<'_, S>>,
        piece: Piece<'_>,
        lambda: &mut [f64],
        p_bar: &mut [f64],
    ) -> Result<(), SolveError> {
        self.load()?;
        let path = self.path.as_ref().expect("it was loaded");
        let steps = piece.steps.start.max(path.first())..piece.steps.end;
        let mut times = vec![piece.from];
        times.extend(path.refinements([piece.from, piece.to], &steps));
        times.push(piece.to);
        for ends in times.windows(2) {
            self.stretch(products, (&steps, piece.p), [ends[0], ends[1]], lambda, p_bar)?;
        }
        Ok(())
    }

    fn state(&mut self, t: f64, steps: &Range<usize>, stored: Option<&[f64]>) -> Result<Vec<f64>, SolveError> {
        if let Some(stored) = stored {
            return Ok(stored.to_vec());
        }
        let mut y = vec![0.0; self.run.problem.initial_state().len()];
        let path = self.load()?;
        path.state(t, &(steps.start.max(path.first())..steps.end), &mut y);
        Ok(y)
    }

    fn checkpoint(&mut self) {
        self.path = None;
        self.checkpoints -= 1;
    }
}
