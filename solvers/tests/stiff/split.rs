//! Sums of a stiff and another part, stepped by an additive pair.

use costate_solvers::*;
use nalgebra::{DVector, dvector};

/// Linear diffusion between two states, and a nonlinear exchange that is forced.
fn sum() -> Problem<SplitOde<impl Ode, impl Ode>, f64> {
    let implicit = ode!(|_t, [x, y], [rate, _k]| [rate * (y - 2.0 * x), rate * (x - 2.0 * y)]);
    let explicit = ode!(|t, [x, y], [_rate, k]| [t.sin() - k * x * y, k * x * x - 0.5 * y]);
    Problem::ode(SplitOde::new(implicit, explicit), [1.0, 0.5], &dvector![1.5, 0.8], 0.0..2.0)
}

fn exact() -> DVector<f64> {
    sum().solve(Vern9, Tolerance::new(1e-13, 1e-13), SaveAt::end()).unwrap().last().clone_owned()
}

#[test]
fn the_additive_pair_has_its_order() {
    let error = |steps: f64| {
        let solution = sum().solve(KenCarp4, FixedStep(2.0 / steps), SaveAt::end()).unwrap();
        (solution.last() - exact()).amax()
    };
    let orders = [20.0, 40.0].map(|steps| (error(steps) / error(2.0 * steps)).log2());
    println!("KenCarp4 on a sum: {orders:?}");
    assert!(orders.iter().all(|order| (order - 4.0).abs() < 0.2), "{orders:?}");
}

/// The Jacobian of the linear part never changes, so it is evaluated for the first step, and again only where a rejection forgot it.
#[test]
fn newton_sees_the_implicit_part_alone() {
    let solution = sum().solve(KenCarp4, Tolerance::new(1e-8, 1e-8), SaveAt::dense()).unwrap();
    let statistics = solution.statistics();
    assert!((solution.last() - exact()).amax() < 1e-7);
    assert!(statistics.implicit.jacobians <= 1 + statistics.rejected, "{statistics}");
    // One iteration finds what is linear, and a second one says so.
    assert!(statistics.implicit.iterations <= 10 * (statistics.accepted + statistics.rejected), "{statistics}");
    let middle = sum().solve(Vern9, Tolerance::new(1e-13, 1e-13), SaveAt::times([1.234])).unwrap();
    assert!((solution.at(1.234).unwrap() - middle.last()).amax() < 1e-5);
}

/// Every other method steps the sum.
#[test]
fn a_sum_is_a_model_like_any_other() {
    fn check(method: impl Method) {
        let solution = sum().solve(method, Tolerance::new(1e-9, 1e-9), SaveAt::end()).unwrap();
        assert!((solution.last() - exact()).amax() < 1e-7);
    }
    check(Tsit5);
    check(Rodas5P);
}
