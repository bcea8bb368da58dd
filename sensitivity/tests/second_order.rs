//! Second derivatives of a loss through every discrete strategy, by every family of methods.

use costate_ad::{Dual, GaussNewton, Var, try_gauss_newton_product, try_hessian, try_hvp, try_jacobian_chunked};
use costate_sensitivity::{Checkpoints, Direct, DiscreteAdjoint, Forward, GradientStrategy};
use costate_solvers::{
    Control, FixedStep, Method, Problem, Rodas4, SaveAt, SolveError, Tolerance, Tsit5, VelocityVerlet, ode,
};
use nalgebra::{DVector, dvector};

/// Minus `w^2 y` as the force, written as a first-order system of position and speed, with a term that makes it nonlinear.
fn swing() -> impl costate_solvers::Ode + Copy + 'static {
    ode!(|_t, [position, speed], [stiffness, hardening]| [
        speed,
        -stiffness * position - hardening * position * position * position,
    ])
}

fn product<G: GradientStrategy<Dual<Var>>, M: Method + Clone + 'static>(
    strategy: &G,
    method: M,
    control: &Control,
) -> (f64, DVector<f64>, DVector<f64>) {
    let loss = |x: &DVector<Dual<Var>>| {
        let problem = Problem::ode(swing(), [x[2], x[3]], &x.rows(0, 2).into_owned(), 0.0..2.0);
        let solution = strategy.solve(&problem, method.clone(), control, SaveAt::every(0.25))?;
        Ok::<_, SolveError>(solution.saves().map(|(t, y)| y[0] * y[0] * (1.0 + t) + y[0] * y[1]).sum::<Dual<Var>>())
    };
    try_hvp(loss, &dvector![2.0, 0.5, 1.0, 0.3], &dvector![1.0, -0.5, 0.25, 2.0]).expect("it is solvable")
}

fn assert_agree<M: Method + Clone + 'static>(method: M, control: impl Into<Control>) {
    let (control, name) = (control.into(), method.name());
    let (value, slope, curved) = product(&Direct, method.clone(), &control);
    let mut others = vec![("forward".to_string(), product(&Forward, method.clone(), &control))];
    for checkpoints in [Checkpoints::All, Checkpoints::Every(4), Checkpoints::Binomial(2)] {
        let strategy = DiscreteAdjoint { checkpoints };
        others.push((format!("{strategy:?}"), product(&strategy, method.clone(), &control)));
    }
    for (what, (other_value, other_slope, other_curved)) in others {
        assert_eq!(value, other_value, "{name}, {what}: the value");
        let slopes = (&slope - &other_slope).amax() / slope.amax();
        let curvatures = (&curved - &other_curved).amax() / curved.amax();
        assert!(slopes < 1e-12, "{name}, {what}: the gradient differs by {slopes:e}");
        assert!(curvatures < 1e-10, "{name}, {what}: the Hessian times v differs by {curvatures:e}");
    }
}

#[test]
fn strategies_agree_on_the_hessian_times_a_vector() {
    assert_agree(Tsit5, Tolerance::new(1e-6, 1e-6));
    assert_agree(VelocityVerlet, FixedStep(0.05));
    assert_agree(Rodas4, Tolerance::new(1e-6, 1e-6));
}

/// `y(1) = y0 exp(k)`: every second derivative is known.
#[test]
fn a_hessian_is_that_of_the_closed_form() {
    let growth = ode!(|_t, [y], [rate]| [rate * y]);
    let (value, slope, curvature) = try_hessian(
        |x| {
            let problem = Problem::ode(growth, [x[0]], &dvector![x[1]], 0.0..1.0);
            let solution =
                DiscreteAdjoint::default().solve(&problem, Tsit5, Tolerance::new(1e-11, 1e-11), SaveAt::end())?;
            Ok::<_, SolveError>(solution.last()[0])
        },
        &dvector![2.0, 0.5],
    )
    .unwrap();
    let e = 0.5_f64.exp();
    assert!((value - 2.0 * e).abs() < 1e-9);
    assert!((slope - dvector![e, 2.0 * e]).amax() < 1e-9);
    let expected = nalgebra::dmatrix![0.0, e; e, 2.0 * e];
    assert!((curvature - expected).amax() < 1e-8);
}

/// The product with the Gauss-Newton matrix of 41 residuals, by each strategy, is that of the Jacobian which one forward run gives.
#[test]
fn gauss_newton_products_are_those_of_the_forward_jacobian() {
    fn residuals<R: costate_solvers::Real>(solution: &costate_solvers::Solution<R>) -> Vec<R> {
        solution.saves().map(|(t, y)| (y[0] - t.cos()) / 0.3).collect()
    }
    let (x, v) = (dvector![2.0, 0.5, 1.0, 0.3], dvector![1.0, -0.5, 0.25, 2.0]);
    let (control, save) = (Control::from(Tolerance::new(1e-8, 1e-8)), SaveAt::every(0.05));
    let forward = |x: &DVector<Dual<f64, 4>>| {
        let problem = Problem::ode(swing(), [x[2], x[3]], &x.rows(0, 2).into_owned(), 0.0..2.0);
        problem.solve(Tsit5, &control, save.clone()).map(|solution| DVector::from_vec(residuals(&solution)))
    };
    let (values, jacobian) = try_jacobian_chunked::<4, f64, SolveError>(forward, &x).unwrap();
    let expected = [jacobian.tr_mul(&values), jacobian.tr_mul(&(&jacobian * &v))];
    fn product<G: GradientStrategy<Dual<Var>>>(
        strategy: &G,
        [x, v]: [&DVector<f64>; 2],
        control: &Control,
        save: &SaveAt,
        residuals: fn(&costate_solvers::Solution<Dual<Var>>) -> Vec<Dual<Var>>,
    ) -> GaussNewton {
        let run = |x: &DVector<Dual<Var>>| {
            let problem = Problem::ode(swing(), [x[2], x[3]], &x.rows(0, 2).into_owned(), 0.0..2.0);
            Ok::<_, SolveError>(residuals(&strategy.solve(&problem, Tsit5, control, save.clone())?))
        };
        try_gauss_newton_product(run, x, v).expect("it is solvable")
    }
    let all = [
        product(&Forward, [&x, &v], &control, &save, residuals),
        product(&DiscreteAdjoint::default(), [&x, &v], &control, &save, residuals),
    ];
    for found in all {
        assert_eq!(found.residuals, values);
        let near = |found: &DVector<f64>, expected: &DVector<f64>| (found - expected).amax() < 1e-11 * expected.amax();
        assert!(near(&found.along, &(&jacobian * &v)), "{} {}", found.along, &jacobian * &v);
        assert!(near(&found.gradient, &expected[0]) && near(&found.product, &expected[1]), "{found:?} {expected:?}");
    }
}
