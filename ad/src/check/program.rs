//! [`Program`]: a function that has not yet been told on which numbers it runs.

use crate::Real;

/// A function of several numbers, written once for every scalar.
///
/// A closure runs on one kind of number; what is to be run on several is this trait with a generic method. The macro
/// [`program!`](crate::program) writes one inline; a type that holds constants or tables implements it by hand.
pub trait Program {
    /// The value of the function at `x`.
    fn run<R: Real>(&self, x: &[R]) -> R;
}

impl<P: Program> Program for &P {
    fn run<R: Real>(&self, x: &[R]) -> R {
        (**self).run(x)
    }
}

/// Writes a [`Program`] inline: a closure that is generic in its scalar, which goes by the name `R` in its body.
///
/// Plain constants from around it are named in brackets with their types; in the body they are references.
///
/// ```
/// use costate_ad::{Program, Real, gradient, program};
/// use nalgebra::dvector;
///
/// let rosenbrock = program!(|x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2));
/// let (_, slope) = gradient(|x| rosenbrock.run(x.as_slice()), &dvector![1.0, 1.0]);
/// assert_eq!(slope, dvector![0.0, 0.0]);
///
/// let weights = vec![1.0, 2.0];
/// let weighted = program!([w: Vec<f64> = weights] |x| x.iter().zip(w).fold(R::zero(), |sum, (&x, &w)| sum + x * w));
/// assert_eq!(weighted.run(&[3.0, 4.0]), 11.0);
/// ```
#[macro_export]
macro_rules! program {
    (|$x:ident| $body:expr) => { $crate::program!([] |$x| $body) };
    ([$($constant:ident: $T:ty = $value:expr),* $(,)?] |$x:ident| $body:expr) => {{
        struct Inline {
            $($constant: $T,)*
        }
        impl $crate::Program for Inline {
            fn run<R: $crate::Real>(&self, $x: &[R]) -> R {
                let Inline { $($constant,)* } = self;
                $body
            }
        }
        Inline { $($constant: $value,)* }
    }};
}
