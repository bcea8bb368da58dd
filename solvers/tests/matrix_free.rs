//! Implicit steps whose systems are solved by products with the Jacobian, which is never formed.

use costate_ad::{Dual, gradient};
use costate_solvers::*;
use nalgebra::{DVector, dvector};
use std::cell::Cell;

/// What a rod says of its Jacobian.
#[derive(Clone, Copy, PartialEq)]
enum Says {
    Nothing,
    Products,
    WrongProducts,
    Preconditioned,
}

/// Diffusion along a rod whose ends are held at 0, with a reaction: `y_i' = p_0 (y_{i-1} - 2 y_i + y_{i+1}) + p_1 (1 - y_i^2)`.
struct Rod {
    says: Says,
    products: Cell<usize>,
}

const N: usize = 80;

impl Ode for Rod {
    fn rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
        for i in 0..y.len() {
            let left = if i > 0 { y[i - 1] } else { R::zero() };
            let right = y.get(i + 1).copied().unwrap_or(R::zero());
            dy[i] = p[0] * (left - 2.0 * y[i] + right) + p[1] * (1.0 - y[i] * y[i]);
        }
    }

    fn jacobian_product(&self, at: At<'_>, v: &[f64], product: &mut [f64]) -> bool {
        if self.says == Says::Nothing {
            return false;
        }
        self.products.set(self.products.get() + 1);
        let coupling = if self.says == Says::WrongProducts { 1.0 } else { 2.0 };
        for i in 0..v.len() {
            let left = if i > 0 { v[i - 1] } else { 0.0 };
            let right = v.get(i + 1).copied().unwrap_or(0.0);
            product[i] = at.p[0] * (left - 2.0 * v[i] + right) - coupling * at.p[1] * at.y[i] * v[i];
        }
        true
    }

    /// By elimination without the reaction.
    fn precondition(&self, at: At<'_>, shift: f64, x: &mut [f64]) {
        if self.says != Says::Preconditioned {
            return;
        }
        let (diagonal, beside, mut upper) = (shift + 2.0 * at.p[0], -at.p[0], vec![0.0; x.len()]);
        for i in 0..x.len() {
            let (above, before) = if i > 0 { (upper[i - 1], x[i - 1]) } else { (0.0, 0.0) };
            let pivot = diagonal - beside * above;
            upper[i] = beside / pivot;
            x[i] = (x[i] - beside * before) / pivot;
        }
        for i in (0..x.len() - 1).rev() {
            x[i] -= upper[i] * x[i + 1];
        }
    }
}

fn problem<R: Real>(says: Says, p: &DVector<R>) -> Problem<Rod, R> {
    let start = DVector::from_fn(N, |i, _| (i as f64 * 0.1).sin().abs());
    Problem::ode(Rod { says, products: Cell::new(0) }, start, p, 0.0..0.5)
}

fn terms() -> DVector<f64> {
    dvector![400.0, 3.0]
}

const FREE: LinearSolver = LinearSolver::Products(Gmres { tolerance: 1e-4, restart: 40, max_iterations: 400 });

/// On steps of one size the iterations go down to rounding, however inexactly their systems are solved.
fn check_values(method: impl Method + Copy) {
    let direct = problem(Says::Nothing, &terms()).solve(method, FixedStep(0.02), SaveAt::end()).unwrap();
    for says in [Says::Nothing, Says::Products, Says::Preconditioned] {
        let free = problem(says, &terms()).with_linear_solver(FREE);
        let free = free.solve(method, FixedStep(0.02), SaveAt::end()).unwrap();
        let difference = (free.last() - direct.last()).amax();
        assert!(difference < 1e-10, "{}: {difference:e} between products and factors", method.name());
        let work = free.statistics().implicit;
        assert_eq!((work.jacobians, work.factorisations), (0, 0), "{}", method.name());
    }
}

#[test]
fn values_are_those_of_factors() {
    check_values(Bdf::default());
    check_values(Kvaerno5);
    check_values(ImplicitMidpoint);
}

#[test]
fn methods_that_need_the_jacobian_form_it() {
    let direct = problem(Says::Nothing, &terms()).solve(Rodas5P, FixedStep(0.02), SaveAt::end()).unwrap();
    let free = problem(Says::Nothing, &terms()).with_linear_solver(FREE);
    let free = free.solve(Rodas5P, FixedStep(0.02), SaveAt::end()).unwrap();
    assert!((free.last() - direct.last()).amax() < 1e-10);
    assert!(free.statistics().implicit.jacobians > 0);
}

/// The sum of the states at the end.
fn total<R: Real>(p: &DVector<R>, method: impl Method, solver: LinearSolver) -> R {
    let problem = problem(Says::Nothing, p).with_linear_solver(solver);
    let solution = problem.solve(method, FixedStep(0.05), SaveAt::end()).expect("it is solvable");
    solution.last().iter().fold(R::zero(), |sum, &y| sum + y)
}

fn check_slopes(name: &str, exact: &DVector<f64>, found: &DVector<f64>) {
    for (exact, found) in exact.iter().zip(found) {
        assert!((exact - found).abs() < 1e-8 * exact.abs(), "{name}: {found} {exact}");
    }
}

#[test]
fn derivatives_are_those_of_factors() {
    fn forward(method: impl Method + Copy, solver: LinearSolver) -> DVector<f64> {
        let one = |k: usize| {
            let p =
                DVector::from_fn(2, |i, _| Dual { value: terms()[i], derivatives: [if i == k { 1.0 } else { 0.0 }] });
            total(&p, method, solver).derivatives[0]
        };
        dvector![one(0), one(1)]
    }
    let exact = forward(Bdf::default(), LinearSolver::Direct);
    check_slopes("Bdf forwards", &exact, &forward(Bdf::default(), FREE));
    let (value, slope) = gradient(|p| total(p, Bdf::default(), FREE), &terms());
    check_slopes("Bdf backwards", &exact, &slope);
    assert_eq!(value, total(&terms(), Bdf::default(), FREE));
    check_slopes("Kvaerno5", &forward(Kvaerno5, LinearSolver::Direct), &forward(Kvaerno5, FREE));
}

#[test]
fn a_preconditioner_saves_products() {
    let products = |says| {
        let problem = problem(says, &terms()).with_linear_solver(FREE);
        problem.solve(Bdf::default(), Tolerance::new(1e-6, 1e-6), SaveAt::end()).unwrap();
        problem.system().products.get()
    };
    let (without, with) = (products(Says::Products), products(Says::Preconditioned));
    println!("{without} products without, {with} with a preconditioner");
    assert!(0 < with && 2 * with < without, "{without} {with}");
}

#[test]
fn a_wrong_product_is_refused() {
    let problem = problem(Says::WrongProducts, &terms()).with_linear_solver(FREE);
    let error = problem.solve(Bdf::default(), Tolerance::new(1e-6, 1e-6), SaveAt::end()).unwrap_err();
    assert!(error.to_string().contains("own Jacobian"), "{error}");
}
