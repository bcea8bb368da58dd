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
mod statistics;

pub use custom::custom;
pub(crate) use custom::custom_of;
pub(crate) use recording::{Recorder, Recording};
pub use statistics::Tape;

use crate::Var;
use chunk::Chunk;
use std::cell::UnsafeCell;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicU32, Ordering};

/// The recording that is open on this thread, and everything it needs to grow.
///
/// The first fields are those of the hot path.
struct ThreadTape {
    /// Identifies the recording among all threads and times; 0 when none is open.
    id: u32,
    /// Nodes of the recording so far, the 0 that stands for "no parent" included.
    nodes: u32,
    /// Where the next record goes, and the last place where one of fixed length still fits into the chunk.
    next: *mut u64,
    limit: *mut u64,
    recording: ManuallyDrop<Recording>,
    suspended: ManuallyDrop<Vec<Suspended>>,
    pool: ManuallyDrop<Vec<Chunk>>,
    /// Memory for the adjoints of the next sweep.
    adjoints: ManuallyDrop<Vec<f64>>,
    /// Memory for the inputs of the next gradient.
    variables: ManuallyDrop<Vec<Var>>,
    /// Identifiers not yet handed out on this thread.
    ids: std::ops::Range<u32>,
}

/// A recording that waits for the one above it to finish.
struct Suspended {
    id: u32,
    nodes: u32,
    next: *mut u64,
    limit: *mut u64,
    recording: Recording,
}

thread_local! {
    static TAPE: UnsafeCell<ThreadTape> = const { UnsafeCell::new(ThreadTape::new()) };
    /// Frees what the thread's tape holds when the thread ends; touched only when a chunk is allocated.
    static REAPER: Reaper = const { Reaper };
}

struct Reaper;

impl Drop for Reaper {
    fn drop(&mut self) {
        with(|tape| {
            *tape.pool = Vec::new();
            *tape.adjoints = Vec::new();
            *tape.variables = Vec::new();
        });
    }
}

/// Chunks that a thread keeps for its next recordings: 48 of 2 MB.
const POOLED_CHUNKS: usize = 48;

/// Adjoints that a thread keeps memory for: those of as many nodes.
const POOLED_ADJOINTS: usize = 32 << 16;

/// Inputs that a thread keeps memory for: 10 MB.
const POOLED_VARIABLES: usize = 1 << 18;

/// Identifiers are handed to threads in blocks, so that threads with many short recordings do not contend.
const ID_BLOCK: u32 = 1 << 12;
static NEXT_ID_BLOCK: AtomicU32 = AtomicU32::new(0);

/// Calls `f` with this thread's tape. `f` must not call user code: that could come back here.
#[inline(always)]
fn with<T>(f: impl FnOnce(&mut ThreadTape) -> T) -> T {
    // Only the pointer comes out of the accessor, which is not always inlined around a large closure.
    let tape = TAPE.with(UnsafeCell::get);
    // SAFETY: the tape is of this thread, and no caller runs foreign code or calls `with` inside `f`, so the reference
    // is unique while it lives.
    f(unsafe { &mut *tape })
}

/// The tape of this thread, for a caller that asks it several things: finding it is not free everywhere.
#[derive(Clone, Copy)]
pub(crate) struct Here(*mut ThreadTape);

impl Here {
    #[inline(always)]
    pub(crate) fn find() -> Here {
        Here(TAPE.with(UnsafeCell::get))
    }

    /// Whether `tape` is the recording open on this thread.
    #[inline(always)]
    pub(crate) fn is_open(self, tape: u32) -> bool {
        // SAFETY: the tape is of this thread, as `Here` is neither `Send` nor stored, and nobody holds a reference to it
        // while such a function as this runs.
        unsafe { (*self.0).id == tape }
    }

    /// Whether the chunk has no room for another record of fixed length.
    #[inline(always)]
    pub(crate) fn is_full(self) -> bool {
        // SAFETY: as in `is_open`.
        unsafe { (*self.0).next > (*self.0).limit }
    }

    /// Makes room for a record of fixed length.
    #[cold]
    #[inline(never)]
    pub(crate) fn make_room(self) {
        // SAFETY: as in `is_open`.
        unsafe { (*self.0).grow(chunk::RECORD) };
    }

    /// Writes a node with three edges and returns its number; `pair` holds the first two parents. There is room for it.
    #[inline(always)]
    pub(crate) fn record_three(self, partials: [f64; 3], pair: u64, last: u32) -> u32 {
        let [p0, p1, p2] = partials.map(f64::to_bits);
        self.write([p0, p1, p2, pair, chunk::tail(chunk::THREE, last)])
    }

    /// Writes a node with four edges, as [`record_three`](Here::record_three).
    #[inline(always)]
    pub(crate) fn record_four(self, partials: [f64; 4], pairs: [u64; 2]) -> u32 {
        let [p0, p1, p2, p3] = partials.map(f64::to_bits);
        self.write([p0, p1, p2, p3, pairs[0], pairs[1], chunk::tail(chunk::FOUR, 0)])
    }

    #[inline(always)]
    fn write<const K: usize>(self, record: [u64; K]) -> u32 {
        const { assert!(K >= chunk::SHORTEST && K <= chunk::RECORD) };
        debug_assert!(!self.is_full());
        // SAFETY: as in `is_open`; and up to `limit` there is room for a record of fixed length.
        unsafe {
            let (node, next) = ((*self.0).nodes, (*self.0).next);
            (*self.0).nodes = node + 1;
            (*self.0).next = next.add(K);
            next.cast::<[u64; K]>().write(record);
            node
        }
    }
}

/// Panics unless `tape`, of a variable that is not a constant, is the recording open on this thread.
#[inline(always)]
pub(crate) fn check(tape: u32) {
    if !Here::find().is_open(tape) {
        foreign(tape);
    }
}

/// Memory for variables, from an earlier gradient on this thread: fresh memory costs a page fault for every hundred of them.
pub(crate) fn take_variables() -> Vec<Var> {
    with(|t| std::mem::take(&mut *t.variables))
}

/// Gives memory to the next caller of [`take_variables`].
pub(crate) fn keep_variables(mut variables: Vec<Var>) {
    if variables.capacity() <= POOLED_VARIABLES {
        variables.clear();
        with(|t| *t.variables = variables);
    }
}

/// Writes `count` nodes without edges, with the next numbers, into the open recording.
fn record_leaves(count: usize) {
    with(|t| {
        t.nodes = t.with_more(count);
        t.write_tail(chunk::LEAVES, count as u32);
    });
}

/// Writes one node with any number of edges, but at most `most`: those that `fill` adds.
pub(crate) fn record_wide(value: f64, tape: u32, most: usize, fill: impl FnOnce(&mut Edges)) -> Var {
    check(tape);
    with(|t| {
        let words = 2 * most + 1;
        // SAFETY: both pointers belong to the current chunk.
        if t.next > t.limit || words > chunk::RECORD + unsafe { t.limit.offset_from(t.next) } as usize {
            t.grow(words);
        }
        let mut edges = Edges { next: t.next, left: most };
        fill(&mut edges);
        t.next = edges.next;
        // SAFETY: there was room for two words for each of `most` edges, and for the tail.
        unsafe { t.push(chunk::tail(chunk::WIDE, (most - edges.left) as u32)) };
        let node = t.nodes;
        t.nodes = node + 1;
        Var::node(value, node, tape)
    })
}

/// The edges of a wide node, while they are written.
pub(crate) struct Edges {
    next: *mut u64,
    left: usize,
}

impl Edges {
    /// Adds the pending parents of a number, with their partials times a weight.
    ///
    /// # Panics
    /// If there are more than the node was to have at most.
    #[inline(always)]
    pub(crate) fn add(&mut self, x: Var, weight: f64) {
        x.edges().for_each(|(parent, partial)| self.push(parent, partial * weight));
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, parent: u32, partial: f64) {
        assert!(self.left > 0, "a node has no more edges than it was given room for");
        self.left -= 1;
        // SAFETY: there is room for two words for each edge that is left.
        unsafe {
            *self.next = partial.to_bits();
            *self.next.add(1) = u64::from(parent);
            self.next = self.next.add(2);
        }
    }
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

impl ThreadTape {
    const fn new() -> ThreadTape {
        ThreadTape {
            id: 0,
            nodes: 0,
            next: NOWHERE,
            limit: std::ptr::null_mut(),
            recording: ManuallyDrop::new(Recording::new()),
            suspended: ManuallyDrop::new(Vec::new()),
            pool: ManuallyDrop::new(Vec::new()),
            adjoints: ManuallyDrop::new(Vec::new()),
            variables: ManuallyDrop::new(Vec::new()),
            ids: 0..0,
        }
    }

    /// # Safety
    /// There is room for a word.
    #[inline(always)]
    unsafe fn push(&mut self, word: u64) {
        // SAFETY: as the caller promises.
        unsafe {
            *self.next = word;
            self.next = self.next.add(1);
        }
    }

    /// Writes a record that is nothing but a tail.
    fn write_tail(&mut self, kind: u32, payload: u32) {
        if self.next > self.limit {
            self.grow(chunk::RECORD);
        }
        // SAFETY: up to `limit` there is room for a record of fixed length.
        unsafe { self.push(chunk::tail(kind, payload)) };
    }

    /// The number of nodes with `more` of them.
    ///
    /// # Panics
    /// If the numbers of nodes do not suffice.
    fn with_more(&self, more: usize) -> u32 {
        let nodes = (self.nodes as usize).checked_add(more).and_then(|nodes| u32::try_from(nodes).ok());
        nodes.unwrap_or_else(|| {
            panic!(
                "the tape is full: it holds {} of at most 2^32 nodes; record less at a time with `checkpoint`, or use a \
                 gradient strategy that stores steps rather than operations",
                self.nodes
            )
        })
    }

    /// Continues in a new chunk with room for a record of so many words.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, words: usize) {
        assert!(self.id != 0, "no tape is recording");
        self.seal();
        let chunk = match self.pool.last() {
            Some(chunk) if chunk.capacity() >= words => self.pool.pop().expect("the pool has a last chunk"),
            _ => {
                REAPER.with(|_| ());
                Chunk::new(words)
            }
        };
        // Whatever the chunk may come to hold: nodes are not counted one by one.
        self.with_more(chunk.capacity() / chunk::SHORTEST + 1);
        self.recording.chunks.push(chunk);
        self.resume();
    }

    /// Notes in the current chunk how far it is filled, and in the recording how many nodes it has.
    fn seal(&mut self) {
        self.recording.nodes = self.nodes;
        if let Some(chunk) = self.recording.chunks.last_mut() {
            // SAFETY: `next` points into the last chunk.
            chunk.used = unsafe { self.next.offset_from(chunk.start()) } as usize;
        }
    }

    /// Points the hot path to the last chunk of the recording, at its beginning.
    fn resume(&mut self) {
        let chunk = self.recording.chunks.last_mut().expect("a recording has a chunk");
        self.next = chunk.start();
        // SAFETY: a chunk is longer than a record.
        self.limit = unsafe { self.next.add(chunk.capacity() - chunk::RECORD) };
    }

    /// Opens a recording above the current one.
    fn open(&mut self) -> u32 {
        if self.id != 0 {
            self.seal();
            let recording = std::mem::replace(&mut *self.recording, Recording::new());
            let (id, nodes, next, limit) = (self.id, self.nodes, self.next, self.limit);
            self.suspended.push(Suspended { id, nodes, next, limit, recording });
        }
        if self.ids.is_empty() {
            let start = NEXT_ID_BLOCK.fetch_add(1, Ordering::Relaxed).wrapping_mul(ID_BLOCK);
            self.ids = start.max(1)..start + (ID_BLOCK - 1);
        }
        self.id = self.ids.next().expect("the block is not empty");
        // Node 0 stands for "no parent".
        self.nodes = 1;
        self.grow(chunk::RECORD);
        self.id
    }

    /// Closes the current recording, hands it out, and continues the one below.
    fn close(&mut self) -> Recording {
        self.seal();
        (self.id, self.nodes, self.next, self.limit) = (0, 0, NOWHERE, std::ptr::null_mut());
        let recording = std::mem::replace(&mut *self.recording, Recording::new());
        if let Some(below) = self.suspended.pop() {
            *self.recording = below.recording;
            (self.id, self.nodes, self.next, self.limit) = (below.id, below.nodes, below.next, below.limit);
        }
        recording
    }
}

/// Beyond every limit, so that a record that no recording is open for ends in `grow`.
const NOWHERE: *mut u64 = std::ptr::without_provenance_mut(8);
