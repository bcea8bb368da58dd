//! [`Automatic`]: what a choice of methods came to.

use std::fmt;

/// What [`AutoMethod`](crate::AutoMethod) ran, and why: a part of [`Statistics`](crate::Statistics). Its [`Display`](fmt::Display) is a
/// sentence.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Automatic {
    /// The explicit method that was chosen, and the reason for this one.
    pub explicit: [&'static str; 2],
    /// The implicit method that was chosen, and the reason for this one.
    pub implicit: [&'static str; 2],
    /// Accepted steps of the explicit method.
    pub explicit_steps: usize,
    /// Accepted steps of the implicit method.
    pub implicit_steps: usize,
    /// Switches from the explicit to the implicit method, because stability held the steps.
    pub to_implicit: usize,
    /// Switches back, because the explicit method was stable on the steps that accuracy allowed, or as good.
    pub to_explicit: usize,
    /// The time of the first switch to the implicit method.
    pub stiff_from: Option<f64>,
    /// Why the explicit method could not be run at all.
    pub implicit_throughout: Option<&'static str>,
}

impl fmt::Display for Automatic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ([explicit, why_explicit], [implicit, why_implicit]) = (self.explicit, self.implicit);
        if let Some(reason) = self.implicit_throughout {
            return write!(f, "{implicit} throughout ({why_implicit}; {reason})");
        }
        write!(f, "{} steps by {explicit} ({why_explicit})", self.explicit_steps)?;
        let Some(t) = self.stiff_from else { return write!(f, ", which stability never held") };
        write!(f, " and {} by {implicit} ({why_implicit}), since stability held the steps", self.implicit_steps)?;
        match (self.to_implicit, self.to_explicit) {
            (1, 0) => write!(f, " from t = {t} on"),
            (to, back) => write!(f, " first at t = {t}; switched {to} times to it, {back} times back"),
        }
    }
}
