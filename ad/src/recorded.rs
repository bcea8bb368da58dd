//! [`Recorded`]: a run of a closure on a tape of its own, ready to be swept as often as a driver likes.

use crate::Var;
use crate::tape::{self, Recorder, Recording, check};
use nalgebra::DVector;

/// What a closure did with its inputs, and what it returned.
pub(crate) struct Recorded<Y> {
    recording: Recording,
    inputs: usize,
    /// What the closure returned.
    pub(crate) output: Y,
}

impl<Y> Recorded<Y> {
    /// Runs `f` on a new tape above the one that may be open, and closes it. `f` must [`own`] the variables that it returns.
    pub(crate) fn run<E>(
        x: impl Iterator<Item = f64>,
        f: impl FnOnce(&DVector<Var>) -> Result<Y, E>,
    ) -> Result<Recorded<Y>, E> {
        let recorder = Recorder::open();
        let mut inputs = tape::take_variables();
        recorder.inputs(x, &mut inputs);
        let inputs = DVector::from_vec(inputs);
        let output = f(&inputs)?;
        let length = inputs.len();
        tape::keep_variables(inputs.data.into());
        Ok(Recorded { recording: recorder.finish(), inputs: length, output })
    }

    /// The cotangents of the inputs for the given seeds: pairs of an output and its cotangent.
    pub(crate) fn sweep(&self, seeds: &[(Var, f64)]) -> DVector<f64> {
        DVector::from_column_slice(self.recording.sweep(seeds.iter().copied()).of_inputs(self.inputs))
    }
}

/// Panics if the variable is of another tape than the one that records; else gives it back.
#[inline]
pub(crate) fn own(output: Var) -> Var {
    if !output.is_constant() {
        check(output.tape());
    }
    output
}
