//! [`Attempt`]: a step to be tried.

use crate::{ErrorScale, State};

/// From which state, how far, and how its error is measured; without a scale the error is not asked for.
pub struct Attempt<'a, F: ?Sized, R> {
    pub(crate) field: &'a F,
    pub(crate) p: &'a [R],
    pub(crate) state: &'a State<R>,
    pub(crate) h: f64,
    pub(crate) scale: Option<&'a ErrorScale>,
}
