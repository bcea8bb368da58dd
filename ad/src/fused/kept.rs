//! [`NetworkMemory`]: what networks computed on plain numbers, kept for a reverse sweep over the same evaluations.

use super::EvaluatedNetwork;
use crate::Activation;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

/// The activations of networks that were evaluated on plain numbers, for a reverse sweep that would evaluate them again.
///
/// A solve that will be swept runs inside [`keeping`](Self::keeping): each [`Real::network`](crate::Real::network) on `f64` is kept there. The
/// sweep runs inside [`replaying`](Self::replaying): a network with the same parameters and inputs, to the bit, is then not evaluated a
/// second time, neither on plain numbers nor on a tape. What is not found is evaluated, so nothing but time depends on what was kept.
///
/// ```
/// use costate_ad::{Activation, NetworkMemory, Real, gradient};
/// use nalgebra::dvector;
///
/// let mut memory = NetworkMemory::new(1 << 20);
/// let network = |p: &[f64]| f64::network(&[1, 1], &[Activation::Tanh], p, &[0.5])[0];
/// let value = memory.keeping(|| network(&[2.0, 1.0]));
/// assert_eq!(memory.len(), 1);
/// let again = memory.replaying(|| {
///     gradient(|p| Real::network(&[1, 1], &[Activation::Tanh], p.as_slice(), &[0.5.into()])[0], &dvector![2.0, 1.0])
/// });
/// assert_eq!((again.0, again.1[1]), (value, 1.0 - value * value));
/// assert!(memory.is_empty());
/// ```
#[derive(Debug, Default)]
pub struct NetworkMemory {
    /// In the order of the evaluations; `None` is one that was taken out.
    kept: VecDeque<Option<Kept>>,
    /// How many were forgotten before the first that is kept.
    forgotten: usize,
    /// How many there were, forgotten ones included, at the end of each step.
    ends: Vec<usize>,
    /// The number of the first that belongs to the step being swept.
    start: usize,
    bytes: usize,
    limit: usize,
    /// The last few that were met: a solve has few, and they are large.
    parameters: Vec<Rc<[f64]>>,
}

/// One evaluation. Its memory goes back to the thread.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) parameters: Rc<[f64]>,
    pub(super) evaluation: Evaluation,
}

/// A network with its inputs.
#[derive(Debug, Default)]
pub(super) struct Evaluation {
    pub(super) inputs: Vec<f64>,
    pub(super) network: EvaluatedNetwork,
}

/// A network that may have been kept.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) sizes: &'a [usize],
    pub(super) activations: &'a [Activation],
    pub(super) parameters: &'a [f64],
    pub(super) inputs: &'a [f64],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Off,
    Keep,
    Replay,
}

/// Memory for evaluations that a thread keeps: 64 MB.
const SPARE_BYTES: usize = 64 << 20;
/// How many sets of parameters are compared before one is taken for another.
const FEW: usize = 4;

thread_local! {
    static MODE: Cell<Mode> = const { Cell::new(Mode::Off) };
    /// That of the innermost solve or sweep.
    static MEMORY: RefCell<NetworkMemory> = RefCell::default();
    static SPARE: RefCell<(Vec<Evaluation>, usize)> = RefCell::default();
}

impl NetworkMemory {
    /// An empty one for at most `limit` bytes; when it is full, the oldest are forgotten.
    pub fn new(limit: usize) -> Self {
        NetworkMemory { limit, ..NetworkMemory::default() }
    }

    /// How many evaluations there are.
    pub fn len(&self) -> usize {
        self.kept.iter().flatten().count()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Runs `f` and keeps every network that it evaluates on plain numbers, on this thread. What was kept before is forgotten.
    pub fn keeping<T>(&mut self, f: impl FnOnce() -> T) -> T {
        *self = NetworkMemory::new(self.limit);
        let mode = if self.limit > 0 { Mode::Keep } else { Mode::Off };
        self.within(mode, f)
    }

    /// Runs `f`, in which networks that were kept are not evaluated again. On a tape each serves once.
    pub fn replaying<T>(&mut self, f: impl FnOnce() -> T) -> T {
        let mode = if self.is_empty() { Mode::Off } else { Mode::Replay };
        self.within(mode, f)
    }

    /// Inside of [`keeping`](Self::keeping): ends a step, to which all belongs that was kept since the end of the one before.
    pub fn end_step() {
        if MODE.get() == Mode::Keep {
            MEMORY.with_borrow_mut(|memory| memory.ends.push(memory.forgotten + memory.kept.len()));
        }
    }

    /// Inside of [`replaying`](Self::replaying): forgets what belongs to later steps than this one, and lets only its own be found.
    pub fn rewind(step: usize) {
        if MODE.get() == Mode::Replay {
            MEMORY.with_borrow_mut(|memory| {
                let end = memory.ends.get(step).copied().unwrap_or(usize::MAX);
                memory.kept.truncate(end.saturating_sub(memory.forgotten));
                memory.start = step.checked_sub(1).and_then(|before| memory.ends.get(before).copied()).unwrap_or(0);
            });
        }
    }

    fn within<T>(&mut self, mode: Mode, f: impl FnOnce() -> T) -> T {
        /// Also where `f` panics.
        struct Restore<'a>(&'a mut NetworkMemory, Mode);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                MEMORY.with_borrow_mut(|memory| std::mem::swap(memory, self.0));
                MODE.set(self.1);
            }
        }
        MEMORY.with_borrow_mut(|memory| std::mem::swap(memory, self));
        let _restore = Restore(self, MODE.replace(mode));
        f()
    }

    fn keep(&mut self, parameters: &[f64], evaluation: Evaluation) {
        let known = self.parameters.iter().find(|known| same_bits(known, parameters)).cloned();
        let parameters = known.unwrap_or_else(|| {
            self.parameters.truncate(FEW - 1);
            self.parameters.insert(0, parameters.into());
            self.parameters[0].clone()
        });
        self.bytes += evaluation.bytes();
        self.kept.push_back(Some(Kept { parameters, evaluation }));
        while self.bytes > self.limit
            && let Some(oldest) = self.kept.pop_front()
        {
            self.bytes -= oldest.map_or(0, |oldest| oldest.evaluation.bytes());
            self.forgotten += 1;
        }
    }

    /// Where it is kept.
    fn find(&mut self, asked: Asked<'_>) -> Option<&mut Option<Kept>> {
        let first = self.start.saturating_sub(self.forgotten);
        self.kept.iter_mut().skip(first).find(|kept| kept.as_ref().is_some_and(|kept| kept.is(asked)))
    }
}

impl Asked<'_> {
    /// Its outputs on plain numbers.
    pub(super) fn outputs(self) -> Vec<f64> {
        let mode = MODE.get();
        if mode == Mode::Replay {
            let found = |memory: &mut NetworkMemory| {
                let kept = memory.find(self)?.as_ref();
                kept.map(|kept| kept.evaluation.network.outputs().to_vec())
            };
            if let Some(outputs) = MEMORY.with_borrow_mut(found) {
                return outputs;
            }
        }
        let evaluation = self.evaluate();
        let outputs = evaluation.network.outputs().to_vec();
        if mode == Mode::Keep {
            MEMORY.with_borrow_mut(|memory| memory.keep(self.parameters, evaluation));
        } else {
            evaluation.give_back();
        }
        outputs
    }

    /// Its evaluation, taken out of the memory if it was kept.
    pub(super) fn evaluated(self) -> Kept {
        let take = |memory: &mut NetworkMemory| memory.find(self).and_then(Option::take);
        let found = if MODE.get() == Mode::Replay { MEMORY.with_borrow_mut(take) } else { None };
        found.unwrap_or_else(|| Kept { parameters: self.parameters.into(), evaluation: self.evaluate() })
    }

    fn evaluate(self) -> Evaluation {
        let mut evaluation = SPARE.with_borrow_mut(|(spare, bytes)| {
            let evaluation = spare.pop().unwrap_or_default();
            *bytes -= evaluation.bytes();
            evaluation
        });
        evaluation.inputs.clear();
        evaluation.inputs.extend_from_slice(self.inputs);
        evaluation.network.evaluate(self.sizes, self.activations, self.parameters, self.inputs);
        evaluation
    }
}

impl Kept {
    fn is(&self, asked: Asked<'_>) -> bool {
        same_bits(&self.evaluation.inputs, asked.inputs)
            && self.evaluation.network.has_shape(asked.sizes, asked.activations)
            && same_bits(&self.parameters, asked.parameters)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        std::mem::take(&mut self.evaluation).give_back();
    }
}

impl Evaluation {
    fn bytes(&self) -> usize {
        size_of::<f64>() * self.inputs.capacity() + self.network.bytes()
    }

    fn give_back(self) {
        // Where the thread ends, its memory is gone already.
        let _ = SPARE.try_with(|spare| {
            let (spare, bytes) = &mut *spare.borrow_mut();
            if *bytes + self.bytes() <= SPARE_BYTES {
                *bytes += self.bytes();
                spare.push(self);
            }
        });
    }
}

/// Without a branch in the loop, so that it is done by vector instructions.
fn same_bits(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |all, (a, b)| all | (a.to_bits() ^ b.to_bits())) == 0
}
