//! A stretch of the tape: memory for a fixed number of nodes and edges.

/// Edges for which a chunk has room, per node: what one operation can record (two numbers with two parents each).
pub(super) const EDGES_PER_NODE: usize = 4;

/// Nodes of a chunk of ordinary size; with its edges 3.4 MB, of which only what is written is touched.
const NODES: u32 = 1 << 16;

/// Nodes and their edges; the edges of node `i` end at `ends[i]` and begin where those of its predecessor end.
pub(super) struct Chunk {
    /// How many nodes are in use.
    pub(super) nodes: u32,
    ends: Vec<u32>,
    parents: Vec<u32>,
    partials: Vec<f64>,
}

impl Chunk {
    /// A chunk of ordinary size, or larger if a node needs it.
    pub(super) fn new(places: u32) -> Chunk {
        let nodes = places.max(NODES) as usize;
        let edges = nodes * EDGES_PER_NODE;
        Chunk {
            nodes: 0,
            ends: Vec::with_capacity(nodes),
            parents: Vec::with_capacity(edges),
            partials: Vec::with_capacity(edges),
        }
    }

    pub(super) fn capacity(&self) -> u32 {
        self.ends.capacity() as u32
    }

    pub(super) fn is_ordinary(&self) -> bool {
        self.capacity() == NODES
    }

    pub(super) fn pointers(&mut self) -> (*mut u32, *mut u32, *mut f64) {
        (self.ends.as_mut_ptr(), self.parents.as_mut_ptr(), self.partials.as_mut_ptr())
    }

    /// Carries the adjoints of the chunk's nodes `from..to` back to their parents. `first` is the index, within the
    /// recording, of the chunk's first node, and `adjoints` has an element for every node of the recording.
    ///
    /// A node with an infinite or undefined adjoint contributes nothing through an edge whose partial is 0: the chain in
    /// front of `sqrt(0)` may be 0, and then the product is.
    pub(super) fn sweep(&self, from: u32, to: u32, first: u32, adjoints: &mut [f64]) {
        debug_assert!(to <= self.nodes && adjoints.len() >= (first + self.nodes) as usize);
        let (ends, parents, partials) = (self.ends.as_ptr(), self.parents.as_ptr(), self.partials.as_ptr());
        let adjoints = adjoints.as_mut_ptr();
        // SAFETY: nodes below `self.nodes` were written by the recorder, with their edges; a parent was recorded before its
        // node, so it lies within `adjoints`, which covers every node up to the end of this chunk.
        unsafe {
            let start_of = |node: u32| if node == 0 { 0 } else { *ends.add(node as usize - 1) as usize };
            let mut end = start_of(to);
            for node in (from..to).rev() {
                let start = start_of(node);
                let adjoint = *adjoints.add((first + node) as usize);
                if adjoint == 0.0 {
                    // Nothing reaches this node: not even an infinite partial does.
                } else if adjoint.is_finite() {
                    for edge in start..end {
                        *adjoints.add(*parents.add(edge) as usize) += *partials.add(edge) * adjoint;
                    }
                } else {
                    for edge in (start..end).filter(|&edge| *partials.add(edge) != 0.0) {
                        *adjoints.add(*parents.add(edge) as usize) += *partials.add(edge) * adjoint;
                    }
                }
                end = start;
            }
        }
    }
}
