//! [`Passages`]: the stops and events of a run, and the way back through them.
//!
//! What an event does to the state and the parameters is a small program: it runs again on a tape of its own, where its
//! condition, the motion of its time, its reset, and with a mass matrix the algebraic states that follow, are differentiated together.

use costate_ad::{Dual, OnTape, Real, Var, vjp};
use costate_solvers::{MassMatrix, Occurrence, Ode, Passage, SolveError, pass};
use nalgebra::DVector;

/// The stops of a run, in order, and what happened there.
#[derive(Clone, Debug)]
pub(crate) struct Passages<P> {
    all: Vec<Passed<P>>,
    /// For each occurrence of the solution whether it happened, or only touched zero.
    occurrences: Vec<bool>,
}

/// One stop.
#[derive(Clone, Debug)]
pub(crate) struct Passed<P> {
    /// The steps taken before.
    pub(crate) index: usize,
    pub(crate) t: f64,
    events: Vec<usize>,
    /// The state and the parameters before, one after the other, and behind.
    before: Vec<P>,
    behind: Vec<P>,
    n: usize,
    /// How many saves were made before it.
    pub(crate) saves: usize,
    /// How many of the occurrences happened here.
    occurrences: usize,
}

impl<P: Real> Passed<P> {
    /// The state and the parameters before.
    pub(crate) fn before(&self) -> (&[P], &[P]) {
        self.before.split_at(self.n)
    }

    /// The state and the parameters behind.
    pub(crate) fn behind(&self) -> (&[P], &[P]) {
        self.behind.split_at(self.n)
    }

    pub(crate) fn occurrences(&self) -> usize {
        self.occurrences
    }

    /// Numbers of its occurrences.
    pub(crate) fn numbers(&self) -> usize {
        self.occurrences * (1 + 2 * self.n)
    }

    fn run<S: Ode, R: Real>(
        &self,
        (system, mass): (&S, Option<&MassMatrix>),
        before: &[R],
    ) -> Result<Vec<R>, SolveError> {
        let mut numbers = Vec::new();
        let (y, p) = before.split_at(self.n);
        let (mut y, mut p) = (y.to_vec(), p.to_vec());
        pass(system, mass, self.t, &self.events, &mut y, &mut p, &mut numbers)?;
        Ok([y, p, numbers].concat())
    }

    /// The cotangents of the state and the parameters before, for those of the state, the parameters and the occurrences'
    /// numbers behind: all by parts of the recorded scalar `R`.
    pub(crate) fn pull_back<R: OnTape<P>, S: Ode>(
        &self,
        model: (&S, Option<&MassMatrix>),
        behind: Vec<f64>,
    ) -> DVector<f64> {
        let program = |before: &DVector<Var>| {
            let before: Vec<R> = before.as_slice().chunks_exact(R::PARTS).map(R::from_parts).collect();
            let behind = self.run(model, &before).expect("it was run forward, and has derivatives");
            let mut parts = Vec::with_capacity(behind.len() * R::PARTS);
            behind.into_iter().for_each(|number| number.parts(&mut parts));
            DVector::from_vec(parts)
        };
        let mut before = Vec::with_capacity(self.before.len() * R::PARTS);
        self.before.iter().for_each(|&number| R::plain_parts(number, &mut before));
        vjp(program, &DVector::from_vec(before), &DVector::from_vec(behind)).1
    }
}

impl<P> Default for Passages<P> {
    fn default() -> Self {
        Passages { all: Vec::new(), occurrences: Vec::new() }
    }
}

impl<P: Real> Passages<P> {
    pub(crate) fn all(&self) -> &[Passed<P>] {
        &self.all
    }

    pub(crate) fn occurrences(&self) -> &[bool] {
        &self.occurrences
    }

    /// How many numbers the occurrences are.
    pub(crate) fn numbers(&self) -> usize {
        let touches = self.occurrences.iter().filter(|happened| !**happened).count();
        touches + self.all.iter().map(Passed::numbers).sum::<usize>()
    }

    pub(crate) fn happened(&mut self, occurrence: &Occurrence<P>) {
        self.occurrences.push(occurrence.happened);
    }

    pub(crate) fn passed(&mut self, passage: &Passage<'_, P>, saves: usize) {
        let counted: usize = self.all.iter().map(|passed| passed.occurrences).sum();
        let occurrences = self.occurrences.iter().filter(|happened| **happened).count() - counted;
        let (before, behind) = ([passage.y, passage.p].concat(), [passage.y_next, passage.p_next].concat());
        let (index, t, events, n) = (passage.index, passage.t, passage.events.to_vec(), passage.y.len());
        self.all.push(Passed { index, t, events, before, behind, n, saves, occurrences });
    }

    /// Refuses what has no derivative while there is somebody to tell: a reverse sweep could not.
    pub(crate) fn check<S: Ode>(&self, system: &S, mass: Option<&MassMatrix>) -> Result<(), SolveError> {
        for passed in &self.all {
            let before: Vec<_> = passed.before.iter().map(|&number| Dual::<P>::constant(number)).collect();
            passed.run((system, mass), &before)?;
        }
        Ok(())
    }
}
