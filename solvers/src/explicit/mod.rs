//! Explicit Runge-Kutta methods: one engine for every tableau.
//!
//! `tableau.rs` holds the coefficients, `rows.rs` drops their zeros at compile time, `small.rs` steps on arrays for up
//! to eight states, `large.rs` on slices for more, and `stepper.rs` chooses between them, once per step.

mod large;
mod rows;
mod small;
mod stepper;
mod tableau;

pub use rows::{Powers, Row, RowVisitor, degree, nonzeros, used_stages};
pub use stepper::ExplicitStepper;
pub use tableau::{Tableau, TableauFlaw, hermite_interpolant};

/// A method that is nothing but a tableau. [`explicit_runge_kutta!`](crate::explicit_runge_kutta!) makes one from
/// its coefficients; nobody implements the other items by hand.
pub trait ExplicitRungeKutta: 'static {
    /// The coefficients: a constant, so that the compiler sees each of them.
    const TABLEAU: Tableau;

    /// An array with one element for each stage of a step.
    type PerStage<T: Copy>: AsRef<[T]> + AsMut<[T]> + Copy;

    /// Such an array, filled with one value.
    fn per_stage<T: Copy>(value: T) -> Self::PerStage<T>;

    /// Shows the rows of `a` for the stages 1, 2, .. in order.
    fn stage_rows<V: RowVisitor>(visitor: &mut V);

    /// Shows the rows of `a` for the extra stages in order.
    fn extra_rows<V: RowVisitor>(visitor: &mut V);

    /// Shows the weights of the error estimate as row 0, and of the cruder one as row 1, where they exist.
    fn error_rows<V: RowVisitor>(visitor: &mut V);

    /// Shows the weights of the interpolant at the fraction `theta` of the step.
    fn interpolant_row<V: RowVisitor>(theta: f64, visitor: &mut V);
}

/// Declares that a unit struct is the explicit Runge-Kutta method with this [`Tableau`].
///
/// ```
/// use costate_solvers::{ExplicitRungeKutta, Method, Tableau, explicit_runge_kutta, hermite_interpolant};
///
/// /// Heun's second-order method: a predictor and the trapezoidal rule.
/// #[derive(Clone, Copy, Debug)]
/// struct Heun;
///
/// const INTERPOLANT: [[f64; 3]; 3] = hermite_interpolant([0.5, 0.5, 0.0]);
///
/// explicit_runge_kutta!(Heun, Tableau {
///     name: "Heun",
///     order: 2,
///     interpolant_order: 2,
///     c: &[0.0, 1.0, 1.0],
///     a: &[&[], &[1.0], &[0.5, 0.5]],
///     interpolant: &[&INTERPOLANT[0], &INTERPOLANT[1], &INTERPOLANT[2]],
///     ..Tableau::NONE
/// });
/// assert_eq!(Heun::TABLEAU.flaw(), None);
/// assert_eq!(Heun.order(), 2);
/// ```
#[macro_export]
macro_rules! explicit_runge_kutta {
    ($method:ident, $tableau:expr) => {
        $crate::explicit_runge_kutta!(
            @ $method, $tableau, 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27
        );
    };
    (@ $method:ident, $tableau:expr, $($stage:literal)*) => {
        impl $crate::ExplicitRungeKutta for $method {
            const TABLEAU: $crate::Tableau = $tableau;
            type PerStage<T: Copy> = [T; <$method as $crate::ExplicitRungeKutta>::TABLEAU.stages()];

            #[inline(always)]
            fn per_stage<T: Copy>(value: T) -> Self::PerStage<T> {
                [value; <$method as $crate::ExplicitRungeKutta>::TABLEAU.stages()]
            }

            #[inline(always)]
            fn stage_rows<V: $crate::RowVisitor>(visitor: &mut V) {
                const TABLEAU: $crate::Tableau = <$method as $crate::ExplicitRungeKutta>::TABLEAU;
                const { assert!(TABLEAU.c.len() <= 28, "a tableau has at most 28 stages") };
                $(if const { $stage < TABLEAU.stages() } {
                    const ROW: &[f64] = if $stage < TABLEAU.stages() { TABLEAU.a[$stage] } else { &[] };
                    visitor.row($stage, const { $crate::Row::<{ $crate::nonzeros(ROW) }>::of(ROW) });
                })*
            }

            #[inline(always)]
            fn extra_rows<V: $crate::RowVisitor>(visitor: &mut V) {
                const TABLEAU: $crate::Tableau = <$method as $crate::ExplicitRungeKutta>::TABLEAU;
                $(if const { $stage >= TABLEAU.stages() && $stage < TABLEAU.c.len() } {
                    const ROW: &[f64] = if $stage < TABLEAU.c.len() { TABLEAU.a[$stage] } else { &[] };
                    visitor.row($stage, const { $crate::Row::<{ $crate::nonzeros(ROW) }>::of(ROW) });
                })*
            }

            #[inline(always)]
            fn error_rows<V: $crate::RowVisitor>(visitor: &mut V) {
                const ROW: &[f64] = <$method as $crate::ExplicitRungeKutta>::TABLEAU.error;
                const COARSE: &[f64] = <$method as $crate::ExplicitRungeKutta>::TABLEAU.coarse_error;
                visitor.row(0, const { $crate::Row::<{ $crate::nonzeros(ROW) }>::of(ROW) });
                if const { !COARSE.is_empty() } {
                    visitor.row(1, const { $crate::Row::<{ $crate::nonzeros(COARSE) }>::of(COARSE) });
                }
            }

            #[inline(always)]
            fn interpolant_row<V: $crate::RowVisitor>(theta: f64, visitor: &mut V) {
                const ROWS: &[&[f64]] = <$method as $crate::ExplicitRungeKutta>::TABLEAU.interpolant;
                const POWERS: $crate::Powers<{ $crate::degree(ROWS) }, { $crate::used_stages(ROWS) }> =
                    $crate::Powers::of(ROWS);
                visitor.row(0, POWERS.row(theta));
            }
        }

        impl $crate::Method for $method {
            type Stepper<R: $crate::Real> = $crate::ExplicitStepper<$method, R>;

            fn name(&self) -> &'static str {
                <$method as $crate::ExplicitRungeKutta>::TABLEAU.name
            }

            fn order(&self) -> usize {
                <$method as $crate::ExplicitRungeKutta>::TABLEAU.order
            }

            fn embedded_order(&self) -> Option<usize> {
                <$method as $crate::ExplicitRungeKutta>::TABLEAU.embedded_order
            }

            fn stepper<R: $crate::Real>(&self, states: usize) -> Self::Stepper<R> {
                $crate::ExplicitStepper::new(states)
            }

            fn tableau(&self) -> Option<&'static $crate::Tableau> {
                Some(const { &<$method as $crate::ExplicitRungeKutta>::TABLEAU })
            }
        }
    };
}
