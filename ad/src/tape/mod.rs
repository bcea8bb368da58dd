//! The tape: what reverse mode remembers of a run.
//!
//! A **node** is an intermediate number that got a place of its own; its **edges** name the earlier nodes it was made
//! from, each with the partial derivative. A [`Var`](crate::Var) is not a node: it is a linear form in at most two of them
//! (see `var.rs`), so most operations record nothing.
//!
//! The tape of a thread is a stack of recordings: opening one suspends the one below. It lives in a thread-local that is
//! const-initialised and has no destructor, because either costs a check on every access, a quarter to a half of the time
//! of small tapes. Memory is taken in chunks, so that growing never copies; chunks go back to a pool of the thread and
//! are reused from their first bytes, so that a small recording after a large one touches only what it needs.

mod chunk;
mod custom;
mod inputs;
mod recording;

pub use custom::custom;
pub(crate) use custom::custom_of;
pub(crate) use recording::{Recorder, Recording};

use crate::Var;
use chunk::Chunk;
use std::cell::UnsafeCell;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicU32, Ordering};

/// The recording that is open on this thread, and everything it needs to grow.
///
/// The first fields are those of the hot path: the chunk being written, as raw pointers.
struct Tape {
    /// Identifies the recording among all threads and times; 0 when none is open.
    id: u32,
    /// Nodes in the chunk so far, and how many it can take (wide nodes use up several places).
    nodes: u32,
    capacity: u32,
    /// Edges in the chunk so far.
    edges: u32,
    /// The index, within the recording, of the chunk's first node.
    first: u32,
    ends: *mut u32,
    parents: *mut u32,
    partials: *mut f64,
    recording: ManuallyDrop<Recording>,
    suspended: ManuallyDrop<Vec<Suspended>>,
    pool: ManuallyDrop<Vec<Chunk>>,
    /// Memory for the adjoints of the next sweep.
    adjoints: ManuallyDrop<Vec<f64>>,
    /// Identifiers not yet handed out on this thread.
    ids: std::ops::Range<u32>,
}

/// A recording that waits for the one above it to finish.
struct Suspended {
    id: u32,
    nodes: u32,
    capacity: u32,
    edges: u32,
    first: u32,
    recording: Recording,
}

thread_local! {
    static TAPE: UnsafeCell<Tape> = const { UnsafeCell::new(Tape::new()) };
    /// Frees what the thread's tape holds when the thread ends; touched only when a chunk is allocated.
    static REAPER: Reaper = const { Reaper };
}

struct Reaper;

impl Drop for Reaper {
    fn drop(&mut self) {
        with(|tape| {
            *tape.pool = Vec::new();
            *tape.adjoints = Vec::new();
        });
    }
}

/// Chunks that a thread keeps for its next recordings: 32 of 3.4 MB.
const POOLED_CHUNKS: usize = 32;

/// Adjoints that a thread keeps memory for: those of as many nodes.
const POOLED_ADJOINTS: usize = 32 << 16;

/// Identifiers are handed to threads in blocks, so that threads with many short recordings do not contend.
const ID_BLOCK: u32 = 1 << 12;
static NEXT_ID_BLOCK: AtomicU32 = AtomicU32::new(0);

/// Calls `f` with this thread's tape. `f` must not call user code: that could come back here.
#[inline(always)]
fn with<T>(f: impl FnOnce(&mut Tape) -> T) -> T {
    // Only the pointer comes out of the accessor, which is not always inlined around a large closure.
    let tape = TAPE.with(UnsafeCell::get);
    // SAFETY: the tape is of this thread, and no caller runs foreign code or calls `with` inside `f`, so the reference
    // is unique while it lives.
    f(unsafe { &mut *tape })
}

/// Panics unless `tape`, of a variable that is not a constant, is the recording open on this thread.
#[inline(always)]
pub(crate) fn check(tape: u32) {
    if with(|t| t.id) != tape {
        foreign(tape);
    }
}

/// Writes a node with the given edges and returns it as a variable.
#[inline(always)]
pub(crate) fn record<const K: usize>(value: f64, tape: u32, parents: [u32; K], partials: [f64; K]) -> Var {
    Var::node(value, write(tape, parents, partials), tape)
}

#[inline(always)]
fn write<const K: usize>(tape: u32, parents: [u32; K], partials: [f64; K]) -> u32 {
    with(|t| {
        if t.id != tape {
            foreign(tape);
        }
        if t.nodes == t.capacity {
            t.grow(1);
        }
        // Copied out first: for all the compiler knows, a write through one of them changes the others.
        let (nodes, edges) = (t.nodes, t.edges);
        let (to_ends, to_parents, to_partials) = (t.ends, t.parents, t.partials);
        t.nodes = nodes + 1;
        t.edges = edges + K as u32;
        let node = t.first + nodes;
        // SAFETY: there is room for a node with up to EDGES_PER_NODE edges, by the check above and the sizes of a chunk.
        unsafe {
            to_parents.add(edges as usize).cast::<[u32; K]>().write(parents);
            to_partials.add(edges as usize).cast::<[f64; K]>().write(partials);
            to_ends.add(nodes as usize).write(edges + K as u32);
        }
        node
    })
}

/// Writes one node with any number of edges, but at most `most`.
pub(crate) fn record_wide(value: f64, tape: u32, most: usize, edges: impl Iterator<Item = (u32, f64)>) -> Var {
    with(|t| {
        if t.id != tape {
            foreign(tape);
        }
        // A wide node uses up the places whose share of the edges it takes.
        let extra = most.div_ceil(chunk::EDGES_PER_NODE).saturating_sub(1) as u32;
        if t.capacity - t.nodes <= extra {
            t.grow(extra + 1);
        }
        t.capacity -= extra;
        let mut count = 0;
        for (parent, partial) in edges.take(most) {
            // SAFETY: `extra + 1` places with their share of edges were free, which is at least `most` edges.
            unsafe {
                *t.parents.add(t.edges as usize + count) = parent;
                *t.partials.add(t.edges as usize + count) = partial;
            }
            count += 1;
        }
        t.edges += count as u32;
        // SAFETY: one node fits, as above.
        unsafe { *t.ends.add(t.nodes as usize) = t.edges };
        let node = t.first + t.nodes;
        t.nodes += 1;
        Var::node(value, node, tape)
    })
}

#[cold]
#[inline(never)]
pub(crate) fn foreign(tape: u32) -> ! {
    match with(|t| t.id) {
        0 => panic!(
            "a Var of tape {tape} was used where no tape is recording: its gradient has ended, or it belongs to another \
             thread; a Var lives inside the closure given to `gradient`, on the thread that called it (use `.value()` to \
             take a number out)"
        ),
        open => panic!(
            "a Var of tape {tape} was used while tape {open} is recording on this thread: it belongs to another thread, to \
             a gradient that has ended, or to the gradient around this one; to differentiate a gradient, use `Dual<Var>` or \
             `gradient_forward` inside, or `.value()` to take a number"
        ),
    }
}

impl Tape {
    const fn new() -> Tape {
        Tape {
            id: 0,
            nodes: 0,
            capacity: 0,
            edges: 0,
            first: 0,
            ends: std::ptr::null_mut(),
            parents: std::ptr::null_mut(),
            partials: std::ptr::null_mut(),
            recording: ManuallyDrop::new(Recording::new()),
            suspended: ManuallyDrop::new(Vec::new()),
            pool: ManuallyDrop::new(Vec::new()),
            adjoints: ManuallyDrop::new(Vec::new()),
            ids: 0..0,
        }
    }

    /// Continues in a new chunk with room for a node of `places` places.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, places: u32) {
        self.seal();
        let first = self.recording.nodes();
        let chunk = match self.pool.last() {
            Some(chunk) if chunk.capacity() >= places => self.pool.pop().expect("the pool has a last chunk"),
            _ => {
                REAPER.with(|_| ());
                Chunk::new(places)
            }
        };
        assert!(
            u64::from(first) + u64::from(chunk.capacity()) <= u64::from(u32::MAX),
            "the tape is full: it holds 2^32 nodes; record less at a time with `checkpoint`, or use a gradient strategy \
             that stores steps rather than operations"
        );
        self.recording.chunks.push(chunk);
        self.resume(first);
    }

    /// Notes in the current chunk how far it is filled.
    fn seal(&mut self) {
        if let Some(chunk) = self.recording.chunks.last_mut() {
            chunk.nodes = self.nodes;
        }
    }

    /// Points the hot path to the last chunk of the recording, at its beginning.
    fn resume(&mut self, first: u32) {
        let chunk = self.recording.chunks.last_mut().expect("a recording has a chunk");
        (self.ends, self.parents, self.partials) = chunk.pointers();
        (self.first, self.nodes, self.edges, self.capacity) = (first, 0, 0, chunk.capacity());
    }

    /// Opens a recording above the current one.
    fn open(&mut self) -> u32 {
        if self.id != 0 {
            self.seal();
            let recording = std::mem::replace(&mut *self.recording, Recording::new());
            let (id, nodes, capacity, edges, first) = (self.id, self.nodes, self.capacity, self.edges, self.first);
            self.suspended.push(Suspended { id, nodes, capacity, edges, first, recording });
        }
        if self.ids.is_empty() {
            let start = NEXT_ID_BLOCK.fetch_add(1, Ordering::Relaxed).wrapping_mul(ID_BLOCK);
            self.ids = start.max(1)..start + (ID_BLOCK - 1);
        }
        self.id = self.ids.next().expect("the block is not empty");
        self.nodes = 0;
        self.grow(1);
        // Node 0 stands for "no parent".
        // SAFETY: a new chunk has room for a node.
        unsafe { *self.ends = 0 };
        self.nodes = 1;
        self.id
    }

    /// Closes the current recording, hands it out, and continues the one below.
    fn close(&mut self) -> Recording {
        self.seal();
        self.id = 0;
        self.nodes = 0;
        self.capacity = 0;
        let recording = std::mem::replace(&mut *self.recording, Recording::new());
        if let Some(below) = self.suspended.pop() {
            *self.recording = below.recording;
            self.resume(below.first);
            (self.id, self.nodes, self.capacity, self.edges) = (below.id, below.nodes, below.capacity, below.edges);
        }
        recording
    }
}
