//! [`ode!`](crate::ode!): a model from a closure or a generic function.

/// A model (an [`Ode`](crate::Ode)) from a closure with named states and parameters, or from a generic function.
///
/// The closure form knows its numbers of states and parameters, so a problem of another size is refused, and a
/// number of derivatives that differs from the number of states does not compile.
///
/// ```
/// use costate_solvers::{Ode, Real, ode};
///
/// let lotka_volterra = ode!(|_t, [hare, lynx], [birth, hunt, death, feed]| {
///     let meals = hare * lynx;
///     [birth * hare - hunt * meals, feed * meals - death * lynx]
/// });
/// assert_eq!(lotka_volterra.states(), Some(2));
/// assert_eq!(lotka_volterra.parameters(), Some(4));
///
/// fn decay<R: Real>(_t: R, y: &[R], p: &[R], dy: &mut [R]) {
///     dy[0] = -p[0] * y[0];
/// }
/// let decay = ode!(decay);
/// # let mut dy = [0.0];
/// # decay.rhs(0.0, &[2.0], &[3.0], &mut dy);
/// # assert_eq!(dy, [-6.0]);
/// ```
///
/// Inside the closure every name is a number of the scalar type `R: Real`; `f64` literals stand on either side of
/// `+ - * /`, and a derivative that is constant is written `R::from(1.0)`.
///
/// The value is a unit struct, so it is `Copy` and costs nothing; for the same reason the closure **cannot capture**
/// local variables. A model that holds constants, tables or a network implements [`Ode`](crate::Ode) itself.
///
/// ```compile_fail
/// let wrong = costate_solvers::ode!(|_t, [x, v], [k]| [v, -k * x, x]); // two states, three derivatives
/// ```
#[macro_export]
macro_rules! ode {
    (|$t:pat_param, [$($state:pat_param),* $(,)?], [$($parameter:pat_param),* $(,)?] $(,)?| $body:expr $(,)?) => {{
        #[derive(Clone, Copy, Debug)]
        struct Model;

        impl Model {
            const LENGTH: usize = <[&str]>::len(&[$(::core::stringify!($state)),*]);
            const PARAMETERS: usize = <[&str]>::len(&[$(::core::stringify!($parameter)),*]);
        }

        impl $crate::Ode for Model {
            const STATES: Option<usize> = Some(Model::LENGTH);

            #[inline(always)]
            fn rhs<R: $crate::Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
                let $t = t;
                let Some(&[$($state),*]) = y.first_chunk::<{ Model::LENGTH }>() else {
                    panic!("the model has {} states, but y has {}", Model::LENGTH, y.len())
                };
                let Some(&[$($parameter),*]) = p.first_chunk::<{ Model::PARAMETERS }>() else {
                    panic!("the model has {} parameters, but p has {}", Model::PARAMETERS, p.len())
                };
                let derivatives: [R; Model::LENGTH] = $body;
                dy.copy_from_slice(&derivatives);
            }

            #[inline]
            fn parameters(&self) -> Option<usize> {
                Some(Model::PARAMETERS)
            }
        }

        Model
    }};
    ($function:path $(,)?) => {{
        #[derive(Clone, Copy, Debug)]
        struct Model;

        impl $crate::Ode for Model {
            #[inline(always)]
            fn rhs<R: $crate::Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
                $function(t, y, p, dy)
            }
        }

        Model
    }};
}
