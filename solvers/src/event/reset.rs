//! [`Reset`]: what an event does.

use costate_ad::Real;

/// A change of the state and of the parameters, written once for every scalar. [`reset!`](crate::reset!) makes one from a
/// closure or a generic function.
pub trait Reset {
    /// Changes the state and the parameters in place. The parameters stay changed from then on.
    fn apply<R: Real>(&self, t: R, y: &mut [R], p: &mut [R]);
}

/// Changes nothing.
impl Reset for () {
    fn apply<R: Real>(&self, _t: R, _y: &mut [R], _p: &mut [R]) {}
}

/// A [`Reset`](crate::Reset) from a closure with named states and parameters that returns the new state, or the new state and
/// the new parameters, or from a generic function `fn(t: R, y: &mut [R], p: &mut [R])`.
///
/// ```
/// use costate_solvers::{Reset, reset};
///
/// let dose = reset!(|_t, [depot, blood], [amount]| [depot + amount, blood]);
/// let mut y = [1.0, 2.0];
/// dose.apply(0.0, &mut y, &mut [10.0]);
/// assert_eq!(y, [11.0, 2.0]);
///
/// let taper = reset!(|_t, [depot], [amount]| ([depot + amount], [0.5 * amount]));
/// let (mut y, mut p) = ([1.0], [10.0]);
/// taper.apply(0.0, &mut y, &mut p);
/// assert_eq!((y, p), ([11.0], [5.0]));
/// ```
#[macro_export]
macro_rules! reset {
    (|$t:pat_param, [$($state:pat_param),* $(,)?], [$($parameter:pat_param),* $(,)?] $(,)?| $body:expr $(,)?) => {{
        #[derive(Clone, Copy, Debug)]
        struct Given;

        impl $crate::Reset for Given {
            fn apply<R: $crate::Real>(&self, t: R, y: &mut [R], p: &mut [R]) {
                let $t = t;
                let &mut [$($state),*] = y else {
                    panic!("the reset names {} states, but there are {}", <[&str]>::len(&[$(::core::stringify!($state)),*]), y.len())
                };
                let &mut [$($parameter),*] = p else {
                    panic!("the reset names {} parameters, but there are {}", <[&str]>::len(&[$(::core::stringify!($parameter)),*]), p.len())
                };
                $crate::NewValues::write($body, y, p);
            }
        }

        Given
    }};
    ($function:path $(,)?) => {{
        #[derive(Clone, Copy, Debug)]
        struct Given;

        impl $crate::Reset for Given {
            fn apply<R: $crate::Real>(&self, t: R, y: &mut [R], p: &mut [R]) {
                $function(t, y, p)
            }
        }

        Given
    }};
}

/// What the closure of [`reset!`](crate::reset!) may return: the new state, or the new state and the new parameters.
#[doc(hidden)]
pub trait NewValues<R> {
    fn write(self, y: &mut [R], p: &mut [R]);
}

impl<R: Copy, const N: usize> NewValues<R> for [R; N] {
    fn write(self, y: &mut [R], _p: &mut [R]) {
        y.copy_from_slice(&self);
    }
}

impl<R: Copy, const N: usize, const P: usize> NewValues<R> for ([R; N], [R; P]) {
    fn write(self, y: &mut [R], p: &mut [R]) {
        y.copy_from_slice(&self.0);
        p.copy_from_slice(&self.1);
    }
}
