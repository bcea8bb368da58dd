//! [`Level`]: keeps the derivatives of nested forward runs apart where their types do not.
//!
//! An outer run on `Dual<Dual<f64>>` and an inner one on `Dual<f64>` cannot be mixed: the compiler sees to it. But where both
//! run on the same type, as two closures at plain numbers do, an outer number that the inner closure captures passes for an
//! inner one, its derivative is counted at the wrong level, and the result of the inner run forgets that it depends on it.
//! A tag in every number would find that and cost time in every operation. Here the inner closure runs once more, with no
//! derivatives in its inputs: whatever comes out then is an outer number's.

use crate::{Dual, Real};
use std::any::{TypeId, type_name};
use std::cell::RefCell;

thread_local! {
    /// The scalars of the forward runs that are under way on this thread, outermost first.
    static UNDER_WAY: RefCell<Vec<TypeId>> = const { RefCell::new(Vec::new()) };
}

/// A forward run that is under way.
pub(crate) struct Level<R, const N: usize> {
    /// Whether one on the same scalar is under way around it.
    nested: bool,
    scalar: std::marker::PhantomData<Dual<R, N>>,
}

impl<R: Real, const N: usize> Level<R, N> {
    pub(crate) fn enter() -> Self {
        let scalar = TypeId::of::<Dual<R, N>>();
        let nested = UNDER_WAY.with_borrow_mut(|levels| {
            levels.push(scalar);
            levels[..levels.len() - 1].contains(&scalar)
        });
        Level { nested, scalar: std::marker::PhantomData }
    }

    /// Panics if the closure uses a number of a run around it. `run` is to call the closure with inputs made by the function
    /// that it is given, and to hand every output on.
    ///
    /// It runs at the inputs and, if nothing shows there, next to them: in `x * y` an outer `x` does not show at `y = 0`, but
    /// the derivative by `y` depends on it.
    pub(crate) fn refuse_outer(&self, mut run: impl FnMut(&dyn Fn(R) -> Dual<R, N>, &mut dyn FnMut(Dual<R, N>))) {
        if !self.nested {
            return;
        }
        let mut outer = false;
        let mut look = |y: Dual<R, N>| outer |= y.derivatives.iter().any(|d| *d != 0.0 && !d.value().is_nan());
        run(&Dual::constant, &mut look);
        run(&|x| Dual::constant(x + aside(x.value())), &mut look);
        assert!(
            !outer,
            "a closure that is differentiated on `{}` uses a number of the derivative around it, which runs on the same type: \
             nothing tells their derivatives apart; differentiate inside at a number of the outer scalar, with what is captured \
             made a constant of the inner one, as in `derivative(|y| Dual::constant(x) * y, Dual::from(1.0))`, or write the \
             model as a function generic over `R: Real`",
            type_name::<Dual<R, N>>()
        );
    }
}

impl<R, const N: usize> Drop for Level<R, N> {
    fn drop(&mut self) {
        UNDER_WAY.with_borrow_mut(Vec::pop);
    }
}

/// A small step towards 0, or away from it: into the domain of a function that ends at 0 or 1 rather than out of it.
fn aside(x: f64) -> f64 {
    const STEP: f64 = 1.5e-8;
    if x == 0.0 { STEP } else { -STEP * x }
}
