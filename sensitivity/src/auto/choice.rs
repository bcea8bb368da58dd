//! [`Choice`]: what was chosen, and why.

use crate::checkpoints::{forget_last_sweep, last_sweep};
use std::any::TypeId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

/// What [`Auto`](crate::Auto) chose.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The word of the strategy.
    pub strategy: &'static str,
    /// Why, in a sentence with the figures that decided.
    pub reason: String,
    /// The expected time of a gradient, over that of a plain solve.
    pub predicted: f64,
    /// What it came to the last time; for a reverse sweep only once that has run.
    pub actual: Option<f64>,
    /// The plain solve that was timed.
    pub plain: Duration,
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {:.1} plain solves expected", self.strategy, self.reason, self.predicted)?;
        match self.actual {
            Some(actual) => write!(f, ", {actual:.1} measured"),
            None => Ok(()),
        }
    }
}

/// What a choice holds for.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    model: TypeId,
    method: TypeId,
    sizes: [usize; 3],
}

impl Key {
    /// `sizes` are the numbers of states, parameters and inputs.
    pub(super) fn of<S: 'static, M: 'static>(sizes: [usize; 3]) -> Key {
        Key { model: TypeId::of::<S>(), method: TypeId::of::<M>(), sizes }
    }
}

#[derive(Default)]
struct Choices {
    all: HashMap<Key, Choice>,
    /// The last, and how long its solve took.
    last: Option<(Choice, Duration)>,
}

thread_local! {
    static CHOICES: RefCell<Choices> = RefCell::default();
}

pub(super) fn remembered(key: &Key) -> Option<Choice> {
    CHOICES.with_borrow(|choices| choices.all.get(key).cloned())
}

pub(super) fn remember(key: Key, choice: Choice, elapsed: Duration) {
    forget_last_sweep();
    CHOICES.with_borrow_mut(|choices| {
        choices.last = Some((choice.clone(), elapsed));
        choices.all.insert(key, choice);
    });
}

/// What [`Auto`](crate::Auto) chose last on this thread, if it did.
pub fn last_choice() -> Option<Choice> {
    let (choice, elapsed) = CHOICES.with_borrow(|choices| choices.last.clone())?;
    let sweep = last_sweep().map(|report| report.time);
    let whole = if choice.strategy == "forward" { Some(elapsed) } else { sweep.map(|sweep| elapsed + sweep) };
    let actual = whole.map(|whole| whole.as_secs_f64() / choice.plain.as_secs_f64());
    Some(Choice { actual, ..choice })
}
