//! [`Ode`]: a right-hand side written once for every scalar, and [`VectorField`]: the same on one scalar.

use crate::implicit::{ImplicitPart, Model};
use crate::{Part, Trigger};
use costate_ad::{At, Directional, JacobianPattern, Real, derivative};
use costate_linalg::{JacobianProduct, Linearisation};
use std::rc::Rc;
use std::sync::Arc;

/// An ordinary differential equation `dy/dt = rhs(t, y, p)`, written once for every scalar.
///
/// [`ode!`](crate::ode!) makes one from a closure or a generic function. Implement the trait for a type of your own
/// where the model holds constants, tables or a network:
///
/// ```
/// use costate_solvers::{Ode, Real};
///
/// /// Newton cooling towards an ambient temperature.
/// struct Cooling {
///     ambient: f64,
/// }
///
/// impl Ode for Cooling {
///     fn rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
///         dy[0] = p[0] * (self.ambient - y[0]);
///     }
/// }
/// ```
pub trait Ode {
    /// The number of states, where the type alone knows it: then only code for that number is compiled.
    const STATES: Option<usize> = None;

    /// Writes the slope at time `t` and state `y` for parameters `p` into `dy`, which has the length of `y` and
    /// holds arbitrary numbers on entry: every element must be written.
    fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]);

    /// The number of states, where the model knows it. A problem of another size is then refused.
    #[inline]
    fn states(&self) -> Option<usize> {
        Self::STATES
    }

    /// The number of parameters, where the model knows it. A problem of another size is then refused.
    #[inline]
    fn parameters(&self) -> Option<usize> {
        None
    }

    /// A vector-Jacobian product written by hand, for who knows better than the machine: **adds** the transposed Jacobians
    /// by the state, the parameters and the time, each times the cotangent `w` of the slope, to the last three arguments,
    /// and returns true. Without one (the default returns false) the product is found automatically.
    #[inline]
    fn vjp(&self, _at: At<'_>, _w: &[f64], _y_bar: &mut [f64], _p_bar: &mut [f64], _t_bar: &mut f64) -> bool {
        false
    }

    /// Where the Jacobian by the state can differ from 0, for who knows that no branch leads elsewhere: a row and a column for each of
    /// the `states`. Without one (the default) it is traced, and traced again wherever the model looks at values.
    fn sparsity(&self, _states: usize) -> Option<JacobianPattern> {
        None
    }

    /// A Jacobian by the state written by hand: shows row, column and value of every entry that can differ from 0 to `entry`, and
    /// returns true. Without one (the default returns false) it is found by dual numbers. A wrong one costs implicit methods steps and
    /// iterations, and makes derivatives of their solutions wrong.
    fn jacobian(&self, _at: At<'_>, _entry: &mut dyn FnMut(usize, usize, f64)) -> bool {
        false
    }

    /// The Jacobian by the state times `v`, written by hand: writes it into `product`, and returns true. Without one (the default returns
    /// false) it is a run on dual numbers. For [`LinearSolver::Products`](crate::LinearSolver::Products).
    fn jacobian_product(&self, _at: At<'_>, _v: &[f64], _product: &mut [f64]) -> bool {
        false
    }

    /// Overwrites `x` by about the solution `z` of `(shift M - J) z = x` with the Jacobian `J` there: the preconditioner of
    /// [`LinearSolver::Products`](crate::LinearSolver::Products). By default there is none.
    fn precondition(&self, _at: At<'_>, _shift: f64, _x: &mut [f64]) {}

    /// Whether the right-hand side is a sum whose [parts](Self::part) are known: see [`SplitOde`](crate::SplitOde).
    fn is_split(&self) -> bool {
        false
    }

    /// Writes one part of the right-hand side into `dy`, for a model that [is split](Self::is_split): the two add up to
    /// [`rhs`](Self::rhs).
    #[inline]
    fn part<R: Real>(&self, _part: Part, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        self.rhs(t, y, p, dy);
    }

    /// When the events of the model happen; [`Problem::with_event`](crate::Problem::with_event) adds more. The position in
    /// this list is the number by which an event is known to [`condition`](Self::condition), [`reset`](Self::reset) and
    /// [`Occurrence`](crate::Occurrence).
    fn triggers(&self) -> Vec<Trigger> {
        Vec::new()
    }

    /// The function whose roots are the event `event`, for one that has [`Trigger::Root`](crate::Trigger::Root).
    fn condition<R: Real>(&self, _event: usize, _t: R, _y: &[R], _p: &[R]) -> R {
        R::one()
    }

    /// Changes the state, and the parameters from then on, when the event `event` happens.
    fn reset<R: Real>(&self, _event: usize, _t: R, _y: &mut [R], _p: &mut [R]) {}

    /// Why the model last wrote NaN, for one that can say so: see [`Fallible`](crate::Fallible).
    fn complaint(&self) -> Option<String> {
        None
    }
}

/// A model behind a pointer is the model.
macro_rules! shared_ode {
    ($($Shared:ty),*) => {$(
        impl<S: Ode> Ode for $Shared {
            const STATES: Option<usize> = S::STATES;

            #[inline(always)]
            fn rhs<R: Real>(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
                (**self).rhs(t, y, p, dy);
            }

            #[inline]
            fn states(&self) -> Option<usize> {
                (**self).states()
            }

            #[inline]
            fn parameters(&self) -> Option<usize> {
                (**self).parameters()
            }

            #[inline]
            fn vjp(&self, at: At<'_>, w: &[f64], y_bar: &mut [f64], p_bar: &mut [f64], t_bar: &mut f64) -> bool {
                (**self).vjp(at, w, y_bar, p_bar, t_bar)
            }

            fn sparsity(&self, states: usize) -> Option<JacobianPattern> {
                (**self).sparsity(states)
            }

            fn jacobian(&self, at: At<'_>, entry: &mut dyn FnMut(usize, usize, f64)) -> bool {
                (**self).jacobian(at, entry)
            }

            fn jacobian_product(&self, at: At<'_>, v: &[f64], product: &mut [f64]) -> bool {
                (**self).jacobian_product(at, v, product)
            }

            fn precondition(&self, at: At<'_>, shift: f64, x: &mut [f64]) {
                (**self).precondition(at, shift, x);
            }

            fn is_split(&self) -> bool {
                (**self).is_split()
            }

            #[inline(always)]
            fn part<R: Real>(&self, part: Part, t: R, y: &[R], p: &[R], dy: &mut [R]) {
                (**self).part(part, t, y, p, dy);
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

            fn complaint(&self) -> Option<String> {
                (**self).complaint()
            }
        }
    )*};
}
shared_ode!(&S, Rc<S>, Arc<S>);

/// A right-hand side on one scalar `R`: what a stepper evaluates.
///
/// Every [`Ode`] is one for every scalar; a [`Closure`] is one for its own.
pub trait VectorField<R> {
    /// The number of states, where the type alone knows it: then only code for that number is compiled.
    const STATES: Option<usize> = None;

    /// Writes the slope at time `t` and state `y` for parameters `p` into `dy`, which has the length of `y`.
    fn eval(&self, t: R, y: &[R], p: &[R], dy: &mut [R]);

    /// The number of states, where it is known.
    fn states(&self) -> Option<usize>;

    /// The number of parameters, where it is known.
    fn parameters(&self) -> Option<usize>;

    /// Whether its derivatives can be found: what an implicit method asks for.
    fn is_differentiable(&self) -> bool {
        false
    }

    /// The slope on plain numbers, for a field that [is differentiable](Self::is_differentiable).
    fn eval_value(&self, _t: f64, _y: &[f64], _p: &[f64], _dy: &mut [f64]) {}

    /// Evaluates the derivatives by the state and the time, for a field that [is differentiable](Self::is_differentiable).
    fn linearise(&self, _at: At<'_>, _linearisation: &mut Linearisation) {}

    /// Writes the Jacobian by the state, of the implicit part or of the whole, times `v` into the last argument, for a field that
    /// [is differentiable](Self::is_differentiable).
    fn multiply(&self, _implicit_part: bool, _: At<'_>, _v: &[f64], _: &mut JacobianProduct, product: &mut [f64]) {
        product.fill(f64::NAN);
    }

    /// As [`Ode::precondition`].
    fn precondition(&self, _at: At<'_>, _shift: f64, _x: &mut [f64]) {}

    /// Whether it is a sum whose parts are known.
    fn is_split(&self) -> bool {
        false
    }

    /// One part of the slope, for a field that [is split](Self::is_split).
    fn eval_part(&self, _part: Part, _t: R, _y: &[R], _p: &[R], _dy: &mut [R]) {}

    /// The same on plain numbers.
    fn eval_part_value(&self, _part: Part, _t: f64, _y: &[f64], _p: &[f64], _dy: &mut [f64]) {}

    /// Evaluates the derivatives of the implicit part, for a field that [is split](Self::is_split).
    fn linearise_implicit(&self, _at: At<'_>, _linearisation: &mut Linearisation) {}

    /// Writes the derivative in the direction `(dt, dy)` of time and state into `out`, for a field that
    /// [is differentiable](Self::is_differentiable).
    fn along(&self, _times: [f64; 2], _states: [&[R]; 2], _p: &[R], _out: &mut [R])
    where
        R: Real,
    {
    }

    /// When its events happen.
    fn triggers(&self) -> Vec<Trigger> {
        Vec::new()
    }

    /// The function whose roots are the event `event`.
    fn condition(&self, _event: usize, _t: R, _y: &[R], _p: &[R]) -> R
    where
        R: Real,
    {
        R::one()
    }

    /// The same on plain numbers: what decides whether the event happens.
    fn condition_value(&self, _event: usize, _t: f64, _y: &[f64], _p: &[f64]) -> f64 {
        1.0
    }

    /// The rate at which the condition changes along a solution with this slope.
    fn condition_rate(&self, _event: usize, _t: f64, _y: &[f64], _p: &[f64], _slope: &[f64]) -> f64 {
        0.0
    }

    /// Changes the state and the parameters when the event `event` happens.
    fn reset(&self, _event: usize, _t: R, _y: &mut [R], _p: &mut [R]) {}

    /// Why the model last wrote NaN, if it can say so.
    fn complaint(&self) -> Option<String> {
        None
    }
}

impl<R: Real, S: Ode + ?Sized> VectorField<R> for S {
    const STATES: Option<usize> = S::STATES;

    #[inline(always)]
    fn eval(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        self.rhs(t, y, p, dy);
    }

    #[inline]
    fn states(&self) -> Option<usize> {
        Ode::states(self)
    }

    #[inline]
    fn parameters(&self) -> Option<usize> {
        Ode::parameters(self)
    }

    fn is_differentiable(&self) -> bool {
        true
    }

    #[inline(always)]
    fn eval_value(&self, t: f64, y: &[f64], p: &[f64], dy: &mut [f64]) {
        self.rhs(t, y, p, dy);
    }

    fn linearise(&self, at: At<'_>, linearisation: &mut Linearisation) {
        linearisation.evaluate(&Model(self), at);
    }

    fn multiply(
        &self,
        implicit_part: bool,
        at: At<'_>,
        v: &[f64],
        jacobian: &mut JacobianProduct,
        product: &mut [f64],
    ) {
        if implicit_part {
            jacobian.evaluate(&ImplicitPart(self), at, v, product);
        } else {
            jacobian.evaluate(&Model(self), at, v, product);
        }
    }

    fn precondition(&self, at: At<'_>, shift: f64, x: &mut [f64]) {
        Ode::precondition(self, at, shift, x);
    }

    fn is_split(&self) -> bool {
        Ode::is_split(self)
    }

    #[inline(always)]
    fn eval_part(&self, part: Part, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        self.part(part, t, y, p, dy);
    }

    #[inline(always)]
    fn eval_part_value(&self, part: Part, t: f64, y: &[f64], p: &[f64], dy: &mut [f64]) {
        self.part(part, t, y, p, dy);
    }

    fn linearise_implicit(&self, at: At<'_>, linearisation: &mut Linearisation) {
        linearisation.evaluate(&ImplicitPart(self), at);
    }

    fn along(&self, [t, dt]: [f64; 2], [y, dy]: [&[R]; 2], p: &[R], out: &mut [R]) {
        let at = (R::from(t), y, p);
        let direction = (R::from(dt), dy);
        Directional::default().along_with_time(at, direction, |t, y, p, dy| self.rhs(t, y, p, dy), out);
    }

    fn triggers(&self) -> Vec<Trigger> {
        Ode::triggers(self)
    }

    fn condition(&self, event: usize, t: R, y: &[R], p: &[R]) -> R {
        Ode::condition(self, event, t, y, p)
    }

    fn condition_value(&self, event: usize, t: f64, y: &[f64], p: &[f64]) -> f64 {
        Ode::condition(self, event, t, y, p)
    }

    fn condition_rate(&self, event: usize, t: f64, y: &[f64], p: &[f64], slope: &[f64]) -> f64 {
        let along = |delay| {
            let ahead: Vec<_> = y.iter().zip(slope).map(|(&y, &slope)| delay * slope + y).collect();
            let p: Vec<_> = p.iter().map(|&p| p.into()).collect();
            Ode::condition(self, event, delay + t, &ahead, &p)
        };
        derivative(along, 0.0).1
    }

    fn reset(&self, event: usize, t: R, y: &mut [R], p: &mut [R]) {
        Ode::reset(self, event, t, y, p);
    }

    fn complaint(&self) -> Option<String> {
        Ode::complaint(self)
    }
}

/// A plain closure `|t, y, p, dy|` as a right-hand side on one scalar: for simulation, where nothing is
/// differentiated. It may capture. See [`Problem::closure`](crate::Problem::closure).
#[derive(Clone, Copy, Debug)]
pub struct Closure<F>(pub F);

impl<R: Real, F: Fn(R, &[R], &[R], &mut [R])> VectorField<R> for Closure<F> {
    #[inline(always)]
    fn eval(&self, t: R, y: &[R], p: &[R], dy: &mut [R]) {
        (self.0)(t, y, p, dy);
    }

    fn states(&self) -> Option<usize> {
        None
    }

    fn parameters(&self) -> Option<usize> {
        None
    }
}
