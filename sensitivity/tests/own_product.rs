//! A model may bring its own vector-Jacobian product, and may sit behind a pointer.

use costate_ad::{Var, try_gradient};
use costate_sensitivity::{DiscreteAdjoint, Forward, GradientStrategy};
use costate_solvers::{At, FixedStep, Ode, Problem, Real, Rk4, SaveAt, SolveError};
use nalgebra::{DVector, dvector};
use std::cell::Cell;
use std::rc::Rc;

/// Logistic growth, with the product written by hand and its calls counted.
struct Growth {
    calls: Cell<usize>,
}

impl Ode for Growth {
    const STATES: Option<usize> = Some(1);

    fn rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
        dy[0] = p[0] * y[0] * (1.0 - y[0] / p[1]);
    }

    fn vjp(&self, at: At<'_>, w: &[f64], y_bar: &mut [f64], p_bar: &mut [f64], _t_bar: &mut f64) -> bool {
        self.calls.set(self.calls.get() + 1);
        let (y, rate, capacity) = (at.y[0], at.p[0], at.p[1]);
        y_bar[0] += w[0] * rate * (1.0 - 2.0 * y / capacity);
        p_bar[0] += w[0] * y * (1.0 - y / capacity);
        p_bar[1] += w[0] * rate * y * y / (capacity * capacity);
        true
    }
}

#[test]
fn the_product_of_the_model_is_used() {
    let model = Rc::new(Growth { calls: Cell::new(0) });
    fn last(strategy: impl GradientStrategy, model: &Rc<Growth>, x: &DVector<f64>) -> (f64, DVector<f64>) {
        let solve = |x: &DVector<Var>| {
            let problem = Problem::ode(model.clone(), [x[2]], &dvector![x[0], x[1]], 0.0..3.0);
            Ok::<_, SolveError>(strategy.solve(&problem, Rk4, FixedStep(0.1), SaveAt::end())?.last()[0])
        };
        try_gradient(solve, x).unwrap()
    }
    let x = dvector![0.9, 10.0, 0.5];
    let forward = last(Forward, &model, &x);
    assert_eq!(model.calls.get(), 0, "forward mode needs no product");
    let reverse = last(DiscreteAdjoint::default(), &model, &x);
    assert!(model.calls.get() >= 30 * 4, "one product for each stage, {} calls", model.calls.get());
    assert_eq!(reverse.0, forward.0);
    assert!((reverse.1 - forward.1).amax() < 1e-13);
}
