//! [`checkpoint`]: how to pay for memory with a second run.

use crate::recorded::{Recorded, own};
use crate::{Real, Var, custom};
use std::convert::Infallible;

/// Runs `f` without remembering its intermediate numbers, and runs it again when the reverse sweep needs them.
///
/// The tape then holds the inputs and outputs of `f` in place of everything between, so that a long computation cut into
/// pieces needs the memory of one piece. The price is one more run of `f`. Checkpoints nest, and each level adds a run: a
/// function behind three of them runs four times.
///
/// `f` outlives the call, so it owns what it captures (`move`, and an `Rc` for what is large). Numbers that carry
/// derivatives go in as `inputs`: a captured [`Var`] would lose its derivative, and is refused. It must compute the same
/// values each time that it runs.
///
/// It is generic in the scalar, so it may stand in a model. On a [`Var`], and on dual numbers of `Var`s as in a Hessian, it does
/// what is said above; on numbers without a tape `f` simply runs.
///
/// ```
/// use costate_ad::{Var, checkpoint, gradient};
/// use nalgebra::dvector;
///
/// // x -> sin(x), ten thousand times over, of which only every hundredth is on the tape.
/// let hundred = |x: &[Var]| vec![(0..100).fold(x[0], |x, _| x.sin())];
/// let sparing = gradient(|x| (0..100).fold(x[0], |x, _| checkpoint(hundred, &[x])[0]), &dvector![1.0]);
/// let lavish = gradient(|x| (0..10_000).fold(x[0], |x, _| x.sin()), &dvector![1.0]);
/// assert_eq!(sparing.0, lavish.0);
/// assert!((sparing.1 - lavish.1).amax() < 1e-18);
/// ```
///
/// # Panics
/// If `f` uses a captured `Var`, an input belongs to another tape, or the second run gives other values than the first.
pub fn checkpoint<R: Real>(f: impl Fn(&[R]) -> Vec<R> + 'static, inputs: &[R]) -> Vec<R> {
    R::checkpoint(f, inputs)
}

pub(crate) fn var_checkpoint(f: impl Fn(&[Var]) -> Vec<Var> + 'static, inputs: &[Var]) -> Vec<Var> {
    let plain: Vec<Var> = inputs.iter().map(|input| Var::constant(input.value())).collect();
    let outputs = f(&plain);
    refuse_captured(&outputs);
    let values: Vec<f64> = outputs.iter().map(Var::value).collect();
    let saved = Saved { varies: inputs.iter().map(|input| !input.is_constant()).collect(), inputs: plain, outputs };
    custom(inputs, &values, move |output, input| saved.replay(&f, output, input))
}

/// What the tape keeps of a piece of a program: plain numbers at both its ends.
struct Saved {
    inputs: Vec<Var>,
    varies: Vec<bool>,
    outputs: Vec<Var>,
}

impl Saved {
    /// Runs `f` on a tape of its own and adds the cotangents of the inputs for those of the outputs.
    fn replay(&self, f: impl Fn(&[Var]) -> Vec<Var>, output: &[f64], input: &mut [f64]) {
        let again = |variables: &nalgebra::DVector<Var>| {
            let ends = self.inputs.iter().zip(variables).zip(&self.varies);
            let inputs: Vec<Var> =
                ends.map(|((&plain, &variable), &varies)| if varies { variable } else { plain }).collect();
            Ok::<_, Infallible>(f(&inputs).into_iter().map(own).collect::<Vec<_>>())
        };
        let Ok(run) = Recorded::run(self.inputs.iter().map(Var::value), again);
        self.refuse_other_values(&run.output);
        let seeds: Vec<(Var, f64)> = run.output.iter().copied().zip(output.iter().copied()).collect();
        for (cotangent, more) in input.iter_mut().zip(run.sweep(&seeds).iter()) {
            *cotangent += more;
        }
    }

    fn refuse_other_values(&self, outputs: &[Var]) {
        let same = |a: f64, b: f64| a == b || !a.is_finite() || !b.is_finite();
        let unchanged = outputs.len() == self.outputs.len()
            && outputs.iter().zip(&self.outputs).all(|(a, b)| same(a.value(), b.value()));
        assert!(
            unchanged,
            "checkpoint: the closure gave {:?} when it ran again and {:?} at first; it must compute the same each time, so \
             seed its random numbers and let it change nothing outside",
            outputs, self.outputs
        );
    }
}

fn refuse_captured(outputs: &[Var]) {
    let captured = outputs.iter().position(|output| !output.is_constant());
    assert!(
        captured.is_none(),
        "checkpoint: the closure used a Var that it captured, and the derivative with respect to it would be lost; pass \
         that number in `inputs`, or take its `.value()` if it is meant as a constant"
    );
}
