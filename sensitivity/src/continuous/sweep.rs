//! [`Sweep`]: the way back over a run's record, for every continuous adjoint.

use super::jump::Jump;
use super::products::Products;
use super::record::{Mark, Record};
use costate_ad::{At, Var};
use costate_solvers::{MassMatrix, Ode, Problem, SolveError};
use nalgebra::{DMatrix, DVector};
use std::cell::RefCell;
use std::ops::Range;

/// The smooth part of a sweep: between two marks that change something.
pub(super) struct Piece<'a> {
    /// Against the direction of the span.
    pub(super) from: f64,
    pub(super) to: f64,
    /// The steps of the forward run in which it lies.
    pub(super) steps: Range<usize>,
    /// The parameters there.
    pub(super) p: &'a [f64],
}

/// How an adjoint is carried back over a smooth piece: what makes the strategies differ.
pub(super) trait Carrier<S> {
    /// Carries the adjoint, and adds the integral of `lambda^T df/dp` to `p_bar`.
    fn carry(
        &mut self,
        products: &RefCell<Products<'_, S>>,
        piece: Piece<'_>,
        lambda: &mut [f64],
        p_bar: &mut [f64],
    ) -> Result<(), SolveError>;

    /// The state of the forward run at the time that the sweep has reached. `stored` is given where the run has kept it.
    fn state(&mut self, t: f64, steps: &Range<usize>, stored: Option<&[f64]>) -> Result<Vec<f64>, SolveError>;

    /// A checkpoint was reached: the steps behind it are not needed any more.
    fn checkpoint(&mut self) {}

    /// The state before a stop, where the sweep goes on.
    fn before_stop(&mut self, _y: &[f64]) {}

    /// Whether pieces on which the adjoint is zero are carried all the same, and every stored state is shown.
    fn carries_nothing(&self) -> bool {
        false
    }
}

/// The numbers of a solution whose cotangents are swept, and those cotangents.
pub(super) struct Output<'a> {
    /// The saved states, one after the other.
    pub(super) states: &'a [f64],
    /// In the order of `Solution::map`.
    pub(super) cotangents: &'a [f64],
}

pub(super) struct Sweep<'a, S, C> {
    products: RefCell<Products<'a, S>>,
    record: &'a Record,
    jump: &'a Jump,
    mass: Option<&'a MassMatrix>,
    carrier: C,
    n: usize,
    states: &'a [f64],
    saves: &'a [f64],
    dense: &'a [f64],
    occurrences: &'a [bool],
    events: &'a [f64],
    t: f64,
    p: &'a [f64],
    /// The steps since the stop before.
    steps: Range<usize>,
    /// The end of the steps to which `t` belongs.
    reached: usize,
    /// How many of the stops are still ahead.
    passages: usize,
    lambda: Vec<f64>,
    p_bar: Vec<f64>,
    /// The cotangent of an initial state with a mass matrix that was saved as it is.
    start: Vec<f64>,
}

impl<'a, S: Ode, C: Carrier<S>> Sweep<'a, S, C> {
    pub(super) fn new(
        problem: &'a Problem<S, f64>,
        products: Products<'a, S>,
        record: &'a Record,
        jump: &'a Jump,
        carrier: C,
        output: Output<'a>,
    ) -> Self {
        let (n, all) = (problem.initial_state().len(), record.passages.all());
        let (saves, rest) = output.cotangents.split_at(record.saves() * n);
        let (dense, events) = rest.split_at(rest.len() - record.passages.numbers());
        let p = all.last().map_or(problem.parameters().as_slice(), |passed| passed.behind().1);
        let steps = all.last().map_or(0, |passed| passed.index)..record.steps;
        Sweep {
            products: RefCell::new(products),
            record,
            jump,
            mass: problem.mass_matrix(),
            carrier,
            n,
            states: output.states,
            saves,
            dense,
            occurrences: record.passages.occurrences(),
            events,
            t: f64::NAN,
            p,
            reached: steps.end,
            steps,
            passages: all.len(),
            lambda: vec![0.0; n],
            p_bar: vec![0.0; p.len()],
            start: vec![0.0; n],
        }
    }

    /// The cotangents of the initial state and the parameters, one after the other.
    pub(super) fn run(mut self, start: f64, initial: &[f64]) -> Result<Vec<f64>, SolveError> {
        for mark in self.record.marks.iter().rev() {
            match *mark {
                Mark::Save(index, t) => self.save(index, t)?,
                Mark::Passage => self.passage()?,
                Mark::Step(t, t_next) => self.step(t, t_next)?,
                Mark::Checkpoint(t) => {
                    self.carry(t)?;
                    self.carrier.checkpoint();
                }
            }
        }
        self.carry(start)?;
        self.carrier.state(start, &self.steps, Some(initial))?;
        let mut all = self.jump.cotangent(&self.lambda);
        all.iter_mut().zip(&self.start).for_each(|(all, start)| *all += start);
        all.extend_from_slice(&self.p_bar);
        Ok(all)
    }

    /// Carries the adjoint back to a time.
    fn carry(&mut self, to: f64) -> Result<(), SolveError> {
        let from = if self.t.is_nan() { to } else { self.t };
        let steps = self.steps.start..self.reached;
        (self.t, self.reached) = (to, self.steps.end);
        let nothing = self.lambda.iter().all(|&lambda| lambda == 0.0);
        // Saves that coincide with a stop are known to rounding only.
        let apart = (from - to).abs() > 1e-14 * from.abs().max(to.abs());
        if !apart || steps.is_empty() || nothing && !self.carrier.carries_nothing() {
            return Ok(());
        }
        let piece = Piece { from, to, steps, p: self.p };
        self.carrier.carry(&self.products, piece, &mut self.lambda, &mut self.p_bar)
    }

    fn add(&mut self, stored: Option<&[f64]>, cotangent: &[f64]) -> Result<(), SolveError> {
        if cotangent.iter().all(|&cotangent| cotangent == 0.0) && !self.carrier.carries_nothing() {
            return Ok(());
        }
        let y = self.carrier.state(self.t, &self.steps, stored)?;
        let at = At { t: self.t, y: &y, p: self.p };
        self.jump.add(&mut self.products.borrow_mut(), at, cotangent, &mut self.lambda, &mut self.p_bar)?;
        Ok(())
    }

    fn save(&mut self, index: usize, t: f64) -> Result<(), SolveError> {
        self.carry(t)?;
        let [state, cotangent] = [self.states, self.saves].map(|numbers| &numbers[index * self.n..][..self.n]);
        if self.steps.end == 0 && self.jump.mass_matrix().is_some() {
            self.start.iter_mut().zip(cotangent).for_each(|(start, cotangent)| *start += cotangent);
            return Ok(());
        }
        self.add(Some(state), cotangent)
    }

    /// A step with its dense output. A polynomial is known by its values, so the cotangents of its coefficients are those of as
    /// many states inside the step.
    fn step(&mut self, t: f64, t_next: f64) -> Result<(), SolveError> {
        let step = self.steps.end - 1;
        let degree = self.dense.len() / (self.n * self.record.steps);
        let of_step = &self.dense[step * degree * self.n..][..degree * self.n];
        if of_step.iter().any(|&cotangent| cotangent != 0.0) {
            let (nodes, values) = cotangents_of_values(of_step, self.n, degree);
            let mut start = DVector::zeros(self.n);
            for (theta, value) in nodes.iter().zip(values.column_iter()).rev() {
                self.carry(if *theta == 1.0 { t_next } else { t + theta * (t_next - t) })?;
                self.add(None, value.as_slice())?;
                start -= value;
            }
            self.carry(t)?;
            self.add(None, start.as_slice())?;
        }
        self.steps.end = step;
        Ok(())
    }

    /// Back through a stop and its events.
    fn passage(&mut self) -> Result<(), SolveError> {
        let all = self.record.passages.all();
        self.passages -= 1;
        let passed = &all[self.passages];
        self.carry(passed.t)?;
        let nothing = self.lambda.iter().all(|&lambda| lambda == 0.0) && !self.carrier.carries_nothing();
        if !nothing {
            self.carrier.state(passed.t, &self.steps, Some(passed.behind().0))?;
        }
        // Touches carry no derivative.
        while let [rest @ .., false] = self.occurrences {
            self.occurrences = rest;
            self.events = &self.events[..self.events.len() - 1];
        }
        let numbers = passed.numbers();
        self.occurrences = &self.occurrences[..self.occurrences.len() - numbers / (1 + 2 * self.n)];
        let (events, cotangents) = self.events.split_at(self.events.len() - numbers);
        self.events = events;
        let behind = [&self.jump.cotangent(&self.lambda), &self.p_bar, cotangents].concat();
        let products = &mut *self.products.borrow_mut();
        let before = passed.pull_back::<Var, _>((products.system(), self.mass), behind);
        let (y_bar, p_bar) = before.as_slice().split_at(self.n);
        self.p_bar.copy_from_slice(p_bar);
        let (y, p) = passed.before();
        self.lambda.fill(0.0);
        self.jump.add(products, At { t: passed.t, y, p }, y_bar, &mut self.lambda, &mut self.p_bar)?;
        self.carrier.before_stop(y);
        self.p = p;
        self.steps = self.passages.checked_sub(1).map_or(0, |last| all[last].index)..passed.index;
        self.reached = passed.index;
        Ok(())
    }
}

/// Nodes in `0..=1`, ascending, and in columns the cotangents of a polynomial's values there less that at 0, for those of its
/// coefficients.
fn cotangents_of_values(coefficients: &[f64], n: usize, degree: usize) -> (Vec<f64>, DMatrix<f64>) {
    let node = |i: usize| 0.5 * (1.0 - (std::f64::consts::PI * (i + 1) as f64 / degree as f64).cos());
    let mut nodes: Vec<f64> = (0..degree).map(node).collect();
    nodes[degree - 1] = 1.0;
    let powers = DMatrix::from_fn(degree, degree, |i, j| nodes[i].powi(j as i32 + 1));
    let inverse = powers.try_inverse().expect("the nodes differ");
    (nodes, DMatrix::from_column_slice(n, degree, coefficients) * inverse)
}
