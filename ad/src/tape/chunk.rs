//! A stretch of the tape: a stream of words that is written forwards and swept backwards.
//!
//! A **record** ends with its tail, a word whose upper half says what it is:
//!
//! | upper half of the tail | lower half | words before the tail |
//! |---|---|---|
//! | [`THREE`] | the last parent | 3 partials, 2 parents in one word |
//! | [`FOUR`] | 0 | 4 partials, 4 parents in two words |
//! | [`LEAVES`] | how many nodes without edges | none |
//! | [`WIDE`] | how many edges | a partial and a parent for each edge |
//! | [`CUSTOM`] | the index of an entry with its own pullback | none |
//!
//! Every record but a custom entry and a row of leaves is one node. Nodes are not numbered in the stream: the sweep counts
//! them down.

use super::custom::Custom;

pub(super) const LEAVES: u32 = 0;
pub(super) const THREE: u32 = 3;
pub(super) const FOUR: u32 = 4;
pub(super) const WIDE: u32 = u32::MAX - 1;
pub(super) const CUSTOM: u32 = u32::MAX;

/// Words of the largest record of fixed length.
pub(super) const RECORD: usize = 7;

/// Words of the shortest record that is one node of fixed length.
pub(super) const SHORTEST: usize = 5;

/// Words of a chunk of ordinary size: 2 MB, of which only what is written is touched.
const WORDS: usize = 1 << 18;

pub(super) fn tail(kind: u32, payload: u32) -> u64 {
    u64::from(kind) << 32 | u64::from(payload)
}

/// Memory for records.
pub(super) struct Chunk {
    words: Vec<u64>,
    /// How many words are in use.
    pub(super) used: usize,
}

impl Chunk {
    /// A chunk of ordinary size, or larger if a record needs it.
    pub(super) fn new(words: usize) -> Chunk {
        Chunk { words: Vec::with_capacity(words.max(WORDS)), used: 0 }
    }

    pub(super) fn capacity(&self) -> usize {
        self.words.capacity()
    }

    pub(super) fn is_ordinary(&self) -> bool {
        self.capacity() == WORDS
    }

    pub(super) fn start(&mut self) -> *mut u64 {
        self.words.as_mut_ptr()
    }

    /// The number of edges of every record, last record first.
    pub(super) fn edges(&self) -> impl Iterator<Item = usize> + '_ {
        let mut end = self.used;
        std::iter::from_fn(move || {
            let last = end.checked_sub(1)?;
            // SAFETY: words below `used` were written.
            let tail = unsafe { *self.words.as_ptr().add(last) };
            let (before, edges) = match (tail >> 32) as u32 {
                THREE => (4, 3),
                FOUR => (6, 4),
                WIDE => (2 * tail as u32 as usize, tail as u32 as usize),
                _ => (0, 0),
            };
            end = last - before;
            Some(edges)
        })
    }

    /// Carries the adjoints of the chunk's nodes back to their parents. `nodes` is the number of nodes of the recording up
    /// to the end of this chunk; returned is their number up to its beginning. `adjoints` has an element for each of them.
    ///
    /// A node with an infinite or undefined adjoint contributes nothing through an edge whose partial is 0: the chain in
    /// front of `sqrt(0)` may be 0, and then the product is. Where nothing reaches a node, not even an infinite partial does.
    pub(super) fn sweep(&self, nodes: usize, customs: &[Custom], adjoints: &mut [f64]) -> usize {
        debug_assert!(adjoints.len() >= nodes);
        let (start, mut end) = (self.words.as_ptr(), self.used);
        let (mut node, to) = (nodes, adjoints.as_mut_ptr());
        // SAFETY: words below `used` were written by the recorder, record after record, so that `end` is always the end of
        // one; a parent was recorded before its node, and `node` counts the nodes of the recording down, so both lie
        // within `adjoints`. `to` is used again only after a pullback has given its borrow of `adjoints` back.
        unsafe {
            while end > 0 {
                let tail = *start.add(end - 1);
                let (kind, payload) = ((tail >> 32) as u32, tail as u32);
                if kind == THREE {
                    let record = start.add(end - 5);
                    let pair = *record.add(3);
                    end -= 5;
                    node -= 1;
                    if is_ordinary(*to.add(node)) {
                        carry(*to.add(node), record, [pair as u32, (pair >> 32) as u32, payload], to);
                        continue;
                    }
                } else if kind == FOUR {
                    let record = start.add(end - 7);
                    let (pair, more) = (*record.add(4), *record.add(5));
                    end -= 7;
                    node -= 1;
                    if is_ordinary(*to.add(node)) {
                        let parents = [pair as u32, (pair >> 32) as u32, more as u32, (more >> 32) as u32];
                        carry(*to.add(node), record, parents, to);
                        continue;
                    }
                } else if kind != WIDE {
                    end -= 1;
                    let adjoints = std::slice::from_raw_parts_mut(to, adjoints.len());
                    node = Chunk::sweep_nodeless(kind, payload, node, customs, adjoints);
                    continue;
                } else {
                    end -= 1 + 2 * payload as usize;
                    node -= 1;
                    if is_ordinary(*to.add(node)) {
                        carry_wide(*to.add(node), start.add(end), payload as usize, to);
                        continue;
                    }
                }
                if *to.add(node) != 0.0 {
                    carry_extraordinary(*to.add(node), start.add(end), kind, payload, to);
                }
            }
        }
        node
    }

    /// Sweeps a record that is no node: a row of leaves or a custom entry. Returns the number of nodes before it.
    #[inline(never)]
    fn sweep_nodeless(kind: u32, payload: u32, node: usize, customs: &[Custom], adjoints: &mut [f64]) -> usize {
        if kind == LEAVES {
            return node - payload as usize;
        }
        let custom = &customs[payload as usize];
        custom.pull_back(adjoints);
        custom.first_output as usize
    }
}

/// Whether an adjoint is neither 0 nor infinite nor undefined: one comparison of its bits.
#[inline(always)]
fn is_ordinary(adjoint: f64) -> bool {
    (adjoint.to_bits() << 1).wrapping_sub(1) < (0x7ff0_0000_0000_0000 << 1) - 1
}

/// Parent number `i` of a record of fixed length, whose parents stand in pairs, the first in the lower half of a word.
///
/// # Safety
/// The record has more than `i` parents, and they begin at `pairs`.
unsafe fn parent(pairs: *const u64, i: usize) -> u32 {
    // SAFETY: as the caller promises.
    (unsafe { *pairs.add(i / 2) } >> (32 * (i % 2))) as u32
}

/// # Safety
/// There are `K` partials at `record`, and the parents lie within the adjoints.
#[inline(always)]
unsafe fn carry<const K: usize>(adjoint: f64, record: *const u64, parents: [u32; K], to: *mut f64) {
    for (i, parent) in parents.into_iter().enumerate() {
        // SAFETY: as the caller promises.
        unsafe { *to.add(parent as usize) += *record.cast::<f64>().add(i) * adjoint };
    }
}

/// # Safety
/// There are `edges` pairs of a partial and a parent at `record`, and the parents lie within the adjoints.
#[inline(always)]
unsafe fn carry_wide(adjoint: f64, record: *const u64, edges: usize, to: *mut f64) {
    for i in 0..edges {
        // SAFETY: as the caller promises.
        unsafe { *to.add(*record.add(2 * i + 1) as usize) += *record.cast::<f64>().add(2 * i) * adjoint };
    }
}

/// # Safety
/// At `record` begins a record of this kind that is one node, and its parents lie within the adjoints.
#[cold]
#[inline(never)]
unsafe fn carry_extraordinary(adjoint: f64, record: *const u64, kind: u32, payload: u32, to: *mut f64) {
    let edges = if kind == WIDE { payload } else { kind } as usize;
    for i in 0..edges {
        // SAFETY: as the caller promises.
        unsafe {
            let (partial, parent) = match kind {
                WIDE => (*record.add(2 * i), *record.add(2 * i + 1) as u32),
                _ => (*record.add(i), parent(record.add(edges), i)),
            };
            let partial = f64::from_bits(partial);
            if partial != 0.0 {
                *to.add(parent as usize) += partial * adjoint;
            }
        }
    }
}
