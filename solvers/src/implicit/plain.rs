//! [`Plain`]: the plain numbers of an implicit step.

use super::products::{Products, Shifted};
use crate::{ImplicitWork, State, VectorField};
use costate_ad::{At, Real};
use costate_linalg::{LinalgError, LinearSolver, Linearisation, MassMatrix, StateJacobian, StepMatrix};
use std::rc::Rc;
use std::sync::Arc;

/// A step that would be longer than the last by less than this factor is not.
const LONGER: f64 = 1.2;

/// The start of a step as plain numbers, the derivatives of the right-hand side there, and the factors of the step's matrix.
#[derive(Clone, Debug)]
pub(super) struct Plain {
    pub(super) y: Vec<f64>,
    pub(super) p: Vec<f64>,
    pub(super) mass: Option<Arc<MassMatrix>>,
    pub(super) linearisation: Linearisation,
    pub(super) matrix: Rc<StepMatrix>,
    pub(super) work: ImplicitWork,
    /// What is wrong with the linear algebra of this step.
    pub(super) trouble: Option<LinalgError>,
    /// The shift and the Jacobian of the factors.
    factored: Option<(f64, Arc<StateJacobian>)>,
    /// How systems are solved without a matrix, if they are.
    pub(super) products: Option<Products>,
    /// Which step the linearisation belongs to: it stays through rejections.
    step: Option<(usize, f64)>,
}

impl Plain {
    pub(super) fn new(states: usize) -> Plain {
        Plain {
            y: vec![0.0; states],
            p: Vec::new(),
            mass: None,
            linearisation: Linearisation::new(states),
            matrix: Rc::new(StepMatrix::new(states)),
            work: ImplicitWork::default(),
            trouble: None,
            factored: None,
            products: None,
            step: None,
        }
    }

    /// Solves sparse systems in this way from now on.
    pub(super) fn set_linear_solver(&mut self, solver: LinearSolver) {
        let mut matrix = self.matrix.another();
        matrix.set_solver(solver.with_jacobian());
        self.products = if let LinearSolver::Products(gmres) = solver { Some(Products::new(gmres)) } else { None };
        (self.matrix, self.factored) = (Rc::new(matrix), None);
    }

    /// Reads the start of a step, and takes the Jacobian from the step before, if it was kept; else it linearises the right-hand
    /// side there, unless that was done for this step.
    pub(super) fn start<F: VectorField<R> + ?Sized, R: Real>(
        &mut self,
        field: &F,
        p: &[R],
        state: &State<R>,
        kept: Option<&Arc<StateJacobian>>,
        linearise: impl FnOnce(&F, At<'_>, &mut Linearisation),
    ) {
        self.work = ImplicitWork::default();
        self.trouble = None;
        if self.products.is_some() {
            self.step = Some((state.index, state.t));
            self.read(p, state);
        } else if let Some(jacobian) = kept {
            self.step = None;
            self.read(p, state);
            self.linearisation.restore(jacobian.clone());
        } else if self.step != Some((state.index, state.t)) {
            self.read(p, state);
            self.refresh(field, state, linearise);
        }
    }

    /// Linearises the right-hand side at the start of the step; false where that was done before.
    pub(super) fn refresh<F: VectorField<R> + ?Sized, R: Real>(
        &mut self,
        field: &F,
        state: &State<R>,
        linearise: impl FnOnce(&F, At<'_>, &mut Linearisation),
    ) -> bool {
        let step = Some((state.index, state.t));
        let stale = self.step != step;
        if stale {
            self.step = step;
            linearise(field, At { t: state.t, y: &self.y, p: &self.p }, &mut self.linearisation);
            self.work.jacobians += 1;
        }
        stale
    }

    /// Overwrites `b` by the solution with `shift * M - J`, by the factors at hand or by products with the Jacobian, of the implicit part or
    /// of the whole, at time `t` and the start of the step.
    #[inline(always)]
    pub(super) fn solve<F: VectorField<R> + ?Sized, R>(
        &self,
        field: &F,
        (t, shift, implicit_part): (f64, f64, bool),
        b: &mut [f64],
    ) {
        match &self.products {
            None => self.matrix.solve(b),
            Some(products) => {
                let at = At { t, y: &self.y, p: &self.p };
                products.solve(field, Shifted { shift, mass: self.mass.as_deref(), at, implicit_part }, b);
            }
        }
    }

    /// Forms the matrix that products stand for; false where it has no inverse.
    pub(super) fn form<F: VectorField<R> + ?Sized, R: Real>(
        &mut self,
        field: &F,
        t: f64,
        shift: f64,
        linearise: impl FnOnce(&F, At<'_>, &mut Linearisation),
    ) -> bool {
        linearise(field, At { t, y: &self.y, p: &self.p }, &mut self.linearisation);
        self.work.jacobians += 1;
        self.factor(shift)
    }

    /// Takes note of what was wrong with products.
    pub(super) fn complain(&mut self) {
        if let Some(products) = &self.products {
            self.trouble = products.trouble();
        }
    }

    /// Gives the factors up, since others that belong to them were not made.
    pub(super) fn forget(&mut self) {
        self.factored = None;
    }

    /// Writes the Jacobian for the next step into the state, if it is to serve there; and then the size of the last step under
    /// error control, if the next is hardly longer, so that the factors serve as well (Hairer & Wanner, Solving Ordinary Differential Equations II, section IV.8).
    pub(super) fn keep<R>(&self, serves: bool, h: Option<f64>, state: &mut State<R>) {
        let kept = serves && self.products.is_none();
        state.jacobian = kept.then(|| self.linearisation.jacobian().clone());
        if let Some(h) = h.filter(|h| serves && (1.0..LONGER).contains(&(state.h / h))) {
            state.h = h;
        }
    }

    fn read<R: Real>(&mut self, p: &[R], state: &State<R>) {
        self.y.iter_mut().zip(state.y.as_slice()).for_each(|(plain, y)| *plain = y.value());
        self.p.clear();
        self.p.extend(p.iter().map(|p| p.value()));
    }

    /// Whether the linearisation is that of this step.
    pub(super) fn is_fresh(&self) -> bool {
        self.step.is_some()
    }

    /// [`factor`](Plain::factor), unless the factors at hand are these.
    pub(super) fn refactor(&mut self, shift: f64) -> bool {
        if self.products.is_some() {
            return true;
        }
        let same = |(old, jacobian): &(f64, Arc<StateJacobian>)| {
            *old == shift && Arc::ptr_eq(jacobian, self.linearisation.jacobian())
        };
        if self.factored.as_ref().is_some_and(same) {
            return true;
        }
        let factored = self.factor(shift);
        self.factored = factored.then(|| (shift, self.linearisation.jacobian().clone()));
        factored
    }

    /// Factorises `shift * M - J`; false where it is singular, or not finite.
    pub(super) fn factor(&mut self, shift: f64) -> bool {
        self.work.factorisations += 1;
        self.factored = None;
        let factored = storage(&mut self.matrix).factor(shift, self.mass.as_deref(), self.linearisation.jacobian());
        // The Jacobian's own flaw explains more than what follows from it.
        self.trouble = factored.err().map(|error| self.linearisation.flaw().cloned().unwrap_or(error));
        self.trouble.is_none()
    }
}

/// Storage for factors: that of the last ones, unless somebody else keeps them. A tape keeps the factors of every step that it has
/// recorded.
pub(super) fn storage(matrix: &mut Rc<StepMatrix>) -> &mut StepMatrix {
    if Rc::get_mut(matrix).is_none() {
        *matrix = Rc::new(matrix.another());
    }
    Rc::get_mut(matrix).expect("nobody else has it")
}

/// Adds `factor * M x` to `y`.
pub(super) fn add_mass<R: Real>(mass: Option<&MassMatrix>, factor: f64, x: &[R], y: &mut [R]) {
    match mass {
        Some(mass) => mass.add_product(factor, x, y),
        None => y.iter_mut().zip(x).for_each(|(y, &x)| *y += x * factor),
    }
}

/// Adds the sum of the `terms`, each as long as `sum`, times their weights, one after the other. Sums of 6 or 8 numbers stay in registers
/// meanwhile (5 to 7 % of a solve of 8 states); for fewer it gains nothing, and weights of 0 are better left out.
#[inline(always)]
pub(super) fn accumulate<R: Real>(weights: impl Iterator<Item = f64>, terms: &[R], sum: &mut [R]) {
    macro_rules! of_size {
        ($($N:literal)*) => {
            match sum.len() {
                $($N if const { $N <= R::UNROLL } => accumulate_few::<R, $N>(weights, terms, sum),)*
                n => {
                    let there = weights.zip(terms.chunks_exact(n)).filter(|(weight, _)| *weight != 0.0);
                    there.for_each(|(weight, term)| add(weight, term, sum));
                }
            }
        };
    }
    of_size!(6 8)
}

#[inline(always)]
fn accumulate_few<R: Real, const N: usize>(weights: impl Iterator<Item = f64>, terms: &[R], sum: &mut [R]) {
    let sum: &mut [R; N] = sum.try_into().expect("its length was looked at");
    let mut total = *sum;
    for (weight, term) in weights.zip(terms.as_chunks::<N>().0) {
        for c in 0..N {
            total[c] += term[c] * weight;
        }
    }
    *sum = total;
}

/// Adds `factor * x` to `y`.
#[inline(always)]
pub(super) fn add<R: Real>(factor: f64, x: &[R], y: &mut [R]) {
    y.iter_mut().zip(x).for_each(|(y, &x)| *y += x * factor);
}
