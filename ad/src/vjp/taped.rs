//! A recording of the right-hand side alone.

use super::{At, RightHandSide};
use crate::Var;
use crate::tape::{Recorder, Recording};

/// The last recording, and the variables around it. Recordings reuse the memory of the thread's tape.
pub(super) struct Taped {
    /// The states, then the parameters, then the time.
    x: Vec<Var>,
    dy: Vec<Var>,
    inputs: usize,
    recording: Option<Recording>,
}

impl Taped {
    pub(super) fn new(at: At<'_>, outputs: usize) -> Self {
        let inputs = at.y.len() + at.p.len() + 1;
        Taped { x: Vec::with_capacity(inputs), dy: vec![Var::constant(0.0); outputs], inputs, recording: None }
    }

    pub(super) fn linearise<F: RightHandSide + ?Sized>(&mut self, rhs: &F, at: At<'_>) -> &Self {
        assert!(at.y.len() + at.p.len() + 1 == self.inputs, "sizes of the state and parameters");
        // The last recording gives its memory back before the next one asks for some.
        self.recording = None;
        let recorder = Recorder::open();
        self.x.clear();
        // One slice after the other: a chain of them asks at every number which it is in.
        [at.y, at.p, &[at.t]].iter().for_each(|part| recorder.inputs(part.iter().copied(), &mut self.x));
        self.dy.fill(Var::constant(0.0));
        let (y, rest) = self.x.split_at(at.y.len());
        rhs.eval(rest[at.p.len()], y, &rest[..at.p.len()], &mut self.dy);
        self.recording = Some(recorder.finish());
        self
    }

    pub(super) fn value(&self, dy: &mut [f64]) {
        for (dy, y) in dy.iter_mut().zip(&self.dy) {
            *dy = y.value();
        }
    }

    pub(super) fn pull_back(&self, w: &[f64], y_bar: &mut [f64], p_bar: &mut [f64], t_bar: &mut f64) {
        assert!(w.len() == self.dy.len() && y_bar.len() + p_bar.len() + 1 == self.inputs, "sizes of the cotangents");
        let recording = self.recording.as_ref().expect("the right-hand side was recorded");
        let adjoints = recording.sweep(self.dy.iter().copied().zip(w.iter().copied()));
        let mut rest = adjoints.of_inputs(self.inputs);
        for bars in [y_bar, p_bar, std::slice::from_mut(t_bar)] {
            let (part, behind) = rest.split_at(bars.len());
            bars.iter_mut().zip(part).for_each(|(bar, adjoint)| *bar += adjoint);
            rest = behind;
        }
    }
}
