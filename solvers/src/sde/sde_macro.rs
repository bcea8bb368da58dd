//! [`sde!`](crate::sde!): a stochastic model from expressions.

/// A model (an [`Sde`](crate::Sde)) from expressions in named states and parameters, in the manner of
/// [`ode!`](crate::ode!).
///
/// ```
/// use costate_solvers::{NoiseKind, Sde, sde};
///
/// let geometric = sde!(|_t, [price], [growth, volatility]| drift: [growth * price], diagonal: [volatility * price]);
/// assert_eq!((geometric.noise(), geometric.states()), (NoiseKind::Diagonal, Some(1)));
///
/// // Two Brownian motions, of which the second acts on both states: one inner array for each motion.
/// let heston = sde!(|_t, [price, variance], [growth, speed, mean, strength]|
///     drift: [growth * price, speed * (mean - variance)],
///     general: [[variance.sqrt() * price, 0.0 * price], [0.0 * price, strength * variance.sqrt()]]);
/// assert_eq!(heston.noise(), NoiseKind::General { dimensions: 2 });
///
/// // Ito is meant unless the first word says otherwise.
/// let phase = sde!(stratonovich |_t, [angle], [width]| drift: [-angle], scalar: [width * angle.cos()]);
/// assert_eq!(phase.calculus(), costate_solvers::Calculus::Stratonovich);
/// ```
///
/// After `drift` comes the kind of noise: `diagonal`, `scalar` or `diagonal_additive` with one element for each state;
/// `additive`, `commutative` or `general` with one array of that kind for each Brownian motion, written out. See
/// [`NoiseKind`](crate::NoiseKind).
///
/// Inside the expressions every name is a number of the scalar type `R: Real`; a constant is written `R::from(1.0)`. The
/// value is a unit struct, and cannot capture.
#[macro_export]
macro_rules! sde {
    (stratonovich |$t:pat_param, $states:tt, $parameters:tt| $($rest:tt)*) => {
        $crate::sde!(@ Stratonovich $t, $states, $parameters, $($rest)*)
    };
    (ito |$t:pat_param, $states:tt, $parameters:tt| $($rest:tt)*) => {
        $crate::sde!(@ Ito $t, $states, $parameters, $($rest)*)
    };
    (|$t:pat_param, $states:tt, $parameters:tt| $($rest:tt)*) => {
        $crate::sde!(@ Ito $t, $states, $parameters, $($rest)*)
    };
    (@ $calculus:ident $t:pat_param, $s:tt, $p:tt, drift: $f:expr, diagonal: $g:expr $(,)?) => {
        $crate::sde!(@@ $calculus $t, $s, $p, $f, $crate::NoiseKind::Diagonal, 1, $g)
    };
    (@ $calculus:ident $t:pat_param, $s:tt, $p:tt, drift: $f:expr, diagonal_additive: $g:expr $(,)?) => {
        $crate::sde!(@@ $calculus $t, $s, $p, $f, $crate::NoiseKind::DiagonalAdditive, 1, $g)
    };
    (@ $calculus:ident $t:pat_param, $s:tt, $p:tt, drift: $f:expr, scalar: $g:expr $(,)?) => {
        $crate::sde!(@@ $calculus $t, $s, $p, $f, $crate::NoiseKind::Scalar, 1, $g)
    };
    (@ $calculus:ident $t:pat_param, $s:tt, $p:tt, drift: $f:expr, additive: $columns:tt $(,)?) => {
        $crate::sde!(@columns $calculus $t, $s, $p, $f, Additive, $columns)
    };
    (@ $calculus:ident $t:pat_param, $s:tt, $p:tt, drift: $f:expr, commutative: $columns:tt $(,)?) => {
        $crate::sde!(@columns $calculus $t, $s, $p, $f, Commutative, $columns)
    };
    (@ $calculus:ident $t:pat_param, $s:tt, $p:tt, drift: $f:expr, general: $columns:tt $(,)?) => {
        $crate::sde!(@columns $calculus $t, $s, $p, $f, General, $columns)
    };
    (@columns $calculus:ident $t:pat_param, $s:tt, $p:tt, $f:expr, $kind:ident,
        [$([$($g:expr),* $(,)?]),* $(,)?]) => {
        $crate::sde!(@@ $calculus $t, $s, $p, $f,
            $crate::NoiseKind::$kind { dimensions: <[&str]>::len(&[$(::core::stringify!($($g)*)),*]) },
            <[&str]>::len(&[$(::core::stringify!($($g)*)),*]), [$($($g),*),*])
    };
    (@@ $calculus:ident $t:pat_param, [$($state:pat_param),* $(,)?], [$($parameter:pat_param),* $(,)?],
        $f:expr, $noise:expr, $columns:expr, $g:expr) => {{
        #[derive(Clone, Copy, Debug)]
        struct Model;

        impl Model {
            const LENGTH: usize = <[&str]>::len(&[$(::core::stringify!($state)),*]);
            const PARAMETERS: usize = <[&str]>::len(&[$(::core::stringify!($parameter)),*]);
            const ELEMENTS: usize = Model::LENGTH * $columns;
        }

        impl $crate::Sde for Model {
            fn noise(&self) -> $crate::NoiseKind {
                $noise
            }

            #[inline(always)]
            #[allow(unused_variables)]
            fn drift<R: $crate::Real>(&self, t: R, y: &[R], p: &[R], f: &mut [R]) {
                let $t = t;
                let Some(&[$($state),*]) = y.first_chunk::<{ Model::LENGTH }>() else {
                    panic!("the model has {} states, but y has {}", Model::LENGTH, y.len())
                };
                let Some(&[$($parameter),*]) = p.first_chunk::<{ Model::PARAMETERS }>() else {
                    panic!("the model has {} parameters, but p has {}", Model::PARAMETERS, p.len())
                };
                let drift: [R; Model::LENGTH] = $f;
                f.copy_from_slice(&drift);
            }

            #[inline(always)]
            #[allow(unused_variables)]
            fn diffusion<R: $crate::Real>(&self, t: R, y: &[R], p: &[R], g: &mut [R]) {
                let $t = t;
                let Some(&[$($state),*]) = y.first_chunk::<{ Model::LENGTH }>() else {
                    panic!("the model has {} states, but y has {}", Model::LENGTH, y.len())
                };
                let Some(&[$($parameter),*]) = p.first_chunk::<{ Model::PARAMETERS }>() else {
                    panic!("the model has {} parameters, but p has {}", Model::PARAMETERS, p.len())
                };
                let diffusion: [R; Model::ELEMENTS] = $g;
                g.copy_from_slice(&diffusion);
            }

            fn calculus(&self) -> $crate::Calculus {
                $crate::Calculus::$calculus
            }

            #[inline]
            fn states(&self) -> Option<usize> {
                Some(Model::LENGTH)
            }

            #[inline]
            fn parameters(&self) -> Option<usize> {
                Some(Model::PARAMETERS)
            }
        }

        Model
    }};
}
