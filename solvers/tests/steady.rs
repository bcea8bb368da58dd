//! States at rest, and starts that satisfy algebraic equations: values and derivatives against closed forms.

use costate_ad::Dual;
use costate_solvers::{Ode, Problem, Real};
use nalgebra::{DVector, dmatrix, dvector};

/// Two switches that hold each other down (Gardner, Cantor & Collins, Nature 403 (2000) 339-342): two stable states, one between.
struct Toggle;

impl Ode for Toggle {
    fn rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
        dy[0] = p[0] / (1.0 + y[1] * y[1]) - y[0];
        dy[1] = p[0] / (1.0 + y[0] * y[0]) - y[1];
    }
}

/// With `u v = 1` and `u + v = p` both equations hold: `u / v` is `p / 2` plus or minus the root of `p^2 / 4 - 1`.
#[test]
fn the_state_at_rest_is_the_near_one_with_its_derivative() {
    let p = dvector![Dual::<f64, 1>::variable(3.0, 0)];
    let root = (9.0_f64 / 4.0 - 1.0).sqrt();
    for (start, sign) in [([5.0, 0.0], 1.0), ([0.0, 5.0], -1.0)] {
        let rest = Problem::ode(Toggle, start, &p, 0.0..1.0).steady_state().unwrap();
        for (state, sign) in [(rest[0], sign), (rest[1], -sign)] {
            assert!((state.value - (1.5 + sign * root)).abs() < 1e-12, "{state:?}");
            assert!((state.derivatives[0] - (0.5 + sign * 0.75 / root)).abs() < 1e-12, "{state:?}");
        }
    }
}

/// Newton's method runs away on the arctangent from 3, and the continuation does not.
#[test]
fn the_continuation_takes_over_where_newtons_method_fails() {
    struct Bend;
    impl Ode for Bend {
        fn rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
            dy[0] = -(10.0 * (y[0] - p[0])).atan();
        }
    }
    let rest = Problem::ode(Bend, [4.0], &dvector![1.0], 0.0..1.0).steady_state().unwrap();
    assert!((rest[0] - 1.0_f64).abs() < 1e-10, "{rest}");
}

#[test]
fn many_states_rest_by_sparse_factors() {
    /// Heat between two ends of given temperature, with a source.
    struct Rod;
    impl Ode for Rod {
        fn rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
            for i in 0..y.len() {
                let left = if i > 0 { y[i - 1] } else { R::zero() };
                let right = y.get(i + 1).copied().unwrap_or(R::zero());
                dy[i] = left - 2.0 * y[i] + right + p[0];
            }
        }
    }
    let n = 200;
    let rest = Problem::ode(Rod, vec![0.0; n], &dvector![1.0], 0.0..1.0).steady_state().unwrap();
    for (i, y) in rest.iter().enumerate() {
        let expected = 0.5 * (i + 1) as f64 * (n - i) as f64;
        assert!((y - expected).abs() < 1e-8 * expected, "{i}: {y} instead of {expected}");
    }
}

#[test]
fn what_has_no_state_at_rest_is_refused() {
    struct Closed;
    impl Ode for Closed {
        fn rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
            dy[0] = p[0] * y[1] - y[0];
            dy[1] = y[0] - p[0] * y[1] + p[1];
        }
    }
    // The sum is conserved, or grows for ever.
    for p in [dvector![2.0, 0.0], dvector![2.0, 1.0]] {
        let refused = Problem::ode(Closed, [1.0, 0.0], &p, 0.0..1.0).steady_state().unwrap_err().to_string();
        assert!(refused.contains("conserved"), "{refused}");
    }
}

/// A pendulum's current `z` with `z^3 + z = p y`, started anywhere.
#[test]
fn a_consistent_start_carries_its_derivatives() {
    struct Cubic;
    impl Ode for Cubic {
        fn rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
            dy[0] = y[1].powi(3) + y[1] - p[0] * y[2];
            dy[1] = -y[1];
            dy[2] = -y[2];
        }
    }
    // The first equation has no slope, and the second state none in any equation; the rows are in another order than the states.
    let mass = dmatrix![0.0, 0.0, 0.0; 1.0, 0.0, 0.0; 0.0, 0.0, 2.0];
    let [p, y] = [Dual::<f64, 2>::variable(5.0, 0), Dual::variable(2.0, 1)];
    let start: DVector<Dual<f64, 2>> = dvector![Dual::constant(0.3), Dual::constant(9.0), y];
    let problem = Problem::ode(Cubic, start, &dvector![p], 0.0..1.0).with_mass_matrix(mass);
    let moved = problem.with_consistent_start().unwrap();
    let state = moved.initial_state();
    // 2^3 + 2 = 5 * 2, and (3 z^2 + 1) dz = y dp + p dy.
    assert_eq!((state[0].value, state[2].value), (0.3, 2.0));
    assert!((state[1].value - 2.0).abs() < 1e-13, "{state}");
    assert!(
        (state[1].derivatives[0] - 2.0 / 13.0).abs() < 1e-13 && (state[1].derivatives[1] - 5.0 / 13.0).abs() < 1e-13
    );
}

#[test]
fn a_start_that_cannot_be_made_consistent_is_refused() {
    struct Free;
    impl Ode for Free {
        fn rhs<R: Real>(&self, _t: R, y: &[R], p: &[R], dy: &mut [R]) {
            dy[0] = y[1];
            dy[1] = y[0] - p[0];
        }
    }
    // The second equation says nothing about the second state: index 2.
    let refusal = |mass| {
        let problem = Problem::ode(Free, [1.0, 0.0], &dvector![1.0], 0.0..1.0).with_mass_matrix(mass);
        problem.with_consistent_start().map(|_| ()).unwrap_err().to_string()
    };
    let refused = refusal(dmatrix![1.0, 0.0; 0.0, 0.0]);
    assert!(refused.contains("index") && refused.contains("t = 0"), "{refused}");
    let refused = refusal(dmatrix![1.0, 1.0; 0.0, 0.0]);
    assert!(refused.contains("1 rows and 0 columns"), "{refused}");
}
