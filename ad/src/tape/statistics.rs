//! [`Tape`]: how much a recording holds.

use super::custom::Custom;
use super::{chunk, with};

/// What the recording in progress on this thread holds so far: how long a program's history is, and whether it fits into
/// memory.
///
/// ```
/// use costate_ad::{Tape, gradient};
/// use nalgebra::dvector;
///
/// let (_, slope) = gradient(
///     |x| {
///         let y = x[0] * x[1] * x[2]; // a node with three edges
///         let tape = Tape::recording().expect("a gradient is being recorded");
///         assert_eq!((tape.nodes, tape.edges), (3 + 1, 3));
///         y
///     },
///     &dvector![2.0, 3.0, 5.0],
/// );
/// assert_eq!(slope, dvector![15.0, 10.0, 6.0]);
/// assert!(Tape::recording().is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tape {
    /// Numbers with a place of their own: the inputs, the outputs of [`custom`](crate::custom) functions, and intermediate
    /// numbers. The last are far fewer than the operations, because most operations leave their history pending. There may
    /// be up to 2^32; a recording that needs more panics, and says what to do.
    pub nodes: usize,
    /// Partial derivatives that are stored.
    pub edges: usize,
    /// Memory in use, in bytes, without what the pullbacks of `custom` functions keep for themselves. The reverse sweep adds
    /// 8 bytes for each node.
    pub bytes: usize,
}

impl Tape {
    /// The recording in progress: that of the innermost gradient on this thread; `None` outside of any. It looks at every
    /// record, so it is not meant for inner loops.
    pub fn recording() -> Option<Tape> {
        with(|t| {
            if t.id == 0 {
                return None;
            }
            t.seal();
            let recording = &*t.recording;
            let edges = recording.chunks.iter().flat_map(chunk::Chunk::edges).sum();
            let words: usize = recording.chunks.iter().map(|chunk| chunk.used).sum();
            let customs: usize = recording.customs.iter().map(Custom::bytes).sum();
            Some(Tape { nodes: recording.nodes as usize - 1, edges, bytes: size_of::<u64>() * words + customs })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::with;
    use crate::{Var, custom, gradient};
    use nalgebra::dvector;
    use std::panic::catch_unwind;

    /// The message of the panic of `f` on a tape that has so many nodes already, none of which it has to store.
    fn panics_after(nodes: u32, f: fn(Var)) -> String {
        let run = move || {
            gradient(
                |x| {
                    with(|t| t.nodes = nodes);
                    f(x[0]);
                    x[0]
                },
                &dvector![1.5],
            )
        };
        let payload = catch_unwind(run).expect_err("the tape must be full");
        payload.downcast_ref::<String>().cloned().expect("the message is formatted")
    }

    #[test]
    fn a_full_tape_says_so() {
        // Nodes of fixed length are counted when a chunk is begun, so a chunk's worth of numbers must be left.
        let in_chunks = |x: Var| {
            let (mut a, mut b) = (x.sin() * x, x);
            for _ in 0..1_000_000 {
                let settled = Var::constant(0.0) + crate::Real::sum(&[a, b]);
                (a, b) = (settled * x * a, settled);
            }
        };
        for message in [
            panics_after(u32::MAX - 2, |x| drop(custom(&[x], &[0.0; 3], |_, _| ()))),
            panics_after(u32::MAX - 200_000, in_chunks),
        ] {
            assert!(message.contains("2^32 nodes") && message.contains("checkpoint"), "{message}");
        }
        assert_eq!(gradient(|x| x[0] * x[0], &dvector![3.0]).1[0], 6.0);
    }
}
