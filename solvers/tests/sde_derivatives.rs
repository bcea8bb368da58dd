//! Derivatives of a path by its parameters: those of the closed form, at the order of the method, in every mode.

use costate_ad::{Dual, Real, derivative, gradient};
use costate_solvers::{
    Brownian, DriftImplicitEuler, FixedStep, Milstein, Problem, SaveAt, Sde, SkenCarp, Sosri, StochasticMethod,
    Tolerance, sde,
};
use nalgebra::{DVector, dvector};

/// The end of a geometric Brownian motion from 1/2, as a function of growth and volatility.
fn end<R: Real>(method: impl StochasticMethod, steps: u32, path: u64, p: [R; 2]) -> R {
    let model = sde!(|_t, [u], [a, b]| drift: [a * u], diagonal: [b * u]);
    let problem = Problem::sde(model, Brownian::seeded(20).path(path), [0.5], &dvector![p[0], p[1]], 0.0..1.0);
    problem.solve(method, FixedStep(1.0 / f64::from(steps)), SaveAt::end()).unwrap().last()[0]
}

/// The root mean square error of value and derivatives, over 500 paths.
fn error(method: impl StochasticMethod + Copy, steps: u32) -> [f64; 3] {
    let mut squares = [0.0; 3];
    for path in 0..500 {
        let w = Brownian::seeded(20).path(path).motion(1).unwrap().increment(0.0, 1.0).unwrap()[0];
        let u = 0.5 * (1.01 - 0.5 * 0.5 * 0.5 + 0.5 * w).exp();
        let found = end(method, steps, path, [Dual::<f64, 2>::variable(1.01, 0), Dual::variable(0.5, 1)]);
        let exact = [u, u, (w - 0.5) * u];
        let found = [found.value, found.derivatives[0], found.derivatives[1]];
        (0..3).for_each(|k| squares[k] += (found[k] - exact[k]).powi(2) / 500.0);
    }
    squares.map(f64::sqrt)
}

fn check(method: impl StochasticMethod + Copy, claimed: f64) {
    let (coarse, fine) = (error(method, 32), error(method, 512));
    for k in 0..3 {
        let order = (coarse[k] / fine[k]).log2() / 4.0;
        assert!((order - claimed).abs() < 0.2, "{}, derivative {k}: observed order {order}", method.name());
    }
}

#[test]
fn derivatives_converge_as_the_path_does() {
    check(Sosri, 1.5);
    // Its own step contains a derivative of the diffusion, which is differentiated once more.
    check(Milstein, 1.0);
}

#[test]
fn forward_and_reverse_mode_agree() {
    for path in 0..5 {
        let p = dvector![1.01, 0.5];
        let (value, reverse) = gradient(|p| end(Sosri, 50, path, [p[0], p[1]]), &p);
        let forward = end(Sosri, 50, path, [Dual::<f64, 2>::variable(1.01, 0), Dual::variable(0.5, 1)]);
        assert_eq!(value, forward.value);
        assert_eq!(value, end(Sosri, 50, path, [1.01, 0.5]));
        for k in 0..2 {
            assert!((reverse[k] - forward.derivatives[k]).abs() < 1e-12 * (1.0 + reverse[k].abs()));
        }
    }
}

/// The end of a stiff relaxation towards a parameter, adaptively where the method can.
fn relaxed<R: Real>(implicit_euler: bool, p: R) -> R {
    let model = sde!(|_t, [x], [k]| drift: [-200.0 * (x - k).powi(3) - 50.0 * (x - k)], diagonal_additive: [0.1 * k]);
    let problem = Problem::sde(model, Brownian::seeded(3), [1.0], &DVector::from_element(1, p), 0.0..1.0);
    let solution = if implicit_euler {
        problem.solve(DriftImplicitEuler, FixedStep(0.01), SaveAt::end())
    } else {
        problem.solve(SkenCarp, Tolerance::new(1e-3, 1e-3), SaveAt::end())
    };
    solution.unwrap().last()[0]
}

#[test]
fn implicit_steps_are_differentiated_through_their_equations() {
    for implicit_euler in [true, false] {
        let (value, forward) = derivative(|k| relaxed(implicit_euler, k), 0.7);
        assert_eq!(value, relaxed(implicit_euler, 0.7));
        let (_, reverse) = gradient(|p: &DVector<_>| relaxed(implicit_euler, p[0]), &dvector![0.7]);
        assert!((reverse[0] - forward).abs() < 1e-12 * (1.0 + forward.abs()));
        if implicit_euler {
            // The steps of the other method change with the parameter, its derivative is that of the steps as taken.
            let difference = (relaxed(true, 0.7 + 1e-5) - relaxed(true, 0.7 - 1e-5)) / 2e-5;
            assert!((difference - forward).abs() < 1e-7, "{difference} {forward}");
        }
    }
}

#[test]
fn a_converted_model_carries_the_derivatives_of_its_correction() {
    let model = sde!(|_t, [x], [s]| drift: [-x], diagonal: [s * x.sin()]);
    let drift = |s| {
        let mut f = [s];
        let y = [s * 0.0 + 0.8];
        model.to_stratonovich().drift(s * 0.0, &y, &[s], &mut f);
        f[0]
    };
    let (value, slope) = derivative(drift, 0.3);
    let product = 0.8_f64.sin() * 0.8_f64.cos();
    assert!((value - (-0.8 - 0.5 * 0.09 * product)).abs() < 1e-15);
    assert!((slope + 0.3 * product).abs() < 1e-15);
}
