//! [`Sde`]: a stochastic differential equation written once for every scalar.

use crate::{Calculus, Converted, NoiseKind, Trigger};
use costate_ad::Real;
use std::rc::Rc;
use std::sync::Arc;

/// A stochastic differential equation `dy = drift(t, y, p) dt + diffusion(t, y, p) dW`, written once for every scalar.
///
/// [`sde!`](crate::sde!) makes one from expressions. Implement the trait for a type of your own where the model holds
/// constants, tables or a network:
///
/// ```
/// use costate_solvers::{NoiseKind, Real, Sde};
///
/// /// A particle in a double well, in a heat bath.
/// struct Particle {
///     temperature: f64,
/// }
///
/// impl Sde for Particle {
///     fn noise(&self) -> NoiseKind {
///         NoiseKind::DiagonalAdditive
///     }
///     fn drift<R: Real>(&self, _t: R, y: &[R], p: &[R], f: &mut [R]) {
///         f[0] = p[0] * y[0] * (1.0 - y[0] * y[0]);
///     }
///     fn diffusion<R: Real>(&self, _t: R, _y: &[R], _p: &[R], g: &mut [R]) {
///         g[0] = R::from((2.0 * self.temperature).sqrt());
///     }
/// }
/// ```
pub trait Sde {
    /// The kind of noise, on which the layout of the diffusion depends.
    fn noise(&self) -> NoiseKind;

    /// Writes the drift at time `t` and state `y` for parameters `p` into `f`, which has the length of `y` and holds arbitrary
    /// numbers on entry: every element must be written.
    fn drift<R: Real>(&self, t: R, y: &[R], p: &[R], f: &mut [R]);

    /// Writes the diffusion into `g`: `n` elements for diagonal and scalar noise, otherwise the `n x dimensions` matrix column
    /// after column (all states' answer to the first Brownian motion first). Every element must be written.
    fn diffusion<R: Real>(&self, t: R, y: &[R], p: &[R], g: &mut [R]);

    /// Which stochastic integral is meant; Ito's unless told. With additive noise both are the same.
    #[inline]
    fn calculus(&self) -> Calculus {
        Calculus::Ito
    }

    /// The number of states, where the model knows it. A problem of another size is then refused.
    #[inline]
    fn states(&self) -> Option<usize> {
        None
    }

    /// The number of parameters, where the model knows it. A problem of another size is then refused.
    #[inline]
    fn parameters(&self) -> Option<usize> {
        None
    }

    /// When the events of the model happen; [`SdeProblem::with_event`](crate::SdeProblem::with_event) adds more. The position in
    /// this list is the number by which an event is known.
    fn triggers(&self) -> Vec<Trigger> {
        Vec::new()
    }

    /// The function whose roots are the event `event`, for one that has [`Trigger::Root`].
    fn condition<R: Real>(&self, _event: usize, _t: R, _y: &[R], _p: &[R]) -> R {
        R::one()
    }

    /// Changes the state, and the parameters from then on, when the event `event` happens.
    fn reset<R: Real>(&self, _event: usize, _t: R, _y: &mut [R], _p: &mut [R]) {}

    /// The same process as a Stratonovich equation: the drift is corrected by the slope of the diffusion, which is found
    /// automatically.
    fn to_stratonovich(self) -> Converted<Self>
    where
        Self: Sized,
    {
        Converted::new(self, Calculus::Stratonovich)
    }

    /// The same process as an Ito equation.
    fn to_ito(self) -> Converted<Self>
    where
        Self: Sized,
    {
        Converted::new(self, Calculus::Ito)
    }
}

/// A model behind a pointer is the model.
macro_rules! shared_sde {
    ($($Shared:ty),*) => {$(
        impl<S: Sde> Sde for $Shared {
            #[inline]
            fn noise(&self) -> NoiseKind {
                (**self).noise()
            }

            #[inline(always)]
            fn drift<R: Real>(&self, t: R, y: &[R], p: &[R], f: &mut [R]) {
                (**self).drift(t, y, p, f);
            }

            #[inline(always)]
            fn diffusion<R: Real>(&self, t: R, y: &[R], p: &[R], g: &mut [R]) {
                (**self).diffusion(t, y, p, g);
            }

            #[inline]
            fn calculus(&self) -> Calculus {
                (**self).calculus()
            }

            #[inline]
            fn states(&self) -> Option<usize> {
                (**self).states()
            }

            #[inline]
            fn parameters(&self) -> Option<usize> {
                (**self).parameters()
            }

            fn triggers(&self) -> Vec<Trigger> {
                (**self).triggers()
            }

            fn condition<R: Real>(&self, event: usize, t: R, y: &[R], p: &[R]) -> R {
                (**self).condition(event, t, y, p)
            }

            fn reset<R: Real>(&self, event: usize, t: R, y: &mut [R], p: &mut [R]) {
                (**self).reset(event, t, y, p);
            }
        }
    )*};
}
shared_sde!(&S, Rc<S>, Arc<S>);
