//! [`Refusal`]: an error of whoever called the solver, on its way through the solver's.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// Another crate's reason not to solve, as a [`SolveError`](crate::SolveError). [`reason`](Self::reason) gives it back.
#[derive(Clone)]
pub struct Refusal(Arc<dyn Error + Send + Sync>);

impl Refusal {
    /// A refusal for this reason, whose message says where and ends with the remedy.
    pub fn new(reason: impl Error + Send + Sync + 'static) -> Refusal {
        Refusal(Arc::new(reason))
    }

    /// The reason, if it is an `E`.
    pub fn reason<E: Error + 'static>(&self) -> Option<&E> {
        self.0.downcast_ref()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Refusal {}

/// Two refusals are equal if they say the same.
impl PartialEq for Refusal {
    fn eq(&self, other: &Refusal) -> bool {
        self.to_string() == other.to_string()
    }
}
