//! [`Condition`]: the function whose roots are events.

use costate_ad::Real;

/// A function of time, state and parameters, written once for every scalar. [`condition!`](crate::condition!) makes one from a
/// closure or a generic function.
pub trait Condition {
    /// Its value.
    fn eval<R: Real>(&self, t: R, y: &[R], p: &[R]) -> R;
}

/// No condition: never zero.
impl Condition for () {
    fn eval<R: Real>(&self, _t: R, _y: &[R], _p: &[R]) -> R {
        R::one()
    }
}

/// A [`Condition`](crate::Condition) from a closure with named states and parameters, or from a generic function
/// `fn(t: R, y: &[R], p: &[R]) -> R`.
///
/// ```
/// use costate_solvers::{Condition, condition};
///
/// let threshold = condition!(|_t, [hare, _lynx], [limit]| hare - limit);
/// assert_eq!(threshold.eval(0.0, &[3.0, 1.0], &[2.0]), 1.0);
/// ```
#[macro_export]
macro_rules! condition {
    (|$t:pat_param, [$($state:pat_param),* $(,)?], [$($parameter:pat_param),* $(,)?] $(,)?| $body:expr $(,)?) => {{
        #[derive(Clone, Copy, Debug)]
        struct Given;

        impl $crate::Condition for Given {
            fn eval<R: $crate::Real>(&self, t: R, y: &[R], p: &[R]) -> R {
                let $t = t;
                let &[$($state),*] = y else {
                    panic!("the condition names {} states, but there are {}", <[&str]>::len(&[$(::core::stringify!($state)),*]), y.len())
                };
                let &[$($parameter),*] = p else {
                    panic!("the condition names {} parameters, but there are {}", <[&str]>::len(&[$(::core::stringify!($parameter)),*]), p.len())
                };
                $body
            }
        }

        Given
    }};
    ($function:path $(,)?) => {{
        #[derive(Clone, Copy, Debug)]
        struct Given;

        impl $crate::Condition for Given {
            fn eval<R: $crate::Real>(&self, t: R, y: &[R], p: &[R]) -> R {
                $function(t, y, p)
            }
        }

        Given
    }};
}
