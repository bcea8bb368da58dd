//! One run of a program on [`Tracer`]s, from its inputs to the rows of a pattern.

use super::sets::{Interactions, Sets};
use super::tracer::Tracer;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU32, Ordering};

/// What the trace that is open on a thread has collected.
#[derive(Default)]
pub(super) struct Arena {
    /// Identifies the trace among all threads and times; 0 when none is open.
    id: u32,
    /// Whether interactions are followed too.
    second_order: bool,
    /// Whether the program looked at a value that depends on an input.
    looked: bool,
    pub(super) sets: Sets,
}

thread_local! {
    static ARENA: RefCell<Option<Arena>> = const { RefCell::new(None) };
}
static LAST_ID: AtomicU32 = AtomicU32::new(0);

/// Calls `f` with the arena of `trace`.
///
/// # Panics
/// If another trace, or none, is open on this thread.
#[inline]
pub(super) fn with<T>(trace: u32, f: impl FnOnce(&mut Arena) -> T) -> T {
    ARENA.with_borrow_mut(|arena| match arena {
        Some(arena) if arena.id == trace => f(arena),
        _ => foreign(trace),
    })
}

#[cold]
#[inline(never)]
fn foreign(trace: u32) -> ! {
    panic!(
        "a Tracer of trace {trace} was used outside it: its trace has ended, or it belongs to another thread or to the \
         trace around this one; a Tracer lives inside the closure that received it (use `.value()` to take a number out)"
    )
}

impl Arena {
    pub(super) fn look(&mut self) {
        self.looked = true;
    }

    /// The interactions of both, if they are followed.
    pub(super) fn both(&mut self, a: Interactions, b: Interactions) -> Interactions {
        self.sets.both(a, b)
    }

    /// `old` and the interactions of every member of `a` with every member of `b`, if interactions are followed.
    pub(super) fn and_product(&mut self, old: Interactions, a: u32, b: u32) -> Interactions {
        if !self.second_order {
            return old;
        }
        let product = self.sets.product(a, b);
        self.sets.both(old, product)
    }
}

/// A trace that is open on this thread; when it is dropped, the one around it continues.
pub(super) struct Trace {
    id: u32,
    inputs: usize,
    around: Option<Arena>,
    _not_send: PhantomData<*const ()>,
}

impl Trace {
    pub(super) fn open(inputs: &[f64], second_order: bool) -> (Trace, Vec<Tracer>) {
        let count = u32::try_from(inputs.len()).expect("a trace takes fewer than 2^32 inputs");
        let id = LAST_ID.fetch_add(1, Ordering::Relaxed).wrapping_add(1).max(1);
        let arena = Arena { id, second_order, looked: false, sets: Sets::new(count) };
        let around = ARENA.replace(Some(arena));
        let tracers = (1..).zip(inputs).map(|(set, &value)| Tracer::input(value, set, id)).collect();
        (Trace { id, inputs: inputs.len(), around, _not_send: PhantomData }, tracers)
    }

    /// Whether the program never looked at a value that depends on an input.
    pub(super) fn is_blind(&self) -> bool {
        with(self.id, |arena| !arena.looked)
    }

    /// For each output, the inputs it depends on.
    pub(super) fn dependences(&self, outputs: &[Tracer]) -> Vec<Vec<u32>> {
        outputs.iter().for_each(|y| y.check());
        with(self.id, |arena| {
            let mut gather = arena.sets.gather(self.inputs);
            outputs.iter().map(|y| gather.members([y.first()])).collect()
        })
    }

    /// For each input, the inputs with which it interacts in `output`.
    pub(super) fn interactions(&self, output: Tracer) -> Vec<Vec<u32>> {
        output.check();
        with(self.id, |arena| {
            let mut gather = arena.sets.gather(self.inputs);
            let mut partners = vec![Vec::new(); self.inputs];
            for (a, b) in arena.sets.products(output.second()) {
                for i in gather.members([a]) {
                    partners[i as usize].push(b);
                }
                if a != b {
                    for j in gather.members([b]) {
                        partners[j as usize].push(a);
                    }
                }
            }
            partners.into_iter().map(|sets| gather.members(sets)).collect()
        })
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        ARENA.set(self.around.take());
    }
}
