//! One recording, from the first input to the sweeps.

use super::chunk::Chunk;
use super::custom::Custom;
use super::{POOLED_ADJOINTS, POOLED_CHUNKS, with};
use crate::Var;

/// A finished recording: it can be swept any number of times.
pub(crate) struct Recording {
    pub(super) chunks: Vec<Chunk>,
    /// How many nodes it has, the 0 that stands for "no parent" included.
    pub(super) nodes: u32,
    /// Hand-written pullbacks, in the order of their output nodes.
    pub(super) customs: Vec<Custom>,
}

/// An open recording. Dropping it without [`finish`](Recorder::finish), as a panic does, discards it.
pub(crate) struct Recorder {
    tape: u32,
    open: bool,
}

impl Recorder {
    /// Opens a recording on this thread, above the one that may be open already.
    pub(crate) fn open() -> Recorder {
        Recorder { tape: with(|t| t.open()), open: true }
    }

    /// Appends inputs to `to`: nodes without edges, with consecutive numbers.
    pub(crate) fn inputs(&self, values: impl Iterator<Item = f64>, to: &mut Vec<Var>) {
        super::check(self.tape);
        let (first, before) = (with(|t| t.nodes), to.len());
        to.extend((first..).zip(values).map(|(node, value)| Var::node(value, node, self.tape)));
        super::record_leaves(to.len() - before);
    }

    pub(crate) fn finish(mut self) -> Recording {
        super::check(self.tape);
        self.open = false;
        with(|t| t.close())
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if self.open {
            drop(with(|t| t.close()));
        }
    }
}

/// The derivative of the seeds with respect to every node. Its memory goes back to the thread for the next sweep.
pub(crate) struct Adjoints(Vec<f64>);

impl Adjoints {
    /// The adjoints of the inputs, if so many were the first that the recording was given.
    pub(crate) fn of_inputs(&self, count: usize) -> &[f64] {
        &self.0[1..][..count]
    }
}

impl Drop for Adjoints {
    fn drop(&mut self) {
        if self.0.capacity() <= POOLED_ADJOINTS {
            with(|t| *t.adjoints = std::mem::take(&mut self.0));
        }
    }
}

impl Recording {
    pub(super) const fn new() -> Recording {
        Recording { chunks: Vec::new(), nodes: 0, customs: Vec::new() }
    }

    /// Adjoints of every node for the given seeds: pairs of an output and its cotangent. A number that does not depend
    /// on the recording is no output and is passed over.
    pub(crate) fn sweep(&self, seeds: impl IntoIterator<Item = (Var, f64)>) -> Adjoints {
        let mut nodes = self.nodes as usize;
        let mut adjoints = with(|t| std::mem::take(&mut *t.adjoints));
        adjoints.clear();
        adjoints.resize(nodes, 0.0);
        for (output, seed) in seeds {
            output.distribute(seed, &mut adjoints);
        }
        for chunk in self.chunks.iter().rev() {
            nodes = chunk.sweep(nodes, &self.customs, &mut adjoints);
        }
        Adjoints(adjoints)
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        if self.chunks.is_empty() {
            return;
        }
        let chunks = self.chunks.drain(..).filter(Chunk::is_ordinary);
        with(|t| {
            for mut chunk in chunks.take(POOLED_CHUNKS - t.pool.len().min(POOLED_CHUNKS)) {
                chunk.used = 0;
                t.pool.push(chunk);
            }
        });
    }
}
